"""The Roadmap matrix: read tab for tab, turned into a target, joined with a table."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxpresso.datasets import join_expression, read_roadmap, read_table, roadmap_expression

CELLS = ["E000", "E003", "E004", "E116", "E123"]
GENES = ["ENSG00000000003", "ENSG00000000005", "ENSG00000000419"]
VALUES = np.array([[23.265, 43.985, 39.413, 0.0, 1e-3], [0.872, 1.642, 6.498, 2.0, 3.0], [0] * 5])


def as_text(row_end="\t\n", header_end="\n", genes=GENES, cells=CELLS, values=VALUES):
    rows = ["\t".join(["gene_id", *cells]) + header_end]
    for gene, row in zip(genes, values, strict=True):
        rows.append("\t".join([gene, *map(str, row)]) + row_end)
    return "".join(rows)


@pytest.fixture(name="write")
def fixture_write(tmp_path):
    def write(text, pack=bytes):
        path = tmp_path / "57epigenomes.RPKM.pc.gz"
        path.write_bytes(pack(text if isinstance(text, bytes) else text.encode()))
        return path

    return write


@pytest.fixture(name="matrix")
def fixture_matrix():
    return pd.DataFrame(VALUES, index=pd.Index(GENES, name="gene"), columns=CELLS)


@pytest.mark.parametrize("row_end", ["\t\n", "\n", "\t\r\n"], ids=["tab", "none", "windows"])
@pytest.mark.parametrize("header_end", ["\t\n", "\n"], ids=["tab", "none"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_matrix_is_read_with_and_without_tabs_at_the_end(write, matrix, row_end, header_end, pack):
    read = read_roadmap(write(as_text(row_end, header_end), pack))
    pd.testing.assert_frame_equal(read, matrix)


def test_versions_are_cut_off(write):
    versioned = [f"{gene}.{i}" for i, gene in enumerate(GENES)]
    assert read_roadmap(write(as_text(genes=versioned))).index.tolist() == GENES


def test_median_leaves_the_reference_out(matrix):
    expected = [np.log10(np.median(row[1:]) + 0.1) for row in VALUES]
    y = roadmap_expression(matrix, log10=True)
    np.testing.assert_allclose(y, expected)
    assert (y.name, y.index.tolist()) == ("expression", GENES)
    np.testing.assert_array_equal(
        roadmap_expression(matrix.drop(columns="E000"), log10=False), np.median(VALUES[:, 1:], 1)
    )
    with pytest.raises(ValueError, match="matrix has no cell type but E000"):
        roadmap_expression(matrix[["E000"]], log10=True)


@pytest.mark.parametrize(
    ("name", "column"), [("E000", 0), ("E003", 1), ("GM12878", 3), ("K562", 4)]
)
def test_one_cell_type(matrix, name, column):
    np.testing.assert_array_equal(roadmap_expression(matrix, name, log10=False), VALUES[:, column])
    np.testing.assert_allclose(
        roadmap_expression(matrix, name, log10=True), np.log10(VALUES[:, column] + 0.1)
    )


def test_many_cell_types(matrix):
    everything = roadmap_expression(matrix, cell_types="all")
    assert everything.columns.tolist() == [name for name in matrix.columns if name != "E000"]
    for name in everything:
        np.testing.assert_array_equal(everything[name], roadmap_expression(matrix, name))
    some = roadmap_expression(matrix, cell_types=[everything.columns[-1], "E000"], log10=True)
    assert some.columns.tolist() == [everything.columns[-1], "E000"]
    np.testing.assert_allclose(some["E000"], np.log10(matrix["E000"] + 0.1))
    X = pd.DataFrame({"promoter": "ACGT"}, index=matrix.index[::-1])
    _, y = join_expression(X, some)
    pd.testing.assert_frame_equal(y, some.loc[X.index], check_names=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell_types": "E000"}, "cell_types must be 'all' or a list, got 'E000'"),
        ({"cell_types": []}, "must name cell types, each once, got "),
        ({"cell_types": ["E000", "E000"]}, "each once, got 'E000', 'E000'"),
        ({"cell_types": ["E999"]}, "cell_type must be one of .* got 'E999'"),
        ({"cell_types": "all", "cell_type": "E000"}, "must not be given together"),
    ],
)
def test_cell_types_that_make_no_sense(matrix, options, message):
    with pytest.raises(ValueError, match=message):
        roadmap_expression(matrix, **options)


def test_unknown_cell_type(matrix):
    with pytest.raises(ValueError, match="cell_type must be one of 'E000', .*, got 'HeLa'"):
        roadmap_expression(matrix, "HeLa", log10=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the header must name the column of genes"),
        ("gene_id\n", "the header must name the column of genes"),
        ("gene_id\tE003\tE003\nENSG1\t1\t2\n", "the header must name .* each once"),
        ("gene_id\tE003\n", "the file has a header but no genes"),
        ("gene_id\tE003\nENSG1\t1\t2\n", r"line 2 has 3 fields where the header .* has 2"),
        ("gene_id\tE003\nENSG1\t1\t\t2\n", "line 2 has 4 fields"),
        ("gene_id\tE003\tE004\nENSG1\t1\n", r"line 2 has 2 fields where the header .* has 3"),
        (
            "gene_id\tE003\nENSG1\t\n",
            "column 'E003' must hold finite numbers .* nan in row 'ENSG1'",
        ),
        ("gene_id\tE003\nENSG1\t-1\n", "column 'E003' must hold .* got -1.0 in row 'ENSG1'"),
        ("gene_id\tE003\nENSG1\tinf\n", "column 'E003' must hold .* got inf in row 'ENSG1'"),
        ("gene_id\tE003\nENSG1\thigh\n", "column 'E003' must hold numbers, got 'high'"),
        ("gene_id\tE003\nENSG1.1\t1\nENSG1.2\t1\n", "gene 'ENSG1' occurs more than once"),
        ("gene_id\tE003\nENSG1\t1\n\t1\n", r"row 1 \(from 0\) names no gene"),
        (b"\x89PNG\r\n\x1a\n", "the file is not text"),
        pytest.param(
            gzip.compress(as_text().encode(), mtime=0)[:-12],
            "damaged or truncated",
            id="cut short",  # ids of their own, since gzip writes the time into its bytes
        ),
    ],
)
def test_what_is_no_matrix(write, text, message):
    path = write(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_roadmap(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_join_keeps_the_order_of_the_table_and_says_what_is_lost(matrix):
    genes = ["ENSG00000000419.12", "ENSG9", "ENSG00000000003.14"]
    X = pd.DataFrame({"promoter": ["A", "C", "G"]}, index=genes)
    message = "1 of 3 genes of X have no expression .* 1 of 3 genes with expression are not in X"
    with pytest.warns(UserWarning, match=message):
        joined, y = join_expression(X, roadmap_expression(matrix, "E003", log10=False))
    assert joined["promoter"].to_dict() == {genes[0]: "A", genes[2]: "G"}
    assert y.to_dict() == {genes[0]: 0.0, genes[2]: 43.985}


def test_join_without_a_loss_is_silent(matrix):
    X = pd.DataFrame({"promoter": ["A", "C", "G"]}, index=GENES[::-1])
    joined, y = join_expression(X, roadmap_expression(matrix, log10=True))
    pd.testing.assert_frame_equal(joined, X)
    assert y.index.tolist() == GENES[::-1]


def test_joins_that_make_no_sense(matrix):
    y = roadmap_expression(matrix, log10=True)
    with pytest.raises(ValueError, match="no gene of X .'ENSMUSG1'.* is in expression .'ENSG0"):
        join_expression(pd.DataFrame(index=["ENSMUSG1"]), y)
    twice = pd.DataFrame(index=["ENSG00000000003.1", "ENSG00000000003.2"])
    with pytest.raises(ValueError, match="X: gene 'ENSG00000000003' occurs more than once"):
        join_expression(twice, y)
    with pytest.raises(ValueError, match="expression: gene 'ENSG1' occurs more than once"):
        join_expression(matrix, pd.Series([1, 2], index=["ENSG1.1", "ENSG1"]))


def test_with_a_table_from_a_file(write, matrix, tmp_path):
    path = tmp_path / "genes.tsv"
    path.write_text("ENSID\tPROMOTER\n" + "".join(f"{gene}.3\tACGT\n" for gene in GENES))
    X, _ = read_table(path)
    _, y = join_expression(X, roadmap_expression(read_roadmap(write(as_text())), log10=True))
    np.testing.assert_allclose(y, np.log10(np.median(VALUES[:, 1:], axis=1) + 0.1))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.text(alphabet='EN1.e-"\x00\r ', max_size=4), max_size=4), max_size=4),
    st.sampled_from(["gene_id\tE000\tE003", "gene_id\tE003\t", "g\tE1"]),
)
def test_any_rows_give_a_matrix_or_a_clear_error(tmp_path_factory, rows, header):
    path = tmp_path_factory.getbasetemp() / "fuzzed.pc"
    path.write_text("\n".join([header, *("\t".join(row) for row in rows)]), newline="")
    try:
        matrix = read_roadmap(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017
    else:
        assert matrix.index.is_unique
        assert (matrix.to_numpy() >= 0).all()
