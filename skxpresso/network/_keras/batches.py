"""Genes in batches, to train on and to predict."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from skxpresso.network.genes import Genes

__all__ = ["Batches", "predict_with_keras"]


_UNCOMPILED_ROWS = 1024


class Batches(keras.utils.PyDataset):
    """Draw batches from base codes, in an order of our own generator.

    Keras' own shuffling obeys a global seed that all threads share, and keeping the
    data in Keras would copy it.
    """

    def __init__(
        self, genes: Genes, batch_size: int, rng: np.random.Generator | None = None
    ) -> None:
        super().__init__()
        self.genes = genes
        self.batch_size = int(batch_size)  # NumPy's small integers overflow in products
        self.rng = rng
        self.order = np.arange(len(genes))
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.genes) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        start = index * self.batch_size
        rows: Any = slice(start, start + self.batch_size)
        batch = self.genes[rows if self.rng is None else self.order[rows]]
        assert batch.y is not None
        y = batch.y[:, np.newaxis] if batch.y.ndim == 1 else batch.y
        return (batch.inputs(), y) if batch.weight is None else (batch.inputs(), y, batch.weight)

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        if self.rng is not None:
            self.order = self.rng.permutation(len(self.genes))


def predict_with_keras(
    model: keras.Model, genes: Genes, batch_size: int
) -> npt.NDArray[np.float32]:
    """Predict row by row, in the units that the network was trained in.

    Parameters
    ----------
    model : keras.Model
        From `build_xpresso`.
    genes : Genes
        Rows to predict.
    batch_size : int
        Rows at a time.

    Returns
    -------
    ndarray of shape (n, n_outputs), float32
    """
    batch_size = int(batch_size)
    if len(genes) > _UNCOMPILED_ROWS:
        several = genes.parts(multiple=batch_size)
        return np.concatenate(
            [model.predict(part.inputs(), batch_size=batch_size, verbose=0) for part in several]
        )
    parts = [
        # called directly: compiling takes longer than these few rows
        ops.convert_to_numpy(model(genes[i : i + batch_size].inputs(), training=False))
        for i in range(0, len(genes), batch_size)
    ]
    return np.concatenate(parts)
