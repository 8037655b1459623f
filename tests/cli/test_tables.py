"""Commands read tables as people have them, and say which columns they take."""

import io
import sys

import pandas as pd
import pytest

from skxpresso.datasets import make_promoters
from tests.command import main_with

LAYERS = "--filters 4 --kernel-sizes 5 --dilation-rates 1 --pool-sizes 6 --dense-units 4"
TRAINING = "--dropout-rates 0 --optimizer adam --epochs 1 --seed 3"
NAMES = "--promoter-column dna --expression-column level --id-column who"


@pytest.fixture(scope="module")
def genes():
    data = make_promoters(80, 30, random_state=0)
    table = data.data[["promoter", "CDSLEN", "UTR5GC"]].assign(level=data.target)
    return table.rename(columns={"promoter": "dna", "CDSLEN": "cds"}).rename_axis("who")


@pytest.fixture(scope="module")
def model(genes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    genes.to_csv(folder / "genes.csv.bz2")
    columns = [*NAMES.split(), "--halflife-columns", "UTR5GC,CDSLEN=cds"]
    options = [*LAYERS.split(), *TRAINING.split(), "--out", folder / "a.model"]
    with pytest.MonkeyPatch.context() as monkeypatch:
        arguments = ["train", folder / "genes.csv.bz2", *columns, *options]
        assert main_with(monkeypatch, *arguments) == 0
    return folder / "a.model"


def test_predict_from_standard_input_by_columns_of_any_name(
    genes, model, tmp_path, monkeypatch, capsys
):
    predicted = []
    for separator in ("\t", ";"):
        text = genes.to_csv(sep=separator)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        columns = [*NAMES.split(), "--halflife-columns", "CDSLEN=cds,UTR5GC"]
        out = tmp_path / "scores.tsv"
        assert main_with(monkeypatch, "predict", model, "-", *columns, "--out", out) == 0
        predicted.append(pd.read_csv(out, sep="\t", index_col="Gene"))
        said = capsys.readouterr().err
        assert "standard input: " in said
        assert "promoters in 'dna', expression in 'level', genes in 'who'" in said
        assert "half-life columns: 2 of 8 (CDSLEN in 'cds')" in said
    pd.testing.assert_frame_equal(*predicted)
    assert predicted[0]["Actual"].tolist() == pytest.approx(genes["level"].tolist(), rel=1e-8)


def test_evaluate_reads_a_pipe_once(genes, tmp_path, monkeypatch, capsys):
    places = genes.assign(chrom="1", start=range(0, 2400, 30), end=range(30, 2430, 30))
    text = places.drop(columns="cds").to_csv()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    options = [*NAMES.split(), "--models", "mean", "--cv", "2", "--out", tmp_path]
    assert main_with(monkeypatch, "evaluate", "-", *options) == 0
    said = capsys.readouterr()
    assert "80 groups of genes that share sequence together" in said.out.replace("\n", " ")
    assert "also read: chrom, start, end" in said.err


def test_prepare_reads_columns_of_any_name(genes, tmp_path, monkeypatch):
    genes.to_csv(tmp_path / "genes.txt", sep=";")
    options = ["--n-test", 10, "--n-valid", 10, "--out", tmp_path / "out"]
    assert main_with(monkeypatch, "prepare", tmp_path / "genes.txt", *NAMES.split(), *options) == 0
    assert (tmp_path / "out" / "train.h5").stat().st_size > 0


@pytest.mark.parametrize(
    ("command", "columns", "message"),
    [
        ("train", "--promoter-column seq", "--promoter-column seq is none of the columns"),
        ("evaluate", "--promoter-column dna", "has no column EXPRESSION, only 'who', 'dna'"),
        ("tune", "", "the header must name PROMOTER or half-life columns"),
        ("train", "--halflife-columns length", "'length' is none of UTR5LEN, CDSLEN"),
    ],
)
def test_columns_that_are_not_there(
    genes, tmp_path, monkeypatch, capsys, command, columns, message
):
    genes.rename(columns={"UTR5GC": "other"}).to_csv(tmp_path / "genes.csv")
    arguments = [command, tmp_path / "genes.csv", *columns.split(), "--out", tmp_path / "out"]
    assert main_with(monkeypatch, *arguments) == 1
    assert message in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["genes.csv"]
