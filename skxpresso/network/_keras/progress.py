"""Progress bars."""

from __future__ import annotations

from typing import Any

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

__all__ = ["EpochBar"]


class EpochBar(keras.callbacks.Callback):
    """Show the epochs of a training, with losses and the time left, on standard error."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open the bar."""
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self.task = self.bar.add_task("epoch", total=self.epochs)
        self.bar.start()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Advance by one epoch."""
        losses = " ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items())
        self.bar.update(self.task, advance=1, description=f"epoch  {losses}")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the bar; early stopping leaves it short of its end."""
        self.bar.stop()
