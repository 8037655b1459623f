"""Score the haplotypes of a phased VCF: read, predicted and written gene by gene."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from skxpresso._utils.naming import shown
from skxpresso._utils.outputs import claimed
from skxpresso._utils.partial import PartialFile
from skxpresso.genome import Genome
from skxpresso.genome.checked import check_variants
from skxpresso.genome.effects import EffectPredictor
from skxpresso.genome.genotypes import Genotypes
from skxpresso.genome.haplotypes import HAPLOTYPE_COLUMNS, HaplotypePredictor
from skxpresso.genome.vcf import AS_READ, read_header, read_records
from skxpresso.jobs.variants import digest_of

__all__ = ["ScoredHaplotypes", "score_haplotypes"]


class ScoredHaplotypes(NamedTuple):
    """How many haplotypes were scored, how many of them earlier, and what was left out."""

    n_haplotypes: int
    n_resumed: int
    remarks: list[str]


def score_haplotypes(
    model: Any,
    vcf: str | os.PathLike[str],
    genes: pd.DataFrame,
    fasta: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    samples: Sequence[str] | None = None,
    annotation: str | os.PathLike[str] | None = None,
    offsets: Mapping[str, int] | None = None,
    reads: Sequence[str | os.PathLike[str]] = (),
    resume: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> ScoredHaplotypes:
    """Predict every haplotype of every sample and gene, and write a row for each that differs.

    Memory depends on the samples and on the variants of the genes that are open at a time, not
    on the number of records.

    Parameters
    ----------
    model, vcf, genes, samples, annotation
        As in `haplotype_effects`.
    fasta : path-like
        FASTA file of the genome.
    out : path-like
        ``.tsv``; it appears when it is complete, and until then ``<out>.part`` grows.
    offsets : mapping of str to int, default=None
        Passed to `Genome`.
    reads : sequence of path-like, default=()
        Further files behind the arguments, such as those of model and genes, which must not
        be written over.
    resume : bool, default=False
        Continue ``<out>.part``. False starts over.
    on_progress : callable or None, default=None
        Called with the number of records done and the number of all records.

    Returns
    -------
    ScoredHaplotypes

    Raises
    ------
    OSError, ValueError
        As for `haplotype_effects`; if `out` has another ending, is an input, or is being
        written; or if ``<out>.part`` comes from another run.
    """
    vcf, out = Path(vcf), Path(out)
    if out.suffix != ".tsv":
        raise ValueError(f"{shown(out)} must end in .tsv: haplotypes are written as a table")
    partial = PartialFile(out)
    inputs = [vcf, fasta, *([annotation] if annotation is not None else []), *reads]
    with claimed(partial.files, inputs):
        genome = Genome(fasta, offsets=offsets)
        predictor = EffectPredictor(model, genes, genome, annotation=annotation)
        genotypes = Genotypes(read_header(vcf), samples, str(vcf))
        checked = check_variants(read_records(vcf), genome, str(vcf))
        haplotypes = HaplotypePredictor(predictor, genotypes, checked)
        run = digest_of(model, genes, vcf, ["haplotypes", genotypes.samples, str(annotation)])
        found = partial.read_note() if resume else None
        note = found or {"run": run, "genes": 0, "rows": 0}
        if note.get("run") != run:
            raise ValueError(f"{partial.part} is of another model, VCF or table. Start over")
        n_rows = n_resumed = note["rows"]
        if found is None:
            partial.append(("\t".join(HAPLOTYPE_COLUMNS) + "\n").encode(*AS_READ), note)
        for n_records, n_genes, rows in haplotypes.batches(read_records(vcf), skip=note["genes"]):
            n_rows += len(rows)
            content = {"run": run, "genes": n_genes, "rows": n_rows}
            text = rows.to_csv(
                sep="\t", header=False, index=False, float_format="%.7g", lineterminator="\n"
            )
            partial.append(text.encode(*AS_READ), content)
            if on_progress is not None:
                on_progress(n_records, checked.n_records)
        partial.finish()
    return ScoredHaplotypes(n_rows, n_resumed, haplotypes.remarks())
