"""The report on a table: folds, models, files and page; the command says what it finds."""

import hashlib
import json
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from skxpresso import save_pipeline
from skxpresso.baselines import mean_baseline
from skxpresso.datasets import make_promoters
from skxpresso.jobs.evaluate import evaluate as evaluate_table
from skxpresso.jobs.evaluate import evaluate_models
from skxpresso.jobs.standard_models import standard_models
from skxpresso.model_selection import scorecard
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.sequence import encoder as encoder_module
from skxpresso.sequence import packed as packed_module
from tests.command import main_with, run

QUICK = {"models": ["mean", "halflife"], "n_bootstrap": 20, "cv": 3}


@pytest.fixture(scope="module")
def genes():
    data = make_promoters(90, 30, random_state=0)
    rng = np.random.default_rng(0)
    table = data.data.assign(EXPRESSION=data.target)
    table["rep1"], table["rep2"] = (data.target[:, np.newaxis] + 0.3 * rng.normal(size=(90, 2))).T
    return table


@pytest.fixture
def path(genes, tmp_path):
    """A table without coordinates."""
    genes.to_csv(tmp_path / "genes.tsv", sep="\t")
    return tmp_path / "genes.tsv"


@pytest.fixture
def placed(genes, tmp_path):
    """A table of genes that overlap in pairs."""
    start = np.arange(90) // 2 * 100 + np.arange(90) % 2 * 10
    table = genes.assign(chrom="chr1", start=start, end=start + 30)
    table.to_csv(tmp_path / "placed.tsv", sep="\t")
    return tmp_path / "placed.tsv"


def test_files_hold_the_card(path, tmp_path):
    card, remarks, files = evaluate_table(path, tmp_path / "new" / "out", **QUICK)
    assert sorted(p.name for p in (tmp_path / "new" / "out").iterdir()) == [
        "folds.tsv",
        "predictions.png",
        "predictions.tsv",
        "r2.png",
        "report.html",
        "scores.tsv",
    ]
    scores = pd.read_csv(files["scores"], sep="\t")
    pd.testing.assert_frame_equal(scores, card.summary, check_dtype=False)
    predictions = pd.read_csv(files["predictions"], sep="\t", index_col="gene")
    first = predictions[predictions["fold"] == 0]
    expected = r2_score(first["measured"], first["halflife"])
    folds = pd.read_csv(files["folds"], sep="\t").set_index(["model", "fold"])
    assert folds.loc[("halflife", 0), "r2"] == pytest.approx(expected)
    assert remarks[0].startswith("90 genes in 3 folds, at random.")
    assert "optimistic" in remarks[0]
    page = files["report"].read_text()
    for name in card.models:
        assert f"<td>{name}</td>" in page
    assert page.count("<img") == 3
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"<td>genes.tsv, sha256 {digest}</td>" in page
    assert "<td>3, of 30, 30, 30 test genes</td>" in page
    interval = re.search(r"<td>(0\.\d{3}\xa0\[[^]]+\])</td>", page)
    assert interval, "a score with its interval, which no line end breaks"
    assert " " not in interval[1]
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []


def test_scores_by_number_of_genes(path, tmp_path):
    card, _, files = evaluate_table(path, tmp_path / "out", learning_curve=True, **QUICK)
    table = pd.read_csv(files["sizes"], sep="\t")
    assert table["n_train"].unique().tolist() == [8, 15, 30, 60]
    whole = table[table["n_train"] == 60].drop(columns="n_train").reset_index(drop=True)
    pd.testing.assert_frame_equal(whole, card.summary, check_dtype=False)
    assert files["report"].read_text().count("<img") == 4


def test_overlapping_promoters_stay_together(placed, tmp_path):
    card, remarks, _ = evaluate_table(placed, tmp_path / "out", **QUICK)
    assert (card.predictions.groupby("group")["fold"].nunique() == 1).all()
    assert (card.predictions.groupby("group").size() == 2).all()
    assert remarks == [
        "90 genes in 3 folds, which keep 45 groups of genes that share sequence together."
    ]


def test_folds_of_whole_chromosomes(placed, tmp_path):
    table = pd.read_csv(placed, sep="\t")
    table["chrom"] = [f"chr{i % 5}" for i in range(len(table))]
    path = tmp_path / "genes.tsv"
    table.to_csv(path, sep="\t", index=False)
    card, remarks, _ = evaluate_table(path, tmp_path / "out", by_chromosome=True, **QUICK)
    folds = card.predictions.groupby(table["chrom"].to_numpy()[card.predictions["row"]])["fold"]
    assert (folds.nunique() == 1).all()
    assert remarks == [
        "90 genes in 3 folds, which keep 5 groups of genes that lie on one chromosome together."
    ]


