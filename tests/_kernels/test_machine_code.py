"""Machine code from disk: numba's bits, without numba; declined where it would not fit."""

import os
import subprocess
import sys

import numba
import numpy as np
import pytest

from skxpresso._kernels import machine_code
from skxpresso._kernels.exported import _as_object
from skxpresso._kernels.machine_code import MachineCode, _read, _write, run
from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network

pytestmark = pytest.mark.skipif(not machine_code._is_tried(), reason="code is for Linux, x86-64")


def draw(*shape):
    rng = np.random.default_rng(shape)
    return rng.normal(size=shape, scale=shape[0] ** -0.5).astype(np.float32)


def network(kernel_size, n_later, n_outputs=1):
    """A network of odd sizes, and its rows."""
    layers, length, channels = [], 97, 4
    for size, filters in [(kernel_size, 37), (3, 5), (2, 33)][: 1 + n_later]:
        layers.append(Convolution(draw(size, channels, filters), draw(filters), 2, 3))
        length, channels = length // 3, filters
    dense = (
        Dense(draw(length * channels + 2, 7), draw(7)),
        Dense(draw(7, n_outputs), draw(n_outputs)),
    )
    rng = np.random.default_rng(1)
    return Network(tuple(layers), dense), rng.integers(0, 5, (5, 97), np.uint8), draw(5, 2)


@pytest.mark.parametrize(("kernel_size", "n_later", "n_outputs"), [(6, 2, 1), (3, 0, 3)])
def test_bits_are_those_of_numba(kernel_size, n_later, n_outputs, monkeypatch):
    arguments = network(kernel_size, n_later, n_outputs)
    found = predict_network(*arguments)
    taken = [name for name, routine in machine_code._routines.items() if routine]
    assert "fill_words" in taken
    assert f"pool_words_{1 if kernel_size == 3 else 2}" in taken
    monkeypatch.setattr(machine_code, "_routine", lambda name: None)
    np.testing.assert_array_equal(found, predict_network(*arguments))
    assert np.ptp(found) > 0


LATER = """
import sys
import numpy as np
from skxpresso._kernels.machine_code import run
numbers = np.ones((2, 3), np.float32)
outputs = np.empty((2, 1), np.float32)
print(run("dense", numbers, numbers[0, :, None].copy(), numbers[0, :1].copy(), outputs))
print(outputs.tolist(), "numba" in sys.modules)
"""


def test_a_later_process_loads_no_numba(tmp_path):
    for loaded in (True, False):
        command = [sys.executable, "-c", LATER]
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == f"True\n[[4.0], [4.0]] {loaded}\n"


def test_other_arrays_are_declined():
    inputs, kernel, bias, outputs = draw(3, 4), draw(4, 2), draw(2), np.empty((3, 2), np.float32)
    assert run("dense", inputs, kernel, bias, outputs)
    np.testing.assert_allclose(outputs, inputs @ kernel + bias, rtol=1e-5)
    outputs[:] = 7
    for wrong in (inputs.astype(float), inputs[:, ::-1], np.asfortranarray(inputs), inputs[0]):
        assert not run("dense", wrong, kernel, bias, outputs)
    assert not run("pool_words_8", inputs)
    assert (outputs == 7).all()


def test_settings_of_numba_are_kept(monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert machine_code._is_tried()
    monkeypatch.setenv("NUMBA_OPT", "0")
    assert not machine_code._is_tried()


def test_a_damaged_file_is_not_loaded(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    code = MachineCode("name", b"\nsome\ncode")
    assert _read("a.code") is None
    _write("a.code", code)
    assert _read("a.code") == code
    (file,) = (tmp_path / "skxpresso").iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:5], b"", whole[:-1] + b"x"):
        file.write_bytes(damaged)
        assert _read("a.code") is None


def test_a_folder_that_cannot_be_written_is_no_error(monkeypatch, tmp_path):
    (tmp_path / "skxpresso").write_text("a file where a folder would be")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    _write("a.code", MachineCode("name", b"code"))
    assert _read("a.code") is None


@pytest.mark.parametrize(("called", "kept"), [("NRT_Free", True), ("fopen", False)])
def test_code_that_calls_what_is_not_known_is_not_kept(called, kept):
    code = f"declare void @{called}()\ndefine void @f() {{\n call void @{called}()\n ret void\n}}"
    found = _as_object("f", code)
    assert (found.symbol == "f") == kept
    assert bool(found.content) == kept
    assert b"skxpresso_never_NRT_Free" in found.content or not kept


def test_numba_still_raises_and_allocates():
    run("dense", draw(1, 1), draw(1, 1), draw(1), np.empty((1, 1), np.float32))

    @numba.njit
    def positive(n):
        if n < 0:
            raise ValueError("below 0")
        return np.ones(n).sum()

    assert positive(3) == 3
    with pytest.raises(ValueError, match="below 0"):
        positive(-1)
