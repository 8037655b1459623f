"""Predictions from weights alone against Keras."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from skxpresso._kernels.predict import (
    Convolution,
    Dense,
    Network,
    predict_network,
    predict_networks,
)

POSITIONS = 310
SETTINGS = [
    (33, 6, 1, 5),
    (7, 9, 2, 3),
    (40, 4, 1, 2),
    (5, 3, 3, 1),
]  # filters, size, dilation, pool


def build(depth, units, covariates):
    """A Keras network with random weights, and the same as a Network."""
    inputs, blocks = [], []
    if depth:
        inputs.append(keras.Input((POSITIONS, 4)))
        x = inputs[0]
        for filters, size, dilation, pool in SETTINGS[:depth]:
            x = keras.layers.Conv1D(
                filters, size, padding="same", activation="relu", dilation_rate=dilation
            )(x)
            x = keras.layers.MaxPooling1D(pool)(x)
        blocks.append(keras.layers.Flatten()(x))
    if covariates:
        inputs.append(keras.Input((covariates,)))
        blocks.append(inputs[-1])
    x = keras.layers.Concatenate()(blocks) if len(blocks) > 1 else blocks[0]
    for width in units:
        x = keras.layers.Dense(width, activation="relu")(x)
    model = keras.Model(inputs, keras.layers.Dense(1)(x))
    rng = np.random.default_rng(0)
    weights = [w + 0.1 * rng.normal(size=w.shape).astype(np.float32) for w in model.get_weights()]
    model.set_weights(weights)
    pairs = list(zip(weights[::2], weights[1::2], strict=True))
    convolutions = tuple(
        Convolution(*pair, dilation, pool)
        for pair, (_, _, dilation, pool) in zip(pairs[:depth], SETTINGS, strict=False)
    )
    return model, Network(convolutions, tuple(Dense(*pair) for pair in pairs[depth:]))


def data(n_rows=19):
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 5, (n_rows, POSITIONS)).astype(np.uint8)
    return codes, rng.normal(size=(n_rows, 8)).astype(np.float32)


@pytest.mark.parametrize(
    ("depth", "units", "covariates"),
    [(1, (), 0), (2, (64, 2), 8), (3, (7,), 8), (4, (9, 5, 3), 3), (0, (16,), 8), (0, (), 1)],
)
def test_same_as_keras(depth, units, covariates):
    model, network = build(depth, units, covariates)
    codes, halflife = data()
    codes = codes if depth else None
    halflife = halflife[:, :covariates] if covariates else None
    inputs = [] if codes is None else [np.eye(5, 4, dtype=np.float32)[codes]]
    inputs += [] if halflife is None else [halflife]
    expected = model(inputs).numpy()[:, 0]
    got = predict_network(network, codes, halflife)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("depth", [0, 2])
def test_several_networks_read_the_codes_once_and_give_what_each_gives_alone(depth):
    _, first = build(depth, (5,), 8)
    codes, halflife = data(70)
    codes = codes if depth else None
    networks = [first]
    for factor in (0.5, -2, np.nan):  # the last one is not finite, and spoils no other
        dense = tuple(Dense(kernel * np.float32(factor), bias) for kernel, bias in first.dense)
        networks.append(Network(first.convolutions, dense))
    together = predict_networks(networks, codes, halflife, n_threads=2)
    for network, row in zip(networks, together, strict=True):
        np.testing.assert_array_equal(row, predict_network(network, codes, halflife))
    assert np.isnan(together[3]).all()
    assert np.isfinite(together[:3]).all()


def test_several_outputs():
    _, network = build(2, (5,), 8)
    kernel, bias = network.dense[-1]
    three = np.concatenate([kernel, 2 * kernel, -kernel], axis=1)
    dense = (*network.dense[:-1], Dense(three, np.repeat(bias, 3)))
    codes, halflife = data()
    got = predict_network(Network(network.convolutions, dense), codes, halflife)
    one = predict_network(network, codes, halflife)[:, None]
    expected = (one - bias) * np.array([1, 2, -1], np.float32) + bias
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_same_bits_for_any_threads_and_company():
    _, network = build(2, (64, 2), 8)
    codes, halflife = data(70)
    together = predict_network(network, codes, halflife, n_threads=1)
    np.testing.assert_array_equal(together, predict_network(network, codes, halflife, n_threads=2))
    order = np.random.default_rng(2).permutation(70)[:31]
    np.testing.assert_array_equal(
        together[order], predict_network(network, codes[order], halflife[order])
    )


def test_double_precision():
    _, network = build(2, (4,), 8)

    def widen(layer):
        return layer._replace(kernel=layer.kernel.astype(float), bias=layer.bias.astype(float))

    double = Network(*(tuple(map(widen, layers)) for layers in network))
    codes, halflife = data()
    got = predict_network(double, codes, halflife)
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, predict_network(network, codes, halflife), atol=1e-4)


def test_no_rows():
    _, network = build(2, (4,), 8)
    assert predict_network(network, *(array[:0] for array in data())).shape == (0,)


def test_not_finite_is_not_hidden():
    _, network = build(1, (4,), 8)
    codes, halflife = data(3)
    halflife[1, 0] = np.nan
    np.testing.assert_array_equal(
        np.isnan(predict_network(network, codes, halflife)), [False, True, False]
    )
    network.convolutions[0].kernel[0, 0, 0] = np.inf
    assert np.isnan(predict_network(network, codes, data(3)[1])).all()


def test_refused():
    _, network = build(1, (4,), 8)
    codes, halflife = data()
    with pytest.raises(ValueError, match="codes must be given exactly if"):
        predict_network(network, None, halflife)
    with pytest.raises(ValueError, match="equally many rows, got 19 and 2"):
        predict_network(network, codes, halflife[:2])
    with pytest.raises(ValueError, match=r"2054 features .* got 2046 from the promoter and 7"):
        predict_network(network, codes, halflife[:, :7])
    with pytest.raises(ValueError, match="got neither"):
        predict_network(Network((), network.dense), None, None)


def test_does_not_import_keras():
    program = (
        "import sys, skxpresso._kernels.predict; "
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
