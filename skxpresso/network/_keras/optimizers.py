"""Keras' optimizers by name, and the callback that lowers their learning rate."""

from __future__ import annotations

from typing import Any

import keras

from skxpresso._utils.table import quote, shorten
from skxpresso.network.optimizers import OPTIMIZERS, rate_at

__all__ = ["make_optimizer", "schedule_callbacks"]


def make_optimizer(
    name: str, learning_rate: float, momentum: float, **options: Any
) -> keras.optimizers.Optimizer:
    """Make a Keras optimizer, one of `OPTIMIZERS`; `momentum` is for "sgd"."""
    if name not in OPTIMIZERS:
        raise ValueError(f"optimizer must be one of {quote(OPTIMIZERS, 20)}, got {shorten(name)}")
    if name == "sgd":
        options["momentum"] = momentum
    return getattr(keras.optimizers, OPTIMIZERS[name])(learning_rate, **options)


def schedule_callbacks(
    schedule: str, epochs: int, patience: int | None, *, validates: bool
) -> list[keras.callbacks.Callback]:
    """Make what lowers the learning rate after each epoch; nothing for a constant one."""
    if schedule == "constant":
        return []
    if schedule == "plateau":
        return [
            keras.callbacks.ReduceLROnPlateau(
                monitor="val_loss" if validates else "loss",
                factor=0.5,
                patience=max(1, (patience or 6) // 2),
                min_delta=0.0,
            )
        ]
    return [_Scheduled(schedule, epochs)]


class _Scheduled(keras.callbacks.Callback):
    """Set the learning rate of every epoch, and record it."""

    def __init__(self, schedule: str, epochs: int) -> None:
        super().__init__()
        self.schedule = schedule
        self.epochs = epochs

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.first = float(self.model.optimizer.learning_rate)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        rate = self.first * rate_at(self.schedule, epoch, self.epochs)
        self.model.optimizer.learning_rate = rate

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
