"""Silence ends where it should."""

import os

import pytest

from skxpresso._utils.quiet import quiet_standard_error


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
