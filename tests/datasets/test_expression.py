"""The logarithm of expression."""

import numpy as np
import pandas as pd
import pytest

from skxpresso.datasets.expression import log_expression


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
