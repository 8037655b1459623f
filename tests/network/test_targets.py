"""y and weights that are no numbers, or very large ones: right, or refused by name."""

import numpy as np
import pandas as pd
import pytest

from skxpresso.network.genes import Genes
from skxpresso.network.targets import Scale, with_target
from skxpresso.network.xpresso import XpressoRegressor
from tests.toys import numbers

ROWS = Genes(np.zeros((4, 0), np.uint8), np.zeros((4, 1), np.float32))


def read(y=(1.0, 2.0, 3.0, 4.0), weight=None):
    return with_target(ROWS, np.asanyarray(y), weight, ["a", "b", "c", "d"])


def test_fit_names_y_and_its_row(tiny):
    X, y = numbers()
    model = XpressoRegressor(**tiny)
    with pytest.raises(ValueError, match="y must hold numbers, got dates, '2020-01-01"):
        model.fit(X, pd.date_range("2020-01-01", periods=40))
    masked = np.ma.array(y, mask=np.arange(40) == 7)
    with pytest.raises(ValueError, match="y must have no masked values, got one in row 7"):
        model.fit(X, masked)
    with pytest.raises(ValueError, match="y_val must hold numbers, got text"):
        model.fit(X, y, X_val=X, y_val=y.astype(str))
    with pytest.raises(ValueError, match="sample_weight must hold numbers, got durations"):
        model.fit(X, y, sample_weight=np.ones(40).astype("m8[s]"))


def test_large_weights_are_weights():
    large = read(weight=[1e308, 5e307, 1e308, 0.0])
    small = read(weight=[2.0, 1.0, 2.0, 0.0])
    np.testing.assert_allclose(large.weight, small.weight, rtol=1e-12)
    found, wanted = Scale.learn(large, True), Scale.learn(small, True)
    assert (found.mean, found.std) == pytest.approx((wanted.mean, wanted.std))


def test_weights_that_leave_one_row():
    with pytest.raises(ValueError, match="sample_weight leaves rows of one y"):
        Scale.learn(read(weight=[1e308, 1.0, 1.0, 1.0]), True)


def test_one_weight_for_all_rows():
    np.testing.assert_array_equal(read(weight=3.0).weight, np.ones(4))


@pytest.mark.parametrize("small", [np.int8, np.uint8])
def test_small_integers_do_not_overflow(small, tiny):
    X, y = numbers(300)
    settings = {"batch_size": 100, "epochs": 2, "n_init": 1, "max_restarts": 100}
    plain = XpressoRegressor(**(tiny | settings)).fit(X, y)
    narrow = XpressoRegressor(**(tiny | {k: small(v) for k, v in settings.items()})).fit(X, y)
    np.testing.assert_array_equal(narrow.predict(X), plain.predict(X))
    assert narrow.history_ == plain.history_
