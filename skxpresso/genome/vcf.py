"""Read VCF as a stream of records, each with its place in the file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from skxpresso._utils.naming import shown
from skxpresso.genome._packed import read_pieces

__all__ = ["AS_READ", "Record", "read_header", "read_records"]

#: How text of a VCF is coded, so that bytes that are not UTF-8 are written as they were read.
AS_READ = ("utf-8", "surrogateescape")

_LETTERS = re.compile(r"^[ACGTUNRYSWKMBDHVacgtunryswkmbdhv]+$")


class Record(NamedTuple):
    """A line of VCF: `start` is 0-based, `alts` the alleles besides `ref`, `line` its text."""

    chrom: str
    start: int
    name: str
    ref: str
    alts: tuple[str, ...]
    line: str

    def letters(self) -> list[tuple[int, str]]:
        """Return the alleles that are letters, with their numbers as of GT, from 1."""
        return [(i, alt) for i, alt in enumerate(self.alts, 1) if _LETTERS.match(alt)]


def read_header(path: str | os.PathLike[str]) -> list[str]:
    """Return the lines that begin with '#'.

    Raises
    ------
    ValueError
        If there is no line #CHROM.
    """
    lines: list[str] = []
    for piece in read_pieces(Path(path)):
        for line in _lines(piece):
            if not line.startswith("#"):
                break
            lines.append(line)
        else:
            continue
        break
    if not lines or not lines[-1].startswith("#CHROM\t"):
        raise ValueError(f"{shown(path)} is no VCF: there is no line that begins with #CHROM")
    return lines


def read_records(path: str | os.PathLike[str]) -> Iterator[Record]:
    r"""Read records; they must be sorted.

    Parameters
    ----------
    path : path-like
        VCF, plain, gzip or bgzip.

    Yields
    ------
    Record

    Raises
    ------
    ValueError
        If the file is damaged, no VCF, or its records are not sorted: those of a chromosome
        together, by position. The message has the line's number.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.genome.vcf import read_records
    >>> path = Path(tempfile.mkdtemp()) / "a.vcf"
    >>> _ = path.write_text("#CHROM\tPOS\tID\tREF\tALT\n1\t5\t.\tA\tC,<DEL>\n")
    >>> record = next(read_records(path))
    >>> record.start, record.alts, record.letters()
    (4, ('C', '<DEL>'), [(1, 'C')])
    """
    number, last, done = 0, ("", -1), set[str]()
    for piece in read_pieces(Path(path)):
        for line in _lines(piece):
            number += 1
            if line.startswith("#") or not line.strip():
                continue
            record = _read(line, number, path)
            if record.chrom != last[0]:
                done.add(last[0])
            if record.chrom in done or (record.chrom == last[0] and record.start < last[1]):
                raise ValueError(
                    f"{shown(path)} is not sorted: line {number:,} "
                    f"({record.chrom}:{record.start + 1}) comes after {last[0]}:{last[1] + 1}; "
                    "bcftools sort mends it"
                )
            last = (record.chrom, record.start)
            yield record
    if number == 0:
        raise ValueError(f"{shown(path)} is empty")


def _lines(piece: bytes) -> list[str]:
    """Return lines, which end at line breaks alone; bytes that are not UTF-8 come out again."""
    lines = piece.decode(*AS_READ).removesuffix("\n").split("\n")
    return [line.removesuffix("\r") for line in lines]


def _read(line: str, number: int, path: str | os.PathLike[str]) -> Record:
    columns = line.split("\t", 5)
    if len(columns) < 5 or not columns[1].isdecimal() or not _LETTERS.match(columns[3]):
        raise ValueError(
            f"{shown(path)} is no VCF: line {number:,} must have CHROM, POS, ID, REF, ALT, with a "
            f"number for POS and letters for REF, got {line[:80]!r}"
        )
    chrom, position, name, ref, alts = columns[:5]
    split = () if alts == "." else tuple(alts.split(","))
    return Record(chrom, int(position) - 1, name, ref.upper(), split, line)
