"""What depends on the processor changes no number: tile, memory, compiling."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from skxpresso._kernels.memory import aligned_empty, aligned_zeros, scratch
from skxpresso._kernels.processor import Registers, registers, taps_for, tile_for

# float32 sums in the order of the taps and channels, whatever the tile
DIGEST = """
import hashlib, sys
import numpy as np
from skxpresso._kernels import compiling, processor
processor.TILE = int(sys.argv[1])
compiling._announcer.left = float(sys.argv[2])
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.later_layers import PackedKernel, pool_inputs
rng = np.random.default_rng(0)
inputs = rng.normal(size=(2, 23, 5)).astype(np.float32)
kernel, bias = rng.normal(size=(4, 5, 40)).astype(np.float32), np.ones(40, np.float32)
pooled = np.empty((2, 7, 64), np.float32)
pool_inputs(inputs, PackedKernel(kernel, bias), Geometry(4, 2, 3), pooled, None)
print(hashlib.sha256(pooled.tobytes()).hexdigest())
"""


def run(folder, tile, patience=60):
    """Digest of a convolution and what came on stderr, of a process that compiles afresh."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    arguments = [sys.executable, "-c", DIGEST, str(tile), str(patience)]
    result = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    return result.stdout, result.stderr


@pytest.mark.parametrize(
    ("features", "expected", "tile", "taps"),
    [
        ({"avx": True, "avx2": True, "avx512f": False}, Registers(16, 8), 2, 3),
        ({"avx": True, "avx2": True, "avx512f": True}, Registers(32, 16), 8, 3),
        ({"neon": True}, Registers(32, 4), 2, 3),
        ({"sse2": True}, Registers(16, 4), 1, 1),
        ({}, Registers(16, 4), 1, 1),
    ],
)
def test_tile_and_taps_fit_the_registers(features, expected, tile, taps):
    assert registers(features) == expected
    assert (tile_for(expected), taps_for(expected)) == (tile, taps)


def test_features_that_numba_is_told(monkeypatch):
    monkeypatch.setenv("NUMBA_CPU_FEATURES", "+avx,+avx2,-avx512f")
    assert registers() == Registers(16, 8)
    monkeypatch.setenv("NUMBA_CPU_FEATURES", "")
    assert registers() == Registers(16, 4)


@pytest.mark.slow
def test_sums_do_not_depend_on_the_tile_and_a_long_compilation_is_told(tmp_path):
    quick = run(tmp_path / "1", 1, patience=60)
    slow = run(tmp_path / "2", 2, patience=0.01)
    others = [run(tmp_path / str(tile), tile, patience=60) for tile in (4, 8)]
    assert {quick[0]} == {slow[0]} == {out for out, _ in others}
    assert quick[1] == others[0][1] == others[1][1] == ""
    assert slow[1].count("skxpresso compiles its kernels") == 1
    assert run(tmp_path / "2", 2, patience=0.01) == (slow[0], "")  # loaded, not compiled


@pytest.mark.parametrize("shape", [(1,), (3, 5, 7)])
def test_aligned(shape):
    array = aligned_zeros(shape, np.float64)
    assert (array.shape, array.dtype, array.flags.c_contiguous) == (shape, np.float64, True)
    assert array.ctypes.data % 64 == aligned_empty(shape, np.int16).ctypes.data % 64 == 0
    assert not array.any()


def test_scratch_belongs_to_a_thread_and_a_name():
    mine = scratch("a", (4,), np.float32)
    assert np.shares_memory(mine, scratch("a", (2, 2), np.int16))
    assert not np.shares_memory(mine, scratch("b", (4,), np.float32))
    assert scratch("a", (100,), np.float32).shape == (100,)  # grows
    other = []
    thread = threading.Thread(target=lambda: other.append(scratch("a", (100,), np.float32)))
    thread.start()
    thread.join()
    assert not np.shares_memory(scratch("a", (100,), np.float32), other[0])
