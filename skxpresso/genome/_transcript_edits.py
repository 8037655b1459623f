"""What edits of a chromosome do to the half-life features of a gene's transcript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import polars as pl

from skxpresso._utils.naming import shown
from skxpresso._utils.table import require_columns
from skxpresso.genome._alleles import Edit
from skxpresso.genome._features import KINDS, coding_blocks
from skxpresso.genome._transcripts import VERSION
from skxpresso.genome.annotation import Annotation
from skxpresso.genome.reference import Genome

__all__ = ["Transcripts"]

_LENGTHS = dict(zip(KINDS, ("UTR5LEN", "CDSLEN", "UTR3LEN"), strict=True))
_CONTENTS = dict(zip(KINDS, ("UTR5GC", "CDSGC", "UTR3GC"), strict=True))


class _Transcript(NamedTuple):
    """A transcript's span on `chrom`, its parts (kind, start, end), and the file's CDS lines."""

    chrom: str
    start: int
    end: int
    blocks: list[tuple[str, int, int]]
    cds: list[tuple[int, int]]


class _Counts(NamedTuple):
    """Letters of one part of a transcript: all, the known ones, G and C."""

    n: int = 0
    known: int = 0
    gc: int = 0

    def changed(self, text: str, sign: int) -> _Counts:
        gc = text.count("G") + text.count("C")
        known = gc + text.count("A") + text.count("T")
        return _Counts(self.n + sign * len(text), self.known + sign * known, self.gc + sign * gc)


class Transcripts:
    """The transcripts of a table of genes, ready for many edits.

    Parameters
    ----------
    genes : DataFrame
        With `transcript`, and the half-life features that were made from `annotation`.
    chroms : sequence of str
        Of the genes, as the genome calls them.
    annotation : Annotation
        Where the transcripts' blocks are found, by name; versions need not agree.
    genome : Genome
        The reference.
    """

    def __init__(
        self, genes: pd.DataFrame, chroms: Sequence[str], annotation: Annotation, genome: Genome
    ) -> None:
        require_columns(genes, ["transcript"], "annotation=", "genes")
        self.genome = genome
        keys = _keys(annotation)
        names = [VERSION.sub("", str(name)) for name in genes["transcript"]]
        lacking = [name for name in names if name not in keys]
        if lacking:
            raise ValueError(
                f"annotation {annotation.path} has no CDS of transcript {lacking[0]!r}, and of "
                f"{len(lacking):,} of {len(names):,} in genes; give the one that it was made from"
            )
        wanted = [keys[name] for name in names]
        blocks = coding_blocks(annotation).filter(pl.col("key").is_in(wanted))
        of_key: dict[object, list[tuple[str, int, int]]] = {}
        for key, *block in blocks.select("key", "kind", "start", "end").rows():
            of_key.setdefault(key, []).append((block[0], block[1], block[2]))
        lines: dict[object, list[tuple[int, int]]] = {}
        cds = annotation.blocks.filter((pl.col("kind") == "cds") & pl.col("key").is_in(wanted))
        for key, start, end in cds.select("key", "start", "end").rows():
            lines.setdefault(key, []).append((start, end))
        spans = {
            key: (start, end)
            for key, start, end in annotation.transcripts.select("key", "start", "end").rows()
        }
        self._transcripts = [
            _Transcript(chrom, spans[key][0], spans[key][1], of_key[key], lines[key])
            for key, chrom in zip(wanted, chroms, strict=True)
        ]
        self._counts: dict[int, dict[str, _Counts]] = {}
        self._check(genes, str(annotation.path))

    def _check(self, genes: pd.DataFrame, path: str) -> None:
        """Raise if the lengths of the CDS are not those of the annotation."""
        if "CDSLEN" not in genes.columns:
            return
        for row, (name, length) in enumerate(zip(genes.index, genes["CDSLEN"], strict=True)):
            whole = self._transcripts[row]
            most = sum(end - start for kind, start, end in whole.blocks if kind == "cds")
            least = sum(end - start - 1 for start, end in whole.cds)  # published: one nt short
            if not least <= length <= most:
                raise ValueError(
                    f"genes has a CDSLEN of {length:g} for {name!r}, but its transcript in "
                    f"{shown(path)} has {most} nt; annotation must be the one that genes was made "
                    "from, and the lengths must be in nt"
                )

    def span(self, gene: int) -> tuple[int, int]:
        """Return start and end of a gene's transcript, 0-based and half-open."""
        return self._transcripts[gene].start, self._transcripts[gene].end

    def changes(self, gene: int, edits: Sequence[Edit]) -> dict[str, float]:
        """Return by how much edits change each feature; nothing for those that stay.

        The letters that an edit puts in belong to the part of the transcript where the first
        letter lies that it replaces; for a mere insertion, the letter before it.
        """
        whole = self._transcripts[gene]
        edits = [edit for edit in edits if edit.start <= whole.end and edit.end >= whole.start]
        if not edits:
            return {}
        before = self._reference(gene)
        after, introns = dict(before), 0
        for edit in edits:
            for kind, start, end in whole.blocks:
                cut = max(start, edit.start), min(end, edit.end)
                if cut[0] < cut[1]:
                    after[kind] = after[kind].changed(self.genome.fetch(whole.chrom, *cut), -1)
                    introns += cut[1] - cut[0]
            introns -= max(0, min(whole.end, edit.end) - max(whole.start, edit.start))
            first = edit.start if edit.end > edit.start else edit.start - 1
            part = _part(whole, first)
            if part in after:
                after[part] = after[part].changed(edit.letters, 1)
            elif part == "intron":
                introns += len(edit.letters)
        lost = sum(
            any(edit.start <= start and end <= edit.end for edit in edits)
            for start, end in whole.cds
        )
        return _differences(before, after, introns, (len(whole.cds), len(whole.cds) - lost))

    def _reference(self, gene: int) -> dict[str, _Counts]:
        if gene not in self._counts:
            whole = self._transcripts[gene]
            counts = dict.fromkeys(KINDS, _Counts())
            for kind, start, end in whole.blocks:
                counts[kind] = counts[kind].changed(self.genome.fetch(whole.chrom, start, end), 1)
            self._counts[gene] = counts
        return self._counts[gene]


def _keys(annotation: Annotation) -> dict[str, object]:
    pairs = annotation.transcripts.select("transcript", "key").rows()
    return {VERSION.sub("", str(name)): key for name, key in reversed(pairs)}


def _part(whole: _Transcript, position: int) -> str:
    for kind, start, end in whole.blocks:
        if start <= position < end:
            return kind
    return "intron" if whole.start <= position < whole.end else "outside"


def _differences(
    before: dict[str, _Counts], after: dict[str, _Counts], introns: int, n_cds: tuple[int, int]
) -> dict[str, float]:
    found = {"INTRONLEN": float(introns)}
    for kind in KINDS:
        was, now = before[kind], after[kind]
        found[_LENGTHS[kind]] = float(now.n - was.n)
        found[_CONTENTS[kind]] = now.gc / max(now.known, 1) - was.gc / max(was.known, 1)
    density = [
        n * 1000 / max(parts["cds"].n, 1) for n, parts in zip(n_cds, (before, after), strict=True)
    ]
    found["ORFEXONDENSITY"] = density[1] - density[0]
    return {
        name: float(value) for name, value in found.items() if not np.isclose(value, 0, atol=1e-12)
    }
