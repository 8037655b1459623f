"""The epochs of a training as a progress bar."""

from __future__ import annotations

from typing import Any

import keras

from skxpresso._utils.progress import progress

__all__ = ["EpochBar"]


class EpochBar(keras.callbacks.Callback):
    """Show the epochs of a training, with losses and the time left, on standard error."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open the bar."""
        self.bar = progress(self.epochs, "epoch")
        self.advance = self.bar.__enter__()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Advance by one epoch."""
        losses = " ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items())
        self.advance(description=f"epoch  {losses}")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the bar; early stopping leaves it short of its end."""
        self.bar.__exit__(None, None, None)
