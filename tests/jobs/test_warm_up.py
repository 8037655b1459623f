"""What was warmed up is not compiled again: in a fresh process, by numba's own count."""

import subprocess
import sys

import pytest

SCRIPT = """
import numpy as np
from skxpresso._kernels import (
    dense_loops, edits, first_layer_loops, later_layers_loops, machine_code
)
from skxpresso._kernels.mutate import edit_effects
from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network
from skxpresso.jobs.warm_up import warm_up

def signatures():
    return {
        (module.__name__, name): list(kernel.signatures)
        for module in (edits, first_layer_loops, later_layers_loops, dense_loops)
        for name, kernel in vars(module).items()
        if hasattr(kernel, "signatures")
    } | {"machine code": sorted(machine_code._routines)}

warm_up()
before = signatures()
assert sum(map(bool, before.values())) > 5
rng = np.random.default_rng(0)
draw = lambda *shape: rng.normal(size=shape).astype(np.float32)
first, second = (draw(6, 4, 128), draw(128)), (draw(9, 128, 32), draw(32))
layers = Convolution(*first, 1, 30), Convolution(*second, 1, 10)
dense = Dense(draw(32 + 8, 64), draw(64)), Dense(draw(64, 2), draw(2)), Dense(draw(2, 1), draw(1))
network = Network(layers, dense)
codes = rng.integers(0, 4, (3, 450)).astype(np.uint8)
halflife = draw(3, 8)
predict_network(network, codes, halflife, n_threads=2)
edit = np.arange(5), np.ones((5, 2), np.uint8)
edit_effects(network, codes, halflife, [edit] * 3)
print(signatures() == before)
"""


def test_predictions_compile_nothing_more():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True"]


def test_command(capsys, monkeypatch):
    from skxpresso.cli import main

    monkeypatch.setattr("sys.argv", ["skxpresso", "warm-up"])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 0
    assert "kernels of predictions are compiled" in capsys.readouterr().out
