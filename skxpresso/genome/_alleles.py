"""Letters of a promoter on an edited chromosome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skxpresso.genome.reference import Genome
from skxpresso.sequence.encoder import reverse_complement
from skxpresso.sequence.letters import encode_windows

__all__ = ["Edit", "Site", "letters_on_strand", "promoter_codes", "trimmed"]

Codes = npt.NDArray[np.uint8]


class Edit(NamedTuple):
    """[start, end) of a chromosome, 0-based, becomes `letters`, all on the plus strand."""

    start: int
    end: int
    letters: str

    @property
    def shift(self) -> int:
        """How far it moves what stands behind it."""
        return len(self.letters) - (self.end - self.start)


class Site(NamedTuple):
    """A TSS, 0-based, and how much of the gene's strand is wanted before and from it, in nt."""

    chrom: str
    tss: int
    strand: str
    before: int
    after: int

    @property
    def interval(self) -> tuple[int, int]:
        """The promoter on the plus strand, 0-based and half-open."""
        if self.strand == "+":
            return self.tss - self.before, self.tss + self.after
        return self.tss - self.after + 1, self.tss + self.before + 1


def trimmed(start: int, ref: str, alt: str) -> Edit:
    """Cut what two alleles share at their ends, the right one first.

    Examples
    --------
    >>> from skxpresso.genome._alleles import trimmed
    >>> trimmed(10, "CAG", "C")
    Edit(start=11, end=13, letters='')
    """
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    same = 0
    while same < min(len(ref), len(alt)) and ref[same] == alt[same]:
        same += 1
    return Edit(start + same, start + len(ref), alt[same:])


def promoter_codes(
    genome: Genome, site: Site, edits: Sequence[Edit] = (), anchor: str = "tss"
) -> Codes:
    """Return the codes of a promoter on the gene's strand, (before + after,).

    Parameters
    ----------
    genome : Genome
        The reference.
    site : Site
        Which promoter.
    edits : sequence of Edit
        What is changed, sorted and without overlap; none: the reference.
    anchor : {"tss", "end"}
        "tss": the TSS keeps its place, and what shifts on the far side of an indel is filled
        from the genome. "end": the promoter's end on the side of the indel keeps its place, and
        what lies between it and the other end shifts.
    """
    start, end = site.interval
    room = sum(abs(edit.shift) + len(edit.letters) for edit in edits)
    low = min([start - room, *(edit.start for edit in edits)])
    high = max([end + room, *(edit.end for edit in edits)])
    changed = _edited(genome.codes(site.chrom, low, high), low, edits)
    first = start + sum(_moved(edit, site, anchor) for edit in edits) - low
    codes = changed[first : first + end - start]
    return reverse_complement(codes[None])[0] if site.strand == "-" else codes


def _edited(codes: Codes, low: int, edits: Sequence[Edit]) -> Codes:
    """Replace stretches of codes whose first is at `low` of the chromosome."""
    pieces, done = [], low
    for edit in edits:
        pieces += [codes[done - low : edit.start - low], _encode(edit.letters)]
        done = edit.end
    return np.concatenate([*pieces, codes[done - low :]])


def letters_on_strand(letters: str, strand: str) -> Codes:
    """Return the codes of letters of the plus strand as a gene on `strand` reads them."""
    codes = _encode(letters)
    return reverse_complement(codes[None])[0] if strand == "-" else codes


def _encode(letters: str) -> Codes:
    if not letters:
        return np.empty(0, np.uint8)
    return encode_windows([letters], np.zeros(1, np.int64), len(letters), ["ALT"])[0]


def _moved(edit: Edit, site: Site, anchor: str) -> int:
    """How far the promoter's left end lies behind its place in the reference."""
    is_left = edit.start < site.tss or (edit.start == edit.end == site.tss)
    if anchor == "end":
        return 0 if is_left else edit.shift
    if edit.end <= site.tss:
        return edit.shift
    if edit.start > site.tss or not edit.shift:
        return 0
    # the first transcribed base itself is replaced: as far from the end where the gene begins
    n = len(edit.letters)
    if site.strand == "+":
        return min(site.tss - edit.start, n) - (site.tss - edit.start)
    return (n - 1 - min(edit.end - 1 - site.tss, n)) - (site.tss - edit.start)
