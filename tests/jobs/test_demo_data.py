"""What the demo trains on: yeast promoters whose test rows were never seen in part."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from Bio.Seq import reverse_complement

from skxpresso.datasets import load_yeast_promoters
from skxpresso.jobs._demo_data import synthetic_data, yeast_data
from skxpresso.jobs.demo import NETWORK
from skxpresso.jobs.demo import demo as run_demo
from skxpresso.metrics import pearson_r2_score


def words(promoters, length=30):
    """All words of the 80 nt that vary, on both strands."""
    found = set()
    for promoter in promoters:
        for strand in (promoter[20:-20], reverse_complement(promoter[20:-20])):
            found |= {strand[i : i + length] for i in range(len(strand) - length + 1)}
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    settings = {"filters": (4, 4), "epochs": 2, "patience": None}
    return folder, run_demo(folder, yeast=True, n_genes=600, verbose=0, **settings)


def test_test_fragments_share_no_word_with_training_fragments():
    data = yeast_data(4000, random_state=1)
    assert not words(data.X["promoter"]) & words(data.X_test["promoter"])
    both = pd.concat([data.X, data.X_test])["promoter"]
    halves = words(both.iloc[::2]), words(both.iloc[1::2])
    assert len(halves[0] & halves[1]) > 1000  # there is something to leak


def test_all_fragments_are_used_once():
    data = yeast_data(2000, random_state=3)
    source = load_yeast_promoters(2000, random_state=3)
    rows = data.X.index.append(data.X_test.index)
    assert rows.sort_values().equals(source.data.index)
    assert 0.15 < len(data.X_test) / 2000 < 0.25
    for X, y in ((data.X, data.y), (data.X_test, data.y_test)):
        assert X["promoter"].equals(source.data.loc[X.index, "promoter"])
        assert y.equals(source.target.loc[X.index])
    assert data.ceiling == source.ceiling


def test_seeds():
    for make in (lambda seed: yeast_data(300, seed), lambda seed: synthetic_data(50, 60, seed)):
        data, again, other = make(1), make(1), make(2)
        assert data.X_test.equals(again.X_test)
        assert not data.X_test.equals(other.X_test)


def test_table_and_ceiling(demo):
    _, table = demo
    assert table["model"].tolist() == ["mean", "4-mers, Ridge", NETWORK]
    assert table.attrs["ceiling"] == pytest.approx(0.979, abs=5e-4)
    assert table.attrs["n_train"] + table.attrs["n_test"] == 600


def test_predictions_are_those_of_the_table(demo):
    folder, table = demo
    written = pd.read_csv(folder / "predictions.tsv", sep="\t", index_col="Gene")
    assert len(written) == table.attrs["n_test"]
    score = pearson_r2_score(written["Actual"], written["Pred"])
    assert score == pytest.approx(table["pearson_r2"].iloc[-1])
    measured = load_yeast_promoters().target
    np.testing.assert_allclose(written["Actual"], measured.loc[written.index])


@pytest.mark.slow
def test_from_the_command_line(tmp_path):
    command = [sys.executable, "-c", "from skxpresso.cli import main; main()", "demo", "--yeast"]
    options = ["--n-genes", "200", "--epochs", "1", "--out", str(tmp_path)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "reaches r2 = 0.98" in done.stdout
    assert "4-mers, Ridge" in done.stdout
    assert "half-life" not in done.stdout
    assert (tmp_path / "predictions.png").stat().st_size > 0
