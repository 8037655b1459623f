"""The layers against Conv1D and MaxPooling1D of Keras."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from skxpresso.network._keras.layers import PromoterConv1D, PromoterTower
from tests.toys import one_hot, random_codes

DEPTHS = [
    {"filters": (40,), "kernel_sizes": (7,), "dilation_rates": (3,), "pool_sizes": (4,)},
    {"filters": (8, 5), "kernel_sizes": (6, 9), "pool_sizes": (7, 3)},
    {
        "filters": (33, 6, 4),
        "kernel_sizes": (25, 2, 3),
        "dilation_rates": (1, 4, 2),
        "pool_sizes": (5, 1, 2),
    },
]


def plain_network(tower, n_positions):
    """The same network of Keras' own layers, with the same weights."""
    inputs = x = keras.Input((n_positions, 4))
    settings = zip(
        tower.filters, tower.kernel_sizes, tower.dilation_rates, tower.pool_sizes, strict=True
    )
    for filters, size, dilation, pool in settings:
        x = keras.layers.Conv1D(
            filters, size, dilation_rate=dilation, padding=tower.padding, activation="relu"
        )(x)
        x = keras.layers.MaxPooling1D(pool)(x)
    model = keras.Model(inputs, x)
    model.set_weights(tower.get_weights())
    return model


def randomise(layer):
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=w.shape) * 0.3 for w in layer.get_weights()])


def value_and_gradients(model, inputs, upstream):
    with tf.GradientTape() as tape:
        result = model(inputs)
        loss = tf.reduce_sum(result * upstream(result))
    return result.numpy(), [g.numpy() for g in tape.gradient(loss, model.trainable_variables)]


def upstream(result):
    return np.random.default_rng(2).normal(size=result.shape).astype(np.float32)


def test_gradient_of_two_calls_of_one_graph():
    """The layer holds one trace in memory; the gradient of the earlier call still is its own."""
    codes = random_codes(6, 307), random_codes(4, 307)[::-1].copy()
    by_engine = []
    for fused in (True, False):
        tower = PromoterTower(**DEPTHS[1], fused=fused)
        tower.build(codes[0].shape)
        randomise(tower)
        signature = tf.TensorSpec((None, codes[0].shape[1]), tf.uint8)
        call = tf.function(lambda x, tower=tower: tower(x), input_signature=[signature])

        def difference(a, b, call=call):
            return tf.reduce_sum(call(a)[:4] * call(b))

        with tf.GradientTape() as tape:
            loss = difference(*map(tf.constant, codes))
        by_engine.append([loss, *tape.gradient(loss, tower.trainable_variables)])
    for a, b in zip(*by_engine, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * np.abs(b).max())


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("settings", DEPTHS, ids=["one", "two", "three"])
def test_same_as_keras(settings, fused, padding):
    codes = random_codes(6, 307)
    tower = PromoterTower(**settings, padding=padding, fused=fused)
    tower.build(codes.shape)
    randomise(tower)
    got, gradients = value_and_gradients(tower, codes, upstream)
    plain = plain_network(tower, codes.shape[1])
    expected, wanted = value_and_gradients(plain, one_hot(codes), upstream)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    assert tower.compute_output_shape(codes.shape) == got.shape
    for a, b in zip(gradients, wanted, strict=True):
        assert np.abs(a - b).max() <= 1e-4 * np.abs(b).max()


