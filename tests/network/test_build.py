"""The network: its size, its arithmetic, its seeds, its backends."""

import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from skxpresso.exceptions import NetworkShapeError
from skxpresso.network._keras.optimizers import make_optimizer
from skxpresso.network._keras.xpresso import build_xpresso
from tests.toys import one_hot

SMALL = {
    "filters": (3, 2),
    "kernel_sizes": (4, 3),
    "dilation_rates": (2, 1),
    "pool_sizes": (3, 2),
    "dense_units": (4,),
    "dropout_rates": (0.5,),
}


def conv_same(x, kernel, bias, dilation):
    """Convolve (length, channels) as a loop over positions, zero beyond the ends."""
    length, size = len(x), len(kernel)
    left = dilation * (size - 1) // 2
    out = np.tile(bias, (length, 1)).astype(float)
    for p in range(length):
        for k in range(size):
            q = p - left + k * dilation
            if 0 <= q < length:
                out[p] += x[q] @ kernel[k]
    return out


def pool(x, size):
    n = len(x) // size
    return np.array([x[i * size : (i + 1) * size].max(axis=0) for i in range(n)])


def relu(x):
    return np.maximum(x, 0)


def naive_network(weights, codes, halflife, dilations, pools):
    """Run one gene through the network of the paper, in loops and float64."""
    weights = [w.astype(float) for w in weights]
    x = one_hot(codes)
    for dilation, size in zip(dilations, pools, strict=True):
        kernel, bias = weights.pop(0), weights.pop(0)
        x = pool(relu(conv_same(x, kernel, bias, dilation)), size)
    x = np.concatenate([x.ravel(), halflife])
    while len(weights) > 2:
        x = relu(x @ weights.pop(0) + weights.pop(0))
    return (x @ weights[0] + weights[1])[0]


def test_published_network_has_112485_parameters():
    model = build_xpresso(10_500, 8)
    assert model.count_params() == 112_485
    assert [tuple(i.shape) for i in model.inputs] == [(None, 10_500), (None, 8)]
    assert [i.name for i in model.inputs] == ["promoter", "halflife"]


def test_predictions_equal_a_naive_loop():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (4, 23), dtype=np.uint8)
    halflife = rng.normal(size=(4, 2)).astype("f4")
    model = build_xpresso(23, 2, seed=1, **SMALL)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    weights = model.get_weights()
    got = model.predict({"promoter": codes, "halflife": halflife}, verbose=0)[:, 0]
    want = [
        naive_network(list(weights), c, h, SMALL["dilation_rates"], SMALL["pool_sizes"])
        for c, h in zip(codes, halflife, strict=True)
    ]
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_one_hot_input_reads_the_same():
    codes = np.random.default_rng(0).integers(0, 5, (3, 23), dtype=np.uint8)
    a = build_xpresso(23, 0, seed=1, **SMALL)
    b = build_xpresso(23, 0, seed=1, reads="onehot", **SMALL)
    np.testing.assert_allclose(
        a.predict(codes, verbose=0), b.predict(one_hot(codes), verbose=0), rtol=1e-5, atol=1e-6
    )


def test_half_life_alone_and_promoter_alone():
    assert [i.name for i in build_xpresso(0, 8, **SMALL).inputs] == ["halflife"]
    assert [i.name for i in build_xpresso(23, 0, **SMALL).inputs] == ["promoter"]
    with pytest.raises(ValueError, match="without input"):
        build_xpresso(0, 0)


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 4])
def test_tuples_give_the_depth(depth):
    model = build_xpresso(
        64,
        1,
        filters=(2,) * depth,
        kernel_sizes=(3,) * depth,
        dilation_rates=(1,) * depth,
        pool_sizes=(2,) * depth,
    )
    assert sum(isinstance(layer, keras.layers.Conv1D) for layer in model.layers) == depth


def test_impossible_pooling_shows_the_arithmetic():
    with pytest.raises(NetworkShapeError, match=r"120 // pool_sizes\[0\]=30 = 4, 4 // pool_siz"):
        build_xpresso(120, 8)


def test_same_seed_same_weights_whatever_the_global_seed():
    keras.utils.set_random_seed(1)
    a = build_xpresso(23, 2, seed=7, **SMALL).get_weights()
    keras.utils.set_random_seed(2)
    b = build_xpresso(23, 2, seed=7, **SMALL).get_weights()
    c = build_xpresso(23, 2, seed=8, **SMALL).get_weights()
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not np.array_equal(a[0], c[0])


def test_dropout_follows_the_seed():
    x = {"promoter": np.zeros((8, 23), np.uint8), "halflife": np.ones((8, 2), "f4")}
    a, b = (build_xpresso(23, 2, seed=7, **SMALL) for _ in range(2))
    first = np.asarray(a(x, training=True))
    np.testing.assert_array_equal(first, np.asarray(b(x, training=True)))
    assert not np.array_equal(first, np.asarray(a(x, training=True)))


def test_optimizers_as_published():
    assert make_optimizer("sgd", 5e-4, 0.9).momentum == 0.9
    assert isinstance(make_optimizer("adam", 1e-3, 0.9), keras.optimizers.Adam)
    with pytest.raises(ValueError, match="'sgd', got 'lbfgs'"):
        make_optimizer("lbfgs", 1e-3, 0.9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reads": "letters"}, "reads must be 'codes' or 'onehot', got 'letters'"),
        ({"filters": (4,)}, r"filters=\(4,\) and kernel_sizes=\(6, 9\)"),
        ({"dropout_rates": (0.1,)}, r"dense_units=\(64, 2\) and dropout_rates=\(0.1,\)"),
        ({"pool_sizes": (0, 10)}, "pool_sizes must be a tuple of integers of 1 or more"),
        ({"activation": "step"}, "activation must be one of"),
        ({"promoter_length": -1}, "0 or more"),
    ],
)
def test_bad_settings(options, message):
    with pytest.raises(ValueError, match=message):
        build_xpresso(**({"promoter_length": 10_500, "n_halflife": 8} | options))


def test_saved_network_loads_again(tmp_path):
    model = build_xpresso(23, 2, **SMALL)
    model.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    x = {"promoter": np.full((2, 23), 3, np.uint8), "halflife": np.ones((2, 2), "f4")}
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_build_train_and_predict(backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    script = """
import numpy as np, keras
from skxpresso.network._keras.xpresso import build_xpresso
codes = np.random.default_rng(0).integers(0, 5, (8, 60), dtype=np.uint8)
half = np.ones((8, 2), "f4")
model = build_xpresso(60, 2, pool_sizes=(5, 3), seed=1)
rng = np.random.default_rng(1)
model.set_weights([rng.normal(0, .1, w.shape) for w in model.get_weights()])
print(*model.predict({"promoter": codes, "halflife": half}, verbose=0)[:, 0])
model.fit({"promoter": codes, "halflife": half}, np.ones((8, 1)), verbose=0)
assert np.isfinite(model.get_weights()[0]).all()
"""
    rows = [
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"KERAS_BACKEND": name},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for name in ("tensorflow", backend)
    ]
    np.testing.assert_allclose(np.array(rows[1], float), np.array(rows[0], float), rtol=1e-4)
