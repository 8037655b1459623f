"""The epochs of a training on a progress bar."""

from __future__ import annotations

from typing import Any

import keras

from skxpresso._utils.progress import Advance

__all__ = ["ShowEpochs"]


class ShowEpochs(keras.callbacks.Callback):
    """Tell a bar of each epoch and its losses; whoever trains opens and closes it."""

    def __init__(self, advance: Advance, title: str = "epoch") -> None:
        super().__init__()
        self.advance = advance
        self.title = title

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Advance by one epoch."""
        losses = " ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items())
        self.advance(description=f"{self.title}  {losses}")
