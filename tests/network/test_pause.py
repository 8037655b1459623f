"""warm_start="resume": training in pieces is training in one go."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skxpresso import DenoisingAutoencoderRegressor, XpressoRegressor
from skxpresso.network._pause import PausedNetwork
from tests.network.test_repeats import kill_first


def in_pieces(model, X, y, pieces, **fit_params):
    """Fit up to each number of epochs, through a pickle as between processes."""
    model = clone(model).set_params(warm_start="resume")
    for epochs in pieces:
        model.set_params(epochs=epochs).fit(X, y, **fit_params)
        model = pickle.loads(pickle.dumps(model))
    return model


SETTINGS = {
    "dropout, two networks, weights": {"dropout_rates": (0.3,), "n_init": 2, "patience": 4},
    "stops early": {"optimizer": "sgd", "learning_rate": 0.05, "patience": 2},
    "no validation": {"validation_fraction": 0},
    "both strands": {"augment": "reverse_complement"},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_pieces_equal_one_go_to_the_last_bit(name, X, y, tiny):
    model = XpressoRegressor(**(tiny | SETTINGS[name]))
    weights = {"sample_weight": np.linspace(0.5, 2, len(X))} if "weights" in name else {}
    straight = clone(model).set_params(epochs=12).fit(X, y, **weights)
    resumed = in_pieces(model, X, y, (2, 6, 12), **weights)
    np.testing.assert_array_equal(resumed.predict(X), straight.predict(X))
    assert resumed.history_ == straight.history_
    assert resumed.best_epoch_ == straight.best_epoch_
    assert (len(straight.history_["loss"]) < 12) == (name == "stops early")


@pytest.mark.slow
def test_autoencoder_is_pretrained_once(X, y):
    model = DenoisingAutoencoderRegressor(
        dense_units=(8,), dropout_rates=(0.1,), pretrain_epochs=1, patience=None, random_state=0
    )
    straight = clone(model).set_params(epochs=3).fit(X, y)
    resumed = in_pieces(model, X, y, (1, 3))
    np.testing.assert_array_equal(resumed.predict(X), straight.predict(X))
    assert resumed.pretraining_losses_ == straight.pretraining_losses_


def test_without_a_seed_the_held_back_rows_stay(X, y, tiny):
    model = XpressoRegressor(**(tiny | {"random_state": None, "patience": 5, "epochs": 1}))
    model.set_params(warm_start="resume").fit(X, y)
    seed, rows = model._pause.seed, model._pause.rows
    model.set_params(epochs=2).fit(X, y)
    assert (model._pause.seed, model._pause.rows) == (seed, rows)
    assert len(model.history_["loss"]) == 2


def test_a_dead_network_starts_again_from_the_same_seed(X, y, tiny, monkeypatch):
    kill_first(monkeypatch, 1)
    straight = XpressoRegressor(**tiny | {"epochs": 4}).fit(X, y)
    monkeypatch.undo()
    kill_first(monkeypatch, 1)
    resumed = in_pieces(XpressoRegressor(**tiny), X, y, (1, 4))
    assert (resumed.n_restarts_, straight.n_restarts_) == (1, 1)
    np.testing.assert_array_equal(resumed.predict(X), straight.predict(X))


@pytest.fixture(scope="module")
def paused(X, y, tiny):
    return XpressoRegressor(**tiny, warm_start="resume").fit(X, y)


def test_nothing_left_to_train(paused, X, y):
    again = pickle.loads(pickle.dumps(paused)).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), paused.predict(X))
    assert again.history_ == paused.history_


REFUSED = {
    "learning_rate=0.01.* got learning_rate=0.5": {"learning_rate": 0.5},
    "clipnorm=None, got optimizer__clipnorm=1.0": {"optimizer__clipnorm": 1.0},
    "epochs must be 2 or more": {"epochs": 1},
    "needs schedule='constant'": {"schedule": "cosine"},
    "continues with the fitted network": {"dense_units": (5,)},
}


@pytest.mark.parametrize("message", REFUSED)
def test_refuses_another_training(message, paused, X, y):
    other = pickle.loads(pickle.dumps(paused)).set_params(**REFUSED[message])
    with pytest.raises(ValueError, match=message):
        other.fit(X, y)


def test_refuses_other_rows(paused, X, y):
    with pytest.raises(ValueError, match="X, y, sample_weight, X_val or y_val differ"):
        pickle.loads(pickle.dumps(paused)).fit(X, y + 1)


def test_refuses_a_fit_that_did_not_pause(fitted, X, y):
    model = pickle.loads(pickle.dumps(fitted)).set_params(warm_start="resume")
    with pytest.raises(ValueError, match="goes on with a fit that had warm_start='resume'"):
        model.fit(X, y)


def test_the_weights_are_kept_once_where_the_last_are_the_best(paused, fitted):
    (network,) = paused._pause.networks
    assert isinstance(network, PausedNetwork)
    assert network.best_weights is None
    assert all(any(w is v for v in network.variables) for w in paused._network.weights)
    assert getattr(fitted, "_pause", None) is None
