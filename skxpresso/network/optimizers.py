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

SCHEDULES = ("constant", "cosine", "exponential", "plateau")

_LAST_OF_EXPONENTIAL = 0.01  # of the first rate


def rate_at(schedule: str, epoch: int, n_epochs: int) -> float:
    """Return the learning rate of an epoch as a fraction of the first.

    Parameters
    ----------
    schedule : {"constant", "cosine", "exponential", "plateau"}
        "plateau" depends on losses, and this is its fraction before it falls.
    epoch : int
        0-based.
    n_epochs : int
        Largest number of epochs, at whose end the rate would be 0 ("cosine") or a hundredth
        ("exponential").

    Returns
    -------
    float

    Examples
    --------
    >>> from skxpresso.network.optimizers import rate_at
    >>> [round(rate_at("cosine", epoch, 4), 3) for epoch in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    >>> [round(rate_at("exponential", epoch, 4), 3) for epoch in range(4)]
    [1.0, 0.316, 0.1, 0.032]
    """
    if schedule == "cosine":
        return (1 + math.cos(math.pi * epoch / n_epochs)) / 2
    if schedule == "exponential":
        return _LAST_OF_EXPONENTIAL ** (epoch / n_epochs)
    return 1.0
