"""Commands agree: one option for one thing, defaults from where the network has them."""

import inspect
import typing

import pytest

from skxpresso import xpresso_settings
from skxpresso.cli._evaluate import evaluate
from skxpresso.cli._prepare import prepare
from skxpresso.cli._train import train
from skxpresso.cli._tune import tune
from skxpresso.jobs import evaluate as evaluate_job
from skxpresso.jobs import tune as tune_job

COMMANDS = {"train": train, "tune": tune, "evaluate": evaluate, "prepare": prepare}


@pytest.mark.parametrize("name", COMMANDS)
def test_logarithm_has_one_meaning_a_negative_form_and_one_default(name):
    command = COMMANDS[name]
    assert inspect.signature(command).parameters["log10"].default is False
    hints = typing.get_type_hints(command, include_extras=True)
    (option,) = hints["log10"].__metadata__
    assert option.param_decls == ()  # typer makes --log10 and --no-log10
    assert "log10(x + 0.1)" in option.help
    assert option is typing.get_type_hints(train, include_extras=True)["log10"].__metadata__[0]


def test_layers_and_training_are_left_to_the_rule():
    parameters = inspect.signature(train).parameters
    assert {parameters[name].default for name in xpresso_settings(120)} == {None}


@pytest.mark.parametrize(
    ("command", "job"), [(tune, tune_job.tune), (evaluate, evaluate_job.evaluate)]
)
def test_commands_have_the_defaults_of_their_jobs(command, job):
    ours, theirs = (inspect.signature(each).parameters for each in (command, job))
    common = (ours.keys() & theirs.keys()) - {"out", "n_jobs", "fitted", "replicates"}
    assert len(common) >= 8
    assert {name: ours[name].default for name in common} == {
        name: theirs[name].default for name in common
    }
