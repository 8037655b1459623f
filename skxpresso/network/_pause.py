"""Training that paused: what goes on from it as if it had never stopped. No Keras here."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso._utils.table import shorten
from skxpresso.network.genes import Genes

__all__ = ["Pause", "PausedNetwork", "digest_of_rows", "one_copy", "settled_parameters"]

# What may change while training pauses; all else makes it another training
_FREE = {"epochs", "verbose", "device", "warm_start", "callbacks", "n_jobs"}
_PLAIN = str | int | float | bool | tuple | list | None


@dataclass(frozen=True)
class PausedNetwork:
    """One network after its last epoch so far.

    `variables` are weights and the states of dropout, `optimizer` its variables;
    `best_weights` is None where the last weights are the best. `wait` counts epochs without
    a lower validation loss. `ended` says that no further epoch would have followed.
    """

    n_restarts: int
    history: dict[str, list[float]]
    variables: list[npt.NDArray[Any]]
    optimizer: list[npt.NDArray[Any]]
    ended: bool
    wait: int = 0
    best_epoch: int = 0
    best_loss: float | None = None
    best_weights: list[npt.NDArray[Any]] | None = None

    @property
    def n_epochs(self) -> int:
        """Number of epochs that were trained."""
        return len(self.history["loss"])


@dataclass(frozen=True)
class Pause:
    """All networks of a regressor, and what must be the same when they go on."""

    seed: int
    rows: int  # digest of the training rows
    parameters: dict[str, Any]
    epochs: int
    networks: tuple[PausedNetwork, ...]  # `n_init` for every network of an ensemble

    def of_member(self, number: int, n_init: int) -> Pause:
        """Return the part of one network of an ensemble."""
        return replace(self, networks=self.networks[number * n_init : (number + 1) * n_init])

    def check(self, parameters: Mapping[str, Any], epochs: int, rows: int) -> None:
        """Refuse another training, and name what differs."""
        names = {*parameters, *self.parameters}
        differing = sorted(n for n in names if parameters.get(n) != self.parameters.get(n))
        if differing:
            name = differing[0]
            raise ValueError(
                f"warm_start='resume' goes on with the same training, which had "
                f"{name}={shorten(self.parameters.get(name))}, "
                f"got {name}={shorten(parameters.get(name))}"
            )
        if epochs < self.epochs:
            raise ValueError(
                f"epochs must be {self.epochs} or more to go on with warm_start='resume', which "
                f"counts the epochs before, got {epochs}"
            )
        if rows != self.rows:
            raise ValueError(
                "warm_start='resume' goes on with the same training, but X, y, sample_weight, "
                "X_val or y_val differ from those of the fit before; warm_start=True trains on "
                "with others"
            )


def digest_of_rows(*parts: Genes | None) -> int:
    """Digest training and validation rows."""
    digest = 0
    for genes in filter(None, parts):
        codes = (part.codes for part in genes.parts())
        for values in (*codes, genes.halflife, genes.y, genes.weight):
            if values is not None:
                digest = zlib.crc32(np.ascontiguousarray(values).data, digest)
    return digest


def one_copy(
    weights: Sequence[npt.NDArray[np.float32]], paused: Sequence[PausedNetwork]
) -> list[npt.NDArray[np.float32]]:
    """Take equal arrays from the paused networks, so that a pickle holds them once."""
    known = {
        (values.shape, values.tobytes()): values for each in paused for values in each.variables
    }
    return [known.get((values.shape, values.tobytes()), values) for values in weights]


def settled_parameters(parameters: Mapping[str, Any], layers: Sequence[str]) -> dict[str, Any]:
    """Choose the parameters that training in pieces must keep; `layers` are checked elsewhere."""
    return {
        name: value
        for name, value in parameters.items()
        if name not in _FREE and name not in layers and isinstance(value, _PLAIN)
    }
