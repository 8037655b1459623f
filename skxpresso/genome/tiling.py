"""scan: the prediction at every step along a genome, on both strands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import Parallel, delayed

from skxpresso._kernels.tiles import Tiler
from skxpresso.genome._networks import PlainModel, plain_model
from skxpresso.genome._pieces import KeptPieces
from skxpresso.genome.bigwig import Interval, steps_to_intervals, write_intervals
from skxpresso.genome.chromosomes import split_region
from skxpresso.genome.reference import Genome
from skxpresso.sequence.encoder import reverse_complement

__all__ = ["Track", "scan"]

_STRANDS = {"both": ("+", "-"), "+": ("+",), "-": ("-",)}
PIECE = 10_000  # windows: some seconds of work


class Region(NamedTuple):
    """A stretch of a chromosome, 0-based and half-open."""

    chrom: str
    start: int
    end: int


@dataclass(frozen=True)
class Track:
    """Predictions along a genome.

    Attributes
    ----------
    regions : tuple of (str, int, int)
        Chromosome, start and end of what was scanned, 0-based and half-open. TSS are scored
        at start, start + step, ... below end.
    step : int
        In nt.
    values : dict of str to list of ndarray of float32
        By strand, "+" or "-", an array for every region: the prediction for a TSS at each of
        these places, in the units of the model; NaN where too few letters are known.
    lengths : dict of str to int
        Of the chromosomes.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.genome import Track
    >>> values = {"+": [np.array([0.5, np.nan, 1.5], np.float32)]}
    >>> Track((("chr1", 10, 300),), 100, values, {"chr1": 400}).to_frame()
      chrom  tss strand  prediction
    0  chr1   10      +         0.5
    1  chr1  110      +         NaN
    2  chr1  210      +         1.5
    """

    regions: tuple[tuple[str, int, int], ...]
    step: int
    values: dict[str, list[npt.NDArray[np.float32]]]
    lengths: dict[str, int]

    def to_frame(self) -> pd.DataFrame:
        """Return a row per place and strand: `chrom`, `tss` (0-based), `strand`, `prediction`."""
        parts = [
            pd.DataFrame(
                {
                    "chrom": chrom,
                    "tss": start + self.step * np.arange(len(values)),
                    "strand": strand,
                    "prediction": values,
                }
            )
            for strand, by_region in self.values.items()
            for (chrom, start, _), values in zip(self.regions, by_region, strict=True)
        ]
        return pd.concat(parts, ignore_index=True)

    def write(self, path: str | os.PathLike[str], strand: str = "+") -> None:
        """Write one strand to bigWig or bedGraph.

        The value of a TSS at p stands at [p - step // 2, p - step // 2 + step), on either strand.

        Parameters
        ----------
        path : path-like
            Of `write_intervals`.
        strand : {"+", "-"}, default="+"
            One of `values`.

        Raises
        ------
        ValueError
            If the strand was not scanned, the name has another ending, or there is no value.
        """
        if strand not in self.values:
            raise ValueError(f"strand must be one of {', '.join(self.values)}, got {strand!r}")
        write_intervals(path, self._intervals(strand), self.lengths)

    def _intervals(self, strand: str) -> Iterator[Interval]:
        for (chrom, start, _), values in zip(self.regions, self.values[strand], strict=True):
            yield from steps_to_intervals(chrom, start, self.step, values, self.lengths[chrom])


def scan(
    model: Any,
    genome: Genome | str | os.PathLike[str],
    region: str | None = None,
    *,
    step: int = 100,
    strands: str = "both",
    max_unknown: float = 0.5,
    n_jobs: int | None = None,
    keep: str | os.PathLike[str] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Track:
    """Predict expression as if a gene began at every step along a genome.

    Parameters
    ----------
    model : Pipeline
        Fitted; with a `OneHotPromoterEncoder` and, at its end, an `XpressoRegressor` with ReLUs.
        Half-life features stand at their mean.
    genome : Genome or path-like
        FASTA.
    region : str or None, default=None
        A chromosome, or ``chr22:100000-200000``, 0-based and half-open; None: all
        chromosomes. TSS are scored at start, start + step, ... below end; their windows
        read beyond the region where the genome goes on, and N where it ends.
    step : int, default=100
        nt from one TSS to the next.
    strands : {"both", "+", "-"}, default="both"
        On "-" the window is that of a gene on the minus strand, whose first base is the
        complement of the one at the TSS.
    max_unknown : float, default=0.5
        A window with a larger share of unknown letters gets no value.
    n_jobs : int or None, default=None
        Of joblib, which takes pieces of 10,000 windows: to processes, or to a cluster under
        ``parallel_config("dask")``. None or 1: threads of this process.
    keep : path-like or None, default=None
        A folder, made if missing, where finished pieces are kept: a scan that was stopped
        goes on with them. It must be of the same model, genome and settings.
    on_progress : callable or None, default=None
        Called with the number of pieces done and of all.

    Returns
    -------
    Track

    Raises
    ------
    ValueError
        If the region is empty or unknown, `step` is below 1, the model is of another kind, or
        `keep` holds another scan.

    Notes
    -----
    Windows that overlap share what their layers have in common; every window's own padding is
    computed for itself, so that values are those of each window predicted alone, but for
    rounding (1e-5). With the published network and a step of 100 a window costs about a
    twentieth of its own prediction.

    Examples
    --------
    >>> from skxpresso import load_pretrained
    >>> from skxpresso.genome import scan
    >>> model = load_pretrained("human_median")  # doctest: +SKIP
    >>> track = scan(model, "hg38.fa.gz", "chr22:20000000-20100000")  # doctest: +SKIP
    >>> track.write("forward.bw", "+")  # doctest: +SKIP
    """
    if not isinstance(step, (int, np.integer)) or isinstance(step, bool) or step < 1:
        raise ValueError(f"step must be an int of at least 1 nt, got {step!r}")
    if strands not in _STRANDS:
        raise ValueError(f"strands must be 'both', '+' or '-', got {strands!r}")
    if not 0 <= max_unknown <= 1:
        raise ValueError(f"max_unknown must be a share from 0 to 1, got {max_unknown!r}")
    plain = plain_model(model)
    genome = genome if isinstance(genome, Genome) else Genome(genome)
    regions = _regions(region, genome)
    pieces = [
        (strand, region, first, min(PIECE, n - first))
        for strand in _STRANDS[strands]
        for region in regions
        for n in [-(-(region.end - region.start) // step)]
        for first in range(0, n, PIECE)
    ]
    settings = {
        "model": plain.digest(),
        "genome": list(genome.lengths.items()),
        "regions": regions,
        "settings": [int(step), strands, float(max_unknown), PIECE],
    }
    done = KeptPieces(keep, settings)
    missing = [i for i in range(len(pieces)) if i not in done]
    report = on_progress or (lambda n_done, n_all: None)
    report(len(pieces) - len(missing), len(pieces))
    # one task after the other: joblib keeps few waiting, and every piece is kept when it comes
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_scan_piece)(plain, genome, *pieces[i], step, max_unknown) for i in missing
    )
    for count, (i, piece) in enumerate(zip(missing, results, strict=True), 1):
        done.add(i, piece)
        report(len(pieces) - len(missing) + count, len(pieces))
    values: dict[str, list[npt.NDArray[np.float32]]] = {}
    for strand in _STRANDS[strands]:
        values[strand] = []
        for one in regions:
            rows = [i for i, known in enumerate(pieces) if known[:2] == (strand, one)]
            values[strand].append(np.concatenate([done[i] for i in rows]))
    done.remove()
    return Track(
        tuple((chrom, start, end) for chrom, start, end in regions), step, values, genome.lengths
    )


def _regions(region: str | None, genome: Genome) -> list[Region]:
    if region is None:
        return [Region(chrom, genome.starts[chrom], end) for chrom, end in genome.lengths.items()]
    found = None if region in genome.lengths else split_region(region)
    name = found[0] if found else region
    matched = genome.named([name], "region")
    chrom = matched[name]
    start, end = genome.starts[chrom], genome.lengths[chrom]
    if found:
        _, first, last = found
        if not start <= first < last <= end:
            raise ValueError(
                f"region {region!r} must lie in {chrom}:{start}-{end}, 0-based and half-open, and "
                f"hold at least one position, got {last - first:,} positions from {first:,} to "
                f"{last:,}"
            )
        start, end = first, last
    return [Region(chrom, start, end)]


def _scan_piece(
    plain: PlainModel,
    genome: Genome,
    strand: str,
    region: Region,
    first: int,
    n: int,
    step: int,
    max_unknown: float,
) -> npt.NDArray[np.float32]:
    """Predict n windows, from the `first` of a region on."""
    length = plain.upstream + plain.downstream
    start = region.start + first * step
    last = start + (n - 1) * step
    if strand == "+":
        codes = genome.codes(region.chrom, start - plain.upstream, last + plain.downstream)
    else:
        low, high = start - plain.downstream + 1, last + plain.upstream + 1
        codes = reverse_complement(genome.codes(region.chrom, low, high)[None])[0]
    sums = np.concatenate([[0], np.cumsum(codes == 4)])
    starts = step * np.arange(n)
    hidden = sums[starts + length] - sums[starts] > max_unknown * length
    values = np.full(n, np.nan)
    if not hidden.all():
        raw = [Tiler(network, length, step).predict(codes) for network in plain.networks]
        values = plain.to_units(np.asarray(raw, np.float64).mean(axis=0))
        values[hidden] = np.nan
    return (values if strand == "+" else values[::-1]).astype(np.float32)
