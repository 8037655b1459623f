"""The command, run as its users run it, and in this process."""

import os
import subprocess
import sys

import pytest

from skxpresso.cli import main

COMMAND = [sys.executable, "-c", "from skxpresso.cli import main; main()"]


def run(*arguments, **environment):
    """Run in a process of its own; return what it printed and its exit status."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1"} | environment,
        check=False,
    )


def main_with(monkeypatch, *arguments):
    """Run in this process, where Keras is loaded already; return the exit status."""
    monkeypatch.setattr(sys, "argv", ["skxpresso", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "120")
    with pytest.raises(SystemExit) as leaving:
        main()
    return leaving.value.code
