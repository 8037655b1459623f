"""What the tests of the regressors train on."""

import pytest


@pytest.fixture(scope="module")
def X(promoters):
    """80 promoters of 30 nt beside z-scores of their half-life columns."""
    table = promoters.data.copy()
    numbers = table.columns[1:]
    table[numbers] = (table[numbers] - table[numbers].mean()) / table[numbers].std()
    return table


@pytest.fixture(scope="module")
def y(promoters):
    """Their expression."""
    return promoters.target
