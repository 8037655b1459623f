"""Training: order of rows, early stopping, dead networks, diverging losses."""

import warnings

import keras
import numpy as np
import pytest

from skxpresso.exceptions import NonFiniteLossError
from skxpresso.network._keras.batches import Batches, EpochRows, predict_with_keras
from skxpresso.network._keras.training import TrainingPlan, count_dead_units, train_network
from skxpresso.network._keras.xpresso import build_xpresso
from skxpresso.network.genes import Genes
from skxpresso.network.targets import Scale, split_genes

PLAN = TrainingPlan(batch_size=8, epochs=3, patience=None)
HEAD = {
    "filters": (),
    "kernel_sizes": (),
    "dilation_rates": (),
    "pool_sizes": (),
    "dense_units": (4, 2),
    "dropout_rates": (0.0, 0.0),
    "optimizer": "adam",
    "learning_rate": 0.01,
}


@pytest.fixture
def genes():
    rng = np.random.default_rng(0)
    halflife = rng.normal(size=(40, 3)).astype("f4")
    return Genes(np.empty((40, 0), np.uint8), halflife, halflife.sum(axis=1).astype("f4"))


def healthy(seed):
    model = build_xpresso(0, 3, seed=seed, **HEAD)
    for layer in model.layers:
        if layer.name.startswith("dense"):  # alive for certain
            layer.bias.assign(np.full(layer.units, 5.0))
    return model


def dead(seed):
    """Build a network whose last hidden layer is off for every input."""
    model = build_xpresso(0, 3, seed=seed, **HEAD)
    last = model.get_layer("dense2")
    last.set_weights([np.zeros((4, 2)), np.full(2, -10.0)])
    return model


def test_batches_hold_every_row_once_in_a_new_order_each_epoch(genes):
    batches = Batches(genes, 16, EpochRows(len(genes), np.random.default_rng(0)))
    epochs = []
    for _ in range(2):
        parts = [batches[i] for i in range(len(batches))]
        assert [len(y) for _, y in parts] == [16, 16, 8]
        epochs.append(np.concatenate([y[:, 0] for _, y in parts]))
        batches.on_epoch_end()
    assert not np.array_equal(*epochs)
    np.testing.assert_array_equal(np.sort(epochs[0]), np.sort(genes.y))
    np.testing.assert_array_equal(np.sort(epochs[1]), np.sort(genes.y))


def test_inputs_and_targets_stay_together(genes):
    batches = Batches(genes, 16, EpochRows(len(genes), np.random.default_rng(0)))
    inputs, y = batches[1]
    assert list(inputs) == ["halflife"]
    np.testing.assert_allclose(inputs["halflife"].sum(axis=1), y[:, 0], rtol=1e-5)


def test_validation_rows_are_drawn_from_everywhere(genes):
    train, valid = split_genes(genes, 0.25, 7, seed=0)
    assert (len(train), len(valid)) == (30, 10)
    both = np.concatenate([train.y, valid.y])
    np.testing.assert_array_equal(np.sort(both), np.sort(genes.y))
    last_quarter = np.isin(genes.y[30:], valid.y)
    assert 0 < last_quarter.sum() < 10


def test_dead_network_is_restarted(genes):
    seeds = []

    def build(seed):
        seeds.append(seed)
        return dead(seed) if len(seeds) <= 2 else healthy(seed)

    network = train_network(build, genes, None, PLAN, seed=0, max_restarts=3)
    assert network.n_restarts == 2
    assert not network.is_dead
    assert len(set(seeds)) == 3  # every restart has a seed of its own
    assert np.ptp(predict_with_keras(network.model, genes, 8)) > 0.01


def test_network_that_stays_dead_is_known(genes):
    network = train_network(dead, genes, None, PLAN, seed=0, max_restarts=2)
    assert network.is_dead
    assert network.n_restarts == 2
    assert network.n_dead_units >= 2


