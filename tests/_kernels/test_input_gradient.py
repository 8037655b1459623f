"""Derivatives by inputs, at promoters and along paths, against differences of a plain network."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxpresso._kernels.input_gradient import input_gradient, path_gradient
from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network
from tests.toys import fast, one_hot, random_codes


def plain_layer(inputs, layer):
    """Convolve, ReLU and max-pool one row (positions, channels), loop by loop."""
    size, _, filters = layer.kernel.shape
    reach = (size - 1) * layer.dilation_rate
    if layer.padding == "same":
        inputs = np.pad(inputs, ((reach // 2, reach - reach // 2), (0, 0)))
    values = np.zeros((len(inputs) - reach, filters)) + layer.bias
    for tap in range(size):
        at = tap * layer.dilation_rate
        values += inputs[at : at + len(values)] @ layer.kernel[tap]
    n = len(values) // layer.pool_size
    pooled = values[: n * layer.pool_size].reshape(n, layer.pool_size, filters).max(axis=1)
    return np.maximum(pooled, 0)


def plain_prediction(network, bases, covariates):
    """Predict from a promoter (positions, 4) that need not be one-hot."""
    for layer in network.convolutions:
        bases = plain_layer(bases, layer)
    x = np.concatenate([bases.ravel(), covariates])
    for index, layer in enumerate(network.dense):
        x = np.maximum(x, 0) if index else x
        x = x @ layer.kernel + layer.bias
    return x[0]


def differences(network, bases, covariates, step=1e-6):
    """Derivatives by central differences."""

    def slope(of_bases, of_covariates):
        high = plain_prediction(network, bases + of_bases, covariates + of_covariates)
        low = plain_prediction(network, bases - of_bases, covariates - of_covariates)
        return (high - low) / (2 * step)

    no_base, no_covariate = np.zeros_like(bases), np.zeros_like(covariates)
    by_base, by_covariate = np.zeros_like(bases), np.zeros_like(covariates)
    for place in np.ndindex(bases.shape):
        change = no_base.copy()
        change[place] = step
        by_base[place] = slope(change, no_covariate)
    for place in np.ndindex(covariates.shape):
        change = no_covariate.copy()
        change[place] = step
        by_covariate[place] = slope(no_base, change)
    return by_base, by_covariate


@st.composite
def networks(draw):
    """A random network in float64 and a length that it can read."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    length = draw(st.integers(12, 40))
    convolutions, channels, positions = [], 4, length
    for _ in range(draw(st.integers(1, 3))):
        filters = draw(st.sampled_from([1, 3, 17, 33]))
        kernel = rng.normal(0, 1 / np.sqrt(channels), (draw(st.integers(1, 5)), channels, filters))
        settings = draw(st.sampled_from([1, 2])), draw(st.integers(1, 3))
        padding = draw(st.sampled_from(["same", "valid"]))
        layer = Convolution(kernel, rng.normal(0, 0.2, filters), *settings, padding)
        if layer.geometry.windows(positions) < 1:
            break
        positions, channels = layer.geometry.windows(positions), filters
        convolutions.append(layer)
    n_covariates = draw(st.integers(0, 2))
    sizes = [positions * channels + n_covariates, *draw(st.sampled_from([(), (5,), (4, 3)])), 1]
    dense = [
        Dense(rng.normal(0, 1 / np.sqrt(a), (a, b)), rng.normal(0, 0.5, b))
        for a, b in pairwise(sizes)
    ]
    return Network(tuple(convolutions), tuple(dense)), length, n_covariates, rng


def trace(network, bases):
    """Take one row (positions, 4) through the convolutions; keep who won, the first of a tie."""
    kept = []
    for layer in network.convolutions:
        size, _, filters = layer.kernel.shape
        reach = (size - 1) * layer.dilation_rate
        left = reach // 2 if layer.padding == "same" else 0
        room = np.zeros((len(bases) + (reach if layer.padding == "same" else 0), bases.shape[1]))
        room[left : left + len(bases)] = bases
        taps = [tap * layer.dilation_rate for tap in range(size)]
        values = np.zeros((len(room) - reach, filters)) + layer.bias
        for tap, at in enumerate(taps):
            values += room[at : at + len(values)] @ layer.kernel[tap]
        n = len(values) // layer.pool_size
        windows = values[: n * layer.pool_size].reshape(n, layer.pool_size, filters)
        kept.append((layer, taps, room.shape, left, len(bases), windows.argmax(axis=1)))
        bases = np.maximum(windows.max(axis=1), 0)
        kept[-1] += (bases > 0,)
    return kept, bases


def back(network, bases, covariates):
    """Derivatives by bases and covariates of one row, in plain loops."""
    kept, features = trace(network, bases)
    x, alive = np.concatenate([features.ravel(), covariates]), []
    for index, layer in enumerate(network.dense):
        alive.append(x > 0 if index else np.ones(len(x), bool))
        x = np.where(alive[-1], x, 0) @ layer.kernel + layer.bias
    above = np.ones(1)
    for layer, mask in zip(network.dense[::-1], alive[::-1], strict=True):
        above = (layer.kernel @ above) * mask
    above, by_covariate = above[: features.size].reshape(features.shape), above[features.size :]
    for layer, taps, shape, left, n_positions, winners, positive in kept[::-1]:
        below = np.zeros(shape)
        for window, f in zip(*np.nonzero(positive), strict=True):
            p = window * layer.pool_size + winners[window, f]
            for tap, at in enumerate(taps):
                below[p + at] += above[window, f] * layer.kernel[tap, :, f]
        above = below[left : left + n_positions]
    return above, by_covariate


