"""A motif: how often each base stands at each of its positions; read from the usual files."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from Bio import motifs as bio_motifs
from Bio.Data.IUPACData import ambiguous_dna_values

from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote, shorten
from skxpresso._utils.text import open_text

__all__ = ["Motif", "as_motif", "read_motifs"]

_BASES = "ACGT"
_MEANINGS = {letter: bases for letter, bases in ambiguous_dna_values.items() if letter != "X"}
_LETTERS = {"".join(sorted(bases)): letter for letter, bases in _MEANINGS.items()}
_MOST_BYTES = 1 << 28  # all of JASPAR has some 5 MB
_TOLERANCE = 0.01  # files round frequencies


@dataclass(frozen=True, eq=False)
class Motif:
    """A short pattern of bases, as frequencies at each position.

    Parameters
    ----------
    name : str
        What messages and tables call it.
    frequencies : array-like of shape (width, 4)
        Of A, C, G and T at each position, 5' to 3'; a row sums to 1. Counts are divided
        by their sum: see `from_counts`.

    Attributes
    ----------
    consensus : str
        The IUPAC letter of each position: of all bases at least half as frequent as the
        most frequent one.
    information : float
        Bits against bases that are all equally frequent.

    Raises
    ------
    ValueError
        If the frequencies are no numbers, negative, or of another shape, or a row does not
        sum to 1.

    See Also
    --------
    read_motifs : From files of JASPAR, MEME and others.
    find_motifs : Where motifs are.
    plant, ablate : What they do.

    Examples
    --------
    >>> from skxpresso.interpret import Motif
    >>> reb1 = Motif.from_consensus("CGGGTAA", "Reb1")
    >>> reb1
    Motif('Reb1', 'CGGGTAA')
    >>> reb1.reverse_complement().consensus
    'TTACCCG'
    >>> Motif.from_counts([[8, 0, 2, 0], [0, 5, 0, 5]], "pair").frequencies
    array([[0.8, 0. , 0.2, 0. ],
           [0. , 0.5, 0. , 0.5]])
    """

    name: str
    frequencies: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        try:
            values = np.array(self.frequencies, np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"frequencies of motif {shorten(self.name)} must be numbers, got "
                f"{shorten(self.frequencies)}"
            ) from error
        who = f"frequencies of motif {shorten(self.name)}"
        if values.ndim != 2 or values.shape[1] != 4 or not len(values):
            raise ValueError(f"{who} must have shape (width, 4), got {values.shape}")
        wrong = ~((values >= 0).all(axis=1) & (np.abs(values.sum(axis=1) - 1) <= _TOLERANCE))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(
                f"{who} must be 0 or more and sum to 1 at each position, got "
                f"{values[row].tolist()} at position {row}; Motif.from_counts takes counts"
            )
        values /= values.sum(axis=1, keepdims=True)
        values.flags.writeable = False
        object.__setattr__(self, "frequencies", values)

    @classmethod
    def from_consensus(cls, consensus: str, name: str | None = None) -> Self:
        """Make a motif of letters.

        Parameters
        ----------
        consensus : str
            IUPAC letters of DNA: W stands for A or T, N for any base, and so on.
        name : str or None, default=None
            None: the letters.

        Returns
        -------
        Motif
            The bases that a letter stands for have equal frequencies.
        """
        if not isinstance(consensus, str) or not consensus:
            raise ValueError(f"a motif must have at least one letter, got {shorten(consensus)}")
        rows = []
        for place, letter in enumerate(consensus.upper().replace("U", "T")):
            bases = _MEANINGS.get(letter, "")
            if not bases:
                raise ValueError(
                    f"motif {shorten(consensus)} must have IUPAC letters of DNA, got "
                    f"{letter!r} at position {place}"
                )
            rows.append([(base in bases) / len(bases) for base in _BASES])
        return cls(consensus if name is None else name, np.array(rows))

    @classmethod
    def from_counts(cls, counts: npt.ArrayLike, name: str) -> Self:
        """Make a motif of a position frequency matrix: how many sites have each base.

        Parameters
        ----------
        counts : array-like of shape (width, 4)
            A, C, G and T at each position, 5' to 3'.
        name : str
            What it is called.

        Returns
        -------
        Motif
        """
        values = np.asarray(counts, np.float64)
        if values.ndim != 2 or not (values.sum(axis=1) > 0).all():
            raise ValueError(
                f"counts of motif {shorten(name)} must have shape (width, 4) and a base at each "
                f"position, got shape {values.shape}"
            )
        return cls(name, values / values.sum(axis=1, keepdims=True))

    def __len__(self) -> int:
        return len(self.frequencies)

    def __repr__(self) -> str:
        return f"Motif({self.name!r}, {self.consensus!r})"

    @property
    def consensus(self) -> str:
        """The IUPAC letter of each position."""
        frequent = self.frequencies >= 0.5 * self.frequencies.max(axis=1, keepdims=True)
        return "".join(
            _LETTERS["".join(base for base, has in zip(_BASES, row, strict=True) if has)]
            for row in frequent
        )

    @property
    def information(self) -> float:
        """Bits against bases that are all equally frequent."""
        return float((self.frequencies * np.log2(np.fmax(self.frequencies, 1e-300) * 4)).sum())

    def reverse_complement(self) -> Motif:
        """Return the motif as it is read on the other strand.

        Returns
        -------
        Motif
        """
        return Motif(self.name, self.frequencies[::-1, ::-1])

    def log_odds(
        self, background: npt.ArrayLike | None = None, pseudocount: float = 0.01
    ) -> npt.NDArray[np.float64]:
        """Return the position weight matrix.

        Parameters
        ----------
        background : array-like of shape (4,) or None, default=None
            Frequencies of A, C, G and T elsewhere. None: all equal.
        pseudocount : float, default=0.01
            Weight of the background that is mixed into the frequencies, so that a base
            that was never seen is unlikely, not impossible.

        Returns
        -------
        ndarray of shape (width, 4), float64
            log2 of the frequency over that of the background.
        """
        base = check_background(background)
        mixed = (self.frequencies + pseudocount * base) / (1 + pseudocount)
        return np.log2(mixed / base)


def check_background(background: npt.ArrayLike | None) -> npt.NDArray[np.float64]:
    """Return background frequencies that sum to 1; None gives equal ones."""
    if background is None:
        return np.full(4, 0.25)
    values = np.asarray(background, np.float64)
    if values.shape != (4,) or not (values > 0).all() or not np.isfinite(values).all():
        raise ValueError(
            "background must be four numbers above 0, the frequencies of A, C, G and T, got "
            f"{shorten(background)}"
        )
    return values / values.sum()


def as_motif(motif: Any) -> Motif:
    """Take a `Motif`, the letters of one, or a motif of Biopython."""
    if isinstance(motif, Motif):
        return motif
    if isinstance(motif, str):
        return Motif.from_consensus(motif)
    if isinstance(motif, bio_motifs.Motif):
        return _of_biopython(motif)
    raise TypeError(
        f"motif must be a Motif, letters, or a motif of Biopython, got {type(motif).__name__}; "
        "Motif.from_counts takes a matrix"
    )


def read_motifs(path: str | os.PathLike[str], format: str | None = None) -> list[Motif]:
    r"""Read motifs from a file of JASPAR, MEME, TRANSFAC and others.

    Parameters
    ----------
    path : path-like
        Text, plain or gzip.
    format : str or None, default=None
        One of those of `Bio.motifs.parse`. None: "jaspar", "minimal" (MEME, plain text),
        "meme" (MEME, XML) or "transfac", by how the file begins.

    Returns
    -------
    list of Motif
        Named as in the file; where a name comes twice, with the identifier.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is in no known format, damaged, or holds no motif of DNA.

    Notes
    -----
    The files are read by Biopython (Cock et al. 2009), which turns the probabilities of MEME
    into counts of sites (20 where the file does not say), and thereby rounds them.

    References
    ----------
    Cock PJA et al. (2009). Biopython: freely available Python tools for computational molecular
    biology and bioinformatics. Bioinformatics 25:1422-1423.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skxpresso.interpret import read_motifs
    >>> path = Path(tempfile.mkdtemp()) / "two.jaspar"
    >>> rows = "A [ 0 9 ]\nC [ 9 0 ]\nG [ 0 0 ]\nT [ 1 1 ]\n"
    >>> _ = path.write_text(f">MA1.1 Abc1\n{rows}>MA2.1 Abc2\n{rows}")
    >>> read_motifs(path)
    [Motif('Abc1', 'CA'), Motif('Abc2', 'CA')]
    """
    with open_text(path) as file:
        text = file.read(_MOST_BYTES)
    if len(text) == _MOST_BYTES:
        raise ValueError(f"{shown(path)} must be a file of motifs, but is longer than 256 MiB")
    kind = _guess_format(text, path) if format is None else format
    try:
        found = list(bio_motifs.parse(io.StringIO(text), kind))
    except Exception as error:  # of any kind, as fuzzing showed
        raise ValueError(
            f"{shown(path)} cannot be read as {kind!r}: {shorten(str(error), 200)}"
        ) from error
    if not found:
        raise ValueError(f"{shown(path)} holds no motif of the format {kind!r}")
    return _named_apart([_of_biopython(each) for each in found], found)


def _guess_format(text: str, path: Any) -> str:
    begin = text.lstrip()[:2000]
    if begin.startswith(">"):
        return "jaspar"
    if begin.startswith("MEME version"):
        return "minimal"
    if begin.startswith("<?xml"):
        return "meme"
    if any(line[:3] in ("AC ", "ID ", "VV ", "NA ") for line in begin.splitlines()):
        return "transfac"
    raise ValueError(
        f"{shown(path)} must begin like a file of JASPAR, MEME or TRANSFAC, got "
        f"{shorten(begin[:40])}; give its format, one of those of Bio.motifs.parse"
    )


def _of_biopython(motif: Any) -> Motif:
    keys = [motif.get(key) for key in ("NA", "ID", "AC")] if isinstance(motif, dict) else []
    name = next((str(each) for each in (motif.name, *keys) if each), str(motif.consensus))
    counts = motif.counts
    bases = _BASES if "T" in counts else "ACGU"
    return Motif.from_counts(np.array([counts[base] for base in bases]).T, name)


def _named_apart(motifs: list[Motif], found: Iterable[Any]) -> list[Motif]:
    """Add the identifier where a name comes twice; raise where that does not help."""
    times = Counter(motif.name for motif in motifs)
    named = [
        Motif(f"{motif.name} ({source.matrix_id})", motif.frequencies)
        if times[motif.name] > 1 and getattr(source, "matrix_id", None)
        else motif
        for motif, source in zip(motifs, found, strict=True)
    ]
    twice = [name for name, n in Counter(motif.name for motif in named).items() if n > 1]
    if twice:
        raise ValueError(f"names of motifs must be unique, got {quote(twice)} more than once")
    return named
