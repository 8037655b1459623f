"""The help of every command at 80 columns, and completion."""

import re

import pytest
from typer.testing import CliRunner

import skxpresso.cli  # noqa: F401  registers the commands
from skxpresso.cli._app import app

COMMANDS = [
    command.name or command.callback.__name__.replace("_", "-")
    for command in app.registered_commands
]


def shown(*arguments, columns="80"):
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": columns, "TERM": "dumb"})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_shown_whole(command):
    text = shown(command, "--help")
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert "Example: skxpresso" in re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(
    "option", ["--min-shared", "--by-chromosome", "--random-folds", "--log10", "--json"]
)
def test_train_tune_and_evaluate_have_the_same_options(option):
    texts = [shown(command, "--help", columns="200") for command in ("train", "tune", "evaluate")]
    lines = [next(line for line in text.splitlines() if option in line) for text in texts]
    assert len({re.sub(r"[\s│]+", " ", line) for line in lines}) == 1


def test_shells_are_told_what_to_complete():
    assert "--show-completion" in shown("--help")
