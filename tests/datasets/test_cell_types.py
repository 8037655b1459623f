"""Several columns of expression in a table of genes: chosen by name, some values missing."""

import numpy as np
import pandas as pd
import pytest

from skxpresso.datasets.cell_types import choose_cell_types
from skxpresso.datasets.table import read_genes


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "genes.tsv"
    path.write_text(
        "ENSID\tPROMOTER\tE000\tE003\tE116\tliver\n"
        "ENSG1\tACGT\t9\t1.5\t0.9\t7\n"
        "ENSG2\tACGA\t9\t\t9.9\t8\n"
        "ENSG3\tTCGA\t9\t0\tNA\t9\n"
    )
    return path


def test_all_are_those_that_roadmap_names_without_the_mixture(table):
    X, Y, _ = read_genes(table, cell_types="all")
    assert X.columns.tolist() == ["promoter"]
    expected = {"E003": [1.5, np.nan, 0], "E116": [0.9, 9.9, np.nan]}
    pd.testing.assert_frame_equal(Y, pd.DataFrame(expected, X.index))


def test_some_in_the_order_that_was_asked_for_and_their_logarithm(table):
    _, Y, others = read_genes(table, cell_types=["liver", "E116"], log10=True, others=["E000"])
    assert Y.columns.tolist() == ["liver", "E116"]
    np.testing.assert_allclose(Y["E116"], [0, 1, np.nan])
    assert others["E000"].tolist() == [9, 9, 9]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["E003", "E003"], "each once, got 'E003', 'E003'"),
        ([], "each once, got none"),
        (["E004"], "there is no column 'E004'; the header names 'ENSID', 'PROMOTER', 'E000'"),
        ("some", "must be 'all' or a list of names, got 'some'"),
    ],
)
def test_columns_that_are_not_there(table, asked, message):
    with pytest.raises(ValueError, match=message):
        read_genes(table, cell_types=asked)


def test_no_column_is_called_like_a_cell_type():
    with pytest.raises(ValueError, match="needs columns that are called E003"):
        choose_cell_types(["ID", "PROMOTER", "E000", "E1234"], "all")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ENSG4\tACGT\t9\t\tNA\t7\n", "gene 'ENSG4' is measured in no cell type"),
        ("ENSG4\tACGT\t9\tmuch\t1\t7\n", "column 'E003'.*'much'.*'ENSG4'"),
        ("ENSG4\tACGT\t9\tinf\t1\t7\n", "column 'E003' must hold finite numbers, got inf"),
    ],
)
def test_values_that_are_no_expression(table, line, message):
    with table.open("a") as file:
        file.write(line)
    with pytest.raises(ValueError, match=message):
        read_genes(table, cell_types="all")


def test_negative_values_have_no_logarithm(table):
    with table.open("a") as file:
        file.write("ENSG4\tACGT\t9\t-1\t1\t7\n")
    with pytest.raises(ValueError, match="log10=True needs expression of 0 or more, got -1"):
        read_genes(table, cell_types="all", log10=True)
