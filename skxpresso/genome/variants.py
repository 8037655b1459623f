"""variant_effects: what a variant does to the prediction of every gene whose window it lies in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import quote, require_columns
from skxpresso.genome._alleles import Edit, Site, promoter_codes, trimmed
from skxpresso.genome._networks import columns_of, promoter_of, window_of
from skxpresso.genome.chromosomes import match_chromosomes
from skxpresso.genome.reference import Genome
from skxpresso.genome.vcf import Record, read_records
from skxpresso.network import predict_members
from skxpresso.sequence.letters import decode

__all__ = ["EFFECT_COLUMNS", "Checked", "EffectPredictor", "check_variants", "variant_effects"]

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
_MOST_WRONG = 0.01  # share of REF that may differ from the genome: more is another assembly
_PAIRS = 2000  # predicted together


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
        if not _agrees(record, genome, checked.chromosomes):
            checked.n_mismatches += 1
            if len(checked.mismatches) < 5:
                place = f"{record.chrom}:{record.start + 1} {record.ref[:20]}"
                checked.mismatches.append(place)
    if checked.n_records and not checked.chromosomes:
        match_chromosomes(unmatched, genome.lengths, wanted_in=source, known_in=str(genome.path))
    if checked.n_mismatches > _MOST_WRONG * checked.n_compared:
        raise ValueError(
            f"{source}: REF of {checked.n_mismatches:,} of {checked.n_compared:,} records is not "
            f"what {genome.path} has there ({', '.join(checked.mismatches)}): another assembly?"
        )
    return checked


def _match(chrom: str, genome: Genome, source: str) -> dict[str, str]:
    try:
        return match_chromosomes(
            [chrom], genome.lengths, wanted_in=source, known_in=str(genome.path)
        )
    except ValueError:
        return {}


def _agrees(record: Record, genome: Genome, names: Mapping[str, str]) -> bool:
    chrom, end = names[record.chrom], record.start + len(record.ref)
    if record.start < genome.starts[chrom] or end > genome.lengths[chrom]:
        return False
    return genome.fetch(chrom, record.start, end) == record.ref


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
        self._reference: dict[int, npt.NDArray[np.float64]] = {}
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
        new = sorted({pair.gene for pair in pairs} - self._reference.keys())
        jobs: list[tuple[int, Edit | None]] = [(gene, None) for gene in new]
        jobs += [(pair.gene, pair.edit) for pair in pairs]
        each = self._predict(jobs) if jobs else np.zeros((1, 0))
        self._reference.update(zip(new, each.T, strict=False))
        alts = each[:, len(new) :]
        references = [self._reference[pair.gene] for pair in pairs]
        refs = np.array(references).T if references else alts
        deltas = alts - refs
        single = len(each) == 1
        std = np.full(len(pairs), np.nan) if single else deltas.std(axis=0, ddof=1)
        ref, alt = refs.mean(axis=0), alts.mean(axis=0)
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

    def _predict(self, jobs: list[tuple[int, Edit | None]]) -> npt.NDArray[np.float64]:
        """Predict with every network of the model: (networks, jobs)."""
        codes = np.stack(
            [
                promoter_codes(self.genome, self._sites[gene], edit, self.anchor)
                for gene, edit in jobs
            ]
        )
        X = self._others.iloc[[gene for gene, _ in jobs]].reset_index(drop=True)
        X.insert(0, self._column, decode(codes))
        return predict_members(self.model, X)


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
        if chrom is not None and _agrees(record, predictor.genome, checked.chromosomes):
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
