"""Genes in batches, to train on and to predict."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from skxpresso.network.genes import Genes

__all__ = ["Batches", "EpochRows", "predict_with_keras"]


_UNCOMPILED_ROWS = 1024


class EpochRows:
    """The order of rows in every epoch, and which promoters are read from the other strand.

    Strands have a generator of their own, so that the order is the same with and without them.
    """

    def __init__(
        self, n: int, rng: np.random.Generator, *, shuffle: bool = True, both_strands: bool = False
    ) -> None:
        self.n = n
        self.rng = rng
        self.shuffle = shuffle
        self.strands = rng.spawn(1)[0] if both_strands else None
        self.order = np.arange(n)
        self.turned: npt.NDArray[np.bool_] | None = None

    def draw(self) -> None:
        """Draw those of the next epoch."""
        if self.shuffle:
            self.order = self.rng.permutation(self.n)
        if self.strands is not None:
            self.turned = self.strands.random(self.n) < 0.5


class Batches(keras.utils.PyDataset):
    """Draw batches from base codes, in an order of our own generator.

    Keras' own shuffling obeys a global seed that all threads share, and keeping the
    data in Keras would copy it. Without `epoch_rows` they come as they are.
    """

    def __init__(self, genes: Genes, batch_size: int, epoch_rows: EpochRows | None = None) -> None:
        super().__init__()
        self.genes = genes
        self.batch_size = int(batch_size)  # NumPy's small integers overflow in products
        self.epoch_rows = epoch_rows
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.genes) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        start = index * self.batch_size
        batch = self._read(slice(start, start + self.batch_size))
        assert batch.y is not None
        y = batch.y[:, np.newaxis] if batch.y.ndim == 1 else batch.y
        return (batch.inputs(), y) if batch.weight is None else (batch.inputs(), y, batch.weight)

    def _read(self, places: slice) -> Genes:
        if self.epoch_rows is None:
            return self.genes[places]
        rows = self.epoch_rows.order[places]
        batch, turned = self.genes[rows], self.epoch_rows.turned
        return batch if turned is None else batch.turned(turned[rows])

    def on_epoch_end(self) -> None:
        """Draw the rows of the next epoch."""
        if self.epoch_rows is not None:
            self.epoch_rows.draw()


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
