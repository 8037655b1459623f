"""Milliseconds per gene of one training epoch and of prediction, published network.

Engines: plain Keras on a float one-hot; the fused first layer with TensorFlow behind it; all
convolutions fused with TensorFlow's dense head; the same convolutions with a head and an SGD
written in numpy. Engines take turns, so that the load of the machine falls on all of them: quote
the ratios of a run, not its milliseconds.

Run: ``python benchmarks/kernels.py [genes] [engine,engine,...]``
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sys
import time
from functools import partial

import keras
import numpy as np
from keras import layers

from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network
from skxpresso._kernels.threads import available_threads
from skxpresso._kernels.tower import tower_features
from skxpresso._kernels.tower_gradient import tower_gradient
from skxpresso.network._keras.layers import PromoterConv1D, PromoterTower

POSITIONS, BATCH, REPEATS = 10_500, 128, 5


def build(engine):
    """Return the published network with the named engine for its convolutions."""
    halflife = keras.Input((8,))
    if engine == "plain":
        promoter = keras.Input((POSITIONS, 4))
        x = layers.Conv1D(128, 6, padding="same", activation="relu")(promoter)
        x = layers.MaxPooling1D(30)(x)
    else:
        promoter = keras.Input((POSITIONS,), dtype="uint8")
        if engine == "fused":
            x = PromoterConv1D(128, 6, pool_size=30)(promoter)
        else:
            x = PromoterTower((128, 32), (6, 9), pool_sizes=(30, 10))(promoter)
    if engine != "tower":
        x = layers.Conv1D(32, 9, padding="same", activation="relu")(x)
        x = layers.MaxPooling1D(10)(x)
    x = layers.Concatenate()([layers.Flatten()(x), halflife])
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dense(2, activation="relu")(x)
    model = keras.Model([promoter, halflife], layers.Dense(1)(x))
    model.compile(keras.optimizers.SGD(5e-4, momentum=0.9), "mse")
    return model


def network_of(weights):
    """Return the weights as the predictor reads them."""
    convolutions = (
        Convolution(weights[0], weights[1], 1, 30),
        Convolution(weights[2], weights[3], 1, 10),
    )
    return Network(convolutions, tuple(Dense(*weights[i : i + 2]) for i in (4, 6, 8)))


class ByHand:
    """The training step in numpy and compiled kernels only."""

    def __init__(self, weights):
        self.weights = [np.array(weight) for weight in weights]
        self.velocity = [np.zeros_like(weight) for weight in weights]

    def gradients(self, codes, halflife, y):
        """Return the gradient of the mean squared error by every weight."""
        n_threads = available_threads()
        network = network_of(self.weights)
        features, trace = tower_features(codes, network.convolutions, n_threads=n_threads)
        activations = [np.concatenate([features, halflife], axis=1)]
        for layer in network.dense:
            activations.append(np.maximum(activations[-1] @ layer.kernel + layer.bias, 0))
        output = activations[-2] @ network.dense[-1].kernel + network.dense[-1].bias
        above = 2 * (output - y[:, None]) / np.float32(len(y))
        head = []
        for layer, inputs in zip(network.dense[::-1], activations[-2::-1], strict=True):
            head = [inputs.T @ above, above.sum(axis=0), *head]
            above = (above @ layer.kernel.T) * (inputs > 0)
        above = np.ascontiguousarray(above[:, : features.shape[1]])
        tower = tower_gradient(codes, network.convolutions, trace, above, n_threads=n_threads)
        return [array for pair in tower for array in pair] + head

    def fit(self, inputs, y, **_):
        """Run one epoch of SGD with momentum."""
        for start in range(0, len(y), BATCH):
            batch = slice(start, start + BATCH)
            gradients = self.gradients(inputs[0][batch], inputs[1][batch], y[batch])
            for weight, velocity, gradient in zip(
                self.weights, self.velocity, gradients, strict=True
            ):
                velocity *= np.float32(0.9)
                velocity -= np.float32(5e-4) * gradient
                weight += velocity

    def predict(self, inputs, **_):
        """Predict with the compiled predictor."""
        return predict_network(network_of(self.weights), *inputs)[:, None]

    def get_weights(self):
        """Return the weights in Keras' order."""
        return self.weights


def milliseconds(call, n_genes):
    """Return wall time and processor time of a call, per gene."""
    wall, processor = time.perf_counter(), time.process_time()
    call()
    elapsed = time.perf_counter() - wall, time.process_time() - processor
    return np.array(elapsed) * 1e3 / n_genes


def main(n_genes, engines):
    """Print a table of medians and of ratios to the first engine."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (n_genes, POSITIONS)).astype(np.uint8)
    halflife = rng.normal(size=(n_genes, 8)).astype(np.float32)
    y = rng.normal(size=n_genes).astype(np.float32)
    weights = build("tower").get_weights()
    models, data = {}, {}
    for engine in engines:
        data[engine] = [codes, halflife]
        if engine == "plain":
            data[engine] = [np.eye(5, 4, dtype=np.float32)[codes], halflife]
        models[engine] = ByHand(weights) if engine == "hand" else build(engine)
        if engine != "hand":
            models[engine].set_weights(weights)
    times = {(engine, step): [] for engine in engines for step in ("fit", "predict")}
    options = {"batch_size": BATCH, "verbose": 0}
    for repeat in range(REPEATS + 1):
        for engine, model in models.items():
            x = data[engine]
            fit = milliseconds(partial(model.fit, x, y, shuffle=False, **options), n_genes)
            predict = milliseconds(partial(model.predict, x, **options), n_genes)
            if repeat:  # the first round compiles
                times[engine, "fit"].append(fit)
                times[engine, "predict"].append(predict)
    first = engines[0]
    base = {step: np.median(times[first, step], axis=0) for step in ("fit", "predict")}
    print(f"{n_genes} genes, {available_threads()} threads, medians of {REPEATS}, ms per gene")
    print("engine   step      wall       x  processor       x   weights differ")
    for engine in engines:
        pairs = zip(models[first].get_weights(), models[engine].get_weights(), strict=True)
        differ = max(np.abs(a - b).max() for a, b in pairs)
        for step in ("fit", "predict"):
            wall, processor = np.median(times[engine, step], axis=0)
            wall_ratio, processor_ratio = base[step] / (wall, processor)
            print(
                f"{engine:8} {step:8} {wall:5.3f}  {wall_ratio:6.2f}  {processor:9.3f}  "
                f"{processor_ratio:6.2f}   {differ:.1e}"
            )


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 512,
        sys.argv[2].split(",") if len(sys.argv) > 2 else ["plain", "fused", "tower", "hand"],
    )
