"""Genome: the sequence of any place, read from an indexed FASTA file."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import threading
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pooch
import pysam

from skxpresso._utils.files import replacing
from skxpresso._utils.naming import shown
from skxpresso._utils.quiet import caught_standard_error, quiet_standard_error
from skxpresso._utils.table import clip, shorten
from skxpresso.genome._packed import check_whole, is_bgzip, is_packed
from skxpresso.genome.chromosomes import match_chromosomes, names_told
from skxpresso.sequence.letters import encode_windows

__all__ = ["Genome"]

_LONGEST_HEADER = 1000  # bytes; of longer ones the index is believed
# what `samtools faidx genome.fa 22:20000001-21000000` calls the piece that it cuts
_PIECE = re.compile(r"^(.+):(\d+)-(\d+)$")


class Genome:
    r"""A FASTA file, of which only the places that are asked for are read.

    Parameters
    ----------
    path : path-like
        FASTA, plain or packed with bgzip. An index stands beside it, or is made there, or in
        a cache folder where that cannot be written. A file packed with plain gzip cannot be
        read at any place: it is unpacked once, to the cache folder, which a warning says.
    offsets : mapping of str to int, default=None
        For a file that holds pieces of chromosomes: the 0-based position in the chromosome
        of the first letter of a record, by the record's name. Records that are called as
        samtools calls them (``22:20000001-21000000``) need no telling.

    Attributes
    ----------
    lengths : dict of str to int
        For every chromosome the position behind the last letter, in the order of the file.
    starts : dict of str to int
        For every chromosome the position of the first letter: 0 but for pieces.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If the file is no FASTA, cut short, or has no record of a name in `offsets`.

    Notes
    -----
    Positions are 0-based and intervals half-open, everywhere. The cache folder is
    ``SKXPRESSO_DATA`` or, without that variable, the user's cache.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skxpresso.genome import Genome
    >>> path = Path(tempfile.mkdtemp()) / "genome.fa"
    >>> _ = path.write_text(">chr1\nACGTn\nRacca\n")
    >>> genome = Genome(path)
    >>> genome.lengths
    {'chr1': 10}
    >>> genome.fetch("chr1", 6, 12)  # in capitals, with N beyond the ends
    'ACCANN'
    >>> genome.codes("chr1", 2, 8)  # 4 is unknown
    array([2, 3, 4, 4, 0, 1], dtype=uint8)
    """

    def __init__(
        self, path: str | os.PathLike[str], *, offsets: Mapping[str, int] | None = None
    ) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise FileNotFoundError(f"there is no FASTA file {shown(self.path)}")
        self._plain = _readable(self.path)
        self._index = _indexed(self._plain)
        self._local = threading.local()
        self._records: dict[str, str] = {}
        self._told: dict[str, list[str]] | None = None
        self.starts: dict[str, int] = {}
        self.lengths: dict[str, int] = {}
        file = self._open()
        _check_index(self._plain, self._index)
        self._add_records(dict(zip(file.references, file.lengths, strict=True)), offsets or {})

    def _add_records(self, records: dict[str, int], offsets: Mapping[str, int]) -> None:
        unknown = [name for name in offsets if name not in records]
        if unknown:
            raise ValueError(
                f"offsets names {unknown[0]!r}, which is no record of {shown(self.path)}; "
                f"it has {', '.join(list(records)[:10])}"
            )
        for record, length in records.items():
            chrom, start = _place(record, length)
            start = int(offsets.get(record, start))
            if chrom in self.lengths:
                raise ValueError(f"{shown(self.path)} holds two pieces of {chrom!r}; keep one")
            self._records[chrom] = record
            self.starts[chrom], self.lengths[chrom] = start, start + length

    def fetch(self, chrom: str, start: int, end: int) -> str:
        """Return the letters of [start, end) on the plus strand, in capitals.

        Parameters
        ----------
        chrom : str
            One of `lengths`.
        start, end : int
            0-based, half-open. Beyond the ends of the chromosome there are Ns.

        Returns
        -------
        str
            Of ``end - start`` letters.

        Raises
        ------
        ValueError
            If there is no such chromosome, or the file ends before it should.
        """
        if chrom not in self._records:
            raise ValueError(
                f"{shown(self.path)} has no chromosome {chrom!r}; it has {_some(self.lengths)}"
            )
        first, last = self.starts[chrom], self.lengths[chrom]
        low, high = min(max(start, first), last), max(min(end, last), first)
        text = ""
        if low < high:
            text = self._open().fetch(self._records[chrom], low - first, high - first).upper()
            if len(text) != high - low:
                raise ValueError(
                    f"{shown(self.path)}: {chrom}:{low}-{high} gave {len(text):,} letters instead "
                    f"of {high - low:,}; the file is damaged, or its index is of another file"
                )
            return "N" * (low - start) + text + "N" * (end - high)
        return "N" * max(end - start, 0)

    def codes(self, chrom: str, start: int, end: int) -> npt.NDArray[np.uint8]:
        """Return the base codes of [start, end): 0 to 3 for A, C, G, T, 4 for any other.

        Parameters
        ----------
        chrom, start, end
            As of `fetch`.

        Returns
        -------
        ndarray of shape (end - start,), uint8
        """
        text = self.fetch(chrom, start, end)
        label = f"{chrom}:{start}-{end}"
        return encode_windows([text], np.zeros(1, np.int64), len(text), [label])[0]

    def descriptions(self) -> dict[str, str]:
        """Return the whole header line of every chromosome, from its file."""
        if is_bgzip(self._plain):
            return {}  # its index holds places of the unpacked text
        headers = {}
        names = {record: chrom for chrom, record in self._records.items()}
        places = [line.split("\t")[:3] for line in self._index.read_text().splitlines()]
        with open(self._plain, "rb") as file:
            for record, _, place in places:
                back = min(int(place), 1000)
                file.seek(int(place) - back)
                lines = file.read(back).decode("latin-1").rstrip("\r\n").splitlines()
                headers[names[record]] = lines[-1].lstrip(">")
        return headers

    def named(
        self,
        names: Iterable[str],
        wanted_in: str,
        aliases: Mapping[str, Iterable[str]] | None = None,
    ) -> dict[str, str]:
        """Say how chromosomes of another file are called here.

        Parameters
        ----------
        names : iterable of str
            Names of the other file.
        wanted_in : str
            What that file is, for messages.
        aliases : mapping of str to iterable of str, default=None
            Other names that it tells.

        Returns
        -------
        dict of str to str
            From names there to names here; those without a counterpart are left out.

        Raises
        ------
        ValueError
            If no name has a counterpart, or one has two.

        Warns
        -----
        UserWarning
            If names differ and were matched: by themselves (``chr1``, ``1``, ``NC_000001.11``),
            or by what either file tells ("chromosome I, complete sequence" in a FASTA header).
        """
        wanted = list(dict.fromkeys(names))
        if self._told is None and not set(wanted) <= self.lengths.keys():
            self._told = {name: names_told(line) for name, line in self.descriptions().items()}
        return match_chromosomes(
            wanted,
            self.lengths,
            wanted_in=wanted_in,
            known_in=str(self.path),
            aliases=aliases,
            known_aliases=self._told,
        )

    def _open(self) -> Any:
        # a handle of pysam has one place in the file: every thread needs its own
        if not hasattr(self._local, "file"):
            blocks = str(self._index.with_suffix(".gzi")) if is_bgzip(self._plain) else None
            try:
                with quiet_standard_error():
                    self._local.file = pysam.FastaFile(
                        str(self._plain),
                        filepath_index=str(self._index),
                        filepath_index_compressed=blocks,
                    )
            except (OSError, ValueError) as error:
                raise ValueError(
                    f"{shown(self.path)} cannot be read as FASTA ({error}); if its index "
                    f"{shown(self._index)} is not of it, or damaged, remove the index"
                ) from error
        return self._local.file

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_local"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._local = threading.local()


def _some(names: Mapping[str, Any]) -> str:
    listed = list(names)
    more = f" and {len(listed) - 8} more" if len(listed) > 8 else ""
    return ", ".join(listed[:8]) + more


def _place(record: str, length: int) -> tuple[str, int]:
    """Read the name of a piece as samtools gives it."""
    found = _PIECE.match(record)
    if found and int(found[3]) - int(found[2]) + 1 == length:
        return found[1], int(found[2]) - 1
    return record, 0


def _cache(path: Path) -> Path:
    status = path.stat()
    what = f"{path.resolve()} {status.st_size} {status.st_mtime_ns}"
    name = hashlib.blake2b(what.encode(), digest_size=8).hexdigest()
    root = Path(os.environ.get("SKXPRESSO_DATA") or pooch.os_cache("skxpresso"))
    folder = root / "genomes" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _readable(path: Path) -> Path:
    """Return a file that can be read at any place, unpacking plain gzip to the cache."""
    check_whole(path)
    if not is_packed(path) or is_bgzip(path):
        return path
    plain = _cache(path) / path.with_suffix("").name
    if not plain.exists():
        warnings.warn(
            f"{shown(path)} is packed with plain gzip, which cannot be read at any place; it is "
            f"unpacked to {plain}. bgzip would spare that",
            UserWarning,
            stacklevel=3,
        )
        try:
            with replacing(plain) as name, gzip.open(path) as packed, open(name, "wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
        except (EOFError, gzip.BadGzipFile) as error:
            raise ValueError(
                f"{shown(path)}: the compressed file is damaged or truncated"
            ) from error
    return plain


def _indexed(path: Path) -> Path:
    """Return an index that is newer than the FASTA, made where that is possible."""
    beside = path.with_name(f"{path.name}.fai")
    needed = [beside, beside.with_suffix(".gzi")] if is_bgzip(path) else [beside]
    age = path.stat().st_mtime
    if all(file.exists() and file.stat().st_mtime >= age for file in needed):
        return beside
    return _make_index(path, path.parent if os.access(path.parent, os.W_OK) else _cache(path))


def _make_index(path: Path, folder: Path) -> Path:
    index = folder / f"{path.name}.fai"
    if folder != path.parent and index.exists():
        return index
    with replacing(index) as name, replacing(index.with_suffix(".gzi")) as blocks:
        with caught_standard_error() as said:
            try:
                pysam.faidx(str(path), "--fai-idx", str(name), "--gzi-idx", str(blocks))
            except pysam.SamtoolsError as error:
                raise ValueError(
                    f"{shown(path)} cannot be indexed as FASTA, which begins with > and has lines "
                    f"of one length in a record: {clip(said() or str(error), 200)}"
                ) from error
            if "duplicate" in said():
                raise ValueError(
                    f"{shown(path)} holds two records of one name: {clip(said(), 200)}"
                )
        if name.stat().st_size == 0:
            raise ValueError(f"{shown(path)} holds no FASTA record")
    if not is_bgzip(path):
        index.with_suffix(".gzi").unlink()
    return index


def _check_index(path: Path, index: Path) -> None:
    """Raise if an index of another file, or of this one before it changed, lies beside it."""
    if is_bgzip(path):
        return  # its index holds places of the unpacked text
    with open(path, "rb") as file:
        for line in index.read_text().splitlines():
            name, *numbers = line.split("\t")
            if not _is_record(file, name.encode(), numbers):
                raise ValueError(
                    f"{shown(index)} is not the index of {shown(path)}, where it has "
                    f"{shorten(name)}; remove it"
                )


def _is_record(file: BinaryIO, name: bytes, numbers: list[str]) -> bool:
    """Tell whether a record of this name begins where an index says, and ends there, too."""
    try:
        length, place, bases, width = map(int, numbers[:4])
        file.seek(place + length // max(bases, 1) * width + length % max(bases, 1))
    except ValueError:
        return False
    behind = file.read(4).lstrip(b"\r\n")
    begin = max(place - _LONGEST_HEADER, 0)
    file.seek(begin)
    text = file.read(place - begin)
    header = text[text.rfind(b"\n", 0, -1) + 1 :]
    if begin > 0 and len(header) == len(text):  # too long to be read here
        return behind[:1] in (b"", b">")
    words = header.removeprefix(b">").split(maxsplit=1)
    return header[-1:] == b"\n" and words[:1] == [name] and behind[:1] in (b"", b">")
