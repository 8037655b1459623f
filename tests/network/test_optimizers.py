"""Optimizers by name, schedules of the learning rate, and callbacks of the user's own."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from skxpresso.network._keras.optimizers import make_optimizer
from skxpresso.network.optimizers import OPTIMIZERS, SCHEDULES, rate_at
from skxpresso.network.xpresso import XpressoRegressor
from tests.toys import TINY, numbers

X, Y = numbers()


def fit(**parameters):
    return XpressoRegressor(**(TINY | parameters)).fit(X, Y)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_names_are_those_of_keras(name):
    optimizer = make_optimizer(name, 0.25, 0.9, weight_decay=0.5)
    assert type(optimizer).__name__.lower() == name
    assert float(optimizer.learning_rate) == 0.25
    assert optimizer.weight_decay == 0.5
    # the momentum is that of "sgd" alone
    assert name == "sgd" or getattr(optimizer, "momentum", 0) != 0.9


def test_weight_decay_of_adamw_shrinks_the_weights():
    def size(decay):
        model = fit(optimizer="adamw", learning_rate=1e-3, optimizer__weight_decay=decay, epochs=5)
        return sum(float((w**2).sum()) for w in model._network.weights)

    assert size(50.0) < size(0.0)


@pytest.mark.parametrize("schedule", ["cosine", "exponential", "one-cycle"])
def test_the_rate_changes_as_the_schedule_says(schedule):
    found = fit(schedule=schedule, epochs=4).history_["learning_rate"]
    wanted = [0.01 * rate_at(schedule, epoch, 4) for epoch in range(4)]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_rates_begin_at_one_and_fall():
    for schedule in set(SCHEDULES) - {"one-cycle"}:
        rates = [rate_at(schedule, epoch, 10) for epoch in range(11)]
        assert rates[0] == 1
        assert rates == sorted(rates, reverse=True)
    assert rate_at("cosine", 10, 10) == pytest.approx(0)
    assert rate_at("exponential", 10, 10) == pytest.approx(0.01)


def test_one_cycle_rises_and_falls():
    rates = [rate_at("one-cycle", epoch, 10) for epoch in range(11)]
    assert rates[:4] == pytest.approx([0.04, 0.36, 0.68, 1])  # evenly, for three of ten epochs
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert rates[10] == pytest.approx(0)
    assert [rate_at("one-cycle", epoch, 1) for epoch in range(1)] == [1]


def test_a_plateau_halves_the_rate():
    # a rate at which no weight changes, so that no epoch is better than the first
    found = fit(schedule="plateau", learning_rate=1e-12, epochs=7, patience=4)
    rates = np.array(found.history_["learning_rate"]) / 1e-12
    np.testing.assert_allclose(rates, [1, 1, 1, 0.5, 0.5], rtol=1e-5)
    without = fit(schedule="plateau", learning_rate=1e-12, epochs=5, validation_fraction=0)
    assert without.history_["learning_rate"][-1] < 1e-12


@pytest.mark.slow
def test_a_schedule_changes_training_and_a_constant_one_nothing():
    plain, named = fit(epochs=4), fit(epochs=4, schedule="constant")
    np.testing.assert_array_equal(named.predict(X), plain.predict(X))
    assert "learning_rate" not in named.history_
    assert not np.array_equal(fit(epochs=4, schedule="cosine").predict(X), plain.predict(X))


class Losses(keras.callbacks.Callback):
    """Gather the loss of every epoch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(logs["loss"])


@pytest.mark.parametrize("n_init", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_callback_of_ones_own_is_filled(n_init):
    mine = Losses()
    model = fit(callbacks=(mine,), n_init=n_init, epochs=3)
    assert mine.seen == model.history_["loss"]  # of the network that was kept
    assert mine.model is None  # no network hangs on a parameter
    again = clone(model).fit(X, Y)
    assert again.callbacks[0] is not mine
    assert again.callbacks[0].seen[-3:] == mine.seen


def test_a_callback_with_an_open_file_does_not_stop_a_clone(tmp_path):
    logger = keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))
    model = fit(callbacks=[logger])
    clone(model).fit(X, Y)
    model.fit(X, Y)
    assert (tmp_path / "log.csv").read_text().startswith("epoch,")


@pytest.mark.parametrize("wrong", [1, "EarlyStopping", keras.layers.Dense, None])
def test_callbacks_that_are_none(wrong):
    with pytest.raises(TypeError, match=r"callbacks must hold keras.callbacks.Callback, .* got"):
        fit(callbacks=[wrong])
