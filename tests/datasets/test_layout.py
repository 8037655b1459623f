"""Columns by the user's names or plain ones: what is taken, said aloud, refused."""

import logging
import time

import pytest

from skxpresso.datasets import iter_table, read_table
from skxpresso.datasets._layout import Layout
from skxpresso.datasets.table import read_genes
from skxpresso.halflife import HALF_LIFE_COLUMNS


def write(path, header, row):
    path.write_text(f"{header}\n{row}\n")
    return path


@pytest.mark.parametrize(
    ("header", "promoter", "expression", "gene"),
    [
        ("promoter,Expression,EnsID", 0, 1, 2),
        ("gene_id,sequence,log_expression", 1, 2, 0),
        ("Gene ID,Promoter-Sequence,log2.expression", 1, 2, 0),
        ("id,gene,ensid,seq", 3, None, 2),
        ("sequence,promoter,log_expression,expression", 1, 3, None),
        (",promoter", 1, None, 0),
        ("x,promoter,y", 1, None, None),
    ],
)
def test_plain_names(header, promoter, expression, gene):
    layout = Layout.find(header.split(","))
    assert (layout.promoter, layout.expression, layout.gene) == (promoter, expression, gene)


def test_half_life_columns_by_plain_names():
    names = ["utr5_len", "CDSLEN", "Intron.Len", "UTR3 GC", "x", "ORFEXONDENSITY"]
    found = Layout.find(names).halflife
    assert found == {
        "UTR5LEN": 0,
        "CDSLEN": 1,
        "INTRONLEN": 2,
        "UTR3GC": 3,
        "ORFEXONDENSITY": 5,
    }
    assert list(found) == [name for name in HALF_LIFE_COLUMNS if name in found]


def test_names_of_the_users(tmp_path):
    path = write(tmp_path / "a.csv", "name,dna,level,cds,PROMOTER,CDSLEN", "a,ACGT,2,7,TTTT,9")
    X, y = read_table(
        path,
        promoter_column="DNA",
        expression_column="level",
        id_column="name",
        halflife_columns={"cdslen": "cds"},
    )
    assert X.to_dict("index") == {"a": {"promoter": "ACGT", "CDSLEN": 7.0}}
    assert y.to_dict() == {"a": 2.0}
    X, _ = read_table(path, halflife_columns=[])
    assert X.columns.tolist() == ["promoter"]
    assert X["promoter"].tolist() == ["TTTT"]
    ((X, y),) = iter_table(path, expression_column="level", halflife_columns=["CDSLEN"])
    assert (X["CDSLEN"].tolist(), y.tolist()) == ([9.0], [2.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"promoter_column": "sequnce"},
            "promoter_column='sequnce' is none of the columns .*; did you mean 'sequence'",
        ),
        ({"id_column": "x"}, "id_column='x' is none of the columns 'gene', 'sequence', 'seq'"),
        ({"halflife_columns": ["length"]}, "halflife_columns: 'length' is none of UTR5LEN, .*="),
        ({"halflife_columns": ["CDSLEN"]}, "halflife_columns='CDSLEN' is none of the columns"),
        ({}, "has no column PROMOTER, but 'sequence', 'seq'; promoter_column= says which"),
    ],
)
def test_names_that_are_not_there(tmp_path, options, message):
    path = write(tmp_path / "a.tsv", "gene\tsequence\tseq", "a\tACGT\tACGT")
    with pytest.raises(ValueError, match=message) as caught:
        read_table(path, **options)
    assert str(caught.value).startswith(str(path))
    with pytest.raises(TypeError, match="halflife_columns must be a list or a dict, got 'CDSLEN'"):
        read_table(path, halflife_columns="CDSLEN")


def test_what_is_used_is_logged(tmp_path, caplog):
    path = write(tmp_path / "a.csv", "gene_id,sequence,utr5_len,note", "a,ACGT,1,x")
    with caplog.at_level(logging.INFO, "skxpresso"):
        read_table(path)
    assert caplog.messages == [
        f"{path}: comma-separated; promoters in 'sequence', genes in 'gene_id', half-life columns: "
        "1 of 8 (UTR5LEN in 'utr5_len'); not used: note"
    ]


def test_genes_without_a_column_of_names_are_numbered_and_that_is_said(tmp_path, caplog):
    path = write(tmp_path / "a.csv", "tile,sequence", "x,ACGT\ny,TTTT")
    with caplog.at_level(logging.INFO, "skxpresso"):
        assert read_table(path)[0].index.tolist() == [0, 1]
        read_table(path, id_column="tile")
    numbered, named = caplog.messages
    assert numbered.endswith("genes numbered from 0, half-life columns: 0 of 8; not used: tile")
    assert "numbered" not in named


@pytest.mark.parametrize(
    ("name", "meant"), [("CDSLENGTH", "CDSLEN"), ("utr5gcc", "UTR5GC"), ("ORFEXONDENS", "ORFEXON")]
)
def test_near_misses_are_warned_of(tmp_path, name, meant):
    path = write(tmp_path / "a.tsv", f"ID\tPROMOTER\tUTR3GC\tnote\t{name}", "a\tACGT\t0.5\tx\t1")
    with pytest.warns(UserWarning, match=rf"1 of 8; not used: {name} \(did you mean {meant}.*note"):
        read_table(path)
    read_table(path, halflife_columns=["UTR3GC"])  # chosen, so nothing is missing


def test_expression_that_is_needed(tmp_path):
    path = write(tmp_path / "a.tsv", "ID\tPROMOTER\tEXPRESION", "a\tACGT\t1")
    with pytest.raises(
        ValueError,
        match=r"no column EXPRESSION, .* \(did you mean EXPRESION\?\); expression_column=",
    ):
        read_genes(path)
    assert read_genes(path, columns={"expression_column": "EXPRESION"}).y.tolist() == [1.0]


def test_a_logarithm_is_not_taken_twice(tmp_path):
    path = write(tmp_path / "a.tsv", "ID\tPROMOTER\tlog_expression", "a\tACGT\t1")
    assert read_genes(path).y.tolist() == [1.0]
    with pytest.raises(ValueError, match="log10=True takes the logarithm of 'log_expression'"):
        read_genes(path, log10=True)


def test_a_wide_header_is_quick_and_its_messages_short():
    names = [f"column{i}" for i in range(40_000)]
    start = time.process_time()
    assert Layout.find([*names, "PROMOTER"]).promoter == 40_000
    with pytest.raises(ValueError, match="'COLUMN7' twice") as caught:
        Layout.find([*names, "column7"])
    assert len(str(caught.value)) < 500
    with pytest.raises(ValueError, match="is none of the columns") as caught:
        Layout.find(names, promoter_column="x" * 1000)
    assert len(str(caught.value)) < 500
    assert time.process_time() - start < 5  # 35 s it took to look for each among all
