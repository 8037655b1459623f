"""The logarithm of expression, and expression in a file of its own."""

import numpy as np
import pandas as pd
import pytest

from skxpresso.datasets.expression import log_expression
from skxpresso.datasets.expression_file import read_expression


def test_hand_computed():
    series = pd.Series([0.0, 0.9, 99.9], index=["a", "b", "c"])
    pd.testing.assert_series_equal(
        log_expression(series, "x"), pd.Series([-1.0, 0.0, 2.0], index=["a", "b", "c"])
    )
    assert log_expression(np.array([[0.9, 9.9]]), "x").tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("values", [np.array([1.0, -0.05]), pd.Series([-0.05, 1.0])])
def test_negative_expression_is_refused_even_where_a_logarithm_is_there(values):
    message = "genes.tsv: log10=True needs expression of 0 or more, got -0.05 in row [01]"
    with pytest.raises(ValueError, match=message):
        log_expression(values, "genes.tsv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gene,level\na,1\nb,2.5\n", {"a": 1.0, "b": 2.5}),
        ("gene\tn\texpression\na\t9\t1\n", {"a": 1.0}),
        ("gene\na\n", "must have genes and expression in columns separated by .* got 1 column"),
        ("gene,n,level\na,9,1\n", "must have a column EXPRESSION, or one beside the genes; it has"),
        ("gene,level\na,1\nb,high\n", "column 'level' must hold numbers, got 'high' in row 'b'"),
        ("gene,level\na,1\nb,inf\n", "expression must be finite numbers, got inf for 'b'"),
    ],
)
def test_expression_of_its_own_file(tmp_path, text, expected):
    path = tmp_path / "levels.txt"
    path.write_text(text)
    if isinstance(expected, dict):
        assert read_expression(path).to_dict() == expected
        return
    with pytest.raises(ValueError, match=expected) as error:
        read_expression(path)
    assert str(error.value).startswith(str(path))
