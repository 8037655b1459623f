"""The explain job: what it writes against `attribute` of the whole table; stopped and resumed."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from skxpresso import make_xpresso_pipeline, save_pipeline
from skxpresso.baselines import halflife_baseline
from skxpresso.interpret import attribute
from skxpresso.jobs.explain import FILES, explain
from tests.command import main_with


@pytest.fixture(scope="module")
def model(promoters, tiny):
    return make_xpresso_pipeline(**tiny).fit(promoters.data, promoters.target * 3 + 1)


@pytest.fixture(scope="module")
def table(promoters):
    return promoters.data[:11]


@pytest.fixture(scope="module")
def whole(model, table):
    return attribute(model, table)


@pytest.fixture
def source(tmp_path, table):
    path = tmp_path / "genes.tsv"
    table.rename(columns={"promoter": "PROMOTER"}).to_csv(path, sep="\t", index_label="ENSID")
    return path


def run(source, out, model, **options):
    options = {"chunk_size": 4, "top": 3, "verbose": 0} | options
    return explain(source, out, model=model, **options)


def read(folder, name):
    return pd.read_csv(folder / name, sep="\t")


def test_tables_hold_the_attribution(source, tmp_path, model, table, whole):
    done = run(source, tmp_path / "why", model, n_shown=2)
    assert (done.n_genes, done.n_resumed) == (11, 0)
    assert sorted(done.files) == sorted(FILES)
    assert all(path.is_file() for path in done.files.values())
    genes = read(tmp_path / "why", "genes.tsv")
    assert genes["gene"].tolist() == table.index.tolist()
    np.testing.assert_allclose(genes["prediction"], model.predict(table), rtol=1e-4)
    np.testing.assert_allclose(genes[whole.halflife.columns], whole.halflife, atol=1e-4)
    positions = read(tmp_path / "why", "positions.tsv")
    expected = whole.to_frame(3)
    assert positions.columns.tolist() == expected.columns.tolist()
    np.testing.assert_array_equal(positions["position"], expected["position"])
    np.testing.assert_allclose(positions["contribution"], expected["contribution"], atol=1e-4)
    profile = read(tmp_path / "why", "profile.tsv")
    mean = np.abs(whole.contributions).mean(axis=0)
    np.testing.assert_allclose(profile["mean_size"], mean, atol=1e-4)
    stretches = read(tmp_path / "why", "stretches.tsv")
    assert stretches.groupby("gene")["rank"].max().between(1, 5).all()
    page = (tmp_path / "why" / "report.html").read_text()
    assert page.count("<canvas") == 2
    assert not re.findall(r"https?://", page)
    assert "<svg" in (tmp_path / "why" / "logos.svg").read_text()


def test_files_for_modisco_are_those_of_the_attribution(source, tmp_path, model, whole):
    run(source, tmp_path / "why", model, modisco_width=12)
    whole.to_modisco(tmp_path / "expected", width=12)  # the TSS is the middle of 30 nt
    found, expected = tmp_path / "why" / "modisco", tmp_path / "expected"
    assert (found / "rows.tsv").read_text() == (expected / "rows.tsv").read_text()
    for name in ("sequences.npz", "contributions.npz"):
        mine, theirs = (np.load(folder / name)["arr_0"] for folder in (found, expected))
        assert mine.shape == (11, 4, 12)
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


@pytest.mark.slow
def test_places_come_from_the_table(tmp_path, model, table):
    """On either strand; where some rows have no place, the columns stay and are empty there."""
    places = {"chrom": "7", "start": range(100, 1200, 100), "strand": ["+", "-"] * 5 + ["-"]}
    placed = table.assign(**places)
    placed["end"] = placed["start"] + 30
    whole = attribute(model, placed)
    path = tmp_path / "genes.tsv"
    placed.to_csv(path, sep="\t", index_label="ENSID")
    run(path, tmp_path / "why", model, modisco_width=12)
    whole.to_modisco(tmp_path / "expected", width=12)
    rows = (tmp_path / "why" / "modisco" / "rows.tsv").read_text()
    assert rows == (tmp_path / "expected" / "rows.tsv").read_text()
    columns = ["chrom", "place", "strand"]
    positions = pd.read_csv(tmp_path / "why" / "positions.tsv", sep="\t", dtype={"chrom": str})
    expected = whole.to_frame(3)[columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(positions[columns], expected, check_dtype=False)
    for row in read(tmp_path / "why", "stretches.tsv").itertuples():
        gene = placed.loc[row.gene]
        ahead = row.chrom_start - gene["start"]
        assert row.start == (ahead if row.strand == "+" else 30 - 12 - ahead)
    placed["end"] = placed["end"].where(placed.index != "gene5", 0)
    placed.to_csv(path, sep="\t", index_label="ENSID")
    with pytest.warns(UserWarning, match="row 'gene5': the promoter has 30 nt.*another place"):
        run(path, tmp_path / "why", model, modisco_width=12)
    kept = read(tmp_path / "why", "modisco/rows.tsv")["chrom_start"]
    assert kept.isna().tolist() == [False] * 4 + [True] * 4 + [False] * 3


@pytest.mark.slow
def test_resuming_explains_what_is_left(source, tmp_path, model, monkeypatch):
    expected = run(source, tmp_path / "whole", model)
    calls = []

    def counted(model, X, **options):
        calls.append(len(X))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return attribute(model, X, **options)

    monkeypatch.setattr("skxpresso.jobs.explain.attribute", counted)
    with pytest.raises(KeyboardInterrupt) as stop:
        run(source, tmp_path / "why", model)
    assert "parts keeps 8 genes; resuming goes on with them" in stop.value.__notes__[0]
    assert not (tmp_path / "why" / "genes.tsv").exists()
    done = run(source, tmp_path / "why", model, resume=True)
    assert (done.n_genes, done.n_resumed) == (11, 8)
    assert calls == [4, 4, 3, 3]
    for what, path in done.files.items():
        if path.suffix == ".tsv":
            assert path.read_text() == expected.files[what].read_text()
    assert not (tmp_path / "why" / "parts").exists()


@pytest.mark.slow
def test_another_model_does_not_go_on(source, tmp_path, model, promoters, tiny, monkeypatch):
    other = make_xpresso_pipeline(**(tiny | {"random_state": 5}))
    other.fit(promoters.data, promoters.target)
    monkeypatch.setattr("skxpresso.jobs.explain.draw_logos", lambda genes: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(source, tmp_path / "why", model)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="parts is of another model"):
        run(source, tmp_path / "why", other, resume=True)
    assert run(source, tmp_path / "why", model, resume=True).n_resumed == 11


def test_the_command(source, tmp_path, model, monkeypatch, capsys):
    save_pipeline(model, tmp_path / "model")
    folder = tmp_path / "why"
    options = ["--gene", "gene3", "--start", 5, "--end", 20, "--chunk-size", 6, "--top", 2]
    code = main_with(monkeypatch, "explain", tmp_path / "model", source, "--out", folder, *options)
    output = capsys.readouterr()
    assert code == 0, output.err
    assert "11 genes explained" in output.out
    assert "report.html: report" in output.out
    page = (tmp_path / "why" / "report.html").read_text()
    assert page.count("<canvas") == 1
    assert "gene3, predicted" in page
    assert read(folder, "positions.tsv")["position"].between(5, 19).all()
    options = ["--json", "--method", "gradient", "--out", folder]
    assert main_with(monkeypatch, "explain", tmp_path / "model", source, *options) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["n_genes"] == 11
    assert said["files"]["report"] == str(folder / "report.html")


# a clumsy user


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"genes": ["nobody"]}, "gene 'nobody' is not among the 11 explained"),
        ({"top": 0}, "top must be an integer of at least 1, got 0"),
        ({"method": "saliency"}, "method must be one of .*, got 'saliency'"),
        ({"start": 5, "end": 31}, "start=5 and end=31 must satisfy"),
        ({"tss": 7}, "tss=7 is for a published network"),
    ],
)
def test_options_that_cannot_be(source, tmp_path, model, options, message):
    with pytest.raises(ValueError, match=message):
        run(source, tmp_path / "why", model, **options)
    assert not list(tmp_path.glob("why/*.tsv"))


def test_a_bad_record_is_named_and_what_is_done_stays(source, tmp_path, model):
    text = source.read_text().splitlines()
    text[10] = text[10].replace("A", "!")
    source.write_text("\n".join(text))
    with pytest.raises(ValueError, match="gene9") as error:
        run(source, tmp_path / "why", model)
    assert "keeps 8 genes" in error.value.__notes__[0]


def test_an_output_that_is_an_input(source, tmp_path, model):
    (tmp_path / "genes.tsv").rename(tmp_path / "stretches.tsv")
    with pytest.raises(ValueError, match="is an input, which would be lost"):
        run(tmp_path / "stretches.tsv", tmp_path, model)


def test_a_model_that_reads_no_base(source, tmp_path, table, promoters):
    """It hangs on half-life numbers alone, and the page says so."""
    model = halflife_baseline().fit(promoters.data, promoters.target)
    run(source, tmp_path / "why", model, n_shown=3)
    genes = read(tmp_path / "why", "genes.tsv")
    assert genes["bases"].abs().max() < 1e-9
    assert genes["CDSLEN"].abs().max() > 1e-3
    assert read(tmp_path / "why", "stretches.tsv").empty
    page = (tmp_path / "why" / "report.html").read_text()
    assert page.count("Strongest stretches: none") == 3
    assert "UTR5LEN" in page


def test_a_table_without_promoters(tmp_path, table, model):
    path = tmp_path / "genes.tsv"
    table.drop(columns="promoter").to_csv(path, sep="\t", index_label="ENSID")
    with pytest.raises(ValueError, match="no column PROMOTER; promoter_column= names that of"):
        run(path, tmp_path / "why", model)


def test_without_logomaker(source, tmp_path, model, monkeypatch):
    monkeypatch.setattr("skxpresso.jobs._explain_logos.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="logomaker, which is not installed"):
        run(source, tmp_path / "why", model)
