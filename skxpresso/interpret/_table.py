"""What the user's table tells of genes beyond what a model reads: places, units of half-life."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline

from skxpresso._utils.table import quote, shorten
from skxpresso.halflife import LOG_COLUMNS, PSEUDOCOUNT, HalfLifeTransformer
from skxpresso.interpret._models import ExplainedModel
from skxpresso.sequence.encoder import OneHotPromoterEncoder

__all__ = ["HalfLifeUnits", "window_places"]

_PLACE_COLUMNS = ["chrom", "start", "end", "strand"]


def _steps(model: Any) -> Iterator[Any]:
    """Give the fitted parts of a model, those of inner pipelines and wrappers included."""
    model = getattr(model, "best_estimator_", model)
    if isinstance(model, Pipeline):
        for _, step in model.steps:
            yield from _steps(step)
    elif hasattr(model, "regressor_"):
        yield from _steps(model.regressor_)
    else:
        yield model


def window_places(
    model: Any, X: Any, explained: ExplainedModel, first: int, last: int
) -> pd.DataFrame | None:
    """Return where a stretch of the window lies in the genome; None where X does not tell.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : Any
        A DataFrame with columns `chrom`, `start`, `end` (of the promoter, 0-based, half-open)
        and `strand`, as `genes_from_genome` makes it, tells.
    explained : ExplainedModel
        Of both.
    first, last : int
        The stretch, positions in the window, 0-based, half-open.

    Returns
    -------
    DataFrame of shape (n, 4), or None
        The same columns, of the stretch.
    """
    if not isinstance(X, pd.DataFrame) or not set(_PLACE_COLUMNS) <= set(X.columns):
        return None
    encoder = next(
        (step for step in _steps(model) if isinstance(step, OneHotPromoterEncoder)), None
    )
    column = "promoter" if encoder is None else encoder.sequence_column
    lengths = X[column].str.len().to_numpy()
    given = X[_PLACE_COLUMNS].reset_index(drop=True)
    for name in ("start", "end"):
        given[name] = pd.to_numeric(given[name], errors="coerce")  # text and nothing: no place
    wrong = (given["end"] - given["start"] != lengths) | ~given["strand"].isin(["+", "-"])
    if wrong.any():
        row = int(np.argmax(wrong))
        warnings.warn(
            f"row {shorten(X.index[row])}: the promoter has {lengths[row]} nt, but start, end and "
            f"strand are {given['start'][row]}, {given['end'][row]} and "
            f"{shorten(given['strand'][row])}, which is another place; places are left out",
            UserWarning,
            stacklevel=3,
        )
        return None
    before = np.zeros(len(given), np.int64)
    if encoder is not None and not explained.is_table:
        before = (lengths // 2 if encoder.tss is None else encoder.tss) - encoder.tss_ + before
    minus = (given["strand"] == "-").to_numpy()
    start = np.where(minus, given["end"] - before - last, given["start"] + before + first)
    return given.assign(start=start, end=start + (last - first))


class HalfLifeUnits:
    """Half-life numbers as a model reads them, and as the user's table has them.

    Where a `HalfLifeTransformer` stands before the model, 0 is the mean of the training genes.

    Parameters
    ----------
    model : estimator
        Fitted.
    explained : ExplainedModel
        Of the model and its genes.
    reference : mapping of str to float, or None
        What the columns are compared with, in the units of the table.
    """

    def __init__(
        self, model: Any, explained: ExplainedModel, reference: Mapping[str, float] | None
    ) -> None:
        self.names = explained.halflife_names
        self.values = np.asarray(explained.halflife, np.float64)
        self._is_table = explained.is_table
        transformers = [step for step in _steps(model) if isinstance(step, HalfLifeTransformer)]
        self._learn(transformers[0] if transformers else None)
        self.is_known = bool(transformers) or explained.is_table
        self.reference = self._reference({} if reference is None else reference)

    def _learn(self, transformer: HalfLifeTransformer | None) -> None:
        n = len(self.names)
        self._mean, self._scale, self._is_log = np.zeros(n), np.ones(n), np.zeros(n, bool)
        if transformer is None:
            return
        known = list(transformer.columns_)
        logged = LOG_COLUMNS if transformer.log_columns is None else transformer.log_columns
        for column, name in enumerate(self.names):
            if name in known:
                self._mean[column] = transformer.mean_[known.index(name)]
                self._scale[column] = transformer.scale_[known.index(name)]
                self._is_log[column] = name in logged

    def _reference(self, given: Mapping[str, float]) -> npt.NDArray[np.float64]:
        """Return the reference as the model, or the table, has the numbers."""
        if not isinstance(given, Mapping):
            raise TypeError(
                "halflife_reference must map columns to numbers, as {'CDSLEN': 1500}, got "
                f"{shorten(given)}"
            )
        unknown = [name for name in given if name not in self.names]
        if unknown:
            raise ValueError(
                f"halflife_reference names {quote(unknown)}, but the half-life columns are "
                f"{quote(self.names, 8) or 'none'}"
            )
        reference = self._to_table(np.zeros(len(self.names)))
        for name, value in given.items():
            column = self.names.index(name)
            if not isinstance(value, Real) or not np.isfinite(value):
                raise ValueError(f"halflife_reference[{name!r}] must be a number, got {value!r}")
            if self._is_log[column] and value < 0:
                raise ValueError(f"halflife_reference[{name!r}] must be 0 or more, got {value}")
            reference[column] = value
        return reference if self._is_table else self._to_model(reference)

    def _to_table(self, read: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        values = read * self._scale + self._mean
        return np.where(self._is_log, 10**values - PSEUDOCOUNT, values)

    def _to_model(self, table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        logs = np.log10(table + PSEUDOCOUNT, where=self._is_log, out=table.copy())
        return (logs - self._mean) / self._scale

    def slope(self) -> npt.NDArray[np.float64]:
        """Return the derivative of what the model reads by what the table has, (n, columns)."""
        nt = self._to_table(self.values) + PSEUDOCOUNT
        logs = np.divide(1, nt * np.log(10), where=self._is_log, out=np.ones_like(nt))
        return logs / self._scale

    def distance(self) -> npt.NDArray[np.float64]:
        """Return how far the genes are from the reference in the units of the table."""
        if self._is_table:
            return self.values - self.reference
        return self._to_table(self.values) - self._to_table(self.reference)
