"""Attribution: what every base and every half-life number adds to the predictions of some genes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import quote, shorten
from skxpresso.interpret import _attribution_file
from skxpresso.interpret._outputs import AttributionOutputs
from skxpresso.interpret._windows import check_at_least_one
from skxpresso.sequence.letters import decode

__all__ = ["Attribution"]

_PLACE_COLUMNS = ["chrom", "start", "end", "strand"]


@dataclass(frozen=True, eq=False, repr=False)
class Attribution(AttributionOutputs):
    """What every base and every half-life number adds to the predictions of some genes.

    `attribute` makes one. Positions run 5' to 3' on the gene's strand, 0-based; the first
    column stands at `start` of the window that the model reads.

    Parameters
    ----------
    names : sequence of str
        Of the n genes.
    codes : ndarray of shape (n, W), uint8
        The bases: 0 to 3 for A, C, G, T, 4 for an unknown one.
    hypothetical : ndarray of shape (n, W, 4), float32
        What A, C, G or T at this position would add, all else equal; in the units of y.
    contributions : ndarray of shape (n, W), float32
        What the base that is there adds, in the units of y.
    predictions : ndarray of shape (n,), float64
        In the units of y.
    halflife : DataFrame of shape (n, h), default=None
        What every half-life number adds, in the units of y, by gene; for the method
        "gradient" the derivative by the number as the network reads it. None: no such
        numbers.
    halflife_per_unit : DataFrame of shape (n, h), default=None
        The same for one unit of the table's column (a nt, a fraction, an exon per kb):
        the derivative, or `halflife` divided by the distance from the reference. NaN
        where that distance is zero; None where the table's columns are not known.
    method : str, default="mutagenesis"
        Of `attribute`.
    reference_predictions : ndarray of shape (n,), float64, default=None
        Of what the genes are compared with; their mean where there are many. None: nothing.
    completeness_error : ndarray of shape (n,), float64, default=None
        Sum of all contributions, less the difference of predictions and reference
        predictions; None for methods whose contributions need not sum to that.
    start : int, default=0
        Position of the first column in the window that the model reads.
    tss : int or None, default=None
        Position of the TSS in that window, where known.
    places : DataFrame of shape (n, 4), default=None
        Columns `chrom`, `start`, `end` (of the W columns, 0-based, half-open) and `strand`,
        where known.

    Raises
    ------
    ValueError
        If shapes do not agree.

    Notes
    -----
    ``attribution["gene7"]`` gives the same for one gene, ``attribution[["a", "b"]]`` for
    several; a mask of booleans chooses rows, `take` does by number. A name that comes twice
    cannot be looked up.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.interpret import Attribution
    >>> codes = np.array([[0, 1, 3], [2, 2, 4]], np.uint8)
    >>> hypothetical = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    >>> contributions = np.array([[0, 5, 11], [14, 18, 0]], np.float32)
    >>> attribution = Attribution(
    ...     ["a", "b"], codes, hypothetical, contributions, np.array([1.0, 2.0]), tss=1
    ... )
    >>> attribution["b"].to_frame()
      gene  position  from_tss base  contribution     A     C     G     T
    0    b         0        -1    G          14.0  12.0  13.0  14.0  15.0
    1    b         1         0    G          18.0  16.0  17.0  18.0  19.0
    2    b         2         1    N           0.0  20.0  21.0  22.0  23.0
    """

    names: tuple[str, ...]
    codes: npt.NDArray[np.uint8]
    hypothetical: npt.NDArray[np.float32]
    contributions: npt.NDArray[np.float32]
    predictions: npt.NDArray[np.float64]
    halflife: pd.DataFrame = field(default=None)  # type: ignore[assignment]
    halflife_per_unit: pd.DataFrame | None = None
    method: str = "mutagenesis"
    reference_predictions: npt.NDArray[np.float64] | None = None
    completeness_error: npt.NDArray[np.float64] | None = None
    start: int = 0
    tss: int | None = None
    places: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(str(name) for name in self.names))
        if self.halflife is None:
            object.__setattr__(self, "halflife", pd.DataFrame(index=list(self.names)))
        n, width = self.codes.shape
        wanted = {
            "names": (n,),
            "hypothetical": (n, width, 4),
            "contributions": (n, width),
            "predictions": (n,),
            "halflife": (n, self.halflife.shape[1]),
            "halflife_per_unit": (n, self.halflife.shape[1]),
            "reference_predictions": (n,),
            "completeness_error": (n,),
            "places": (n, len(_PLACE_COLUMNS)),
        }
        for name, shape in wanted.items():
            value = getattr(self, name)
            if value is not None and np.shape(value) != shape:
                raise ValueError(
                    f"{name} must have shape {shape} beside codes of shape {self.codes.shape}, "
                    f"got {np.shape(value)}"
                )

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return (
            f"Attribution(method={self.method!r}, {len(self)} genes, positions {self.start} to "
            f"{self.start + self.width - 1}, {self.halflife.shape[1]} half-life columns)"
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return str(name) in self.names

    def __getitem__(self, key: Any) -> Attribution:
        if isinstance(key, slice):
            raise TypeError(f"genes are looked up by name, got {key}; take(rows) does by number")
        if isinstance(key, (list, tuple, set, np.ndarray, pd.Series, pd.Index)):
            listed = np.asarray(list(key))
            if listed.dtype == bool:
                return self.take(self._masked(listed))
            return self.take(self._rows_named([str(name) for name in key]))
        return self.take(self._rows_named([str(key)]))

    @property
    def width(self) -> int:
        """Number of positions."""
        return int(self.codes.shape[1])

    @property
    def effects(self) -> npt.NDArray[np.float32]:
        """What putting A, C, G or T here would change, (n, W, 4); zero at the base that is there.

        For the method "mutagenesis" these are the effects of `saturation_mutagenesis`, for the
        others their estimate by straight lines.
        """
        return self.hypothetical - self.contributions[:, :, None]

    def take(self, rows: Any) -> Attribution:
        """Choose genes by their numbers.

        Parameters
        ----------
        rows : slice, or array-like of int
            0-based.

        Returns
        -------
        Attribution
        """
        rows = rows if isinstance(rows, slice) else np.asarray(rows, np.intp)
        names = np.asarray(self.names, object)[rows]
        parts: dict[str, Any] = {"names": tuple(names)}
        for name in ("codes", "hypothetical", "contributions", "predictions"):
            parts[name] = getattr(self, name)[rows]
        for name in ("reference_predictions", "completeness_error"):
            value = getattr(self, name)
            parts[name] = None if value is None else value[rows]
        for name in ("halflife", "halflife_per_unit", "places"):
            value = getattr(self, name)
            parts[name] = None if value is None else value.iloc[rows]
        return replace(self, **parts)

    def stretch(self, start: int, end: int) -> Attribution:
        """Cut positions [start, end) of the window that the model reads.

        Parameters
        ----------
        start, end : int
            0-based, half-open, as `start` counts.

        Returns
        -------
        Attribution
            Its arrays are views.

        Raises
        ------
        ValueError
            If the stretch does not lie in the positions that are there.
        """
        for name, value in (("start", start), ("end", end)):
            if not isinstance(value, Integral) or isinstance(value, bool):
                raise TypeError(f"{name} must be an integer, got {shorten(value)}")
        low, high = start - self.start, end - self.start
        if not 0 <= low < high <= self.width:
            raise ValueError(
                f"start={start} and end={end} must satisfy {self.start} <= start < end <= "
                f"{self.start + self.width}, the positions of this attribution"
            )
        places = None
        if self.places is not None:
            minus = (self.places["strand"] == "-").to_numpy()
            first = self.places["start"].to_numpy() + np.where(minus, self.width - high, low)
            places = self.places.assign(start=first, end=first + (high - low))
        return replace(
            self,
            codes=self.codes[:, low:high],
            hypothetical=self.hypothetical[:, low:high],
            contributions=self.contributions[:, low:high],
            start=int(start),
            places=places,
        )

    def places_of(self, rows: Any, start: Any, end: Any) -> pd.DataFrame:
        """Say where stretches of genes lie in the genome.

        Parameters
        ----------
        rows : array of int, shape (k,)
            Numbers of the genes.
        start, end : array of int, shape (k,)
            Positions ``[start, end)`` of the window that the model reads.

        Returns
        -------
        DataFrame of shape (k, 4)
            `chrom`, `chrom_start` and `chrom_end` (0-based, half-open) and `strand`; without
            columns where places are not known.
        """
        first = np.asarray(start, np.int64) - self.start
        length = np.asarray(end, np.int64) - np.asarray(start, np.int64)
        if self.places is None:
            return pd.DataFrame(index=pd.RangeIndex(len(first)))
        place = self.places.iloc[np.asarray(rows, np.int64)].reset_index(drop=True)
        minus = (place["strand"] == "-").to_numpy()
        first = np.where(minus, place["end"] - first - length, place["start"] + first)
        ends = {"chrom_start": first, "chrom_end": first + length}
        return pd.DataFrame({"chrom": place["chrom"], **ends, "strand": place["strand"]})

    def to_frame(self, top: int | None = None) -> pd.DataFrame:
        """Give a table with a row for every gene and position.

        Parameters
        ----------
        top : int or None, default=None
            Keep so many positions of every gene: those with the largest contributions,
            of either sign, in the order of their size. None: all, in the order of positions.

        Returns
        -------
        DataFrame
            `gene`; `position` in the window, 0-based; `from_tss`, where the TSS is known;
            `base`; `contribution`; `A`, `C`, `G`, `T`, what these would add. Where places are
            known also `chrom`, `place` (0-based) and `strand`.

        Raises
        ------
        ValueError
            If `top` is below 1.
        """
        columns = self._columns_of(top)
        rows = np.repeat(np.arange(len(self)), columns.shape[1])
        at = columns.ravel()
        table = pd.DataFrame({"gene": np.asarray(self.names, object)[rows]})
        table["position"] = at + self.start
        if self.tss is not None:
            table["from_tss"] = table["position"] - self.tss
        table["base"] = np.array(list("ACGTN"), object)[self.codes[rows, at]]
        table["contribution"] = self.contributions[rows, at]
        table[list("ACGT")] = self.hypothetical[rows, at]
        places = self.places_of(rows, table["position"], table["position"] + 1)
        places = places.drop(columns="chrom_end", errors="ignore")
        return table.join(places.rename(columns={"chrom_start": "place"}))

    def sequences(self) -> list[str]:
        """Return the letters of every gene."""
        return decode(self.codes)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file, in the safetensors format; it appears complete or not at all.

        Parameters
        ----------
        path : path-like
            File to write, some 21 bytes for every gene and position.
        """
        _attribution_file.save(vars(self), path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Attribution:
        """Read a file of `save`; no code is run from it.

        Parameters
        ----------
        path : path-like
            File to read.

        Returns
        -------
        Attribution

        Raises
        ------
        OSError
            If the file cannot be opened.
        ValueError
            If it is damaged, or of something else. The message names the file.
        """
        return _attribution_file.load(path, cls)

    def rows_of(self, names: Sequence[Any]) -> list[int]:
        """Return the row of each name, which may come again and again in `names`.

        Raises
        ------
        ValueError
            If a name is unknown, or several genes have it.
        """
        return self._rows_named([str(name) for name in names])

    def _columns_of(self, top: int | None) -> npt.NDArray[np.intp]:
        """Return which columns of each gene, (n, chosen), in which order."""
        if top is None:
            return np.broadcast_to(np.arange(self.width), (len(self), self.width))
        check_at_least_one(top=top)
        sizes = np.abs(self.contributions)
        return np.argsort(-sizes, axis=1, kind="stable")[:, :top]

    def _masked(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
        if len(mask) != len(self):
            raise ValueError(f"a mask must have {len(self)} values, one per gene, got {len(mask)}")
        return np.flatnonzero(mask)

    def _rows_named(self, wanted: list[str]) -> list[int]:
        places: dict[str, list[int]] = {name: [] for name in wanted}
        for row, name in enumerate(self.names):
            if name in places:
                places[name].append(row)
        missing = [name for name, rows in places.items() if not rows]
        if missing:
            raise ValueError(
                f"gene {quote(missing)} is not among the {len(self)} genes, {quote(self.names)}"
            )
        for name, rows in places.items():
            if len(rows) > 1:
                raise ValueError(
                    f"gene {shorten(name)} comes {len(rows)} times, in rows {quote(rows)}; "
                    "take(rows) chooses by number"
                )
        return [places[name][0] for name in wanted]
