"""XpressoRegressor: dead networks start again, and one seed gives one result."""

import os

import joblib
import keras
import numpy as np
import pytest
from sklearn.model_selection import cross_val_score

from skxpresso.exceptions import DeadNetworkWarning, RestartWarning
from skxpresso.network._keras import xpresso as module
from skxpresso.network._keras.xpresso import build_xpresso
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from tests.toys import numbers

# ---- dead networks ----------------------------------------------------------------------------


def kill_first(monkeypatch, n):
    """Let the first `n` networks be built dead; return the list of all that were built."""
    built = []

    def build(*args, **kwargs):
        model = build_xpresso(*args, **kwargs)
        if len(built) < n:
            hidden = model.get_layer("dense1")
            kernel, bias = hidden.get_weights()
            hidden.set_weights([0 * kernel, bias - 10])
        built.append(model)
        return model

    monkeypatch.setattr(module, "build_xpresso", build)
    return built


def test_dead_network_is_restarted(X, y, tiny, monkeypatch):
    built = kill_first(monkeypatch, 1)
    model = XpressoRegressor(**tiny).fit(X, y)
    assert (model.n_restarts_, len(built)) == (1, 2)
    assert np.ptp(model.predict(X)) > 0


def test_dead_network_warns_when_restarts_are_used_up(X, y, tiny, monkeypatch):
    kill_first(monkeypatch, 99)
    model = XpressoRegressor(**tiny, max_restarts=2)
    with pytest.warns(DeadNetworkWarning, match=r"after 2 restart\(s\).*6 hidden unit\(s\) are"):
        model.fit(X, y)
    assert model.n_restarts_ == 2
    assert model.n_dead_units_ == 6


def test_a_gentler_start_is_told(X, y, tiny, monkeypatch):
    kill_first(monkeypatch, 3)
    with pytest.warns(RestartWarning, match="3 networks in a row .* trained at a tenth"):
        model = XpressoRegressor(**tiny).fit(X, y)
    assert model.n_restarts_ == 3


def test_healthy_network_is_left_alone(X, y, tiny, fitted):
    assert fitted.n_restarts_ == 0
    same = XpressoRegressor(**tiny, max_restarts=0).fit(X, y)
    np.testing.assert_array_equal(same.predict(X), fitted.predict(X))


# ---- it repeats -------------------------------------------------------------------------------


def test_one_seed_one_result(X, y, tiny, fitted):
    again = XpressoRegressor(**tiny).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    other = XpressoRegressor(**(tiny | {"random_state": 1})).fit(X, y)
    assert not np.array_equal(other.predict(X), fitted.predict(X))


def test_global_seeds_neither_matter_nor_change(X, y, tiny, fitted):
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    keras.utils.set_random_seed(77)
    np.random.seed(5)  # noqa: NPY002
    again = XpressoRegressor(**tiny).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_random_state_instance_moves_on(X, y, tiny):
    rng = np.random.RandomState(3)
    settings = tiny | {"random_state": rng}
    a = XpressoRegressor(**settings).fit(X, y)
    b = XpressoRegressor(**settings).fit(X, y)
    assert not np.array_equal(a.predict(X), b.predict(X))


def test_unseeded_fit_after_a_seeded_one(X, y, tiny):
    tf = pytest.importorskip("tensorflow")
    XpressoRegressor(**tiny).fit(X, y)
    assert "TF_DETERMINISTIC_OPS" not in os.environ
    tf.random.normal([2])  # under op determinism an unseeded draw is an error
    unseeded = XpressoRegressor(**(tiny | {"random_state": None, "dropout_rates": (0.5,)}))
    a = unseeded.fit(X, y).predict(X)
    assert not np.array_equal(a, unseeded.fit(X, y).predict(X))


@pytest.mark.slow
def test_workers_give_the_numbers_of_one_process(X, y, tiny):
    model = XpressoRegressor(**tiny)
    matrix = OneHotPromoterEncoder().fit_transform(X)
    one = cross_val_score(model, matrix, y, cv=3, n_jobs=1)
    two = cross_val_score(model, matrix, y, cv=3, n_jobs=2)
    np.testing.assert_allclose(two, one, rtol=1e-4)


@pytest.mark.slow
def test_threads_give_the_numbers_of_one_process(X, y, tiny):
    model = XpressoRegressor(**(tiny | {"dropout_rates": (0.3,)}))
    one = cross_val_score(model, X, y, cv=3)
    with joblib.parallel_config("threading", n_jobs=2):
        two = cross_val_score(model, X, y, cv=3)
    np.testing.assert_allclose(two, one, rtol=1e-4)


def tensorflow_threads_after_fit(X, y, params):
    import tensorflow as tf

    XpressoRegressor(**params).fit(X, y)
    threading = tf.config.threading
    return (
        threading.get_intra_op_parallelism_threads(),
        threading.get_inter_op_parallelism_threads(),
    )


def test_workers_share_the_cores(tiny):
    X, y = numbers()
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        threads = joblib.Parallel()(
            joblib.delayed(tensorflow_threads_after_fit)(X, y, tiny) for _ in range(2)
        )
    assert threads == [(1, 1), (1, 1)]
