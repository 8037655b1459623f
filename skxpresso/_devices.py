"""Does Keras see a GPU, whatever its backend."""

from __future__ import annotations

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
