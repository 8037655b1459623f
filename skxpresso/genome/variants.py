"""variant_effects: what a variant does to the prediction of every gene whose window it lies in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pandas as pd

from skxpresso._utils.table import is_missing, quote, require_columns
from skxpresso.genome.annotation import Annotation
from skxpresso.genome.checked import check_variants
from skxpresso.genome.effects import EffectPredictor, in_batches
from skxpresso.genome.reference import Genome
from skxpresso.genome.vcf import Record, read_records

__all__ = ["variant_effects"]

_PAIRS = 2000  # predicted together


def variant_effects(
    model: Any,
    variants: str | os.PathLike[str] | pd.DataFrame,
    genes: pd.DataFrame,
    genome: Genome | str | os.PathLike[str],
    *,
    anchor: str = "tss",
    annotation: Annotation | str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    r"""Predict what variants do to the expression of the genes whose windows they lie in.

    Parameters
    ----------
    model : Pipeline
        Fitted, with a `OneHotPromoterEncoder`; whatever regressor it ends in.
    variants : path-like or DataFrame
        VCF, sorted; or a table: `chrom`, `start` (0-based), `ref`, `alt` (one allele, on the
        plus strand), and `id` where there is one.
    genes : DataFrame
        As of `genes_from_genome`: genes as index, `chrom`, `tss` (0-based), `strand`, and the
        half-life columns that the model reads.
    genome : Genome or path-like
        FASTA.
    anchor : {"tss", "end"}, default="tss"
        What keeps its place at an indel. "tss": the TSS; letters shift on the far side of the
        indel, and the genome fills up. "end": the end of the promoter on the indel's side, so
        that what lies between the indel and the other end shifts.
    annotation : Annotation, path-like or None, default=None
        The annotation that `genes` was made from; `genes` then has a column `transcript`. Lengths
        and contents change with variants in UTRs, CDS and introns, which are scored wherever in
        the transcript they lie. None: half-life features stay as they are in `genes`.

    Returns
    -------
    DataFrame
        A row per allele and gene, in the order of the variants: columns `chrom`, `start`, `id`,
        `ref`, `alt`, `gene`, `strand`, `distance`, `ref_prediction`, `alt_prediction`, `delta`,
        `std`. `distance`
        is that of the first changed base from the TSS along the gene, negative upstream;
        `delta` is `alt_prediction - ref_prediction`; `std` its standard deviation over the
        networks of an ensemble, NaN for one network. ``attrs["checked"]`` tells what was not
        scored.

    Raises
    ------
    ValueError
        If more than 1 % of REF are not the genome's, the VCF is not sorted or damaged, or a
        column is missing.

    Notes
    -----
    With `annotation` there are two more columns, the parts of `delta`: `delta_promoter` has the
    half-life features of `genes`, `delta_halflife` the promoter of the reference. Where both
    change, `delta` need not be their sum. Splice sites, start and stop codons that a variant
    makes or breaks are not looked for.

    Where an indel replaces the first transcribed base itself, the TSS moves to the letter that
    is as far from the replaced stretch's beginning, along the gene, as it was.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso import OneHotPromoterEncoder
    >>> from skxpresso.genome import variant_effects
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> fasta = pathlib.Path(tempfile.mkdtemp()) / "genome.fa"
    >>> _ = fasta.write_text(">chr1\nAACCGTATGG\n")
    >>> model = make_pipeline(OneHotPromoterEncoder(), Ridge())
    >>> model = model.fit(["AAAA", "AACA", "CCCC", "GGTG"], [0.0, 1.0, 4.0, 0.0])
    >>> genes = pd.DataFrame({"chrom": ["chr1"], "tss": [3], "strand": ["+"]}, index=["g"])
    >>> variants = pd.DataFrame({"chrom": ["1"], "start": [2], "ref": ["C"], "alt": ["A"]})
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # 1 is chr1
    ...     effects = variant_effects(model, variants, genes, fasta)
    >>> effects[["gene", "distance"]].to_dict("records"), bool(effects["delta"][0] < 0)
    ([{'gene': 'g', 'distance': -1}], True)
    """
    genome = genome if isinstance(genome, Genome) else Genome(genome)
    predictor = EffectPredictor(model, genes, genome, anchor, annotation)
    source = "variants" if isinstance(variants, pd.DataFrame) else str(variants)
    checked = check_variants(_records(variants), genome, source)
    parts = [
        predictor.effects(pairs)
        for _, pairs in in_batches(predictor, _records(variants), checked, _PAIRS)
        if pairs
    ]
    empty = predictor.effects([])
    table = pd.concat(parts, ignore_index=True) if parts else empty
    table.attrs["checked"] = checked
    return table


def _records(variants: str | os.PathLike[str] | pd.DataFrame) -> Iterator[Record]:
    if not isinstance(variants, pd.DataFrame):
        yield from read_records(variants)
        return
    require_columns(variants, ["chrom", "start", "ref", "alt"], "variant_effects", "variants")
    names = variants["id"] if "id" in variants.columns else ["."] * len(variants)
    columns = (variants["chrom"], variants["start"], variants["ref"], variants["alt"])
    for row, (name, chrom, start, ref, alt) in enumerate(zip(names, *columns, strict=True)):
        letters = isinstance(ref, str) and isinstance(alt, str) and ref and alt
        if not (letters and is_missing(start) is False and start == int(start)):
            raise ValueError(
                f"row {variants.index[row]!r} of variants must have letters for ref and alt and a "
                f"whole number for start, got {quote([ref, alt, start])}"
            )
        yield Record(str(chrom), int(start), str(name), ref.upper(), (alt,), "")
