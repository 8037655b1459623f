"""Tables as people have them: separators, quotes, parquet; the same genes come out."""

import csv
import gzip
import io
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skxpresso.datasets import iter_table, make_promoters, read_columns, read_roadmap, read_table
from skxpresso.datasets._rows import TextRows
from tests.toys import fast


@pytest.fixture(name="genes", scope="module")
def fixture_genes():
    data = make_promoters(7, 30, random_state=0)
    return data.data.assign(EXPRESSION=data.target, note='5" cap, so-called').rename_axis("ID")


def check(path, genes, **options):
    X, y = read_table(path, **options)
    expected = genes.drop(columns=["note", "EXPRESSION"])
    pd.testing.assert_frame_equal(X, expected.rename_axis(X.index.name), check_names=False)
    np.testing.assert_array_equal(y, genes["EXPRESSION"])


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("index", ["ID", ""])
def test_separators_and_quotes(genes, tmp_path, separator, quoting, end, index):
    path = tmp_path / "genes"
    genes.to_csv(path, sep=separator, quoting=quoting, lineterminator=end, index_label=index)
    check(path, genes)  # without a name, the first column holds the names of rows


def test_byte_order_mark_blank_lines_and_blank_rows(genes, tmp_path):
    path = tmp_path / "excel.csv"
    lines = genes.to_csv().splitlines()
    blank = "," * lines[0].count(",")
    path.write_text("\ufeff\n" + "\n\n".join([*lines[:3], blank, *lines[3:]]) + "\n \n")
    check(path, genes)


def test_tables_of_r_without_a_name_for_names(tmp_path):
    path = tmp_path / "r.tsv"
    path.write_text('"PROMOTER"\t"CDSLEN"\n"g1"\t"ACGT"\t9\n')
    with pytest.raises(ValueError, match="line 2 has 3 fields .* has 2; if names of rows come"):
        read_table(path)


NOTES = 'ID\tnote\tPROMOTER\ng1\tfine\tACGT\ng2\t"5 prime\tACGA\ng3\tx\tACGC\ng4\tend"\tACGG\n'


def test_a_quote_never_swallows_genes(tmp_path):
    path = tmp_path / "genes.tsv"
    path.write_text(NOTES)
    assert read_table(path)[0].index.tolist() == ["g1", "g2", "g3", "g4"]
    assert len(pd.read_csv(path, sep="\t")) == 2  # what others make of it
    assert read_columns(path, ["note"])["note"].tolist() == ["fine", '"5 prime', "x", 'end"']
    path.write_text(NOTES.replace("\t", ","))
    with pytest.raises(ValueError, match=r"genes.tsv: line 3: the quoted field .* on its line"):
        read_table(path)


def test_a_quote_in_the_roadmap_matrix_swallows_none(tmp_path):
    path = tmp_path / "rpkm.tsv.gz"
    path.write_bytes(gzip.compress(b'gene_id\tE003\n"g1\t1\ng2\t2\ng3"\t3\n"g4"\t4\n'))
    assert read_roadmap(path).index.tolist() == ['"g1', "g2", 'g3"', "g4"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('a,"ACGT', "line 3: the quoted field .* does not end on its line"),
        ('a,"AC"GT', "line 3: .* goes on behind its closing quote"),
        ("a", r"line 3 has 1 field where the header \(comma-separated\) has 2"),
        ("a,ACGT,1", "line 3 has 3 fields .*; if names of rows come first"),
        ('"a\nb",ACGT', "line 3: the quoted field"),
    ],
)
def test_lines_that_do_not_fit_are_named(tmp_path, line, message):
    path = tmp_path / "a.csv"
    path.write_text(f"ID,PROMOTER\nx,ACGT\n{line}\n")
    with pytest.raises(ValueError, match=f"{path}: {message}"):
        read_table(path)


FIELD = st.text(alphabet="aA1 ,;\"'é.", max_size=6)


