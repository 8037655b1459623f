"""To motif discovery and back: files that tfmodisco-lite reads, and its motifs in their genes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skxpresso._utils.files import replacing, together
from skxpresso._utils.hdf5 import open_hdf5
from skxpresso._utils.naming import shown
from skxpresso._utils.outputs import claimed
from skxpresso._utils.table import quote, shorten
from skxpresso.interpret._windows import check_at_least_one

__all__ = ["read_modisco", "write_modisco"]

SEQUENCES, CONTRIBUTIONS, ROWS = "sequences.npz", "contributions.npz", "rows.tsv"
_ONE_HOT = np.eye(5, 4, dtype=np.int8)
_KINDS = ("pos_patterns", "neg_patterns")


def write_modisco(
    attribution: Any,
    folder: str | os.PathLike[str],
    *,
    width: int | None,
    centres: Any,
) -> pd.DataFrame:
    """Write the files of `Attribution.to_modisco`; return the table of rows."""
    rows = _windows(attribution, width, centres)
    width = int(rows["end"].iloc[0] - rows["start"].iloc[0])
    columns = rows["start"].to_numpy()[:, None] - attribution.start + np.arange(width)
    of_gene = rows["gene_row"].to_numpy()[:, None]
    onehot = _ONE_HOT[attribution.codes[of_gene, columns]].transpose(0, 2, 1)
    scores = attribution.hypothetical[of_gene, columns].transpose(0, 2, 1)
    folder = Path(folder)
    names = [folder / name for name in (SEQUENCES, CONTRIBUTIONS, ROWS)]
    with claimed(names), together():
        for name, array in zip(names[:2], (onehot, scores), strict=True):
            with replacing(name) as temporary:
                np.savez_compressed(temporary, np.ascontiguousarray(array))
        with replacing(names[2]) as temporary:
            rows.to_csv(temporary, sep="\t", index=False)
    return rows


def _windows(attribution: Any, width: int | None, centres: Any) -> pd.DataFrame:
    """Return a row for every window: its gene and where it lies."""
    if width is None:
        width = attribution.width
    check_at_least_one(width=width)
    if not 1 <= width <= attribution.width:
        raise ValueError(
            f"width must be 1 to {attribution.width}, the positions of the genes, got "
            f"{shorten(width)}"
        )
    if centres is None:
        gene_rows = np.arange(len(attribution))
        start = np.full(len(attribution), (attribution.width - width) // 2)
    else:
        gene_rows, start = _centred(attribution, width, centres)
    table = pd.DataFrame({"row": np.arange(len(gene_rows)), "gene_row": gene_rows})
    table["gene"] = np.asarray(attribution.names, object)[gene_rows]
    table["start"] = start + attribution.start
    table["end"] = table["start"] + width
    return table.join(attribution.places_of(gene_rows, table["start"], table["end"]))


def _centred(attribution: Any, width: int, centres: pd.DataFrame) -> tuple[Any, Any]:
    """Put a window on the middle of every stretch, moved inwards at the ends."""
    lacking = {"gene", "start", "end"} - set(centres.columns)
    if lacking:
        raise ValueError(
            f"centres needs the columns gene, start and end, as peaks gives them; it lacks "
            f"{quote(sorted(lacking))}"
        )
    if not len(centres):
        raise ValueError("centres has no row: there is nothing to write")
    numbers = attribution.rows_of(centres["gene"].tolist())
    middle = (centres["start"] + centres["end"]).to_numpy() // 2 - attribution.start
    if (middle < 0).any() or (middle >= attribution.width).any():
        raise ValueError("centres must lie in the positions of the genes")
    return np.asarray(numbers), np.clip(middle - width // 2, 0, attribution.width - width)


def read_modisco(report: str | os.PathLike[str], folder: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Put the motifs that tfmodisco-lite found back in their genes.

    Parameters
    ----------
    report : path-like
        The HDF5 file that ``modisco motifs`` wrote.
    folder : path-like
        The folder that `Attribution.to_modisco` wrote.

    Returns
    -------
    DataFrame
        A row for every seqlet: `motif` (the pattern's name); `gene`; `start` and `end` in the
        window that the model reads, 0-based, half-open; `is_revcomp`, whether it reads
        the other strand; and where places are known `chrom`, `chrom_start`, `chrom_end` and
        `strand`, that of the motif.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If the report is of other files.

    Notes
    -----
    ``modisco motifs`` must have read the whole of each row: ``-w`` at least the width that
    `Attribution.to_modisco` wrote.

    Examples
    --------
    A report of one pattern with one seqlet, as tfmodisco-lite writes them:

    >>> import tempfile
    >>> import h5py
    >>> from skxpresso.interpret import read_modisco
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / ROWS).write_text("gene\tstart\ng\t100\n")
    >>> with h5py.File(folder / "report.h5", "w") as file:
    ...     seqlets = file.create_group("pos_patterns/pattern_0/seqlets")
    ...     for name, value in {"example_idx": 0, "start": 5, "end": 12, "is_revcomp": 0}.items():
    ...         seqlets[name] = [value]
    >>> read_modisco(folder / "report.h5", folder).to_numpy().tolist()
    [['pos.pattern_0', 'g', 105, 112, False]]
    """
    rows = pd.read_csv(Path(folder) / ROWS, sep="\t", dtype={"gene": str, "chrom": str})
    parts = []
    with open_hdf5(report) as file:
        for kind in _KINDS:
            for name in file.get(kind, ()):
                parts.append(_seqlets(file[kind][name]["seqlets"], f"{kind[:3]}.{name}"))
    if not parts:
        return pd.DataFrame(columns=["motif", "gene", "start", "end", "is_revcomp"])
    found = pd.concat(parts, ignore_index=True)
    if found["row"].max() >= len(rows):
        raise ValueError(
            f"{report} has a seqlet in row {found['row'].max()}, but {shown(folder)} has "
            f"{len(rows)} rows: it is of other files"
        )
    return _in_genes(found, rows.iloc[found["row"]].reset_index(drop=True))


def _seqlets(group: Any, motif: str) -> pd.DataFrame:
    names = {"example_idx": "row", "start": "first", "end": "last", "is_revcomp": "is_revcomp"}
    columns = {new: np.asarray(group[old][:]).ravel() for old, new in names.items()}
    return pd.DataFrame({"motif": motif, **columns}).astype(
        {"row": int, "first": int, "last": int, "is_revcomp": bool}
    )


def _in_genes(found: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame({"motif": found["motif"], "gene": rows["gene"]})
    table["start"] = rows["start"] + found["first"]
    table["end"] = rows["start"] + found["last"]
    table["is_revcomp"] = found["is_revcomp"]
    if "chrom" in rows:
        minus = (rows["strand"] == "-").to_numpy()
        length = found["last"] - found["first"]
        first = np.where(
            minus, rows["chrom_end"] - found["last"], rows["chrom_start"] + found["first"]
        )
        table["chrom"], table["chrom_start"], table["chrom_end"] = (
            rows["chrom"],
            first,
            first + length,
        )
        table["strand"] = np.where(minus == found["is_revcomp"], "+", "-")
    return table
