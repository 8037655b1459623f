"""The demo: a small one, with everything that it writes."""

import numpy as np
import pandas as pd
import pytest

from skxpresso import load_pipeline, xpresso_settings
from skxpresso.datasets import make_promoters
from skxpresso.datasets.table import read_genes
from skxpresso.jobs.demo import NETWORK, write_table
from skxpresso.jobs.demo import demo as run_demo
from skxpresso.metrics import pearson_r2_score


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "results"
    settings = {"filters": (4, 4), "epochs": 2, "patience": None}
    return folder, run_demo(folder, n_genes=200, length=80, verbose=0, **settings)


def test_table_compares_four_models(demo):
    _, table = demo
    assert table["model"].tolist() == [
        "mean",
        "half-life alone",
        "4-mers + half-life, Ridge",
        NETWORK,
    ]
    assert table.attrs["ceiling"] == pytest.approx(0.8)
    assert (table["seconds"] > 0).all()


def test_network_follows_the_rule(demo):
    folder, _ = demo
    chosen = load_pipeline(folder / "pipeline.safetensors")[-1].get_params()
    asked = {"filters": (4, 4), "epochs": 2, "patience": None}
    expected = xpresso_settings(80, 200) | asked
    assert {name: chosen[name] for name in expected} == expected


def test_predictions_are_those_of_the_table(demo):
    folder, table = demo
    written = pd.read_csv(folder / "predictions.tsv", sep="\t")
    assert written.columns.tolist() == ["Gene", "Pred", "Actual"]
    assert written["Gene"].str.fullmatch(r"gene\d+").all()
    score = pearson_r2_score(written["Actual"], written["Pred"])
    assert score == pytest.approx(table["pearson_r2"].iloc[-1])


def test_saved_pipeline_makes_the_written_predictions(demo):
    folder, _ = demo
    written = pd.read_csv(folder / "predictions.tsv", sep="\t", index_col="Gene")
    pipeline = load_pipeline(folder / "pipeline.safetensors")
    table = make_promoters(200, 80, random_state=1).data.loc[written.index]
    np.testing.assert_allclose(pipeline.predict(table), written["Pred"])


def test_picture_is_there_and_nothing_else(demo):
    folder, _ = demo
    assert (folder / "predictions.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in folder.iterdir()) == [
        "pipeline.safetensors",
        "predictions.png",
        "predictions.tsv",
        "test-genes.tsv",
    ]


@pytest.mark.parametrize("yeast", [False, True])
@pytest.mark.parametrize("name", ["genes.tsv", "genes.csv.gz"])
def test_written_table_is_read_by_the_other_commands(yeast, name, tmp_path):
    written = write_table(tmp_path / name, yeast=yeast, n_genes=120, length=60)
    X, y, _ = read_genes(tmp_path / name)
    assert X["promoter"].tolist() == written["PROMOTER"].tolist()
    np.testing.assert_allclose(y, written["EXPRESSION"])
    assert len(X.columns) == (1 if yeast else 9)
