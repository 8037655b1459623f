"""Overlapping windows: each as the same window predicted alone."""

import numpy as np
import pytest

from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network
from skxpresso._kernels.tiles import Tiler


def random_network(rng, length, filters, kernels, pools, dilations, units=(7, 1), n_extra=0):
    convolutions, channels, width = [], 4, length
    for f, k, p, d in zip(filters, kernels, pools, dilations, strict=True):
        kernel = rng.normal(0, 1 / np.sqrt(k), (k, channels, f)).astype(np.float32)
        bias = rng.normal(0, 0.2, f).astype(np.float32)
        convolutions.append(Convolution(kernel, bias, d, p))
        channels, width = f, width // p
    dense, inputs = [], width * channels + n_extra
    for unit in units:
        kernel = rng.normal(0, 1 / np.sqrt(inputs), (inputs, unit)).astype(np.float32)
        dense.append(Dense(kernel, rng.normal(0, 0.2, unit).astype(np.float32)))
        inputs = unit
    return Network(tuple(convolutions), tuple(dense))


def one_by_one(network, codes, length, step, n_extra=0):
    windows = np.lib.stride_tricks.sliding_window_view(codes, length)[::step]
    extra = np.zeros((len(windows), n_extra), np.float32) if n_extra else None
    return predict_network(network, np.ascontiguousarray(windows), extra)


NETWORKS = {
    "two layers": (300, (40, 8), (6, 9), (6, 5), (1, 1)),
    "remainders": (317, (40, 8), (5, 4), (7, 3), (1, 1)),
    "dilated": (300, (33, 8), (6, 4), (6, 5), (2, 3)),
    "three layers": (420, (16, 12, 8), (4, 5, 3), (5, 3, 2), (1, 2, 1)),
    "one layer": (100, (16,), (8,), (10,), (1,)),
    "no pooling": (60, (16, 8), (3, 3), (1, 1), (1, 1)),
    "kernel of one": (60, (16, 8), (1, 1), (4, 3), (1, 1)),
    "edges everywhere": (48, (16, 8), (20, 7), (4, 4), (1, 1)),
    "right context longer than a pool": (90, (16, 8), (25, 3), (3, 3), (1, 1)),
}


@pytest.mark.parametrize("step", [1, 3, 10, 30, 41, 100, 1000])
@pytest.mark.parametrize("name", NETWORKS)
def test_each_window_as_it_is_alone(name, step):
    rng = np.random.default_rng(step)
    length, *layers = NETWORKS[name]
    network = random_network(rng, length, *layers)
    codes = rng.integers(0, 5, length + 23 * min(step, 30) + 7).astype(np.uint8)
    codes[length // 2 : length // 2 + 40] = 4  # a run of N
    wanted = one_by_one(network, codes, length, step)
    found = Tiler(network, length, step).predict(codes)
    assert len(found) == len(wanted) > 0
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("places", [1, 7, 50])
@pytest.mark.parametrize("name", ["two layers", "dilated", "three layers", "edges everywhere"])
def test_stretches_of_any_length_give_the_same(name, places, monkeypatch):
    rng = np.random.default_rng(places)
    length, *layers = NETWORKS[name]
    network = random_network(rng, length, *layers)
    codes = rng.integers(0, 5, length + 300).astype(np.uint8)
    monkeypatch.setattr("skxpresso._kernels.tile_layers.PLACES", places)
    for step in (3, 30):
        found = Tiler(network, length, step).predict(codes)
        np.testing.assert_allclose(found, one_by_one(network, codes, length, step), atol=1e-5)


def test_published_sizes_in_several_tasks(monkeypatch):
    rng = np.random.default_rng(0)
    network = random_network(rng, 10_500, (128, 32), (6, 9), (30, 10), (1, 1), (64, 2, 1), 8)
    monkeypatch.setattr("skxpresso._kernels.tiles.MOST_PER_TASK", 9)
    codes = rng.integers(0, 4, 10_500 + 30 * 100).astype(np.uint8)
    wanted = one_by_one(network, codes, 10_500, 100, 8)
    for threads in (1, 2):
        found = Tiler(network, 10_500, 100).predict(codes, n_threads=threads)
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert np.ptp(wanted) > 0.01


def test_few_letters_and_bad_numbers():
    rng = np.random.default_rng(0)
    network = random_network(rng, 100, (16,), (8,), (10,), (1,))
    assert len(Tiler(network, 100, 5).predict(np.zeros(99, np.uint8))) == 0
    with pytest.raises(ValueError, match="step must be at least 1 nt, got 0"):
        Tiler(network, 100, 0)
    with pytest.raises(ValueError, match="windows of 120 nt make 192 features"):
        Tiler(network, 120, 5)
    with pytest.raises(ValueError, match="codes must be 0 to 4, got 9"):
        Tiler(network, 100, 5).predict(np.full(100, 9, np.uint8))
    network.dense[0].kernel[0, 0] = np.nan
    assert np.isnan(Tiler(network, 100, 5).predict(np.zeros(110, np.uint8))).all()
