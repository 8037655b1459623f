"""Is this VCF of this genome? REF of its records against the reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from skxpresso.genome.reference import Genome
from skxpresso.genome.vcf import Record

__all__ = ["Checked", "agrees", "check_variants"]

_MOST_WRONG = 0.01  # share of REF that may differ from the genome: more is another assembly


@dataclass
class Checked:
    """What a look at all records gave.

    Attributes
    ----------
    n_records, n_alleles : int
        Records, and alleles besides REF.
    n_symbolic : int
        Alleles such as <DEL> and ``*``, which have no letters and are not scored.
    mismatches : list of str
        The first records whose REF is not that of the genome; they are not scored.
    n_mismatches, n_compared : int
        How many of them, and how many REF were compared.
    n_elsewhere : int
        Records on chromosomes that the genome does not have.
    chromosomes : dict of str to str
        From the names of the records to those of the genome.
    """

    n_records: int = 0
    n_alleles: int = 0
    n_symbolic: int = 0
    n_mismatches: int = 0
    n_compared: int = 0
    n_elsewhere: int = 0
    mismatches: list[str] = field(default_factory=list)
    chromosomes: dict[str, str] = field(default_factory=dict)

    def remarks(self) -> list[str]:
        """Say what is not scored."""
        said = []
        if self.n_symbolic:
            said.append(
                f"{self.n_symbolic:,} of {self.n_alleles:,} alleles have no letters (<DEL>, * and "
                "the like) and are not scored"
            )
        if self.n_mismatches:
            said.append(
                f"{self.n_mismatches:,} of {self.n_compared:,} records have a REF that is not the "
                f"genome's and are not scored: {', '.join(self.mismatches)}"
            )
        if self.n_elsewhere:
            said.append(f"{self.n_elsewhere:,} records lie on chromosomes that the genome lacks")
        return said


def check_variants(records: Iterable[Record], genome: Genome, source: str) -> Checked:
    """Compare REF of all records with the genome.

    Parameters
    ----------
    records : iterable of Record
        Read once.
    genome : Genome
        The reference.
    source : str
        What the records are called in messages.

    Returns
    -------
    Checked

    Raises
    ------
    ValueError
        If more than 1 % of REF differ, or no chromosome is the genome's.
    """
    checked = Checked()
    unmatched: set[str] = set()
    for record in records:
        checked.n_records += 1
        checked.n_alleles += len(record.alts)
        checked.n_symbolic += len(record.alts) - len(record.letters())
        if record.chrom not in checked.chromosomes and record.chrom not in unmatched:
            found = _match(record.chrom, genome, source)
            checked.chromosomes.update(found)
            unmatched |= {record.chrom} - found.keys()
        if record.chrom in unmatched:
            checked.n_elsewhere += 1
            continue
        checked.n_compared += 1
        if not agrees(record, genome, checked.chromosomes):
            checked.n_mismatches += 1
            if len(checked.mismatches) < 5:
                checked.mismatches.append(_both(record, genome, checked.chromosomes))
    if checked.n_records and not checked.chromosomes:
        genome.named(unmatched, source)
    if checked.n_mismatches > _MOST_WRONG * checked.n_compared:
        raise ValueError(
            f"{source}: REF of {checked.n_mismatches:,} of {checked.n_compared:,} records is not "
            f"what {genome.path} has there ({', '.join(checked.mismatches)}): another assembly?"
        )
    return checked


def _match(chrom: str, genome: Genome, source: str) -> dict[str, str]:
    try:
        return genome.named([chrom], source)
    except ValueError:
        return {}


def _both(record: Record, genome: Genome, names: Mapping[str, str]) -> str:
    """Return the place of a record with its REF and the genome's letters."""
    ref, end = record.ref[:20], record.start + len(record.ref[:20])
    there = genome.fetch(names[record.chrom], record.start, end)
    return f"{record.chrom}:{record.start + 1} {ref} for {there}"


def agrees(record: Record, genome: Genome, names: Mapping[str, str]) -> bool:
    """Tell whether REF of a record is what the genome has there."""
    chrom, end = names[record.chrom], record.start + len(record.ref)
    if record.start < genome.starts[chrom] or end > genome.lengths[chrom]:
        return False
    return genome.fetch(chrom, record.start, end) == record.ref
