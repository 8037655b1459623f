"""Where the yeast fragments lie in the genome, and whose promoters they are pieces of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso.datasets._packed import read_packed

__all__ = ["read_places"]

_SHA256 = "bb052ae74abcbf60f9dc96e1cd4661d46adb1f1e4819b0e8ca49cf00196495fa"
_WIDTH = 80  # nt of a fragment without its constant ends
_NEAR = 1000  # nt from the last base of a fragment to the start codon, at most

Arrays = dict[str, npt.NDArray]


def read_places(rows: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Return the places of some fragments, by their 0-based rows in the source.

    See `load_yeast_promoters` for the columns.
    """
    arrays = read_packed("yeast_places.npz", _SHA256)
    chrom, start = arrays["chrom"][rows], arrays["start"][rows].astype(np.int64)
    minus = np.unpackbits(arrays["minus"])[rows] == 1
    there = chrom >= 0
    columns = {
        "chrom": arrays["chroms"][chrom],
        "start": pd.array(start, dtype="Int64"),
        "end": pd.array(start + _WIDTH, dtype="Int64"),
        "strand": np.where(minus, "-", "+"),
        "gene": _genes(arrays, chrom, start, minus),
    }
    table = pd.DataFrame(columns, index=rows)
    table = table.where(np.repeat(there[:, np.newaxis], table.shape[1], axis=1))
    return table.assign(n_places=arrays["n_places"][rows].astype(np.int64))


def _genes(
    arrays: Arrays,
    chrom: npt.NDArray[np.int8],
    start: npt.NDArray[np.int64],
    minus: npt.NDArray[np.bool_],
) -> npt.NDArray[np.object_]:
    """Return the gene on the strand that begins first behind each fragment, or None."""
    gene_minus = np.unpackbits(arrays["gene_minus"])[: len(arrays["genes"])] == 1
    names = arrays["genes"].astype(str)
    found = np.full(len(chrom), None, object)
    for number in np.unique(chrom[chrom >= 0]):
        for is_minus in (False, True):
            mine = np.flatnonzero((chrom == number) & (minus == is_minus))
            genes = np.flatnonzero((arrays["gene_chrom"] == number) & (gene_minus == is_minus))
            if not len(mine) or not len(genes):
                continue
            # along the strand: the last base of the fragment lies before the first coding base
            sign = -1 if is_minus else 1
            base = sign * arrays["gene_base"][genes].astype(np.int64)
            order = np.argsort(base)
            last = sign * (start[mine] if is_minus else start[mine] + _WIDTH - 1)
            place = np.searchsorted(base[order], last, "right")
            ahead = base[order][np.minimum(place, len(base) - 1)] - last - 1
            near = (place < len(base)) & (ahead >= 0) & (ahead <= _NEAR)
            found[mine[near]] = names[genes[order[place[near]]]]
    return found
