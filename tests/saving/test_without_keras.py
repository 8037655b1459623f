"""Saved and pickled networks predict in a process that imports little, and never Keras."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skxpresso import load_pipeline
from skxpresso.datasets import make_promoters
from tests.toys import write_table

MODEL = Path(__file__).parents[1] / "data" / "pipeline-0.1.0.safetensors"

PREDICT = """
import pickle, sys
import numpy as np
from skxpresso import load_pipeline
from skxpresso.datasets import make_promoters

kind, path, out = sys.argv[1:]
model = load_pipeline(path) if kind == "saved" else pickle.load(open(path, "rb"))
data = make_promoters(80, length=30, random_state=0)
np.save(out, model.predict(data.data))
needless = {"Bio", "h5py", "numba", "pooch", "requests", "sklearn.metrics"}
if kind == "saved":  # a pickle has scikit-learn imported before this package
    needless |= {"scipy.stats"}
needless &= sys.modules.keys()
assert not needless, needless
model.score(data.data, data.target)
from skxpresso.interpret import attribute
attribute(model, data.data[:2], method="integrated_gradients", n_references=2)
heavy = {"keras", "tensorflow", "scikeras", "hyperopt", "matplotlib"} & sys.modules.keys()
assert not heavy, heavy
"""


def run(command, folder):
    """Run Python where no checkout lies that it would import in place of what is installed."""
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, cwd=folder
    )


@pytest.mark.filterwarnings("ignore::skxpresso.exceptions.SavedVersionWarning")
@pytest.mark.parametrize("kind", ["saved", "pickled"])
def test_prediction_loads_no_keras(kind, tmp_path):
    path, model = MODEL, load_pipeline(MODEL)
    if kind == "pickled":
        path = tmp_path / "model.pkl"
        path.write_bytes(pickle.dumps(model))
    data = make_promoters(80, length=30, random_state=0)
    expected = model.predict(data.data)  # leaves its machine code on disk
    out = tmp_path / "out.npy"
    command = [sys.executable, "-c", PREDICT, kind, str(path), str(out)]
    done = run(command, tmp_path)
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(out), expected)


COMMAND = """
import sys
from skxpresso.cli import main
try:
    main()
finally:
    needless = {"Bio", "h5py", "keras", "numba", "pooch", "requests", "scipy.stats", "tensorflow"}
    print(sorted(needless & sys.modules.keys()))
"""


@pytest.mark.filterwarnings("ignore::skxpresso.exceptions.SavedVersionWarning")
def test_command_loads_no_more(tmp_path):
    data = make_promoters(80, length=30, random_state=0)
    load_pipeline(MODEL).predict(data.data)  # leaves its machine code on disk
    genes = tmp_path / "genes.tsv"
    write_table(genes, data.data, data.target)
    arguments = ["predict", str(MODEL), str(genes), "--out", str(tmp_path / "out.tsv")]
    command = [sys.executable, "-c", COMMAND, *arguments]
    done = run(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert len((tmp_path / "out.tsv").read_text().splitlines()) == 81
