"""What the tests of the regressors train on, and a regressor that was trained."""

import warnings

import pytest

from skxpresso import XpressoRegressor


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


@pytest.fixture(scope="module")
def fitted(X, y, tiny):
    """An XpressoRegressor that learned from them."""
    return XpressoRegressor(**tiny).fit(X, y)


@pytest.fixture(autouse=True)
def networks_of_numbers_alone_are_meant():
    """Many tests train on numbers, which is quick; tests/network/test_plain.py has the warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "no promoter is found in X", UserWarning)
        yield
