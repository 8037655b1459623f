"""Which allele each haplotype of each sample has, from the GT of a VCF's lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote
from skxpresso.genome.vcf import Record

__all__ = ["Genotypes"]

_FIXED = 9  # columns before the first sample


class Genotypes:
    """Reads GT of some samples.

    Parameters
    ----------
    header : list of str
        Lines of the VCF's header.
    samples : sequence of str or None
        Which samples; None: all.
    path : str
        The file, for messages.

    Attributes
    ----------
    samples : list of str
        In the order of the file.
    n_unphased, n_missing : int
        How many genotypes so far had no phase, or no allele: they are read as the reference.
    """

    def __init__(self, header: Sequence[str], samples: Sequence[str] | None, path: str) -> None:
        there = header[-1].split("\t")[_FIXED:]
        if not there:
            raise ValueError(f"{shown(path)} has no samples: haplotypes need columns behind FORMAT")
        unknown = [name for name in samples or [] if name not in there]
        if unknown:
            raise ValueError(f"samples names {quote(unknown)}; {shown(path)} has {quote(there)}")
        self.samples = [name for name in there if samples is None or name in samples]
        self._columns = [_FIXED + there.index(name) for name in self.samples]
        self._path = path
        self._known: dict[str, tuple[int, int, int]] = {}
        self.n_unphased = self.n_missing = 0

    def read(self, record: Record) -> npt.NDArray[np.int16]:
        """Return the numbers of the alleles, (2 * samples,): both haplotypes of each sample."""
        columns = record.line.split("\t")
        if len(columns) <= max(self._columns) or columns[8].split(":", 1)[0] != "GT":
            raise ValueError(
                f"{shown(self._path)}: {record.chrom}:{record.start + 1} must have FORMAT GT first "
                f"and a column per sample, got {len(columns)} columns and {quote(columns[8:9])}"
            )
        alleles = np.zeros((len(self._columns), 2), np.int16)
        for row, column in enumerate(self._columns):
            text = columns[column].split(":", 1)[0]
            if text not in self._known:
                self._known[text] = _parse(text, record, self._path)
            first, second, kind = self._known[text]
            alleles[row] = first, second
            self.n_unphased += kind == 1
            self.n_missing += kind == 2
        if alleles.max(initial=0) > len(record.alts):
            raise ValueError(
                f"{shown(self._path)}: {record.chrom}:{record.start + 1} has {len(record.alts)} "
                f"alleles besides REF, but a GT of {alleles.max()}"
            )
        return alleles.ravel()

    def remarks(self) -> list[str]:
        """Say what was read as the reference."""
        kinds = {"no phase": self.n_unphased, "no allele": self.n_missing}
        return [
            f"{n:,} genotypes have {kind} and were read as the reference"
            for kind, n in kinds.items()
            if n
        ]


def _parse(text: str, record: Record, path: str) -> tuple[int, int, int]:
    """Return both alleles, and 0, or 1 without phase, 2 without allele."""
    parts = text.replace("/", "|").split("|")
    if len(parts) > 2 or not all(part == "." or part.isdigit() for part in parts):
        raise ValueError(
            f"{shown(path)}: {record.chrom}:{record.start + 1} must have GT of one or two alleles, "
            f"such as 0|1, got {text[:20]!r}"
        )
    if "." in parts:
        kind = 2
        numbers = [0 if part == "." or "/" in text else int(part) for part in parts]
    else:
        numbers = [int(part) for part in parts]
        kind = int("/" in text and len(set(numbers)) > 1)
        numbers = [0, 0] if kind else numbers
    return numbers[0], (numbers[1] if len(numbers) == 2 else 0), kind
