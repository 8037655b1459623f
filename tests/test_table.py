"""The training table: read as it stands, refused with the file and the gene at fault."""

import gzip

import numpy as np
import pandas as pd
import pytest

from skxpresso.datasets import make_promoters, read_table
from skxpresso.halflife import HALF_LIFE_COLUMNS


@pytest.fixture
def table():
    data = make_promoters(5, 30, random_state=0)
    table = data.data.rename(columns={"promoter": "PROMOTER"}).rename_axis("ENSID").reset_index()
    return table.assign(EXPRESSION=data.target, CHROMOSOME="chr1")


def write(table, path):
    table.to_csv(path, sep="\t", index=False)
    return path


@pytest.mark.parametrize("name", ["genes.tsv", "genes.tsv.gz"])
def test_round_trip(table, tmp_path, name):
    X, y = read_table(write(table, tmp_path / name))
    assert X.columns.tolist() == ["promoter", *HALF_LIFE_COLUMNS]
    assert X.index.tolist() == table["ENSID"].tolist()
    assert X["promoter"].tolist() == table["PROMOTER"].tolist()
    np.testing.assert_allclose(X["CDSLEN"], table["CDSLEN"])
    np.testing.assert_allclose(y, table["EXPRESSION"])


def test_small_letters_and_missing_parts(table, tmp_path):
    X, y = read_table(write(table[["PROMOTER"]].rename(columns=str.lower), tmp_path / "a.tsv"))
    assert (X.columns.tolist(), X.index.tolist(), y) == (["promoter"], [0, 1, 2, 3, 4], None)
    X, _ = read_table(write(table[["ENSID", "CDSLEN", "UTR5GC"]], tmp_path / "b.tsv"))
    assert X.columns.tolist() == ["CDSLEN", "UTR5GC"]


def test_promoters_that_look_like_missing_values_are_kept(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("promoter\nNA\nNAN\n")
    with pytest.raises(ValueError, match="row 0"):
        from skxpresso import OneHotPromoterEncoder

        OneHotPromoterEncoder().fit(read_table(path)[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"EXPRESSION": "high"},
            "column 'EXPRESSION' must hold numbers, got 'high' in row 'gene0'",
        ),
        ({"EXPRESSION": np.nan}, "must hold finite numbers, got nan in row 'gene0'"),
        ({"CDSLEN": "long"}, "column 'CDSLEN' must hold numbers, got 'long' in row 'gene0'"),
        ({"ENSID": "ENSG1"}, "gene 'ENSG1' is there more than once"),
        ({"promoter": "ACGT"}, "found 'PROMOTER' twice"),
    ],
)
def test_bad_tables_name_file_and_gene(table, tmp_path, change, message):
    path = write(table.assign(**change), tmp_path / "bad.tsv")
    with pytest.raises(ValueError, match=message) as caught:
        read_table(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a tab-separated table"),
        (b"PROMOTER\tEXPRESSION\n", "there is a header, but no gene"),
        (b"name,value\na,1\n", "the header must name PROMOTER or half-life columns"),
        (b"PROMOTER\tCDSLEN\nA\t1\t2\t3\t4\nC\t1\n", "not a tab-separated table|must hold"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "not a tab-separated table"),
    ],
)
def test_files_that_are_no_table(tmp_path, content, message):
    path = tmp_path / "bad.tsv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_table(path)


def test_damaged_gzip(table, tmp_path):
    path = write(table, tmp_path / "cut.tsv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match="damaged or cut short"):
        read_table(path)
    path.write_bytes(b"not gzip at all")
    with pytest.raises((ValueError, gzip.BadGzipFile)):
        read_table(path)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "nowhere.tsv")


def test_real_yeast_table(shared_data):
    X, y = read_table(shared_data / "yeast/native_promoters.tsv.gz")
    assert X.shape == (61_236, 1)
    assert (X["promoter"].str.len() == 120).all()
    table = pd.read_csv(shared_data / "yeast/native_promoters.tsv.gz", sep="\t")
    np.testing.assert_array_equal(y, table["expression"])
