"""Training, predicting and evaluating several cell types from a table: a column for each."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from skxpresso import load_pipeline, pearson_r2_score
from skxpresso.interpret import attribute
from skxpresso.jobs._outputs import score_genes
from skxpresso.jobs.evaluate import evaluate
from skxpresso.jobs.explain import explain
from skxpresso.jobs.predict import predict
from skxpresso.jobs.train import train
from skxpresso.network import single_output
from tests.command import main_with
from tests.toys import TINY


@pytest.fixture(scope="module")
def table(promoters, tmp_path_factory):
    path = tmp_path_factory.mktemp("cell-types") / "genes.tsv"
    y = promoters.target
    columns = {"E000": 0 * y, "E003": y, "E116": 50 - 9 * y}
    genes = promoters.data[["promoter"]].assign(**columns)
    genes.loc[genes.index[::2], "E116"] = np.nan
    genes.to_csv(path, sep="\t", index_label="ENSID")
    return path


@pytest.fixture(scope="module", params=[1, 2], ids=["network", "ensemble"])
def trained(request, table):
    out = table.parent / f"{request.param}.safetensors"
    settings = {name: value for name, value in TINY.items() if name != "random_state"}
    settings |= {"n_estimators": request.param, "patience": 2}
    return train(table, out, cell_types="all", verbose=0, **settings)


def test_files_have_a_column_for_each(trained, table, tmp_path):
    is_ensemble = trained.pipeline[-1].n_estimators > 1
    names = ["E003", "E116", *(["E003_Std", "E116_Std"] if is_ensemble else [])]
    predict(table, tmp_path / "out.tsv", model=trained.files["model"], verbose=0)
    found = pd.read_csv(tmp_path / "out.tsv", sep="\t", index_col="Gene")
    assert found.columns.tolist() == names
    again = load_pipeline(trained.files["model"])
    assert again[-1].output_names_ == ("E003", "E116")
    tested = pd.read_csv(trained.files["predictions"], sep="\t", index_col="Gene")
    assert tested.columns.tolist() == [*names, "E003_Actual", "E116_Actual"]
    np.testing.assert_allclose(tested[names], found.loc[tested.index, names], rtol=1e-6)
    genes = pd.read_csv(table, sep="\t", index_col="ENSID").loc[tested.index]
    np.testing.assert_allclose(tested["E116_Actual"], genes["E116"])


def test_scores_are_means_over_cell_types(trained):
    tested = pd.read_csv(trained.files["predictions"], sep="\t")
    there = tested["E116_Actual"].notna()
    assert 0 < there.sum() < len(tested)
    r2 = [
        r2_score(tested["E003_Actual"], tested["E003"]),
        r2_score(tested["E116_Actual"][there], tested["E116"][there]),
    ]
    row = trained.scores.set_index("genes").loc["test"]
    assert row["r2"] == pytest.approx(np.mean(r2))


def test_one_cell_type_is_explained(trained, table, promoters, tmp_path):
    model = load_pipeline(trained.files["model"])
    options = {"model": model, "verbose": 0, "n_shown": 1}
    with pytest.raises(ValueError, match="predicts 'E003', 'E116', but.*cell_type= says which"):
        explain(table, tmp_path / "why", **options)
    explain(table, tmp_path / "why", cell_type="E116", top=1, **options)
    found = pd.read_csv(tmp_path / "why" / "positions.tsv", sep="\t")
    expected = attribute(single_output(model, "E116"), promoters.data[["promoter"]]).to_frame(1)
    np.testing.assert_array_equal(found["position"], expected["position"])
    np.testing.assert_allclose(found["contribution"], expected["contribution"], rtol=1e-4)


def test_score_of_every_measured_value():
    rng = np.random.default_rng(0)
    y, predicted = rng.normal(size=(2, 30, 2))
    y[::3, 1] = np.nan
    there = np.arange(30) % 3 > 0
    scores = score_genes("test", y, predicted)
    each = [
        pearson_r2_score(y[:, 0], predicted[:, 0]),
        pearson_r2_score(y[there, 1], predicted[there, 1]),
    ]
    assert scores["squared Pearson"] == pytest.approx(np.mean(each))
    assert scores["n"] == 30


def test_every_cell_type_is_evaluated(table, tmp_path, monkeypatch, capsys):
    options = ["--models", "mean,composition", "--cv", 2, "--n-bootstrap", 10]
    out = tmp_path / "out"
    asked = ["--out", out, "--cell-types", "E116,E003", *options, "--json"]
    assert main_with(monkeypatch, "evaluate", table, *asked) == 0
    said = capsys.readouterr()
    assert "also read: E003, E116; not used: E000" in said.err
    scores = pd.DataFrame(json.loads(said.out)["scores"])
    assert scores["output"].unique().tolist() == ["mean", "E116", "E003"]
    folds = pd.read_csv(out / "folds.tsv", sep="\t").set_index(["output", "model", "fold"])
    tested = pd.read_csv(out / "predictions.tsv", sep="\t")
    rows = tested.query("output == 'E116' and fold == 0")
    found = folds.loc[("E116", "composition", 0)]
    assert found["n_test"] == len(rows) < (tested["output"] == "E003").sum() / 2
    assert found["r2"] == pytest.approx(r2_score(rows["measured"], rows["composition"]))
    r2 = scores.query("metric == 'r2' and model == 'composition'").set_index("output")["score"]
    assert r2["mean"] == pytest.approx((r2["E003"] + r2["E116"]) / 2)
    page = (out / "report.html").read_text()
    assert "The rows called mean are means over the outputs" in page
    assert page.count("<td>E116</td>") == 2 * 2 + 2  # every fold of every model, and its scores
    assert not (out / "predictions.png").exists()


def test_replicates_are_of_one_cell_type(table, tmp_path):
    with pytest.raises(ValueError, match="replicates belong to one column of expression"):
        evaluate(table, tmp_path / "out", cell_types="all", replicates=["E003"])