def test_random_folds_say_how_much_they_leak(placed, tmp_path):
    card, remarks, _ = evaluate_table(placed, tmp_path / "out", random_folds=True, **QUICK)
    spread = card.predictions.groupby("group")["fold"].nunique() > 1
    assert 0 < spread.mean() < 1
    assert f"{100 * spread.mean():.1f} % of the genes share sequence" in remarks[0]


def test_genes_that_share_sequence_stay_together(genes, tmp_path):
    copies = pd.concat([genes, genes.set_axis([f"copy{i}" for i in range(90)])])
    copies.rename_axis("gene").to_csv(tmp_path / "genes.tsv", sep="\t")
    card, _, _ = evaluate_table(tmp_path / "genes.tsv", tmp_path / "out", min_shared=25, **QUICK)
    together = card.predictions.groupby(card.predictions["row"] % 90)["fold"].nunique()
    assert (together == 1).all()


def test_replicates_and_logarithm(genes, path, tmp_path):
    drawn = {"figures": "svg", "unit": "log10 TPM"}
    replicates = ["rep1", "rep2"]
    card, _, files = evaluate_table(path, tmp_path / "out", replicates=replicates, **drawn, **QUICK)
    assert card.ceiling == pytest.approx(1 / (1 + 0.3**2 / 2), abs=0.03)
    assert "(log10 TPM)" in files["picture of predictions"].read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"the ceiling of .* needs the column\(s\) 'rep3'"):
        evaluate_table(path, tmp_path / "out", replicates=["rep1", "rep3"], **QUICK)
    with pytest.raises(ValueError, match="log10=True needs expression of 0 or more, got -"):
        evaluate_table(path, tmp_path / "out", log10=True, **QUICK)
    powers = genes.assign(**{name: 10 ** genes[name] for name in ["EXPRESSION", *replicates]})
    powers.to_csv(path, sep="\t")
    logs, _, _ = evaluate_table(
        path, tmp_path / "out", log10=True, replicates=replicates, **drawn, **QUICK
    )
    assert logs.ceiling == pytest.approx(card.ceiling, abs=0.05)
    with pytest.raises(ValueError, match="models names no model, and there is no fitted one"):
        evaluate_table(path, tmp_path / "out", **QUICK | {"models": []})


@pytest.mark.slow
def test_fitted_models_stay_as_they_are_or_are_trained_from_scratch(genes, path, tmp_path, tiny):
    X, y = genes[[c for c in genes if c not in ("EXPRESSION", "rep1", "rep2")]], genes["EXPRESSION"]
    pipeline = make_xpresso_pipeline(**tiny).fit(X, y)
    file = tmp_path / "mine.model"
    save_pipeline(pipeline, file)
    options = QUICK | {"fitted": [file], "models": ["mean"]}
    card, remarks, _ = evaluate_table(path, tmp_path / "out", **options)
    predicted = card.predictions.sort_values("row")["mine (as it is)"]
    np.testing.assert_allclose(predicted, pipeline.predict(X), rtol=1e-4, atol=1e-5)
    assert "not trained in the folds: mine." in remarks[0]
    card, remarks, _ = evaluate_table(path, tmp_path / "out", refit=True, **options)
    predicted = card.predictions.sort_values("row")["mine"]
    assert np.abs(predicted - pipeline.predict(X)).max() > 1e-3
    assert len(remarks) == 1
    with pytest.raises(ValueError, match="two models are called 'mine'"):
        evaluate_table(path, tmp_path / "out", **(options | {"fitted": [file, file]}), refit=True)


def test_a_model_that_failed_leaves_a_page(tmp_path, promoters):
    models = {"mean": mean_baseline(), "numbers": make_xpresso_pipeline(upstream=99, downstream=9)}
    with pytest.warns(match="a model failed: 'numbers'"):
        done = evaluate_models(
            models, promoters.data, promoters.target, tmp_path, cv=2, n_bootstrap=0, title="T"
        )
    page = done.files["report"].read_text()
    assert "failed in 2 of 2 folds" in page
    assert "<h1>T</h1>" in page


