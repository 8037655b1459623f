"""Read the weights of the published networks from the files that Keras 2 wrote."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from skxpresso._utils.hdf5 import open_dataset, open_hdf5
from skxpresso._utils.hdf5_text import heaps_are_sound
from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote, shorten
from skxpresso.network.architecture import Architecture

if TYPE_CHECKING:
    import h5py

__all__ = ["DOWNSTREAM", "N_HALFLIFE", "UPSTREAM", "read_published_weights"]

UPSTREAM, DOWNSTREAM = 7000, 3500  # nt around the TSS
N_HALFLIFE = 6

_LARGEST_FILE = 2**26  # bytes; a published file takes 1.4 MB, including the state of its optimizer
_LARGEST_CONFIG = 2**20
_WITHOUT_SETTINGS = ("Concatenate", "Dropout", "Flatten")
_READ = ("InputLayer", "Conv1D", "MaxPooling1D", "Dense", "Activation", *_WITHOUT_SETTINGS)
_LAYERS = [
    ("Conv1D", 128, [6], [1], [1], "same"),
    ("Activation", "relu"),
    ("MaxPooling1D", [30], [30], "valid"),
    ("Conv1D", 32, [9], [1], [1], "same"),
    ("Activation", "relu"),
    ("MaxPooling1D", [10], [10], "valid"),
    ("Dense", 64),
    ("Activation", "relu"),
    ("Dense", 2),
    ("Activation", "relu"),
    ("Dense", 1),
]
_INPUTS = [[None, N_HALFLIFE], [None, UPSTREAM + DOWNSTREAM, 4]]


def read_published_weights(path: str | os.PathLike[str]) -> list[npt.NDArray[np.float32]]:
    """Read kernels and biases, and nothing else.

    Parameters
    ----------
    path : path-like
        HDF5 file with `model_config` and `model_weights`.

    Returns
    -------
    list of ndarray, float32
        Weights in the order of `Architecture.weight_shapes` with 10,500 nt and 6 half-life
        features. The channels of the first kernel are A, C, G, T.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If the file is damaged, describes a network other than the published one or a layer
        that may contain code, or its weights are not plain finite arrays of the right
        shapes. The message names the file.
    """
    path = Path(path)
    size = path.stat().st_size
    if size > _LARGEST_FILE:
        raise ValueError(f"{shown(path)}: {size} bytes are too many for a published network")
    if not heaps_are_sound(path.read_bytes()):
        raise ValueError(f"{shown(path)}: the HDF5 file is damaged where it holds text")
    with open_hdf5(path) as file:
        layers = _read_layers(file)
        _check_network(layers)
        return list(_read_weights(file, layers))


def _read_layers(file: h5py.File) -> list[tuple[str, str, dict[str, Any]]]:
    """Read the class, name and settings of each layer, without importing or running anything."""
    if "model_config" not in file.attrs:
        raise ValueError("the file has no model_config, so it is not a network saved by Keras 2")
    attribute = file.attrs.get_id("model_config")
    if attribute.shape != () or attribute.dtype.itemsize > _LARGEST_CONFIG:
        raise ValueError("model_config must be text of at most 1 MiB")
    text = file.attrs["model_config"]
    if not isinstance(text, (str, bytes)) or len(text) > _LARGEST_CONFIG:
        raise ValueError("model_config must be text of at most 1 MiB")
    try:
        layers = json.loads(text)["config"]["layers"]
        return [(each["class_name"], each["name"], each["config"]) for each in layers]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"model_config does not list layers ({error!r})") from error


def _check_network(layers: list[tuple[str, str, dict[str, Any]]]) -> None:
    others = [kind for kind, _, _ in layers if kind not in _READ]
    if others:
        raise ValueError(
            f"layer(s) {quote(others)} may hold code; only {', '.join(_READ)} are read"
        )
    inputs = [config.get("batch_input_shape") for kind, _, config in layers if kind == "InputLayer"]
    found = [step for kind, _, config in layers for step in _settings(kind, config)]
    if sorted(inputs, key=str, reverse=True) != sorted(_INPUTS, key=str, reverse=True) or (
        found != _LAYERS
    ):
        raise ValueError(
            f"not the published network: inputs {shorten(inputs, 150)} and layers "
            f"{shorten(found, 250)} differ from the published ones"
        )


def _settings(kind: str, config: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the settings that change predictions; an activation is a separate step."""
    names = {
        "Conv1D": ("filters", "kernel_size", "strides", "dilation_rate", "padding"),
        "MaxPooling1D": ("pool_size", "strides", "padding"),
        "Dense": ("units",),
    }
    if kind in names:
        yield (kind, *(config.get(name) for name in names[kind]))
    if kind in ("Conv1D", "Dense", "Activation") and config.get("activation") != "linear":
        yield ("Activation", config.get("activation"))


def _read_weights(
    file: h5py.File, layers: list[tuple[str, str, dict[str, Any]]]
) -> Iterator[npt.NDArray[np.float32]]:
    names = [name for kind, name, _ in layers if kind in ("Conv1D", "Dense")]
    shapes = iter(Architecture().weight_shapes(UPSTREAM + DOWNSTREAM, N_HALFLIFE).values())
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(r"(conv1d|dense)(_\d{1,6})?", name):
            raise ValueError(f"a layer of weights is called {name!r}, not conv1d_1, dense_1, ...")
        group = file
        for part in ("model_weights", name, name):
            group = _open_group(group, part)
        for kind in ("kernel:0", "bias:0"):
            yield _read_array(group, kind, next(shapes))


def _open_group(group: h5py.Group, name: str) -> h5py.Group:
    import h5py

    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink) or not isinstance(group[name], h5py.Group):
        kind = "nothing" if link is None else type(link).__name__
        raise ValueError(f"{group.name}: {name!r} must be a group of this file, got {kind}")
    return group[name]


def _read_array(group: h5py.Group, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    dataset = open_dataset(group, name, shape, "f")
    if dataset.dtype != np.float32:
        raise ValueError(f"{dataset.name!r} must be float32, got {dataset.dtype}")
    if dataset.chunks is not None:
        raise ValueError(f"{dataset.name!r} is stored in chunks; published weights are not")
    values = dataset[()]
    if not np.isfinite(values).all():
        raise ValueError(f"{dataset.name!r} holds numbers that are not finite")
    return values
