"""Messages of Python in the words of a command: options for parameters, and nothing else."""

import pytest
from typer.main import get_command

from skxpresso import OneHotPromoterEncoder
from skxpresso.cli import _app
from skxpresso.cli._speech import in_options, plain_reason

COMMANDS = get_command(_app.app).commands


@pytest.mark.parametrize(
    ("command", "message", "expected"),
    [
        ("train", "log10=True needs 0; log10=False not", "--log10 needs 0; --no-log10 not"),
        ("train", "Set tss if it lies elsewhere.", "Set --tss if it lies elsewhere."),
        ("train", "short='pad' fills", "--short pad fills"),
        ("train", "(missing='mean' fills them)", "(--missing mean fills them)"),
        ("train", "HalfLifeTransformer(missing='mean') fills", "--missing mean fills"),
        ("train", "filters=(9, 8) and (9,)", "--filters 9,8 and (9,)"),
        ("train", "sequence_column='dna' names", "--promoter-column dna names"),
        ("train", "promoter_column= says which", "--promoter-column says which"),
        ("train", "random_state=3", "--seed 3"),
        ("train", "learning_rate must be 1", "--learning-rate must be 1"),
        ("train", "split must be one of a, b", "--split must be one of a, b"),
        ("train", "The 'engine' parameter of X must be", "--engine must be"),
        ("train", "upstream=None and downstream=5.", "no --upstream and --downstream 5."),
        ("prepare", "overwrite=True replaces it", "--overwrite replaces it"),
        ("prepare", "without species= or masked= keeps", "without --species or --mask keeps"),
        (
            "predict",
            "Set tss, or short='pad' to fill with N.",
            "Set --tss, or fill them with N yourself.",
        ),
        ("predict", "the variable X, or folder=, names it", "the variable X names it"),
        ("fetch", "the variable X, or folder=, names it", "the variable X, or --folder, names it"),
        # what is no parameter of the command, or not meant as one
        ("predict", "log10=True, short='pad'", "log10=True, short='pad'"),
        ("train", "the split of the species is out of tune", None),
        ("train", "row 'tss=3' of /data/tss=3/seed=1.tsv", None),
        ("train", "a.tss=3 and x-seed=2", None),
        ("fetch", "", None),
    ],
)
def test_parameters_become_options(command, message, expected):
    said = in_options(message, COMMANDS[command].params)
    assert said == (message if expected is None else expected)


def test_advice_that_needs_another_option_is_that_of_the_encoder():
    with pytest.raises(ValueError, match="too short") as error:
        OneHotPromoterEncoder(4, 4, tss=4).fit(["ACGTA"])
    said = in_options(str(error.value), COMMANDS["predict"].params)
    assert said.endswith("Set --tss if the TSS lies elsewhere, or fill them with N yourself.")
    with pytest.raises(ValueError, match="the others") as error:
        OneHotPromoterEncoder().fit(["ACGT", "ACGTACGTA"])
    said = in_options(str(error.value), COMMANDS["explain"].params)
    assert said.endswith("; cut them to one length yourself, or fill them with N")


def test_every_option_of_every_command_is_told_as_it_is_typed():
    for command in COMMANDS.values():
        for option in command.params:
            if option.param_type_name != "option" or option.name == "help":
                continue
            name = max(option.opts, key=len)
            assert in_options(f"{option.name}='x'", command.params) in (f"{name} x", f"no {name}")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError(2, "No such file or directory", "a"), "a: no such file or directory"),
        (OSError(18, "Cross-device link", "a", None, "b"), "a and b: cross-device link"),
        (OSError(28, "No space left on device"), "no space left on device"),
        (OSError("a.tsv: a sentence"), "a.tsv: a sentence"),
        (ValueError("[Errno 2] is mine"), "[Errno 2] is mine"),
    ],
)
def test_errors_of_the_system_are_sentences(error, expected):
    assert plain_reason(error) == expected