@pytest.mark.slow
def test_fine_tuning_stands_beside_training_from_scratch(path, genes, tmp_path, tiny):
    X, y = genes[[c for c in genes if c not in ("EXPRESSION", "rep1", "rep2")]], genes["EXPRESSION"]
    save_pipeline(make_xpresso_pipeline(12, 10, **tiny).fit(X, y), tmp_path / "start.safetensors")
    options = QUICK | {"models": ["kmers", "network"], "n_bootstrap": 0, "epochs": 1, "cv": 2}
    start = tmp_path / "start.safetensors"
    done = evaluate_table(path, tmp_path / "out", init=start, freeze_convolutions=True, **options)
    assert done.card.models == ["kmers", "network", "fine-tuned"]
    assert done.card.predictions["fine-tuned"].notna().all()
    assert f"starts from {start}" in done.files["report"].read_text()


def test_command_prints_json(placed, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    options = ["--models", "mean,halflife", "--cv", 2, "--n-bootstrap", 20, "--figures", "pdf"]
    assert main_with(monkeypatch, "evaluate", placed, "--out", out, *options, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["reference"] == "mean"
    scores = pd.DataFrame(result["scores"])
    written = pd.read_csv(out / "scores.tsv", sep="\t")
    np.testing.assert_allclose(scores["score"], written["score"])
    assert result["files"]["picture-of-r2"] == str(out / "r2.pdf")
    assert (out / "r2.pdf").read_bytes().startswith(b"%PDF")


def test_table_without_expression(tmp_path):
    (tmp_path / "genes.tsv").write_text("PROMOTER\nACGT\n")
    with pytest.raises(ValueError, match="has no column EXPRESSION"):
        evaluate_table(tmp_path / "genes.tsv", tmp_path / "out")


@pytest.mark.slow
def test_command_shows_scores_and_files(placed, tmp_path):
    out = tmp_path / "out"
    options = ["--models", "mean,halflife", "--cv", "2", "--replicates", "rep1,rep2"]
    result = run("evaluate", str(placed), "--out", str(out), *options, "--n-bootstrap", "50")
    assert result.returncode == 0, result.stderr
    assert "r2 above mean" in result.stdout
    assert "noise allows r2 = 0.9" in result.stdout
    assert "45 groups" in result.stdout
    assert str(out / "report.html") in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 120


def test_command_refuses_what_is_no_model(placed, tmp_path):
    result = run("evaluate", str(placed), "--out", str(tmp_path / "out"), "--models", "forest")
    assert result.returncode == 1
    assert "there is no model 'forest'" in result.stderr


def test_promoters_are_encoded_once_and_scores_are_those_of_their_text(
    genes, path, tmp_path, monkeypatch
):
    encoded, plain = [], packed_module.encode_windows

    def counted(sequences, *rest):
        encoded.extend(sequences)
        return plain(sequences, *rest)

    models = ["mean", "halflife", "composition", "kmers-alone"]
    options = {"n_bootstrap": 20, "cv": 3, "upstream": 9, "downstream": 12, "random_state": 1}
    with monkeypatch.context() as patch:
        patch.setattr(packed_module, "encode_windows", counted)
        patch.setattr(encoder_module, "encode_windows", None)
        card = evaluate_table(path, tmp_path / "out", models=models, **options).card
    assert encoded == genes["promoter"].tolist()
    X, y = genes.drop(columns=["EXPRESSION", "rep1", "rep2"]), genes["EXPRESSION"].to_numpy()
    window = {"upstream": 9, "downstream": 12}
    estimators = standard_models(X, models, random_state=1, **window)
    seen = scorecard(estimators, X, y, 3, reference="mean", n_bootstrap=20, random_state=1)
    is_score = card.summary["metric"] != "fit_seconds"
    pd.testing.assert_frame_equal(card.summary[is_score], seen.summary[is_score], check_exact=True)
    np.testing.assert_array_equal(card.predictions[models], seen.predictions[models])
    assert card.predictions.index.tolist() == seen.predictions.index.tolist()
    names = [p.name for p in Path(tempfile.gettempdir()).glob("skxpresso-*/codes")]
    assert names == []


def test_without_room_for_the_codes_they_are_in_memory(path, tmp_path, monkeypatch):
    expected = evaluate_table(path, tmp_path / "one", models=["composition"], cv=3, n_bootstrap=0)
    plain, asked = packed_module.pack_promoters, []

    def full(X, file=None):
        asked.append(file)
        if file is not None:
            raise OSError(28, "No space left on device")
        return plain(X)

    monkeypatch.setattr("skxpresso.jobs._packed.pack_promoters", full)
    found = evaluate_table(path, tmp_path / "two", models=["composition"], cv=3, n_bootstrap=0)
    assert [file is None for file in asked] == [False, True]
    np.testing.assert_array_equal(
        found.card.predictions["composition"], expected.card.predictions["composition"]
    )
