"""Values along a genome to bigWig and bedGraph."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pybigtools

from skxpresso._utils.files import replacing
from skxpresso._utils.naming import shown
from skxpresso._utils.quiet import quiet_output
from skxpresso._utils.table import clip, shorten

__all__ = ["steps_to_intervals", "write_intervals"]

Interval = tuple[str, int, int, float]


def steps_to_intervals(
    chrom: str, first: int, step: int, values: npt.NDArray[np.floating], length: int
) -> Iterator[Interval]:
    """Give every value the `step` positions around its place.

    Parameters
    ----------
    chrom : str
        Chromosome.
    first : int
        0-based place of the first value.
    step : int
        From one value's place to the next, in nt.
    values : ndarray of shape (n,)
        NaN where there is none: it is left out.
    length : int
        Of the chromosome, which no interval leaves.

    Yields
    ------
    tuple of str, int, int, float
        Chromosome, start, end (0-based, half-open), value, in order.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.genome.bigwig import steps_to_intervals
    >>> list(steps_to_intervals("chr1", 10, 100, np.array([0.5, np.nan, 1.5]), 230))
    [('chr1', 0, 60, 0.5), ('chr1', 160, 230, 1.5)]
    """
    starts = first - step // 2 + step * np.arange(len(values))
    ends = np.minimum(starts + step, length)
    starts = np.maximum(starts, 0)
    kept = np.isfinite(values) & (starts < ends)
    rows = zip(starts[kept].tolist(), ends[kept].tolist(), values[kept].tolist(), strict=True)
    for start, end, value in rows:
        yield chrom, start, end, value


def write_intervals(
    path: str | os.PathLike[str], intervals: Iterable[Interval], lengths: Mapping[str, int]
) -> None:
    r"""Write intervals; the ending of the name tells the format.

    Parameters
    ----------
    path : path-like
        ``.bw`` or ``.bigwig``, or ``.bedgraph`` or ``.bg``, with ``.gz`` behind it if it is to
        be packed. It appears when it is complete.
    intervals : iterable of (str, int, int, float)
        Chromosome, start, end (0-based, half-open), value; the chromosomes in the order of
        `lengths`, each in the order of its positions, without overlap. float32 in bigWig.
    lengths : mapping of str to int
        Of the chromosomes.

    Raises
    ------
    ValueError
        If the name has another ending, there is no interval, or an interval is out of order
        or off its chromosome.
    OSError
        If it cannot be written, as on a full disk.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.genome.bigwig import write_intervals
    >>> path = Path(tempfile.mkdtemp()) / "track.bedgraph"
    >>> write_intervals(path, [("chr1", 0, 60, 0.5)], {"chr1": 230})
    >>> path.read_text()
    'chr1\t0\t60\t0.5\n'
    """
    path = Path(path)
    kind = track_format(path)
    rows = _checked(intervals, lengths, path)
    with replacing(path) as name:
        if kind == "bigwig":
            _write_bigwig(path, name, rows, lengths)
        else:
            _write_text(name, rows)


def track_format(path: Path) -> str:
    """Return "bigwig" or "bedgraph" by the ending of a name."""
    name = path.name.lower()
    if name.endswith((".bw", ".bigwig")):
        return "bigwig"
    if name.removesuffix(".gz").endswith((".bedgraph", ".bg")):
        return "bedgraph"
    raise ValueError(
        f"{shown(path)} must end in .bw, .bigwig, .bedgraph or .bg (the last two with .gz)"
    )


def _checked(
    rows: Iterable[Interval], lengths: Mapping[str, int], path: Path
) -> Iterator[Interval]:
    """Pass intervals on while they are in order and on their chromosomes."""
    chromosomes = iter(lengths)
    chrom, last = None, 0
    for row in rows:
        if row[0] != chrom:
            if row[0] not in chromosomes:  # which moves on to it
                raise ValueError(
                    f"{shown(path)}: chromosomes must come in the order of lengths, each in one "
                    f"piece; got {shorten(row[0])} after {shorten(chrom)}"
                )
            chrom, last = row[0], 0
        if not last <= row[1] < row[2] <= lengths[chrom]:
            raise ValueError(
                f"{shown(path)}: intervals must be in order, without overlap, and end at "
                f"{lengths[chrom]} at most on {shorten(chrom)}; got {row[1]}-{row[2]} where {last} "
                "was reached"
            )
        last = row[2]
        yield row
    if chrom is None:
        raise ValueError(
            f"{shown(path)}: there is no value to write: no letter is known in the region"
        )


def _write_bigwig(
    path: Path, name: Path, rows: Iterable[Interval], lengths: Mapping[str, int]
) -> None:
    """Write, and see that it was done: pybigtools prints its errors, and goes on."""
    told = _Told(rows)
    reason = "is the disk full?"
    with quiet_output():
        try:
            pybigtools.open(str(name), "w").write(dict(lengths), told)
            covered = pybigtools.open(str(name)).info()["summary"]["basesCovered"]
        except BaseException as error:
            # PanicException is no Exception, and has no module
            if type(error).__name__ not in ("PanicException", "BBIReadError"):
                raise
            covered, reason = None, f"{reason} ({clip(str(error), 200)})"
    if told.error is not None:
        raise told.error
    if covered != told.n_covered:
        raise OSError(f"{shown(path)} cannot be written; {reason}")


class _Told:
    """Intervals that are counted, and the error that they end in, which pybigtools would drop."""

    def __init__(self, rows: Iterable[Interval]) -> None:
        self.rows = iter(rows)
        self.n_covered = 0
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[Interval]:
        try:
            for row in self.rows:
                self.n_covered += row[2] - row[1]
                yield row
        except GeneratorExit:  # pybigtools asks for no more
            raise
        except BaseException as error:
            self.error = error  # and no more rows


def _write_text(path: Path, rows: Iterable[Interval]) -> None:
    lines = (f"{chrom}\t{start}\t{end}\t{value:.7g}\n" for chrom, start, end, value in rows)
    with open(path, "wb") as file:
        if path.suffix != ".gz":
            file.writelines(line.encode() for line in lines)
            return
        # without name and time, so that the same values give the same bytes
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
        with io.BufferedWriter(packed) as buffer:
            buffer.writelines(line.encode() for line in lines)
