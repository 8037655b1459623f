"""haplotype_effects: all variants of a chromosome copy at once, for every sample and gene."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso.genome._alleles import Edit, trimmed
from skxpresso.genome.annotation import Annotation
from skxpresso.genome.checked import Checked, agrees, check_variants
from skxpresso.genome.effects import EffectPredictor, Job, spread_of
from skxpresso.genome.genotypes import Genotypes
from skxpresso.genome.reference import Genome
from skxpresso.genome.vcf import Record, read_header, read_records

__all__ = ["HAPLOTYPE_COLUMNS", "HaplotypePredictor", "haplotype_effects"]

#: Of the table of haplotypes.
HAPLOTYPE_COLUMNS = (
    "gene",
    "sample",
    "haplotype",
    "n_variants",
    "ref_prediction",
    "alt_prediction",
    "delta",
    "std",
    "variants",
)
_MARGIN = 1000  # nt around a window: what deletions pull in has variants, too
_EDITS = 500  # of the genes that are predicted together


@dataclass
class _Open:
    """A gene whose window is being read: the edits so far, and who carries them."""

    gene: int
    end: int
    edits: list[Edit] = field(default_factory=list)
    carriers: list[npt.NDArray[np.bool_]] = field(default_factory=list)


class HaplotypePredictor:
    """Reads records in order, and predicts the haplotypes of each gene when it is complete.

    Parameters
    ----------
    predictor : EffectPredictor
        Model, genes, genome.
    genotypes : Genotypes
        Of the VCF.
    checked : Checked
        Of all its records.

    Attributes
    ----------
    n_overlapping : int
        How many variants so far overlapped another one of their haplotype, and were left out.
    """

    def __init__(self, predictor: EffectPredictor, genotypes: Genotypes, checked: Checked) -> None:
        self.predictor, self.genotypes, self.checked = predictor, genotypes, checked
        self.n_overlapping = 0
        self._open: dict[int, _Open] = {}
        self._chrom: str | None = None

    def add(self, record: Record) -> list[_Open]:
        """Take a record; return the genes that end before it."""
        chrom = self.checked.chromosomes.get(record.chrom)
        done = self.close(chrom, record.start)
        if chrom is None or not agrees(record, self.predictor.genome, self.checked.chromosomes):
            return done
        self._chrom = chrom
        end = record.start + len(record.ref)
        genes = self.predictor.near(chrom, record.start - _MARGIN, end + _MARGIN)
        if not genes:
            return done
        alleles = self.genotypes.read(record)
        for number, alt in record.letters():
            carriers = alleles == number
            if carriers.any():
                edit = trimmed(record.start, record.ref, alt.upper())
                for gene in genes:
                    last = int(self.predictor.reaches[gene, 1]) + _MARGIN
                    state = self._open.setdefault(gene, _Open(gene, last))
                    state.edits.append(edit)
                    state.carriers.append(carriers)
        return done

    def close(self, chrom: str | None = None, start: int = 0) -> list[_Open]:
        """Return, and forget, the genes that end before a place; all of them by default."""
        done = [
            state for state in self._open.values() if chrom != self._chrom or state.end <= start
        ]
        for state in done:
            del self._open[state.gene]
        return done

    def rows(self, states: Sequence[_Open]) -> pd.DataFrame:
        """Predict the haplotypes of complete genes: a row per sample and changed haplotype."""
        jobs: list[Job] = []
        rows: list[tuple[int, int, int]] = []  # job, sample, haplotype
        texts: list[tuple[int, str]] = []
        for state in states:
            first = len(rows)
            for edits, columns in self._haplotypes(state):
                rows += [(len(jobs), *divmod(int(column), 2)) for column in columns]
                changes = self.predictor.halflife_changes(state.gene, edits)
                jobs.append(Job(state.gene, self._near_window(state.gene, edits), changes))
                texts.append((len(edits), ",".join(map(_text, edits))))
            rows[first:] = sorted(rows[first:], key=lambda row: row[1:])
        members = self.predictor.predict(jobs)
        deltas = members - self.predictor.references([job.gene for job in jobs])
        predicted, delta = members.mean(axis=0), deltas.mean(axis=0)
        spread = spread_of(deltas)
        at = np.array([job for job, _, _ in rows], np.intp)
        genes = self.predictor.genes.index[[jobs[i].gene for i in at]]
        return pd.DataFrame(
            {
                "gene": genes,
                "sample": [self.genotypes.samples[sample] for _, sample, _ in rows],
                "haplotype": [copy + 1 for _, _, copy in rows],
                "n_variants": [texts[i][0] for i in at],
                "ref_prediction": (predicted - delta)[at],
                "alt_prediction": predicted[at],
                "delta": delta[at],
                "std": spread[at],
                "variants": [texts[i][1] for i in at],
            },
            columns=list(HAPLOTYPE_COLUMNS),
        )

    def _haplotypes(self, state: _Open) -> Iterator[tuple[tuple[Edit, ...], npt.NDArray[np.intp]]]:
        """Yield every different haplotype that changes something, and who has it."""
        order = sorted(range(len(state.edits)), key=lambda i: state.edits[i][:2])
        edits = [state.edits[i] for i in order]
        carried = np.stack([state.carriers[i] for i in order])
        different, owners = np.unique(carried, axis=1, return_inverse=True)
        for place in range(different.shape[1]):
            mine = self._without_overlap([edits[i] for i in np.flatnonzero(different[:, place])])
            if self._changes(state.gene, mine):
                yield mine, np.flatnonzero(owners.ravel() == place)

    def _without_overlap(self, edits: Sequence[Edit]) -> tuple[Edit, ...]:
        kept: list[Edit] = []
        for edit in edits:
            if kept and (edit.start < kept[-1].end or edit[:2] == kept[-1][:2]):
                self.n_overlapping += 1
            else:
                kept.append(edit)
        return tuple(kept)

    def _changes(self, gene: int, edits: Sequence[Edit]) -> bool:
        if any(self.predictor.in_window(gene, edit) for edit in edits):
            return True
        return bool(self.predictor.halflife_changes(gene, edits))

    def _near_window(self, gene: int, edits: Sequence[Edit]) -> tuple[Edit, ...]:
        start, end = self.predictor.windows[gene]
        return tuple(
            edit for edit in edits if edit.start < end + _MARGIN and edit.end > start - _MARGIN
        )

    def batches(
        self, records: Iterator[Record], skip: int = 0
    ) -> Iterator[tuple[int, int, pd.DataFrame]]:
        """Yield the number of records read, of genes complete, and rows of the last of these.

        The first `skip` genes are left out.
        """
        waiting: list[_Open] = []
        n_records = n_genes = 0
        for record in records:
            n_records += 1
            done = self.add(record)
            waiting += done[max(0, skip - n_genes) :]
            n_genes += len(done)
            if sum(len(state.edits) for state in waiting) >= _EDITS:
                yield n_records, n_genes, self.rows(waiting)
                waiting = []
        done = self.close()
        waiting += done[max(0, skip - n_genes) :]
        yield n_records, n_genes + len(done), self.rows(waiting)

    def remarks(self) -> list[str]:
        """Say what was not scored."""
        said = self.checked.remarks() + self.genotypes.remarks()
        if self.n_overlapping:
            said.append(
                f"{self.n_overlapping:,} variants overlap another one of their haplotype and were "
                "left out of it"
            )
        return said


def _text(edit: Edit) -> str:
    return f"{edit.start}-{edit.end}:{edit.letters}"


def haplotype_effects(
    model: Any,
    vcf: str | os.PathLike[str],
    genes: pd.DataFrame,
    genome: Genome | str | os.PathLike[str],
    *,
    samples: Sequence[str] | None = None,
    annotation: Annotation | str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    r"""Predict the expression of every gene from each copy of its chromosome in every sample.

    All variants of a copy are put in at once, so that those that compensate or enhance each other
    are seen together.

    Parameters
    ----------
    model, genes, genome, annotation
        As for `variant_effects`.
    vcf : path-like
        VCF with GT of samples, sorted. ``0|1`` and the like have a phase; so have ``1/1`` and a
        single allele. Others are read as the reference, and counted.
    samples : sequence of str or None, default=None
        Which samples. None: all.

    Returns
    -------
    DataFrame
        A row for every gene, sample and haplotype that differs from the reference: `gene`,
        `sample`, `haplotype` (1 or 2, left and right of ``|``), `n_variants`, `ref_prediction`,
        `alt_prediction`, `delta` (their difference), `std` (spread of `delta` in an ensemble, NaN
        for one network), `variants` (``start-end:letters``, 0-based, half-open, plus strand: what
        is replaced, by which letters; parted by commas). Copies without a row are those of the
        reference. The TSS keeps its place, as with ``anchor="tss"`` of `variant_effects`.

    Raises
    ------
    ValueError
        As for `variant_effects`, or if the VCF has no samples.

    Warns
    -----
    UserWarning
        For what was left out.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso import OneHotPromoterEncoder
    >>> from skxpresso.genome import haplotype_effects
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "genome.fa").write_text(">chr1\nAACCGTATGG\n")
    >>> header = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tjo\n"
    >>> lines = "chr1\t3\t.\tC\tA\t.\t.\t.\tGT\t0|1\nchr1\t4\t.\tC\tG\t.\t.\t.\tGT\t0|1\n"
    >>> _ = (folder / "a.vcf").write_text(header + lines)
    >>> model = make_pipeline(OneHotPromoterEncoder(), Ridge())
    >>> model = model.fit(["AAAA", "AACA", "CCCC", "GGTG"], [0.0, 1.0, 4.0, 0.0])
    >>> genes = pd.DataFrame({"chrom": ["chr1"], "tss": [3], "strand": ["+"]}, index=["g"])
    >>> table = haplotype_effects(model, folder / "a.vcf", genes, folder / "genome.fa")
    >>> table[["gene", "sample", "haplotype", "n_variants", "variants"]].values.tolist()
    [['g', 'jo', 2, 2, '2-3:A,3-4:G']]
    """
    genome = genome if isinstance(genome, Genome) else Genome(genome)
    predictor = EffectPredictor(model, genes, genome, annotation=annotation)
    haplotypes = HaplotypePredictor(
        predictor,
        Genotypes(read_header(vcf), samples, str(vcf)),
        check_variants(read_records(vcf), genome, str(vcf)),
    )
    parts = [rows for _, _, rows in haplotypes.batches(read_records(vcf)) if len(rows)]
    for remark in haplotypes.remarks():
        warnings.warn(remark, UserWarning, stacklevel=2)
    return pd.concat(parts, ignore_index=True) if parts else haplotypes.rows([])
