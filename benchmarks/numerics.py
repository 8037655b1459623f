"""How far predictions and gradients of every engine are from Keras in double precision.

Published network on random promoters with unknown bases. Predictions: largest absolute
difference. Gradients of the mean squared error: largest difference of a weight, relative to the
largest gradient of its array; the worst array counts.

plain: Keras' layers on a one-hot; ops: the package with Keras' operations; fused: its kernels;
predictor: the weights alone; torch: the same network in plain PyTorch, where it is installed.

Run: ``python benchmarks/numerics.py [genes]``
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sys
from importlib.util import find_spec

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network
from skxpresso.network._keras.layers import PromoterTower

POSITIONS = 10_500


def build(engine, dtype):
    """Return the published network: Keras' own layers, or the tower with kernels or Keras ops."""
    halflife = keras.Input((8,), dtype=dtype)
    if engine == "plain":
        promoter = keras.Input((POSITIONS, 4), dtype=dtype)
        x = promoter
        for filters, size, pool in ((128, 6, 30), (32, 9, 10)):
            x = layers.Conv1D(filters, size, padding="same", activation="relu", dtype=dtype)(x)
            x = layers.MaxPooling1D(pool, dtype=dtype)(x)
    else:
        promoter = keras.Input((POSITIONS,), dtype="uint8")
        x = PromoterTower(
            (128, 32), (6, 9), pool_sizes=(30, 10), fused=engine == "fused", dtype=dtype
        )(promoter)
    x = layers.Concatenate(dtype=dtype)([layers.Flatten(dtype=dtype)(x), halflife])
    x = layers.Dense(64, activation="relu", dtype=dtype)(x)
    x = layers.Dense(2, activation="relu", dtype=dtype)(x)
    return keras.Model([promoter, halflife], layers.Dense(1, dtype=dtype)(x))


def outcome(engine, dtype, weights, codes, halflife, y):
    """Return predictions and gradients as double-precision arrays."""
    model = build(engine, dtype)
    model.set_weights(weights)
    promoter = np.eye(5, 4, dtype=dtype)[codes] if engine == "plain" else codes
    with tf.GradientTape() as tape:
        predictions = model([promoter, halflife.astype(dtype)])[:, 0]
        loss = tf.reduce_mean((predictions - y.astype(dtype)) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    return predictions.numpy().astype(float), [g.numpy().astype(float) for g in gradients]


def torch_outcome(dtype, weights, codes, halflife, y):
    """Return the same from plain PyTorch."""
    import torch
    from torch.nn import functional

    arrays = [torch.tensor(weight.astype(dtype), requires_grad=True) for weight in weights]
    x = torch.from_numpy(np.eye(5, 4, dtype=dtype)[codes].transpose(0, 2, 1).copy())
    for i, pool in ((0, 30), (2, 10)):
        kernel = arrays[i].permute(2, 1, 0)
        x = functional.conv1d(x, kernel, arrays[i + 1], padding="same")
        x = functional.max_pool1d(torch.relu(x), pool)
    features = x.permute(0, 2, 1).flatten(1), torch.from_numpy(halflife.astype(dtype))
    x = torch.cat(features, dim=1)
    x = torch.relu(x @ arrays[4] + arrays[5])
    x = torch.relu(x @ arrays[6] + arrays[7])
    predictions = (x @ arrays[8] + arrays[9])[:, 0]
    loss = ((predictions - torch.from_numpy(y.astype(dtype))) ** 2).mean()
    gradients = torch.autograd.grad(loss, arrays)
    return predictions.detach().numpy().astype(float), [g.numpy().astype(float) for g in gradients]


def predictor(dtype, weights, codes, halflife):
    """Return the predictions of the weights alone."""
    arrays = [weight.astype(dtype) for weight in weights]
    pools = (30, 10)
    convolutions = tuple(Convolution(*arrays[2 * i : 2 * i + 2], 1, pools[i]) for i in range(2))
    dense = tuple(Dense(*arrays[i : i + 2]) for i in (4, 6, 8))
    return predict_network(Network(convolutions, dense), codes, halflife)


def main(n_genes):
    """Print the table."""
    rng = np.random.default_rng(0)
    codes = rng.choice(5, (n_genes, POSITIONS), p=[0.24, 0.25, 0.25, 0.24, 0.02]).astype(np.uint8)
    halflife, y = rng.normal(size=(n_genes, 8)), rng.normal(size=n_genes)
    weights = build("plain", "float64").get_weights()
    for bias in weights[1::2]:
        bias += 0.1  # keeps the two last units of random weights alive
    reference, wanted = outcome("plain", "float64", weights, codes, halflife, y)
    print(f"{n_genes} genes; predictions have a standard deviation of {reference.std():.2g}")
    print("engine     dtype     predictions  gradients")
    for dtype in ("float64", "float32"):
        for engine in ("fused", "ops", "plain") + ("torch",) * bool(find_spec("torch")):
            data = dtype, weights, codes, halflife, y
            got, gradients = torch_outcome(*data) if engine == "torch" else outcome(engine, *data)
            worst = max(
                np.abs(a - b).max() / np.abs(b).max()
                for a, b in zip(gradients, wanted, strict=True)
            )
            print(f"{engine:9}  {dtype}  {np.abs(got - reference).max():11.1e}  {worst:9.1e}")
        got = predictor(dtype, weights, codes, halflife)
        print(f"predictor  {dtype}  {np.abs(got - reference).max():11.1e}          -")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 32)
