"""variant_effects: what a variant does to the prediction of every gene whose window it lies in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import quote, require_columns
from skxpresso.genome._alleles import Edit, Site, promoter_codes, trimmed
from skxpresso.genome._local import local_network
from skxpresso.genome._networks import columns_of, predict_with_spread, promoter_of, window_of
from skxpresso.genome.checked import Checked, agrees, check_variants
from skxpresso.genome.chromosomes import match_chromosomes
from skxpresso.genome.reference import Genome
from skxpresso.genome.vcf import Record, read_records
from skxpresso.sequence.letters import decode

__all__ = ["EFFECT_COLUMNS", "EffectPredictor", "variant_effects"]

Floats = npt.NDArray[np.float64]

#: Of the table of effects.
EFFECT_COLUMNS = (
    "chrom",
    "start",
    "id",
    "ref",
    "alt",
    "gene",
    "strand",
    "distance",
    "ref_prediction",
    "alt_prediction",
    "delta",
    "std",
)
_PAIRS = 2000  # predicted together


class Pair(NamedTuple):
    """One allele and one gene whose window it lies in."""

    record: Record
    allele: int
    gene: int
    edit: Edit


class EffectPredictor:
    """A model, its genes and its genome, ready for many variants.

    Parameters
    ----------
    model : Pipeline
        Fitted, with a `OneHotPromoterEncoder`; whatever regressor it ends in.
    genes : DataFrame
        As of `genes_from_genome`: genes as index, `chrom`, `tss` (0-based), `strand`, and the
        half-life columns that the model reads.
    genome : Genome
        The reference.
    anchor : {"tss", "end"}, default="tss"
        See `variant_effects`.
    """

    def __init__(
        self, model: Any, genes: pd.DataFrame, genome: Genome, anchor: str = "tss"
    ) -> None:
        require_columns(genes, ["chrom", "tss", "strand"], "variant_effects", "genes")
        if anchor not in ("tss", "end"):
            raise ValueError(f"anchor must be 'tss' or 'end', got {anchor!r}")
        matched = match_chromosomes(
            genes["chrom"], genome.lengths, wanted_in="genes", known_in=str(genome.path)
        )
        self.model, self.genome, self.anchor = model, genome, anchor
        self.genes = genes[genes["chrom"].isin(matched)]
        self._column, before, after = promoter_of(model)
        _check_same_tss(self.genes, before, after)
        columns = [self.genes[name].tolist() for name in ("chrom", "tss", "strand")]
        self._sites = [
            Site(matched[chrom], int(tss), strand, before, after)
            for chrom, tss, strand in zip(*columns, strict=True)
        ]
        others = [name for name in columns_of(model) if name in genes.columns]
        self._others = self.genes[[name for name in others if name != self._column]]
        self._reference: dict[int, float] = {}
        self._local = local_network(model)
        self._windows = self._sorted_windows(*window_of(model))

    def _sorted_windows(
        self, upstream: int, downstream: int
    ) -> dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        self._width = upstream + downstream
        starts = np.array(
            [site._replace(before=upstream, after=downstream).interval[0] for site in self._sites],
            np.int64,
        )
        chroms = np.array([site.chrom for site in self._sites])
        windows = {}
        for chrom in np.unique(chroms):
            rows = np.flatnonzero(chroms == chrom)
            rows = rows[np.argsort(starts[rows], kind="stable")]
            windows[str(chrom)] = (starts[rows], rows)
        return windows

    def pairs(self, record: Record, chrom: str) -> Iterator[Pair]:
        """Find the genes that each allele of a record has an effect on."""
        starts, rows = self._windows.get(chrom, (np.zeros(0, np.int64),) * 2)
        for allele, alt in record.letters():
            edit = trimmed(record.start, record.ref, alt.upper())
            first = np.searchsorted(starts, edit.start - self._width, "right")
            last = np.searchsorted(starts, edit.end, "left")
            for row in sorted(rows[first:last].tolist()):
                yield Pair(record, allele, row, edit)

    def effects(self, pairs: list[Pair]) -> pd.DataFrame:
        """Predict the effects of some pairs: a row each, with `EFFECT_COLUMNS`."""
        ref, alt, std = self._predictions(pairs)
        sites = [self._sites[pair.gene] for pair in pairs]
        return pd.DataFrame(
            {
                "chrom": [pair.record.chrom for pair in pairs],
                "start": [pair.record.start for pair in pairs],
                "id": [pair.record.name for pair in pairs],
                "ref": [pair.record.ref for pair in pairs],
                "alt": [pair.record.alts[pair.allele - 1] for pair in pairs],
                "gene": self.genes.index[[pair.gene for pair in pairs]],
                "strand": [site.strand for site in sites],
                "distance": [
                    _distance(pair.edit, site) for pair, site in zip(pairs, sites, strict=True)
                ],
                "ref_prediction": ref,
                "alt_prediction": alt,
                "delta": alt - ref,
                "std": std,
            },
            columns=list(EFFECT_COLUMNS),
        )

    def _predictions(self, pairs: list[Pair]) -> tuple[Floats, Floats, Floats]:
        """Return the predictions of both alleles of every pair, and the spread of the second."""
        local = np.array([self._is_local(pair.edit) for pair in pairs], bool)
        whole = [pair for pair, is_local in zip(pairs, local, strict=True) if not is_local]
        new = sorted({pair.gene for pair in pairs} - self._reference.keys())
        jobs: list[tuple[int, Edit | None]] = [(gene, None) for gene in new]
        jobs += [(pair.gene, pair.edit) for pair in whole]
        predicted, spread = self._predict(jobs) if jobs else (np.zeros(0), np.zeros(0))
        self._reference.update(zip(new, predicted[: len(new)].tolist(), strict=True))
        ref = np.array([self._reference[pair.gene] for pair in pairs])
        alt, std = np.empty(len(pairs)), np.full(len(pairs), np.nan)
        alt[~local], std[~local] = predicted[len(new) :], spread[len(new) :]
        if local.any():
            some = [pair for pair, is_local in zip(pairs, local, strict=True) if is_local]
            alt[local] = ref[local] + self._local_deltas(some)
        return ref, alt, std

    def _is_local(self, edit: Edit) -> bool:
        return self._local is not None and len(edit.letters) == edit.end - edit.start

    def _local_deltas(self, pairs: list[Pair]) -> Floats:
        """Return the effects of substitutions, gene by gene."""
        assert self._local is not None
        owners = np.array([pair.gene for pair in pairs])
        genes, places = np.unique(owners, return_inverse=True)
        deltas = np.empty(len(pairs))
        rows = [np.flatnonzero(places == place) for place in range(len(genes))]
        effects = self._local.deltas(
            self._promoters([(int(gene), None) for gene in genes]),
            [self._sites[gene] for gene in genes],
            [[pairs[i].edit for i in some] for some in rows],
        )
        for some, values in zip(rows, effects, strict=True):
            deltas[some] = values
        return deltas

    def _predict(self, jobs: list[tuple[int, Edit | None]]) -> tuple[Floats, Floats]:
        return predict_with_spread(self.model, self._promoters(jobs))

    def _promoters(self, jobs: list[tuple[int, Edit | None]]) -> pd.DataFrame:
        """Return the table that the model reads, a row for each gene and edit."""
        codes = np.stack(
            [
                promoter_codes(self.genome, self._sites[gene], edit, self.anchor)
                for gene, edit in jobs
            ]
        )
        X = self._others.iloc[[gene for gene, _ in jobs]].reset_index(drop=True)
        X.insert(0, self._column, decode(codes))
        return X


def _check_same_tss(genes: pd.DataFrame, before: int, after: int) -> None:
    """Raise where the table's promoters have their TSS elsewhere than the model expects it."""
    if not {"start", "end"} <= set(genes.columns) or genes.empty:
        return
    ahead = (genes["tss"] - genes["start"]).where(
        genes["strand"] == "+", genes["end"] - 1 - genes["tss"]
    )
    same_length = (genes["end"] - genes["start"]) == before + after
    wrong = same_length & ((ahead - before).abs() > 1)  # published tables are off by one
    if wrong.any():
        raise ValueError(
            f"the TSS of {int(wrong.sum()):,} of {len(genes):,} promoters in genes, the first "
            f"{genes.index[wrong][0]!r}, is at index {int(ahead[wrong].iloc[0])}, but the model "
            f"was fitted with it at {before}; give the encoder tss="
        )


