"""`skxpresso genes`: one table that the other commands read."""

import sys

import pandas as pd
import polars as pl
import pytest

from skxpresso.cli import main
from skxpresso.datasets import read_columns, read_table
from skxpresso.genome import genes_from_genome
from skxpresso.halflife import HALF_LIFE_COLUMNS

LINES = [
    ("CDS", 121, 150, "+", "a", "t1"),
    ("CDS", 130, 150, "-", "b", "t2"),
    ("CDS", 401, 460, "-", "c", "t3"),
]


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["skxpresso", "genes", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as leaving:
        main()
    return leaving.value.code


def test_table_of_genes(genome, gtf, tmp_path, monkeypatch, capsys):
    path, out = gtf(*LINES), tmp_path / "genes.tsv.gz"
    size = ["--upstream", 30, "--downstream", 20]
    assert run(monkeypatch, genome.path, path, "--out", out, *size) == 0
    shown = capsys.readouterr().out
    assert "3 genes" in shown
    assert "2 of 3 promoters (66.7 %) overlap with another" in shown
    assert "the TSS is at index 30 of 50, not in the middle" in shown
    wanted = genes_from_genome(genome, path, upstream=30, downstream=20)
    X, y = read_table(out)
    assert y is None
    columns = ["promoter", *HALF_LIFE_COLUMNS]
    pd.testing.assert_frame_equal(X, wanted[columns], check_names=False)
    places = read_columns(out, ["chrom", "start", "end"])
    assert places.to_numpy().tolist() == wanted[["chrom", "start", "end"]].to_numpy().tolist()
    assert run(monkeypatch, genome.path, path, "--out", tmp_path / "g.parquet", *size) == 0
    table = pl.read_parquet(tmp_path / "g.parquet")
    assert table["GENE"].to_list() == ["a", "b", "c"]
    assert table["PROMOTER"].to_list() == wanted["promoter"].tolist()


@pytest.mark.filterwarnings("default")
def test_expression_is_put_beside(genome, gtf, tmp_path, monkeypatch, capsys):
    (tmp_path / "y.tsv").write_text("gene\tvalue\nc\t1.5\na\t-2\nother\t0\n")
    out = tmp_path / "genes.tsv"
    arguments = [genome.path, gtf(*LINES), "--out", out, "--upstream", 30, "--downstream", 20]
    assert run(monkeypatch, *arguments, "--expression", tmp_path / "y.tsv") == 0
    assert "1 of 3 genes of X have no expression" in capsys.readouterr().err
    assert read_table(out)[1].to_dict() == {"a": -2.0, "c": 1.5}


@pytest.mark.filterwarnings("ignore:.*reach beyond")
@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--features", "old"], "features must be one of"),
        (["--edge", "cut"], "edge must be one of"),
        (["--biotype", "x"], "no gene with a CDS has --biotype x"),
        (["--expression", "EMPTY"], "must have genes and expression in columns"),
    ],
)
def test_errors_are_one_line(genome, gtf, tmp_path, monkeypatch, capsys, extra, message):
    (tmp_path / "EMPTY").write_text("gene\na\n")
    extra = [str(tmp_path / x) if x == "EMPTY" else x for x in extra]
    out = tmp_path / "genes.tsv"
    assert run(monkeypatch, genome.path, gtf(*LINES), "--out", out, *extra) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert message in error
    assert len(error) < 500
    assert not out.exists()


def test_output_is_checked_before_the_work(genome, gtf, tmp_path, monkeypatch, capsys):
    path = gtf(*LINES)
    assert run(monkeypatch, genome.path, path, "--out", tmp_path / "genes.xls") == 1
    assert "must end in one of .tsv" in capsys.readouterr().err
    before = path.rename(tmp_path / "genes.tsv").read_text()
    assert (
        run(monkeypatch, genome.path, tmp_path / "genes.tsv", "--out", tmp_path / "genes.tsv") == 1
    )
    assert (tmp_path / "genes.tsv").read_text() == before
    assert (
        run(
            monkeypatch,
            genome.path,
            tmp_path / "genes.tsv",
            "--out",
            tmp_path / "o.tsv",
            "--offset",
            "x",
        )
        == 2
    )
