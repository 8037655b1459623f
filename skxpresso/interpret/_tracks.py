"""Contributions along the genome: the mean of all genes that reach a position."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import quote

__all__ = ["intervals", "lengths_of", "write_track"]


def write_track(attribution: Any, path: str | os.PathLike[str], lengths: Any) -> None:
    """Write contributions to bigWig or bedGraph, by the ending of the name."""
    if attribution.places is None:
        raise ValueError(
            "the places of the genes are not known; give attribute a table with the columns "
            "chrom, start, end and strand, as genes_from_genome makes it"
        )
    try:
        from skxpresso.genome.bigwig import write_intervals
    except ImportError as error:
        raise ImportError(
            f"tracks need {error.name}; pip install '.[genome]' in a checkout brings it"
        ) from error
    places = attribution.places
    known = lengths_of(lengths)
    names = list(dict.fromkeys(places["chrom"])) if known is None else list(known)
    missing = sorted(set(places["chrom"]) - set(names))
    if missing:
        raise ValueError(
            f"lengths must name all chromosomes of the genes, but not {quote(missing)}; it names "
            f"{quote(names)}"
        )
    ends = known or dict.fromkeys(names, np.iinfo(np.int32).max)
    write_intervals(path, intervals(places, attribution.contributions, ends), ends)


def lengths_of(lengths: Any) -> dict[str, int] | None:
    """Read lengths of chromosomes: a mapping, a genome with `lengths`, the path of a FASTA."""
    if lengths is None or isinstance(lengths, Mapping):
        return None if lengths is None else {str(name): int(n) for name, n in lengths.items()}
    if isinstance(lengths, (str, os.PathLike)):
        from skxpresso.genome.reference import Genome

        lengths = Genome(lengths)
    return dict(lengths.lengths)


def intervals(
    places: pd.DataFrame, contributions: npt.NDArray[np.floating], lengths: Mapping[str, int]
) -> Iterator[tuple[str, int, int, float]]:
    """Yield chromosome, start, end and value of every position that a gene reaches, in order."""
    rows_of = places.reset_index(drop=True).groupby("chrom", sort=False).indices
    starts, minus = places["start"].to_numpy(), (places["strand"] == "-").to_numpy()
    width = contributions.shape[1]
    for chrom, length in lengths.items():
        rows = np.asarray(rows_of.get(chrom, ()), np.intp)
        rows = rows[np.argsort(starts[rows], kind="stable")]
        # genes that touch go together
        breaks = np.flatnonzero(np.diff(starts[rows]) > width) + 1
        for group in np.split(rows, breaks):
            if not len(group):
                continue
            first = int(starts[group[0]])
            sums = np.zeros(int(starts[group[-1]]) - first + width)
            counts = np.zeros(len(sums), np.int64)
            for row in group:
                at = slice(int(starts[row]) - first, int(starts[row]) - first + width)
                sums[at] += contributions[row][::-1] if minus[row] else contributions[row]
                counts[at] += 1
            for place in np.flatnonzero(counts):
                position = first + int(place)
                if 0 <= position < length:
                    yield chrom, position, position + 1, float(sums[place] / counts[place])
