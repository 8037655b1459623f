"""Pause the training of a network, and go on as if it had never stopped."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from skxpresso.network._pause import PausedNetwork

__all__ = ["KeepVariables", "Stopper", "pause", "restore"]


def _values(variables: list[Any]) -> list[npt.NDArray[Any]]:
    # copies, since a backend may hand out its own memory
    return [np.array(ops.convert_to_numpy(each)) for each in variables]


def restore(model: keras.Model, paused: PausedNetwork) -> None:
    """Give a new network the weights, the states of dropout and of the optimizer."""
    kept = (model.variables, paused.variables), (model.optimizer.variables, paused.optimizer)
    for variables, values in kept:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def pause(
    keeper: KeepVariables, stopper: Stopper | None, history: dict[str, list[float]], ended: bool
) -> PausedNetwork:
    """Keep where training stands."""
    place = {} if stopper is None else stopper.place(len(history["loss"]))
    return PausedNetwork(
        n_restarts=0,
        history=history,
        variables=keeper.variables,
        optimizer=keeper.optimizer,
        ended=ended,
        **place,
    )


class KeepVariables(keras.callbacks.Callback):
    """Keep all variables of the last epoch, before those of the best one come back."""

    variables: list[npt.NDArray[Any]]
    optimizer: list[npt.NDArray[Any]]

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.variables = _values(self.model.variables)
        self.optimizer = _values(self.model.optimizer.variables)


class Stopper(keras.callbacks.EarlyStopping):
    """Early stopping whose patience and best epoch outlast a pause."""

    def __init__(self, patience: int, paused: PausedNetwork | None = None) -> None:
        super().__init__(patience=patience, restore_best_weights=True)
        self.paused = paused

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        super().on_train_begin(logs)
        if self.paused is not None:
            self.wait = self.paused.wait
            self.best = self.paused.best_loss
            self.best_epoch = self.paused.best_epoch
            self.best_weights = self.paused.best_weights or self.model.get_weights()

    def place(self, n_epochs: int) -> dict[str, Any]:
        """Tell where it stands; the best weights are left out where they are the last."""
        last = self.best_epoch == n_epochs - 1
        return {
            "wait": self.wait,
            "best_epoch": self.best_epoch,
            "best_loss": self.best,
            "best_weights": None if last else self.best_weights,
        }