@pytest.mark.parametrize("letter", [0, 4])
def test_ties_as_keras(letter):
    """Where every position is the same, the first position of a window gets the gradient."""
    codes = np.full((1, 24), letter, np.uint8)
    codes[0, ::6] = 1  # some windows tie at two places
    layer = PromoterConv1D(16, 3, pool_size=8)
    layer.build(codes.shape)
    rng = np.random.default_rng(0)
    layer.set_weights([rng.integers(-4, 5, w.shape) / 4 for w in layer.get_weights()])
    _, gradients = value_and_gradients(layer, codes, upstream)
    _, wanted = value_and_gradients(plain_network(layer, 24), one_hot(codes), upstream)
    for a, b in zip(gradients, wanted, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def small_model(fused):
    inputs = keras.Input((120,), dtype="uint8")
    layer = PromoterConv1D(8, 5, pool_size=10, fused=fused, kernel_initializer="he_normal")
    x = keras.layers.Flatten()(layer(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(x))
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "mse")
    return model


def test_same_loss_curve():
    codes = random_codes(64, 120)
    y = np.random.default_rng(3).normal(size=64)
    fused, plain = small_model(True), small_model(False)
    plain.set_weights(fused.get_weights())
    options = {"epochs": 5, "batch_size": 16, "shuffle": False, "verbose": 0}
    losses = [model.fit(codes, y, **options).history["loss"] for model in (fused, plain)]
    np.testing.assert_allclose(*losses, rtol=1e-4)


def test_weights_as_conv1d():
    layer = PromoterConv1D(8, 5)
    layer.build((None, 100))
    twin = keras.layers.Conv1D(8, 5)
    twin.build((None, 100, 4))
    assert [w.name for w in layer.weights] == [w.name for w in twin.weights]
    assert [w.shape for w in layer.weights] == [w.shape for w in twin.weights]
    assert layer.kernel.shape == (5, 4, 8)
    assert layer.bias.shape == (8,)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in Keras
def test_saved_and_loaded(tmp_path):
    model = small_model(True)
    model.fit(random_codes(8, 120), np.ones(8), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    codes = random_codes(3, 120)
    np.testing.assert_array_equal(model(codes), loaded(codes))
    layer = loaded.layers[1]
    assert layer.get_config() == model.layers[1].get_config()
    tower = PromoterTower((8, 4), (6, 9), kernel_initializer=("he_normal", "zeros"))
    assert PromoterTower.from_config(tower.get_config()).get_config() == tower.get_config()


def test_half_precision_takes_keras_ops():
    layer = PromoterConv1D(8, 5, dtype="mixed_bfloat16")
    assert layer(random_codes(2, 50)).dtype == "bfloat16"


def test_unknown_length_of_a_batch():
    layer = PromoterConv1D(8, 5, pool_size=10)
    assert layer.compute_output_shape((None, None)) == (None, None, 8)
    function = tf.function(layer, input_signature=[tf.TensorSpec((None, None), tf.uint8)])
    assert function(random_codes(2, 50)).shape == (2, 5, 8)


def test_refused():
    with pytest.raises(ValueError, match="filters and kernel_sizes must have the same length"):
        PromoterTower((8, 4), (6,))
    with pytest.raises(ValueError, match="filters must name at least one"):
        PromoterTower((), ())
    with pytest.raises(ValueError, match="kernel_size must be 1 to 25, got 26"):
        PromoterConv1D(8, 26)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends(backend, tmp_path):
    pytest.importorskip(backend)
    codes = random_codes(3, 90)
    layer = PromoterConv1D(8, 6, dilation_rate=2, pool_size=7)
    layer.build(codes.shape)
    randomise(layer)
    np.savez(tmp_path / "in.npz", codes, *layer.get_weights())
    program = (
        "import sys, keras, numpy as np\n"
        "from skxpresso.network._keras.layers import PromoterConv1D\n"
        "codes, *weights = np.load(sys.argv[1]).values()\n"
        "layer = PromoterConv1D(8, 6, dilation_rate=2, pool_size=7)\n"
        "layer.build(codes.shape)\n"
        "layer.set_weights(weights)\n"
        "np.save(sys.argv[2], keras.ops.convert_to_numpy(layer(codes)))\n"
    )
    paths = [str(tmp_path / "in.npz"), str(tmp_path / "out.npy")]
    environment = os.environ | {"KERAS_BACKEND": backend}
    subprocess.run([sys.executable, "-c", program, *paths], env=environment, check=True)
    np.testing.assert_allclose(np.load(paths[1]), layer(codes), atol=1e-5)
