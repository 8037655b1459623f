"""Tell scikit-learn's callbacks of every epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

__all__ = ["ReportEpochs"]


class ReportEpochs(keras.callbacks.Callback):
    """Make a task of every training, and of every epoch in it, for callbacks of scikit-learn.

    Parameters
    ----------
    context : CallbackContext
        Of the network that is trained, perhaps from the start again.
    task : dict
        The estimator, X, y and metadata of the fit, as the context takes them.
    epochs : int
        Most epochs.
    fitted : callable
        Takes the Keras model, gives the attributes that make the estimator a fitted one.
    """

    def __init__(
        self,
        context: Any,
        task: dict[str, Any],
        epochs: int,
        fitted: Callable[[keras.Model], dict[str, Any]],
    ) -> None:
        super().__init__()
        self.context = context
        self.epochs = epochs
        self.fitted = fitted
        self.task = task

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.training = self.context.subcontext("training", max_subtasks=self.epochs)
        self.training.call_on_fit_task_begin(**self.task)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.one = self.training.subcontext("epoch")
        self.one.call_on_fit_task_begin(**self.task)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        stop = self.one.call_on_fit_task_end(
            **self.task,
            reconstruction_attributes=lambda: self.fitted(self.model),
        )
        if stop:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.training.call_on_fit_task_end(**self.task)
