"""Routed parameters: which reach Keras, and which are refused because nobody would read them."""

import numpy as np
import pytest
from sklearn.base import clone

from skxpresso.network.xpresso import XpressoRegressor
from tests.toys import numbers


def test_a_loss_of_the_users_own(tiny):
    X, y = numbers()
    y = y.copy()
    y[0] += 1000.0  # an outlier, which Huber's loss counts in proportion, not squared
    settings = tiny | {"epochs": 1, "standardize_y": False, "validation_fraction": 0}
    squared = XpressoRegressor(**settings).fit(X, y)
    huber = XpressoRegressor(**settings, compile__loss="huber").fit(X, y)
    assert clone(huber).get_params()["compile__loss"] == "huber"
    assert huber.history_["loss"][0] < 1000 < squared.history_["loss"][0]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("optimizer__learning_rate", "learning_rate"),
        ("optimizer__momentum", "momentum"),
        ("compile__optimizer", "optimizer"),
    ],
)
def test_what_has_a_parameter_of_its_own_is_not_routed(name, plain):
    with pytest.raises(TypeError, match=f"no parameter '{name}'; set '{plain}' itself"):
        XpressoRegressor(**{name: 0.1})


def test_a_name_that_is_no_parameter_is_no_hint():
    with pytest.raises(TypeError) as caught:
        XpressoRegressor(fit__validation_split=0.1)
    assert "itself" not in str(caught.value)


def test_parameters_that_stop_a_fit_leave_nothing_that_predicts(tiny):
    X, y = numbers()
    model = XpressoRegressor(**tiny).fit(X, y)
    model.set_params(epochs=0)
    with pytest.raises(ValueError, match="'epochs' parameter"):
        model.fit(X, 100 * y)
    assert not [name for name in vars(model) if name.endswith("_")]
    assert not hasattr(model, "y_scale_")


def test_warm_start_keeps_the_network_where_a_fit_fails(tiny):
    X, y = numbers()
    model = XpressoRegressor(**tiny, warm_start=True).fit(X, y)
    before = model.predict(X)
    with pytest.raises(ValueError, match="Input y contains NaN"):
        model.fit(X, y * np.nan)
    np.testing.assert_array_equal(model.predict(X), before)
