"""Silence ends where it should."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import skxpresso
from skxpresso._utils.quiet import quiet_output, quiet_standard_error


def test_native_output_is_dropped_and_comes_back(capfd):
    with quiet_standard_error():
        os.write(2, b"noise")
    os.write(2, b"signal")
    assert capfd.readouterr().err == "signal"


def test_errors_come_through_and_nothing_leaks(capfd):
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    with pytest.raises(ValueError, match="loud"), quiet_standard_error():
        raise ValueError("loud")
    os.write(2, b"signal")
    assert capfd.readouterr().err == "signal"
    after = len(os.listdir("/proc/self/fd")) if before else 0
    assert after == before


def test_both_streams(capfd):
    with quiet_output():
        os.write(1, b"noise")
        os.write(2, b"noise")
    os.write(1, b"signal")
    assert capfd.readouterr() == ("signal", "")


def test_a_process_without_the_streams():
    """As a daemon starts it: descriptors that do not exist, and sys.stderr None."""
    script = (
        "import os, sys; os.close(1); os.close(2); sys.stdout = sys.stderr = None\n"
        "from skxpresso._utils.quiet import quiet_output\n"
        "with quiet_output(): pass\n"
        "os._exit(7)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(skxpresso.__file__).parents[1])}
    assert subprocess.run([sys.executable, "-c", script], env=environment).returncode == 7
