"""Saved and pickled networks predict, and are explained, in a process that never imports Keras."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skxpresso import load_pipeline
from skxpresso.datasets import make_promoters

MODEL = Path(__file__).parents[1] / "data" / "pipeline-0.1.0.safetensors"

PREDICT = """
import pickle, sys
import numpy as np
from skxpresso import load_pipeline
from skxpresso.datasets import make_promoters
from skxpresso.interpret import attribute

kind, path, out = sys.argv[1:]
model = load_pipeline(path) if kind == "saved" else pickle.load(open(path, "rb"))
data = make_promoters(80, length=30, random_state=0)
np.save(out, model.predict(data.data))
model.score(data.data, data.target)
attribute(model, data.data[:2], method="integrated_gradients", n_references=2)
heavy = {"keras", "tensorflow", "scikeras", "hyperopt", "matplotlib"} & sys.modules.keys()
assert not heavy, heavy
"""


@pytest.mark.filterwarnings("ignore::skxpresso.exceptions.SavedVersionWarning")
@pytest.mark.parametrize("kind", ["saved", "pickled"])
def test_prediction_loads_no_keras(kind, tmp_path):
    path, model = MODEL, load_pipeline(MODEL)
    if kind == "pickled":
        path = tmp_path / "model.pkl"
        path.write_bytes(pickle.dumps(model))
    out = tmp_path / "out.npy"
    command = [sys.executable, "-c", PREDICT, kind, str(path), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    data = make_promoters(80, length=30, random_state=0)
    np.testing.assert_array_equal(np.load(out), model.predict(data.data))
