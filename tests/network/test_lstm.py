"""The LSTM against a loop over its weights, and on a signal that is nothing but order."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from skxpresso import KmerCountEncoder, LSTMRegressor
from skxpresso.network._keras.lstm import build_lstm
from skxpresso.network.architecture import LSTMArchitecture

pytestmark = pytest.mark.slow


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_lstm(steps, kernel, recurrent, bias):
    """Return the state after every step, by the equations of Hochreiter and Schmidhuber."""
    n_units = len(recurrent)
    state, cell, states = np.zeros(n_units), np.zeros(n_units), []
    for x in steps:
        i, f, c, o = np.split(x @ kernel + state @ recurrent + bias, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(c)
        state = sigmoid(o) * np.tanh(cell)
        states.append(state)
    return np.array(states)


def relu(x):
    return np.maximum(x, 0)


def convolve_and_pool(onehot, kernel, bias, pool):
    width, left = len(kernel), (len(kernel) - 1) // 2
    padded = np.pad(onehot, ((left, width - 1 - left), (0, 0)))
    values = [
        relu(np.tensordot(padded[i : i + width], kernel, 2) + bias) for i in range(len(onehot))
    ]
    return np.array([np.max(values[i : i + pool], axis=0) for i in range(0, len(onehot), pool)])


def naive_prediction(weights, codes, halflife, settings):
    weights = [np.asarray(w, dtype=np.float64) for w in weights]
    x = np.eye(5)[codes][:, :4]
    for pool in settings.pool_sizes:
        kernel, bias, *weights = weights
        x = convolve_and_pool(x, kernel, bias, pool)
    for number, _ in enumerate(settings.lstm_units, start=1):
        last = number == len(settings.lstm_units)
        forward, weights = weights[:3], weights[3:]
        runs = [run_lstm(x, *forward)]
        if settings.bidirectional:
            backward, weights = weights[:3], weights[3:]
            runs.append(run_lstm(x[::-1], *backward))
        if last:
            x = np.concatenate([run[-1] for run in runs])
        else:
            x = np.concatenate([runs[0], *(run[::-1] for run in runs[1:])], axis=1)
    x = np.concatenate([x, halflife])
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = relu(x @ kernel + bias)
    return x @ weights[-2] + weights[-1]


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("lstm_units", [(5,), (4, 3)])
@pytest.mark.parametrize("filters", [(6,), ()])
def test_network_is_a_loop_over_its_weights(filters, lstm_units, bidirectional):
    depth = len(filters)
    settings = LSTMArchitecture(
        filters,
        (5,) * depth,
        (1,) * depth,
        (4,) * depth,
        dense_units=(7,),
        lstm_units=lstm_units,
        bidirectional=bidirectional,
    )
    model = build_lstm(24, 2, settings, seed=0)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape, scale=0.5) for w in model.get_weights()])
    codes = rng.integers(0, 5, (3, 24), dtype=np.uint8)
    halflife = rng.normal(size=(3, 2)).astype("f4")
    computed = model.predict({"promoter": codes, "halflife": halflife}, verbose=0)
    expected = [
        naive_prediction(model.get_weights(), *row, settings)
        for row in zip(codes, halflife, strict=True)
    ]
    np.testing.assert_allclose(computed, expected, rtol=1e-4, atol=1e-5)


def test_both_directions_start_with_weights_of_their_own():
    weights = build_lstm(24, 0, LSTMArchitecture(), seed=0).get_weights()
    forward, backward = weights[2], weights[5]
    assert forward.shape == backward.shape
    assert not np.allclose(forward, backward)


def test_one_seed_one_network():
    one, same, other = (build_lstm(24, 3, LSTMArchitecture(), seed=s) for s in (0, 0, 1))
    for a, b in zip(one.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.allclose(one.get_weights()[0], other.get_weights()[0])


def test_defaults_leave_thirty_positions_of_a_yeast_fragment():
    model = build_lstm(120, 0, LSTMArchitecture())
    assert model.get_layer("pool1").output.shape == (None, 30, 128)


def test_window_of_the_paper_can_be_read():
    settings = LSTMArchitecture(
        (8, 8), (11, 9), (1, 1), (30, 4), dense_units=(8,), dropout_rates=(0.0,), lstm_units=(4,)
    )
    model = build_lstm(10_500, 0, settings, seed=0)
    assert model.get_layer("pool2").output.shape == (None, 87, 8)
    codes = np.random.default_rng(0).integers(0, 4, (2, 10_500), dtype=np.uint8)
    assert np.ptp(model({"promoter": codes})) > 0


def order_of_two_letters(n, length=18):
    """One G and one C among A and T; what counts is which comes first, wherever they are.

    No word of three letters holds both or is cut off by an end, so that words tell nothing.
    """
    rng = np.random.default_rng(0)
    letters = rng.choice(["A", "T"], (n, length))
    places = np.array([rng.choice(range(2, length - 2, 3), 2, replace=False) for _ in range(n)])
    letters[np.arange(n), places[:, 0]] = "G"
    letters[np.arange(n), places[:, 1]] = "C"
    return ["".join(row) for row in letters], np.sign(places[:, 1] - places[:, 0]).astype(float)


def test_finds_an_order_that_counts_of_words_do_not_tell():
    X, y = order_of_two_letters(800)
    train, test = slice(0, 600), slice(600, None)
    model = LSTMRegressor(
        filters=(),
        kernel_sizes=(),
        dilation_rates=(),
        pool_sizes=(),
        lstm_units=(8,),
        bidirectional=False,
        dense_units=(8,),
        learning_rate=0.03,
        batch_size=32,
        epochs=10,
        patience=None,
        random_state=0,
    ).fit(X[train], y[train])
    assert model.score(X[test], y[test]) > 0.8
    words = KmerCountEncoder(3, sparse_output=False)
    counts = words.fit_transform(X)
    assert LinearRegression().fit(counts[train], y[train]).score(counts[test], y[test]) < 0.05