def _distance(edit: Edit, site: Site) -> int:
    """Return nt from the TSS to the first changed base, along the gene: negative is upstream."""
    if site.strand == "+":
        return edit.start - site.tss
    return site.tss - max(edit.end - 1, edit.start)


def variant_effects(
    model: Any,
    variants: str | os.PathLike[str] | pd.DataFrame,
    genes: pd.DataFrame,
    genome: Genome | str | os.PathLike[str],
    *,
    anchor: str = "tss",
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

    Returns
    -------
    DataFrame
        A row per allele and gene, in the order of the variants: `EFFECT_COLUMNS`. `distance`
        is that of the first changed base from the TSS along the gene, negative upstream;
        `delta` is `alt_prediction - ref_prediction`; `std` the spread of an ensemble, NaN for
        one network. ``attrs["checked"]`` tells what was not scored.

    Raises
    ------
    ValueError
        If more than 1 % of REF are not the genome's, the VCF is not sorted or damaged, or a
        column is missing.

    Notes
    -----
    Half-life features stay as they are in `genes`: what a variant in a transcript does to
    lengths and contents is not predicted.

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
    predictor = EffectPredictor(model, genes, genome, anchor)
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


def in_batches(
    predictor: EffectPredictor, records: Iterable[Record], checked: Checked, size: int
) -> Iterator[tuple[list[Record], list[Pair]]]:
    """Yield records with their pairs, some `size` pairs or ten times as many records at a time."""
    waiting: list[Record] = []
    pairs: list[Pair] = []
    for record in records:
        waiting.append(record)
        chrom = checked.chromosomes.get(record.chrom)
        if chrom is not None and agrees(record, predictor.genome, checked.chromosomes):
            pairs.extend(predictor.pairs(record, chrom))
        if len(pairs) >= size or len(waiting) >= 10 * size:
            yield waiting, pairs
            waiting, pairs = [], []
    yield waiting, pairs


def _records(variants: str | os.PathLike[str] | pd.DataFrame) -> Iterator[Record]:
    if not isinstance(variants, pd.DataFrame):
        yield from read_records(variants)
        return
    require_columns(variants, ["chrom", "start", "ref", "alt"], "variant_effects", "variants")
    names = variants["id"] if "id" in variants.columns else ["."] * len(variants)
    columns = (variants["chrom"], variants["start"], variants["ref"], variants["alt"])
    for row, (name, chrom, start, ref, alt) in enumerate(zip(names, *columns, strict=True)):
        if not (isinstance(ref, str) and isinstance(alt, str) and ref and start == int(start)):
            raise ValueError(
                f"row {variants.index[row]!r} of variants must have letters for ref and alt and a "
                f"whole number for start, got {quote([ref, alt, start])}"
            )
        yield Record(str(chrom), int(start), str(name), ref.upper(), (alt,), "")
