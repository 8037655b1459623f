"""What y looked like at fit, one number or several for a gene; predictions look like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils._set_output import ADAPTERS_MANAGER, _get_output_config

from skxpresso._utils.numbers import real_numbers
from skxpresso._utils.table import quote, shorten

__all__ = ["Outputs"]

_FLOAT32_MAX = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Outputs:
    """How many numbers a gene has, and what they are called.

    Parameters
    ----------
    n : int or None, default=None
        Number of columns of y; None for a y of one dimension.
    names : tuple of str or None, default=None
        Names of the columns, where y had names.
    """

    n: int | None = None
    names: tuple[str, ...] | None = None

    @classmethod
    def learn(cls, y: Any) -> Outputs:
        """Learn the form of y, which is not checked."""
        shape = () if y is None else getattr(y, "shape", None)
        if shape is None:
            shape = np.asarray(y).shape
        if len(shape) != 2:
            return cls()
        columns = getattr(y, "columns", None)
        names = None if columns is None else tuple(map(str, columns))
        if names is not None and len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ValueError(f"the columns of y must have unique names, got {quote(twice)} twice")
        return cls(int(shape[1]), names)

    def read(self, y: Any, labels: Sequence[Any], name: str) -> npt.NDArray[np.float64]:
        """Read y of several columns, (n_rows, n): a gene may lack some of them, not all.

        Columns are selected by name, where both y have names.
        """
        theirs = Outputs.learn(y)
        if theirs.n != self.n or (
            self.names and theirs.names and set(self.names) ^ set(theirs.names)
        ):
            raise ValueError(
                f"{name} must have the output(s) of the y that was fitted, {self}, got {theirs}"
            )
        if self.n == 0:
            raise ValueError(f"{name} must have at least one column, got none")
        if self.names and theirs.names and self.names != theirs.names:
            y = y[list(self.names)]
        values = real_numbers(y, labels, name)
        self._check_values(values, labels, name)
        return values

    def _check_values(
        self, values: npt.NDArray[np.float64], labels: Sequence[Any], name: str
    ) -> None:
        bad = np.abs(values) > _FLOAT32_MAX
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise ValueError(
                f"Input {name} contains infinity or a value too large for dtype('float32'): "
                f"{values[row, column]} in row {_label(labels, row)}, {self.call(int(column))}"
            )
        empty = np.isnan(values).all(axis=1)
        if empty.any():
            row = int(np.argmax(empty))
            raise ValueError(
                f"Input {name} contains NaN in every column of row {_label(labels, row)}; a gene "
                "may lack some outputs, not all"
            )

    def call(self, column: int) -> str:
        """Call a column by its name or number."""
        return f"output {shorten(self.names[column] if self.names else column)}"

    def place(self, output: int | str) -> int:
        """Find a column by its name or number."""
        if self.names and output in self.names:
            return self.names.index(str(output))
        if isinstance(output, (int, np.integer)) and 0 <= output < (self.n or 1):
            return int(output)
        known = quote(self.names, 8) if self.names else f"0 to {(self.n or 1) - 1}"
        raise ValueError(f"output must be one of {known}, got {shorten(output)}")

    def shape(self, raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Bring what networks give, (networks, n) for one number, to the form of y."""
        return raw[..., np.newaxis] if self.n == 1 else raw

    def wrap(self, values: npt.NDArray[Any], X: Any, estimator: Any) -> Any:
        """Name the columns of predictions, where `set_output` or the configuration asks for it."""
        container = _get_output_config("transform", estimator)["dense"]
        if container == "default" or self.names is None:
            return values
        adapter = ADAPTERS_MANAGER.adapters[container]
        return adapter.create_container(values, X, columns=list(self.names))

    def __str__(self) -> str:
        if self.n is None:
            return "one number for a gene"
        return f"{self.n} column(s)" + (f" {quote(self.names, 5)}" if self.names else "")


def _label(labels: Sequence[Any], row: int) -> str:
    return shorten(labels[row] if row < len(labels) else row)