@pytest.mark.slow
@fast
@given(networks())
def test_derivatives_are_those_of_plain_loops(drawn):
    network, length, n_covariates, rng = drawn
    if not network.convolutions:
        return
    codes = rng.integers(0, 5, (2, length)).astype(np.uint8)
    covariates = rng.normal(size=(2, n_covariates))
    found = input_gradient(network, codes, covariates)
    expected = predict_network(network, codes, covariates if n_covariates else None)
    np.testing.assert_allclose(found.values, expected, atol=1e-12)
    for row in range(2):
        bases = one_hot(codes[row]).astype(float)
        by_base, by_covariate = back(network, bases, covariates[row])
        np.testing.assert_allclose(found.bases[row], by_base, atol=1e-10)
        np.testing.assert_allclose(found.covariates[row], by_covariate, atol=1e-10)


@settings(fast, max_examples=15)
@given(networks())
def test_derivatives_at_a_place_of_a_path(drawn):
    network, length, n_covariates, rng = drawn
    if not network.convolutions:
        return
    codes = rng.integers(0, 5, (1, length)).astype(np.uint8)
    covariates, other = rng.normal(size=(2, 1, n_covariates))
    references, place = rng.dirichlet(np.ones(4), (1, length)), rng.random()
    found, reference_values = path_gradient(
        network, codes, covariates, references, other, np.array([[place]])
    )
    bases = references[0] + place * (one_hot(codes[0]) - references[0])
    numbers = other[0] + place * (covariates[0] - other[0])
    assert found.values[0, 0] == pytest.approx(plain_prediction(network, bases, numbers), abs=1e-9)
    by_base, by_covariate = differences(network, bases, numbers)
    np.testing.assert_allclose(found.bases[0], by_base, atol=1e-6)
    np.testing.assert_allclose(found.covariates[0], by_covariate, atol=1e-6)
    begin = plain_prediction(network, references[0], other[0])
    assert reference_values[0] == pytest.approx(begin, abs=1e-9)


@settings(fast, max_examples=8)
@given(networks())
def test_a_path_is_the_mean_of_its_places_and_complete(drawn):
    network, length, n_covariates, rng = drawn
    if not network.convolutions:
        return
    codes = rng.integers(0, 5, (1, length)).astype(np.uint8)
    covariates, other = rng.normal(size=(2, 1, n_covariates))
    references = rng.dirichlet(np.ones(4), (1, length))
    ends = codes, covariates, references, other
    found, reference_values = path_gradient(network, *ends, np.linspace(0, 1, 41)[None])
    step = one_hot(codes[0]) - references[0]
    total = (found.bases[0] * step).sum() + found.covariates[0] @ (covariates - other)[0]
    change = found.values[0, -1] - found.values[0, 0]
    many = [np.repeat(each, 400, axis=0) for each in ends]
    places = ((np.arange(400) + 0.5) / 400)[:, None]
    one_by_one = path_gradient(network, *many, places)[0]
    slopes = np.abs(one_by_one.bases).max()
    assert total == pytest.approx(change, abs=0.02 * slopes + 1e-9)
    np.testing.assert_allclose(
        found.bases[0], one_by_one.bases.mean(axis=0), atol=0.03 * slopes + 1e-9
    )
    assert reference_values[0] == found.values[0, 0]
    expected = predict_network(network, codes, covariates if n_covariates else None)
    assert found.values[0, -1] == pytest.approx(expected[0], abs=1e-9)


def small_network(bias=0.1, filters=3):
    rng = np.random.default_rng(1)
    convolution = Convolution(
        rng.normal(size=(5, 4, filters)).astype(np.float32),
        np.full(filters, bias, np.float32),
        1,
        4,
    )
    dense = Dense(rng.normal(size=(5 * filters + 1, 1)).astype(np.float32), np.zeros(1, np.float32))
    return Network((convolution,), (dense,))


def test_bits_do_not_depend_on_threads_or_company():
    network = small_network()
    codes = random_codes(200, 20)
    covariates = np.random.default_rng(0).normal(size=(200, 1)).astype(np.float32)
    alone = [input_gradient(network, codes[i : i + 1], covariates[i : i + 1]) for i in (0, 150)]
    for n_threads in (1, 3):
        together = input_gradient(network, codes, covariates, n_threads=n_threads)
        for row, one in zip((0, 150), alone, strict=True):
            np.testing.assert_array_equal(together.bases[row], one.bases[0])
            np.testing.assert_array_equal(together.covariates[row], one.covariates[0])
            assert together.values[row] == one.values[0]


def test_dead_windows_pass_nothing():
    found = input_gradient(small_network(bias=-100.0), random_codes(2, 20), np.zeros((2, 1)))
    assert not found.bases.any()
    assert found.covariates.any()


def test_the_first_of_a_tie_has_the_gradient():
    found = input_gradient(small_network(), np.full((1, 20), 4, np.uint8), np.zeros((1, 1)))
    # all positions see N alone: the first of each window of four wins
    touched = np.flatnonzero(found.bases[0].any(axis=1))
    expected = {p for window in range(0, 20, 4) for p in range(window - 2, window + 3)}
    assert set(touched) == {p for p in expected if 0 <= p < 20}


def test_weights_that_are_no_numbers_give_nan():
    network = small_network()
    network.dense[0].kernel[0] = np.inf
    codes, covariates = random_codes(2, 20), np.zeros((2, 1))
    found = input_gradient(network, codes, covariates)
    assert np.isnan(found.bases).all()
    assert np.isnan(found.values).all()
    references = one_hot(codes)
    found, values = path_gradient(
        network, codes, covariates, references, covariates, np.ones((2, 1))
    )
    assert np.isnan(found.bases).all()
    assert np.isnan(values).all()
