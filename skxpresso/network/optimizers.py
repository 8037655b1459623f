"""Optimizers by name, and how the learning rate falls while a network is trained."""

from __future__ import annotations

import math

__all__ = ["OPTIMIZERS", "SCHEDULES", "rate_at"]

#: Names of optimizers, and of the classes in `keras.optimizers` that they stand for.
OPTIMIZERS = {
    "adadelta": "Adadelta",
    "adafactor": "Adafactor",
    "adagrad": "Adagrad",
    "adam": "Adam",
    "adamax": "Adamax",
    "adamw": "AdamW",
    "lamb": "Lamb",
    "lion": "Lion",
    "nadam": "Nadam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}

SCHEDULES = ("constant", "cosine", "exponential", "one-cycle", "plateau")

_LAST_OF_EXPONENTIAL = 0.01  # of the first rate
_FIRST_OF_CYCLE = 0.04  # of the highest rate
_RISE_OF_CYCLE = 0.3  # of the epochs


def rate_at(schedule: str, epoch: int, n_epochs: int) -> float:
    """Return the learning rate of an epoch as a fraction of the `learning_rate` that was given.

    Parameters
    ----------
    schedule : {"constant", "cosine", "exponential", "one-cycle", "plateau"}
        "plateau" depends on losses, and this is its fraction before it falls.
    epoch : int
        0-based.
    n_epochs : int
        Largest number of epochs, at whose end the rate would be 0 ("cosine", "one-cycle") or a
        hundredth ("exponential").

    Returns
    -------
    float

    References
    ----------
    Smith & Topin (2019), Super-convergence: very fast training of neural networks using large
    learning rates. SPIE 11006. (One cycle.)

    Examples
    --------
    >>> from skxpresso.network.optimizers import rate_at
    >>> [round(rate_at("cosine", epoch, 4), 3) for epoch in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    >>> [round(rate_at("exponential", epoch, 4), 3) for epoch in range(4)]
    [1.0, 0.316, 0.1, 0.032]
    >>> [round(rate_at("one-cycle", epoch, 4), 3) for epoch in range(4)]
    [0.04, 1.0, 0.75, 0.25]
    """
    if schedule == "cosine":
        return _half_cosine(epoch / n_epochs)
    if schedule == "one-cycle":
        top = round(_RISE_OF_CYCLE * n_epochs)
        if epoch < top:
            return _FIRST_OF_CYCLE + (1 - _FIRST_OF_CYCLE) * epoch / top
        return _half_cosine((epoch - top) / (n_epochs - top))
    if schedule == "exponential":
        return _LAST_OF_EXPONENTIAL ** (epoch / n_epochs)
    return 1.0


def _half_cosine(part: float) -> float:
    """Fall from 1 to 0 along half a cosine."""
    return (1 + math.cos(math.pi * part)) / 2
