"""Effects of edits against predicting every edited promoter from the start."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxpresso._kernels.mutate import GROUP_BYTES, Mutator, edit_effects, substitution_effects
from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network

N_HALFLIFE = 2


def random_network(rng, layers, n_positions, dense=(5, 3), dtype=np.float32):
    """Return a network of (filters, kernel_size, dilation, pool, padding) layers, or None."""
    convolutions, channels, length = [], 4, n_positions
    for filters, size, dilation, pool, padding in layers:
        kernel = rng.normal(0, 1 / np.sqrt(size * channels), (size, channels, filters))
        bias = rng.normal(0, 0.2, filters)
        layer = Convolution(kernel.astype(dtype), bias.astype(dtype), dilation, pool, padding)
        convolutions.append(layer)
        length, channels = layer.geometry.windows(length), filters
        if length == 0:
            return None
    sizes = [length * channels + N_HALFLIFE, *dense, 1]
    kernels = [rng.normal(0, 1 / np.sqrt(a), (a, b)) for a, b in pairwise(sizes)]
    # a bias of about one, so that most units are alive
    head = [Dense(k.astype(dtype), rng.normal(1, 0.3, k.shape[1]).astype(dtype)) for k in kernels]
    return Network(tuple(convolutions), tuple(head))


def brute_force(network, codes, covariates, start, stop):
    """Predict every mutant; (rows, stop - start, 4)."""
    effects = np.empty((len(codes), stop - start, 4))
    reference = predict_network(network, codes, covariates).astype(float)
    for position in range(start, stop):
        for base in range(4):
            mutant = codes.copy()
            mutant[:, position] = base
            new = predict_network(network, mutant, covariates).astype(float)
            effects[:, position - start, base] = new - reference
    return effects


def random_rows(rng, n, n_positions, n_letters=5):
    codes = rng.integers(0, n_letters, (n, n_positions), dtype=np.uint8)
    return codes, rng.normal(size=(n, N_HALFLIFE)).astype(np.float32)


layer = st.tuples(
    st.integers(1, 35),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 7),
    st.sampled_from(["same", "valid"]),
)


@settings(max_examples=40, deadline=None)
@given(
    layers=st.lists(layer, min_size=1, max_size=4),
    n_positions=st.integers(1, 90),
    dense=st.lists(st.integers(1, 20), max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
def test_substitutions_equal_predictions_of_the_mutants(layers, n_positions, dense, seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, layers, n_positions, tuple(dense))
    if network is None:
        return
    codes, covariates = random_rows(rng, 2, n_positions)
    effects = substitution_effects(network, codes, covariates, 0, n_positions)
    expected = brute_force(network, codes, covariates, 0, n_positions)
    np.testing.assert_allclose(effects, expected, rtol=0, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    layers=st.lists(layer, min_size=1, max_size=3),
    width=st.integers(1, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_edits_of_a_stretch_equal_predictions(layers, width, seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, layers, 60)
    if network is None:
        return
    codes, covariates = random_rows(rng, 1, 60)
    starts = rng.integers(0, 60 - width + 1, 12)
    letters = rng.integers(0, 5, (12, width), dtype=np.uint8)
    mutants = np.repeat(codes, 12, axis=0)
    for mutant, start, new in zip(mutants, starts, letters, strict=True):
        mutant[start : start + width] = new
    expected = predict_network(network, mutants, np.repeat(covariates, 12, axis=0))
    expected = expected - predict_network(network, codes, covariates)
    [effects] = edit_effects(network, codes, covariates, [(starts, letters)])
    np.testing.assert_allclose(effects, expected, rtol=0, atol=1e-5)


def test_float64_networks_stay_in_float64():
    rng = np.random.default_rng(0)
    network = random_network(rng, [(20, 6, 1, 5, "same"), (9, 3, 2, 2, "same")], 80, dtype=float)
    codes, covariates = random_rows(rng, 2, 80)
    effects = substitution_effects(network, codes, covariates, 0, 80)
    assert effects.dtype == np.float64
    expected = brute_force(network, codes, covariates.astype(float), 0, 80)
    np.testing.assert_allclose(effects, expected, rtol=0, atol=1e-13)


def test_the_base_that_is_there_has_no_effect_and_unknown_bases_have_four():
    rng = np.random.default_rng(1)
    network = random_network(rng, [(33, 5, 1, 4, "same")], 40)
    codes, covariates = random_rows(rng, 3, 40, n_letters=4)
    codes[0, 10] = 4
    effects = substitution_effects(network, codes, covariates, 0, 40)
    rows, positions = np.nonzero(codes < 4)
    assert (effects[rows, positions, codes[rows, positions]] == 0).all()
    assert (effects[0, 10] != 0).all()


def test_a_tie_between_positions_passes_the_maximum_on():
    # the filter counts C; two Cs in one window: taking away one changes nothing
    kernel = np.zeros((1, 4, 1), np.float32)
    kernel[0, 1] = 1
    zero = np.zeros(1, np.float32)
    network = Network(
        (Convolution(kernel, zero, 1, 4),), (Dense(np.ones((2, 1), np.float32), zero),)
    )
    codes = np.array([[1, 0, 1, 0, 1, 0, 0, 0]], np.uint8)
    effects = substitution_effects(network, codes, np.empty((1, 0)), 0, 8)[0]
    assert (effects[:4] == 0).all()
    np.testing.assert_array_equal(effects[4], [-1, 0, -1, -1])
    assert (effects[5:] == 0).all()  # another C changes no maximum


def test_a_dead_window_comes_to_life():
    kernel = np.zeros((1, 4, 1), np.float32)
    kernel[0, 2] = 3
    network = Network(
        (Convolution(kernel, np.full(1, -1, np.float32), 1, 2),),
        (Dense(np.ones((2, 1), np.float32), np.zeros(1, np.float32)),),
    )
    effects = substitution_effects(network, np.zeros((1, 4), np.uint8), np.empty((1, 0)), 0, 4)
    np.testing.assert_array_equal(effects[0, :, 2], 2)
    assert effects.sum() == 8


def test_positions_in_the_remainder_of_the_pooling_have_no_effect():
    rng = np.random.default_rng(2)
    network = random_network(rng, [(8, 1, 1, 2, "same")], 9)
    codes, covariates = random_rows(rng, 3, 9, n_letters=4)
    effects = substitution_effects(network, codes, covariates, 0, 9)
    assert (effects[:, 8] == 0).all()
    assert effects[:, :8].any()


def test_a_stretch_is_a_part_of_the_whole():
    rng = np.random.default_rng(3)
    network = random_network(rng, [(16, 4, 2, 3, "valid")], 50)
    codes, covariates = random_rows(rng, 2, 50)
    whole = substitution_effects(network, codes, covariates, 0, 50)
    part = substitution_effects(network, codes, covariates, 13, 31)
    np.testing.assert_array_equal(part, whole[:, 13:31])


def test_threads_and_groups_do_not_change_the_result(monkeypatch):
    rng = np.random.default_rng(4)
    network = random_network(rng, [(40, 6, 1, 5, "same"), (20, 3, 1, 2, "same")], 700)
    codes, covariates = random_rows(rng, 5, 700)
    one = substitution_effects(network, codes, covariates, 0, 700, n_threads=1)
    two = substitution_effects(network, codes, covariates, 0, 700, n_threads=2)
    np.testing.assert_array_equal(one, two)
    mutator = Mutator(network, 700)
    assert 5 * mutator.bytes_per_reference < GROUP_BYTES
    monkeypatch.setattr("skxpresso._kernels.mutate.GROUP_BYTES", 2 * mutator.bytes_per_reference)
    done = []
    grouped = substitution_effects(network, codes, covariates, 0, 700, on_progress=done.append)
    np.testing.assert_array_equal(one, grouped)
    assert done == [2, 4, 5]


def test_several_python_threads_at_once():
    rng = np.random.default_rng(5)
    network = random_network(rng, [(16, 4, 1, 3, "same")], 60)
    codes, covariates = random_rows(rng, 2, 60)
    expected = substitution_effects(network, codes, covariates, 0, 60)
    results = {}

    def work(name):
        results[name] = substitution_effects(network, codes, covariates, 0, 60)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results.values():
        np.testing.assert_array_equal(result, expected)
    assert len(results) == 4


def test_weights_that_are_no_numbers_give_nan():
    rng = np.random.default_rng(6)
    network = random_network(rng, [(8, 3, 1, 3, "same")], 20)
    network.dense[0].kernel[3, 1] = np.nan
    codes, covariates = random_rows(rng, 1, 20)
    assert np.isnan(substitution_effects(network, codes, covariates, 0, 20)).all()


def test_edits_beyond_the_promoter_are_refused():
    rng = np.random.default_rng(7)
    network = random_network(rng, [(8, 3, 1, 3, "same")], 20)
    codes, covariates = random_rows(rng, 1, 20)
    edit = np.array([18]), np.zeros((1, 3), np.uint8)
    with pytest.raises(ValueError, match="positions 0 to 20, got starts from 18 to 18 and 3"):
        edit_effects(network, codes, covariates, [edit])


def test_codes_above_four_are_refused():
    rng = np.random.default_rng(8)
    network = random_network(rng, [(8, 3, 1, 3, "same")], 20)
    codes, covariates = random_rows(rng, 1, 20)
    with pytest.raises(ValueError, match="codes must be 0 to 4, got 7"):
        edit_effects(network, codes, covariates, [(np.array([0]), np.full((1, 2), 7, np.uint8))])