@fast
@given(st.lists(st.tuples(FIELD, FIELD, FIELD), min_size=1, max_size=6), st.sampled_from(",;"))
def test_text_is_split_as_the_csv_module_does(rows, separator):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerows([("ID", "b", "c"), *rows])
    ours = TextRows(io.StringIO(text.getvalue()), "a.csv")
    (_, *theirs) = csv.reader(io.StringIO(text.getvalue()), delimiter=separator)
    kept = [row for row in theirs if any(map(str.strip, row))]
    columns = [list(column) for column in zip(*kept, strict=True)] or None
    assert next((values for _, values in ours.chunks([0, 1, 2], 99)), None) == columns


@pytest.mark.parametrize("name", ["ID", None])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_parquet(genes, tmp_path, name, size):
    pytest.importorskip("pyarrow")
    pytest.importorskip("polars")
    path = tmp_path / "genes.parquet"
    genes.rename_axis(name).to_parquet(path, row_group_size=4)
    check(path, genes)
    parts = [X for X, _ in iter_table(path, size)]
    assert [len(part) for part in parts] == [size] * (7 // size) + [7 % size] * (7 % size > 0)
    pd.testing.assert_frame_equal(pd.concat(parts), read_table(path)[0])
    assert read_columns(path, ["NOTE"])["NOTE"].tolist() == genes["note"].tolist()


def test_parquet_of_other_types(tmp_path):
    pl = pytest.importorskip("polars")
    columns = {
        "GENE": pl.Series([3, 4]),
        "PROMOTER": pl.Series(["ACGT", "TTTT"], dtype=pl.Categorical),
        "CDSLEN": pl.Series(["1.5", None]),
        "UTR5LEN": pl.Series([1, 2], dtype=pl.Int8),
        "UTR5GC": pl.Series(["0.5", "0.25"]).cast(pl.Decimal(10, 4)),
        "tags": pl.Series([[1], []]),
    }
    path = tmp_path / "a.parquet"
    pl.DataFrame(columns).write_parquet(path)
    X, _ = read_table(path)
    assert X.index.tolist() == ["3", "4"]
    assert X["promoter"].tolist() == ["ACGT", "TTTT"]
    np.testing.assert_array_equal(X["CDSLEN"], [1.5, np.nan])
    np.testing.assert_array_equal(X[["UTR5LEN", "UTR5GC"]], [[1, 0.5], [2, 0.25]])
    with pytest.raises(ValueError, match=r"column 'tags' must hold text or numbers, got List"):
        read_table(path, promoter_column="tags")


def test_damaged_parquet_is_an_error(genes, tmp_path):
    pl = pytest.importorskip("polars")
    path, rng = tmp_path / "a.parquet", np.random.default_rng(0)
    pl.DataFrame(
        {"ID": genes.index.tolist(), "PROMOTER": genes["promoter"].tolist()}
    ).write_parquet(path)
    good = path.read_bytes()
    n_errors = 0
    for _ in range(60):
        bad = bytearray(good)
        bad[rng.integers(4, len(bad))] ^= int(rng.integers(1, 256))
        path.write_bytes(bad)
        try:
            X, _ = read_table(path)
        except ValueError as error:
            n_errors += 1
            assert str(path) in str(error)  # noqa: PT017
            assert len(str(error)) < 500  # noqa: PT017
        else:
            assert len(X) <= 7
    assert n_errors > 20


def test_without_polars_the_error_says_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1" + bytes(50))
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r"polars \(pip install '.\[tables\]', from"):
        read_table(path)


def test_standard_input(genes, monkeypatch):
    packed = gzip.compress(genes.to_csv().encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed)))
    check("-", genes)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n1,2\n")))
    with pytest.raises(ValueError, match="standard input: the header must name PROMOTER"):
        read_table("-")


def test_numbers_are_read_exactly_and_foreign_ones_refused(tmp_path):
    path = tmp_path / "a.csv"
    values = ["0.1", "1e-300", "123456789.123456789", "-0.30000000000000004"]
    path.write_text("PROMOTER;CDSLEN\n" + "".join(f"ACGT;{value}\n" for value in values))
    assert read_table(path)[0]["CDSLEN"].tolist() == [float(value) for value in values]
    for bad, message in [
        ("1,5", r"got '1,5' in row 0 \(write a decimal point\)"),
        ("1_0", "'1_0'"),
    ]:
        path.write_text(f"PROMOTER;CDSLEN\nACGT;{bad}\n")
        with pytest.raises(ValueError, match=message):
            read_table(path)
