"""Read promoters from FASTA, all at once or as a stream."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import pandas as pd

from skxpresso._utils.naming import shown
from skxpresso._utils.text import open_text
from skxpresso.datasets._names import SeenNames

__all__ = ["iter_fasta", "iter_records", "longest_line", "read_fasta"]

_NUCLEOTIDES = b"ACGTUNRYSWKMBDHVacgtunryswkmbdhv"
_BASES = b"ACGTUNacgtun"
_CHUNK_BASES = 1 << 26  # a frame ends here, however few records it has


def read_fasta(
    path: str | os.PathLike[str], *, length: int | None = None, max_length: int = 1_000_000
) -> pd.DataFrame:
    r"""Read all promoters of a FASTA file.

    Parameters
    ----------
    path : path-like
        FASTA file: plain, or compressed with gzip, bgzip, bzip2, xz or Zstandard; "-" is
        standard input.
    length : int or None, default=None
        Length that every sequence must have, in nt. None means that lengths may differ.
    max_length : int, default=1_000_000
        Largest length of a sequence, in nt. It serves to refuse whole chromosomes.

    Returns
    -------
    DataFrame
        One column `promoter` (str, as in the file but without blanks), with the names of
        the records, up to the first blank, as index `ID`.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file is not FASTA of nucleotides (A, C, G, T, U and IUPAC's ambiguous
        letters, in either case), a name is missing or occurs twice, a sequence is empty or
        has a wrong length, or the file is damaged, truncated or decompresses to an
        excessive size. The message names the file and the record.

    See Also
    --------
    iter_fasta : Reads the same records, but never all at once.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets import read_fasta
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "genes.fa"
    >>> _ = path.write_text(">ENSG1 first\nACGT\nACGT\n>ENSG2\nNNNNacgt\n")
    >>> read_fasta(path, length=8)
           promoter
    ID
    ENSG1  ACGTACGT
    ENSG2  NNNNacgt
    """
    return pd.concat(iter_fasta(path, length=length, max_length=max_length))


def iter_fasta(
    path: str | os.PathLike[str],
    chunk_size: int = 1000,
    *,
    length: int | None = None,
    max_length: int = 1_000_000,
) -> Iterator[pd.DataFrame]:
    r"""Read promoters of a FASTA file as a stream of tables.

    Memory depends on `chunk_size` and not on the number of records, except for 16 bytes
    per name, which serve to find duplicate names.

    Parameters
    ----------
    path : path-like
        FASTA file or pipe, as in `read_fasta`.
    chunk_size : int, default=1000
        Largest number of records in a table. A table also ends at 67 million nt.
    length, max_length
        As in `read_fasta`.

    Yields
    ------
    DataFrame
        A table as from `read_fasta`.

    Raises
    ------
    OSError, ValueError
        As for `read_fasta`, when the faulty record is reached; the tables before it have
        been yielded by then.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets import iter_fasta
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "genes.fa"
    >>> _ = path.write_text(">ENSG1\nACGT\n>ENSG2\nACGT\n>ENSG3\nACGT\n")
    >>> [table.index.tolist() for table in iter_fasta(path, chunk_size=2)]
    [['ENSG1', 'ENSG2'], ['ENSG3']]
    """
    for name, value in {"chunk_size": chunk_size, "max_length": max_length}.items():
        if value < 1:
            raise ValueError(f"{name} must be 1 or more, got {value}")
    if length is not None and not 1 <= length <= max_length:
        raise ValueError(f"length must be 1 to max_length={max_length:,}, got {length}")
    return _stream(path, chunk_size, length, max_length)


def _stream(
    path: str | os.PathLike[str], chunk_size: int, length: int | None, max_length: int
) -> Iterator[pd.DataFrame]:
    with open_text(path, max_line=longest_line(max_length)) as text:
        yield from iter_records(text, shown(path), chunk_size, length, max_length)


def longest_line(max_length: int) -> int:
    """Return the largest number of bytes in a line of FASTA."""
    return 2 * max_length + (1 << 16)


def iter_records(
    text: Iterable[str],
    path: object,
    chunk_size: int,
    length: int | None = None,
    max_length: int = 1_000_000,
) -> Iterator[pd.DataFrame]:
    """Do what `iter_fasta` does, with lines that are already open, for instance from a pipe."""
    seen = SeenNames()
    names: list[str] = []
    sequences: list[str] = []
    bases = 0
    for name, sequence in _records(text, path, length, max_length):
        names.append(name)
        sequences.append(sequence)
        bases += len(sequence)
        if len(names) == chunk_size or bases >= _CHUNK_BASES:
            yield _table(names, sequences, seen, path)
            names, sequences, bases = [], [], 0
    if names:
        yield _table(names, sequences, seen, path)


def _table(names: list[str], sequences: list[str], seen: SeenNames, path: object) -> pd.DataFrame:
    if (repeated := seen.add(names)) is not None:
        raise ValueError(f"{path}: record {repeated!r} occurs more than once")
    return pd.DataFrame({"promoter": sequences}, index=pd.Index(names, name="ID"))


def _records(
    text: Iterable[str], path: object, length: int | None, max_length: int
) -> Iterator[tuple[str, str]]:
    number = 0
    lines = _short_records(text, path, max_length)
    from Bio.SeqIO.FastaIO import SimpleFastaParser  # of all files FASTA alone needs it

    for number, (title, sequence) in enumerate(SimpleFastaParser(lines), start=1):
        if not (name := _name(title)):
            raise ValueError(f"{path}: record {number} has no name behind its '>'")
        _check(sequence, f"{path}: record {name!r}", length)
        yield name, sequence
    if number == 0:
        raise ValueError(f"{path}: the file contains no record")


def _name(title: str) -> str:
    return title.split(maxsplit=1)[0] if title.strip() else ""


def _short_records(text: Iterable[str], path: object, max_length: int) -> Iterator[str]:
    """Yield lines from the first '>' on, and raise if a record is too long."""
    title, size = "", 0
    for line in text:
        if line.startswith(">"):
            title, size = line, 0
        elif not line.strip():
            continue
        elif not title:
            raise ValueError(f"{path}: FASTA starts with '>', this file with {line.strip()[:20]!r}")
        else:
            size += len(line.rstrip())
            if size > max_length:
                raise ValueError(
                    f"{path}: record {_name(title[1:])!r} has more than max_length="
                    f"{max_length:,} nt; cut promoters out of whole chromosomes first"
                )
        yield line


def _check(sequence: str, who: str, length: int | None) -> None:
    if not sequence:
        raise ValueError(f"{who} has no sequence")
    letters = sequence.encode("utf-8")
    if wrong := letters.translate(None, _NUCLEOTIDES):
        letter = wrong.decode("utf-8")[0]
        kind = "protein" if letter.isalpha() or letter == "*" else "an alignment or no sequence"
        raise ValueError(
            f"{who}: unexpected character {letter!r} at position {sequence.index(letter)} "
            f"(0-based); expected the letters of nucleotides. Is it {kind}?"
        )
    n_bases = len(sequence) - len(letters.translate(None, _BASES))
    if 2 * n_bases < len(sequence):
        raise ValueError(
            f"{who}: only {n_bases} of {len(sequence)} letters are A, C, G, T, U or N. "
            "Is it protein?"
        )
    if length is not None and len(sequence) != length:
        raise ValueError(f"{who} has {len(sequence):,} nt, expected length={length:,}")
