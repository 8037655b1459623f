"""A chunk of rows of a table: names, promoters, half-life columns and expression, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import quote, shorten
from skxpresso.datasets._histones import is_histone, without_version
from skxpresso.datasets._layout import SYMBOL_COLUMNS, Layout
from skxpresso.datasets._names import SeenNames, check_names
from skxpresso.datasets._values import as_numbers, as_texts

__all__ = ["GeneRows"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class GeneRows:
    """Rows of a table of genes.

    Parameters
    ----------
    layout : Layout
        What the columns hold.
    values : dict of int to list
        Values of columns as they stand, by the place of the column.
    first, n : int
        Number of rows before these, and of these.
    """

    layout: Layout
    values: Mapping[int, list[Any]]
    first: int
    n: int

    def index(self, seen: SeenNames) -> pd.Index:
        """Return the names of the genes, or else the numbers of the rows."""
        if self.layout.gene is None:
            return pd.RangeIndex(self.first, self.first + self.n)
        genes = as_texts(self.values[self.layout.gene])
        if "" in genes:
            row = self.first + genes.index("")
            name = self.layout.name(self.layout.gene)
            raise ValueError(f"row {row} (from 0) has no name in column {name!r}")
        check_names(genes)
        if (repeated := seen.add(genes)) is not None:
            raise ValueError(f"gene {shorten(repeated)} occurs more than once")
        return pd.Index(genes, name="gene", dtype=str)

    def left_out(self, index: pd.Index, species: str | None, masked: Iterable[str]) -> Mask:
        """Tell which genes are masked, or histones of a species."""
        left_out = np.zeros(self.n, dtype=bool)
        if masked:
            left_out |= without_version(index.astype(str)).isin(masked)
        if species is not None:
            left_out |= self._histones(species)
        return left_out

    def _histones(self, species: str) -> Mask:
        place = self.layout.symbol
        symbols = pd.Series(as_texts([] if place is None else self.values[place]), dtype=str)
        if place is None or symbols.str.match("ENS[A-Z]*G[0-9]").all():
            raise ValueError(
                f"species={species!r} leaves out histone genes by their symbols, but no column "
                f"of {quote(SYMBOL_COLUMNS)} holds symbols; masked= takes a list of genes"
            )
        return np.asarray(is_histone(symbols, species), dtype=bool)

    def features(self, index: pd.Index, kept: Mask) -> pd.DataFrame:
        """Return promoters and half-life columns; every gene must have a promoter."""
        columns: dict[str, Any] = {}
        if self.layout.promoter is not None:
            promoters = as_texts(self.values[self.layout.promoter])
            if "" in promoters:
                without = [index[row] for row, text in enumerate(promoters) if not text]
                raise ValueError(f"gene {quote(without)} has no promoter")
            if any('"' in text for text in promoters):
                row = next(row for row, text in enumerate(promoters) if '"' in text)
                raise ValueError(
                    f"gene {shorten(index[row])}: the promoter holds a quote; a field in quotes "
                    "must begin and end with one"
                )
            columns["promoter"] = pd.Series(promoters, index=index, dtype=str)
        for known, place in self.layout.halflife.items():
            columns[known] = self._numbers(place, index)
        return pd.DataFrame(columns, index=index)[kept]

    def expression(self, index: pd.Index, kept: Mask) -> pd.Series | None:
        """Return expression; it must be finite in rows that are kept."""
        place = self.layout.expression
        if place is None:
            return None
        values = pd.Series(self._numbers(place, index), index=index, name="expression")[kept]
        bad = ~np.isfinite(values.to_numpy())
        if bad.any():
            row = int(np.argmax(bad))
            raise ValueError(
                f"column {self.layout.name(place)!r} must hold finite numbers, got "
                f"{values.iloc[row]} in row {shorten(values.index[row])}"
            )
        return values

    def others(self, index: pd.Index, places: Mapping[str, int], kept: Mask) -> pd.DataFrame:
        """Return other columns as they stand."""
        columns = {
            name: pd.Series(self.values[place], index=index, dtype=object)
            for name, place in places.items()
        }
        return pd.DataFrame(columns, index=index)[kept]

    def _numbers(self, place: int, index: pd.Index) -> npt.NDArray[np.float64]:
        return as_numbers(self.values[place], self.layout.name(place), index)
