"""A file as Keras 2.0.5 saved the published networks, with weights of your own."""

import json

import h5py
import numpy as np

from skxpresso.network.architecture import Architecture

NAMES = ("conv1d_1", "conv1d_2", "dense_1", "dense_2", "dense_3")


def layer(kind, name, **config):
    return {"class_name": kind, "name": name, "config": {"name": name, **config}}


def convolution(name, filters, size):
    return layer(
        "Conv1D",
        name,
        filters=filters,
        kernel_size=[size],
        strides=[1],
        dilation_rate=[1],
        padding="same",
        activation="relu",
    )


def pooling(name, size):
    return layer("MaxPooling1D", name, pool_size=[size], strides=[size], padding="valid")


def model_config():
    layers = [
        layer("InputLayer", "promoter", batch_input_shape=[None, 10500, 4]),
        convolution("conv1d_1", 128, 6),
        pooling("max_pooling1d_1", 30),
        convolution("conv1d_2", 32, 9),
        pooling("max_pooling1d_2", 10),
        layer("Flatten", "flatten_1"),
        layer("InputLayer", "halflife", batch_input_shape=[None, 6]),
        layer("Concatenate", "concatenate_1", axis=-1),
        layer("Dense", "dense_1", units=64, activation="linear"),
        layer("Activation", "activation_1", activation="relu"),
        layer("Dropout", "dropout_1", rate=0.00099),
        layer("Dense", "dense_2", units=2, activation="linear"),
        layer("Activation", "activation_2", activation="relu"),
        layer("Dropout", "dropout_2", rate=0.01546),
        layer("Dense", "dense_3", units=1, activation="linear"),
    ]
    return {"class_name": "Model", "config": {"name": "model_1", "layers": layers}}


def random_weights(seed=0):
    rng = np.random.default_rng(seed)
    shapes = Architecture().weight_shapes(10_500, 6).values()
    weights = [rng.normal(0, 1 / np.sqrt(np.prod(s[:-1]) + 1), s) for s in shapes]
    weights[-3] = weights[-3] + 3.0  # both units of the last hidden layer are alive
    return [weight.astype(np.float32) for weight in weights]


def write_published(path, weights=None, config=None):
    """Write a published .h5; `config` is text, bytes or a dict for model_config."""
    config = model_config() if config is None else config
    weights = iter(random_weights() if weights is None else weights)
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config) if isinstance(config, dict) else config
        for name in NAMES:
            group = file.create_group(f"model_weights/{name}/{name}")
            group["kernel:0"], group["bias:0"] = next(weights), next(weights)
        file["optimizer_weights/Variable:0"] = np.zeros(3, np.float32)
    return path
