"""Measured transcription start sites by gene, from a BED file such as that of CAGE peaks."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd
import polars as pl

from skxpresso._utils.naming import shown
from skxpresso._utils.table import clip, require_columns
from skxpresso.genome._packed import read_pieces
from skxpresso.genome._transcripts import VERSION

__all__ = ["match_names", "read_tss"]

_BED = ["chrom", "start", "end", "name", "score", "strand", "thick_start", "thick_end"]
_NEEDED = ["chrom", "start", "end", "name", "strand"]
_PEAK = re.compile(r"^p(\d+)@(.+)$")


def read_tss(source: str | os.PathLike[str] | pd.DataFrame) -> pd.DataFrame:
    """Read one site for every name.

    Parameters
    ----------
    source : path-like or DataFrame
        BED, or its columns: `chrom`, `start`, `end`, `name`, `strand`, and `score`,
        `thick_start`, `thick_end` where they are there. The site is `thick_start` where the
        thick part is one position, as in FANTOM's files, else the 5' end of the interval.
        A name is a gene's ID or symbol; of peaks called ``p1@symbol``, ``p2@symbol`` ... the
        first counts, otherwise that of the highest score.

    Returns
    -------
    DataFrame
        Index: names; `chrom`, `position` (0-based), `strand`.
    """
    table = _read_bed(Path(source)) if not isinstance(source, pd.DataFrame) else source.copy()
    require_columns(table, _NEEDED, "measured start sites", "tss")
    for name in ("start", "end"):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    bad = table["start"].isna() | table["end"].isna() | ~table["strand"].isin(["+", "-"])
    bad |= table["end"] <= table["start"]
    if bad.any():
        row = table[bad].iloc[0]
        raise ValueError(
            f"tss: {int(bad.sum()):,} of {len(table):,} sites are no intervals with a strand, "
            f"0-based and half-open; the first is {row['chrom']!r} {row['start']} {row['end']} "
            f"{row['strand']!r}"
        )
    table["position"] = _positions(table).astype("int64")
    return _one_per_name(table)


def _read_bed(path: Path) -> pd.DataFrame:
    pieces = []
    for piece in read_pieces(path):
        lines = b"\n".join(
            line
            for line in piece.splitlines()
            if line.strip() and not line.startswith((b"#", b"track", b"browser"))
        )
        if not lines:
            continue
        try:
            wide = pl.read_csv(
                lines, separator="\t", has_header=False, quote_char=None, infer_schema=False
            )
        except pl.exceptions.PolarsError as error:
            reason = clip(" ".join(str(error).split()), 120)
            raise ValueError(f"{shown(path)} cannot be read as BED ({reason})") from error
        if wide.width < 6:
            raise ValueError(
                f"{shown(path)} must be BED with six columns or more (chrom, start, end, name, "
                f"score, strand), got {wide.width}"
            )
        names = dict(zip(wide.columns, _BED, strict=False))
        pieces.append(wide.select(list(names)).rename(names))
    if not pieces:
        raise ValueError(f"{shown(path)} holds no start site")
    return pd.DataFrame(pl.concat(pieces, how="diagonal").to_dict(as_series=False))


def _positions(table: pd.DataFrame) -> pd.Series:
    five_prime = table["start"].where(table["strand"] == "+", table["end"] - 1)
    if "thick_start" not in table.columns or "thick_end" not in table.columns:
        return five_prime
    first = pd.to_numeric(table["thick_start"], errors="coerce")
    is_one = pd.to_numeric(table["thick_end"], errors="coerce") - first == 1
    inside = (first >= table["start"]) & (first < table["end"])
    return first.where(is_one & inside, five_prime)


def _one_per_name(table: pd.DataFrame) -> pd.DataFrame:
    table["name"] = table["name"].astype(str).str.split(",")  # p1@A,p1@B: a site of two genes
    table = table.explode("name")
    peak = table["name"].str.extract(_PEAK)
    table["rank"] = pd.to_numeric(peak[0]).fillna(0)
    table["name"] = peak[1].fillna(table["name"])
    scores = table["score"] if "score" in table.columns else pd.Series(0, table.index)
    table["score"] = pd.to_numeric(scores, errors="coerce").fillna(0)
    # a first peak is worth more than any later, whatever their scores
    table = table.sort_values(["rank", "score"], ascending=[True, False], kind="stable")
    table = table[table["rank"] <= 1].drop_duplicates("name")
    return table.set_index("name")[["chrom", "position", "strand"]]


def match_names(genes: pl.DataFrame, sites: pd.DataFrame) -> list[str | None]:
    """Return the name in `sites` of every gene, by ID, ID without version, or symbol."""
    known = set(sites.index)
    found: list[str | None] = []
    for gene, symbol in genes.select("gene", "gene_name").rows():
        names = (gene, VERSION.sub("", gene), symbol)
        found.append(next((name for name in names if name in known), None))
    return found