def test_healthy_network_is_not_touched(genes):
    a, b = (
        train_network(healthy, genes, None, PLAN, seed=0, max_restarts=n).model.get_weights()
        for n in (0, 5)
    )
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_network_that_dies_late_is_noticed(genes):
    class Kill(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                self.model.get_layer("dense2").set_weights([np.zeros((4, 2)), np.full(2, -1.0)])

    plan = TrainingPlan(batch_size=8, epochs=3, patience=None, callbacks=(Kill(),))
    network = train_network(healthy, genes, None, plan, seed=0, max_restarts=1)
    assert network.is_dead
    assert network.n_restarts == 1


def test_dead_units_are_counted():
    model = dead(0)
    genes = Genes(np.empty((9, 0), np.uint8), np.random.default_rng(0).normal(size=(9, 3)))
    weights = model.get_layer("dense1").get_weights()
    weights[0][:, 1] = 0.0  # a third constant unit
    model.get_layer("dense1").set_weights(weights)
    hidden = np.maximum(genes.halflife @ weights[0] + weights[1], 0)
    assert count_dead_units(model, genes, 4) == 2 + (np.ptp(hidden, axis=0) == 0).sum()


def test_diverged_loss_names_the_epoch(genes):
    def explosive(seed):
        return build_xpresso(0, 3, seed=seed, **(HEAD | {"optimizer": "sgd", "learning_rate": 1e9}))

    with (
        warnings.catch_warnings(),
        pytest.raises(NonFiniteLossError, match=r"loss became non-finite \(.*\) at epoch [12]"),
    ):
        warnings.simplefilter("ignore", RuntimeWarning)
        train_network(explosive, genes, None, PLAN, seed=0)


def test_best_epoch_is_the_lowest_validation_loss_and_its_weights_are_kept(genes):
    train, valid = split_genes(genes, 0.25, 7, seed=0)
    plan = TrainingPlan(batch_size=8, epochs=30, patience=3)
    network = train_network(healthy, train, valid, plan, seed=0)
    losses = network.history["val_loss"]
    assert network.best_epoch == int(np.argmin(losses))
    assert len(losses) in (30, network.best_epoch + 4)
    predicted = predict_with_keras(network.model, valid, 8)[:, 0]
    assert np.mean((predicted - valid.y) ** 2) == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.slow
def test_n_init_keeps_the_network_with_the_lowest_loss(genes):
    train, valid = split_genes(genes, 0.25, 7, seed=0)
    made = []

    def build(seed):
        made.append(healthy(seed))
        return made[-1]

    network = train_network(build, train, valid, PLAN, seed=0, n_init=3, max_restarts=0)
    losses = [np.mean((predict_with_keras(m, valid, 8)[:, 0] - valid.y) ** 2) for m in made]
    assert len(made) == 3
    assert network.model is made[int(np.argmin(losses))]


def test_weights_of_rows_reach_the_loss(genes):
    weight = np.where(np.arange(40) < 20, 2.0, 0.0).astype("f4")
    weighted = Genes(genes.codes, genes.halflife, genes.y, weight)
    plan = TrainingPlan(batch_size=40, epochs=1, patience=None, shuffle=False)
    history = train_network(healthy, weighted, None, plan, seed=3).history
    start = train_start_predictions(genes)
    want = np.mean(weight * (start - genes.y) ** 2)
    assert history["loss"][0] == pytest.approx(want, rel=1e-3)


def train_start_predictions(genes):
    seeds = []

    def spy(seed):
        seeds.append(seed)
        return healthy(seed)

    plan = TrainingPlan(batch_size=40, epochs=1, patience=None)
    train_network(spy, genes, None, plan, seed=3)
    return predict_with_keras(healthy(seeds[0]), genes, 40)[:, 0]


def test_scale_is_the_weighted_mean_and_deviation():
    genes = Genes(
        np.empty((3, 0)), np.empty((3, 0)), np.array([1.0, 2.0, 9.0]), np.array([1, 1, 2])
    )
    repeated = np.array([1.0, 2.0, 9.0, 9.0])
    learned = Scale.learn(genes, True)
    assert (learned.mean, learned.std) == pytest.approx((repeated.mean(), repeated.std()))
    assert Scale.learn(genes, False) == Scale(0.0, 1.0)


def test_many_rows_and_few_are_predicted_alike():
    rng = np.random.default_rng(0)
    genes = Genes(np.empty((1500, 0), np.uint8), rng.normal(size=(1500, 3)).astype("f4"))
    model = healthy(0)
    many = predict_with_keras(model, genes, 64)
    few = predict_with_keras(model, genes[1400:], 64)
    assert many.shape == (1500, 1)
    np.testing.assert_allclose(many[1400:], few, rtol=1e-5)


# ---- the third restart -------------------------------------------------------------------------


def test_third_restart_trains_at_a_tenth_of_the_rate(genes):
    built = []

    def build(seed):
        built.append(seed)
        return dead(seed) if len(built) <= 3 else healthy(seed)

    network = train_network(build, genes, None, PLAN, seed=0, max_restarts=3)
    asked = float(healthy(0).optimizer.learning_rate)
    assert float(network.model.optimizer.learning_rate) == pytest.approx(0.1 * asked)
    assert (network.n_restarts, network.is_dead) == (3, False)


def test_a_schedule_of_the_rate_survives_the_third_restart(genes):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.5)
    built = []

    def build(seed):
        model = (dead if len(built) < 3 else healthy)(seed)
        model.compile(optimizer=keras.optimizers.SGD(schedule), loss="mse")
        built.append(model)
        return model

    network = train_network(build, genes, None, PLAN, seed=0, max_restarts=3)
    assert not network.is_dead
