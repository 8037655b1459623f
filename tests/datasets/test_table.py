"""The training table: read as it stands, refused with the file and the gene at fault."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxpresso.datasets import iter_table, make_promoters, read_columns, read_table
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


def test_names_and_promoters_that_look_like_numbers_or_missing_values_are_kept(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("ID\tpromoter\tCDSLEN\n007\tNA\tNA\nNA\tNAN\t\n1e5\tTN\t3\n")
    X, _ = read_table(path)
    assert X["promoter"].to_dict() == {"007": "NA", "NA": "NAN", "1e5": "TN"}
    assert X["CDSLEN"].isna().tolist() == [True, True, False]


def test_header_of_r_is_read(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text('\n"ID"\t"PROMOTER"\r\n"a"\t"ACGT"\r\n')
    assert read_table(path)[0]["promoter"].to_dict() == {"a": "ACGT"}


@pytest.mark.parametrize("chunk_size", [1, 2, 5, 100])
@pytest.mark.parametrize("names", [["ENSID"], []], ids=["named", "numbered"])
def test_chunks_are_the_whole(table, tmp_path, chunk_size, names):
    path = write(table.drop(columns=["ENSID"]) if not names else table, tmp_path / "a.tsv.gz")
    tables, expression = zip(*iter_table(path, chunk_size), strict=True)
    assert len(tables) == -(-5 // chunk_size)
    X, y = read_table(path)
    pd.testing.assert_frame_equal(pd.concat(tables), X)
    pd.testing.assert_series_equal(pd.concat(expression), y)


def test_a_stream_without_expression(table, tmp_path):
    path = write(table.drop(columns="EXPRESSION"), tmp_path / "a.tsv")
    assert [y for _, y in iter_table(path, 2)] == [None] * 3


def test_a_gene_that_comes_again_in_another_chunk(table, tmp_path):
    path = write(pd.concat([table, table.iloc[[1]]]), tmp_path / "a.tsv")
    with pytest.raises(ValueError, match="a.tsv: gene 'gene1' occurs more than once"):
        list(iter_table(path, 2))


# genes that are left out

SYMBOLS = {
    "human": {
        "histones": "HIST1H1A HIST1H2BC HIST2H2AA3 HIST3H3 HIST4H4 H1-4 H2AC18 H2BC21 H3C1 H4C16 "
        "H2AW H2BU1 H3-4 H4C10P",
        "others": "TP53 H1-0 H1-10 H2AX H2AZ1 H3-3A H3-5 H3F3B H2AFZ MACROH2A1 CENPA PHIST1 "
        "Hist1h4a H3C1A NA",
    },
    "mouse": {
        "histones": "Hist1h1a Hist2h2aa1 Hist4h4 H1f4 H2ac18 H2bc21 H3c1 H4c16 H2aw H4c17-ps",
        "others": "Trp53 H1f0 H2ax H2az1 H3f3a H3f3b HIST1H4A Macroh2a1",
    },
}


@pytest.mark.parametrize("species", SYMBOLS)
@pytest.mark.parametrize("column", ["SYMBOL", "gene_name", "GENE"])
def test_histones_are_left_out_by_symbol(tmp_path, species, column):
    symbols = [name for names in SYMBOLS[species].values() for name in names.split()]
    table = pd.DataFrame({"ENSID": range(len(symbols)), column: symbols, "PROMOTER": "ACGT"})
    X, _ = read_table(write(table, tmp_path / "a.tsv"), species=species)
    left = [symbols[int(i)] for i in X.index]
    assert left == SYMBOLS[species]["others"].split()


def test_genes_of_a_list_are_left_out(table, tmp_path):
    table["ENSID"] = ["ENSG1.3", "ENSG2", "NKX2.5", "ENSG4", "ENSMUSG5.1"]
    path = write(table, tmp_path / "a.tsv")
    masked = ["ENSG1", "ENSG2.7", "NKX2", "ENSMUSG5.1", "not there"]
    (tmp_path / "masked.txt").write_text("\n".join(masked) + "\n\n")
    for names in [masked, tuple(masked), tmp_path / "masked.txt", str(tmp_path / "masked.txt")]:
        X, y = read_table(path, masked=names)
        assert X.index.tolist() == y.index.tolist() == ["NKX2.5", "ENSG4"]
    with pytest.raises(ValueError, match="all genes are histones or masked"):
        read_table(path, masked=table["ENSID"])


def test_histones_need_symbols(table, tmp_path):
    for bad in [table, table.assign(GENE="ENSG00000100170")]:
        path = write(bad, tmp_path / "a.tsv")
        with pytest.raises(
            ValueError, match="species='human' .* no column of 'SYMBOL', .* masked="
        ):
            read_table(path, species="human")
    with pytest.raises(ValueError, match="species must be 'human', 'mouse' or None, got 'rat'"):
        read_table(path, species="rat")


# what is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"EXPRESSION": "high"},
            "column 'EXPRESSION' must hold numbers, got 'high' in row 'gene0'",
        ),
        ({"EXPRESSION": np.nan}, "must hold finite numbers, got nan in row 'gene0'"),
        (
            {"CDSLEN": ["1", "", "9" * 400, "2", "3"]},  # found by fuzzing
            "column 'CDSLEN' must hold numbers that fit float64, .* in row 'gene2'",
        ),
        ({"CDSLEN": "long"}, "column 'CDSLEN' must hold numbers, got 'long' in row 'gene0'"),
        ({"ENSID": "ENSG1"}, "gene 'ENSG1' occurs more than once"),
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
        (b"", "the header must name PROMOTER or half-life columns"),
        (b"ACGT" * 100_000, "the header must name PROMOTER or half-life columns"),
        (b"ID\tPROMOTER\na\tACGT\nb\t\n", "gene 'b' has no promoter"),
        (b"ID\tPROMOTER\na\tACGT\nb\n", r"line 3 has 1 field where the header .* has 2"),
        (b"ID\tPROMOTER\na\tACGT\n \tACGT\n", r"row 1 \(from 0\) has no name in column 'ID'"),
        (
            b"ID\tPROMOTER\nx\ta\tACGT\n",
            "line 2 has 3 fields .* has 2; if names of rows come first",
        ),
        (b'ID\tPROMOTER\na\t"ACGT\n', "gene 'a': the promoter holds a quote"),
        (b"ID\tPROMOTER\na\tAC\xffGT\n", "the file is not text: byte 0xff is not UTF-8"),
        (b"PROMOTER\n" + b"A" * 20_000_000, "a line is longer than 16,777,216 bytes"),
        (b"PROMOTER\tEXPRESSION\n", "the file has a header but no genes"),
        (b"name,value\na,1\n", "the header must name PROMOTER or half-life columns"),
        (b"PROMOTER\tCDSLEN\nA\t1\t2\t3\t4\nC\t1\n", "line 2 has 5 fields"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "the file is not text: byte 0x89 is not UTF-8"),
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
    with pytest.raises(ValueError, match="damaged or truncated"):
        read_table(path)
    path.write_bytes(b"not gzip at all")
    with pytest.raises(ValueError, match="the header must name PROMOTER"):
        read_table(path)


def test_gzip_that_unpacks_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("skxpresso._utils.compression.FREE_BYTES", 1 << 20)
    path = tmp_path / "bomb.tsv.gz"
    path.write_bytes(gzip.compress(b"ID\tPROMOTER\n" + b"\n" * 10_000_000))
    with pytest.raises(ValueError, match="bytes unpacked to .* over 500 times"):
        read_table(path)


def test_bad_chunk_size_raises_before_the_file_is_opened():
    with pytest.raises(ValueError, match="chunk_size must be 1 or more, got 0"):
        iter_table("nowhere.tsv", 0)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.text(alphabet='ACN1.e-"\x00\r é', max_size=5), max_size=4), max_size=4),
    st.sampled_from(["ID\tPROMOTER\tCDSLEN", "PROMOTER", "CDSLEN\tEXPRESSION", "GENE\tUTR5GC"]),
    st.integers(1, 3),
)
def test_any_rows_give_a_table_or_a_clear_error(tmp_path_factory, rows, header, chunk_size):
    path = tmp_path_factory.getbasetemp() / "fuzzed.tsv"
    path.write_text("\n".join([header, *("\t".join(row) for row in rows)]), newline="")
    try:
        tables = list(iter_table(path, chunk_size))
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017
    else:
        X = pd.concat([X for X, _ in tables])
        assert X.index.is_unique
        assert X.select_dtypes("number").shape[1] == X.shape[1] - ("promoter" in X)


def test_other_columns_are_read_as_they_stand(table, tmp_path):
    rows = table.assign(chrom=["1", "X", "1", "2", "X"], Start=range(5), rep1=table["EXPRESSION"])
    path = write(rows, tmp_path / "genes.tsv")
    others = read_columns(path, ["chrom", "start", "end", "rep1"])
    assert others.columns.tolist() == ["chrom", "start", "rep1"]
    assert others["chrom"].tolist() == ["1", "X", "1", "2", "X"]
    assert others["start"].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(others["rep1"], table["EXPRESSION"])
    pd.testing.assert_index_equal(others.index, read_table(path)[0].index)
    write(rows.iloc[[0, 0]], path)
    with pytest.raises(ValueError, match=r"genes.tsv: gene 'gene0' .* more than once"):
        read_columns(path, ["chrom"])


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "nowhere.tsv")


def test_real_yeast_table(shared_data):
    X, y = read_table(shared_data / "yeast/native_promoters.tsv.gz")
    assert X.shape == (61_236, 1)
    assert (X["promoter"].str.len() == 120).all()
    table = pd.read_csv(shared_data / "yeast/native_promoters.tsv.gz", sep="\t")
    np.testing.assert_array_equal(y, table["expression"])


@pytest.mark.parametrize("break_", ["\t", "\n", "\r"])
def test_names_that_no_table_holds(table, tmp_path, break_):
    pl = pytest.importorskip("polars")
    table.loc[2, "ENSID"] = f"a{break_}b"
    pl.from_pandas(table[["ENSID", "PROMOTER"]]).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=r"names of genes must have no tab and no line break, got"):
        read_table(tmp_path / "a.parquet")


def test_a_mask_that_masks_nothing_is_said(table, tmp_path):
    path = write(table, tmp_path / "genes.tsv")
    with pytest.warns(UserWarning, match=r"none of the genes to leave out .*BRCA1.* is in"):
        X, _ = read_table(path, masked=["BRCA1"])
    assert len(X) == 5
    assert len(read_table(path, masked=["BRCA1", table["ENSID"][0]])[0]) == 4
