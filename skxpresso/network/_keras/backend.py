"""Does Keras see a GPU, whatever its backend."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras

__all__ = ["sees_gpu"]


def sees_gpu() -> bool:
    """Tell whether Keras' backend has a GPU to run on."""
    if keras.backend.backend() == "torch":  # Keras cannot list its devices
        import torch

        return torch.cuda.is_available()
    try:
        return bool(keras.distribution.list_devices("gpu"))
    except RuntimeError:  # JAX's way of saying none
        return False


@contextlib.contextmanager
def on_device(device: str) -> Iterator[None]:
    if device == "auto":
        yield
        return
    if device == "gpu" and not sees_gpu():
        raise RuntimeError(
            f"device='gpu' was asked for, but Keras (backend {keras.backend.backend()!r}) sees no "
            "GPU. On Linux with an NVIDIA driver, pip install 'skxpresso[gpu]' installs "
            "TensorFlow's CUDA libraries; device='cpu' or 'auto' runs without"
        )
    with keras.device(f"{device}:0"):
        yield
