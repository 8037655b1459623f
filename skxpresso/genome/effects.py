"""EffectPredictor: a model, its genes and its genome, ready for many edits of chromosomes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import require_columns, shorten
from skxpresso.genome._alleles import Edit, Site, promoter_codes, trimmed
from skxpresso.genome._local import local_network
from skxpresso.genome._networks import columns_of, promoter_of, window_of
from skxpresso.genome._transcript_edits import Transcripts
from skxpresso.genome.annotation import Annotation, as_annotation
from skxpresso.genome.checked import Checked, agrees
from skxpresso.genome.reference import Genome
from skxpresso.genome.vcf import Record
from skxpresso.network import predict_members
from skxpresso.sequence.letters import decode

__all__ = ["EFFECT_COLUMNS", "PART_COLUMNS", "EffectPredictor", "in_batches", "spread_of"]

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
#: And behind them, where transcripts are known.
PART_COLUMNS = ("delta_promoter", "delta_halflife")


class Pair(NamedTuple):
    """One allele and one gene whose window, or half-life features, it changes."""

    record: Record
    allele: int
    gene: int
    edit: Edit
    in_window: bool
    halflife: dict[str, float]


class Job(NamedTuple):
    """One prediction: of a gene, with edits of its promoter and changes of its features."""

    gene: int
    edits: tuple[Edit, ...] = ()
    halflife: dict[str, float] = {}  # noqa: RUF012 - never changed


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
    annotation : Annotation, path-like or None, default=None
        See `variant_effects`.
    """

    def __init__(
        self,
        model: Any,
        genes: pd.DataFrame,
        genome: Genome,
        anchor: str = "tss",
        annotation: Annotation | str | os.PathLike[str] | None = None,
    ) -> None:
        require_columns(genes, ["chrom", "tss", "strand"], "variant_effects", "genes")
        if anchor not in ("tss", "end"):
            raise ValueError(f"anchor must be 'tss' or 'end', got {anchor!r}")
        _check_places(genes)
        matched = genome.named(genes["chrom"], "genes")
        self.model, self.genome, self.anchor = model, genome, anchor
        self.genes = genes[genes["chrom"].isin(matched)]
        self._column, before, after = promoter_of(model)
        _check_same_tss(self.genes, before, after)
        columns = [self.genes[name].tolist() for name in ("chrom", "tss", "strand")]
        self.sites = [
            Site(matched[chrom], int(tss), strand, before, after)
            for chrom, tss, strand in zip(*columns, strict=True)
        ]
        others = [name for name in columns_of(model) if name in genes.columns]
        self._others = self.genes[[name for name in others if name != self._column]]
        self._transcripts: Transcripts | None = None
        if annotation is not None:
            chroms = [site.chrom for site in self.sites]
            self._transcripts = Transcripts(self.genes, chroms, as_annotation(annotation), genome)
        self._reference: dict[int, Floats] = {}
        self._local = local_network(model)
        upstream, downstream = window_of(model)
        windows = [site._replace(before=upstream, after=downstream) for site in self.sites]
        self.windows = [window.interval for window in windows]
        self.reaches = self._find_reaches()
        self._sorted = self._sorted_reaches()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `effects`."""
        return EFFECT_COLUMNS + (PART_COLUMNS if self._transcripts is not None else ())

    def _find_reaches(self) -> npt.NDArray[np.int64]:
        """Return where on its chromosome a gene is changed: its window, and its transcript."""
        reaches = np.array(self.windows, np.int64).reshape(-1, 2)
        if self._transcripts is not None and len(reaches):
            spans = np.array([self._transcripts.span(gene) for gene in range(len(reaches))])
            reaches[:, 0] = np.minimum(reaches[:, 0], spans[:, 0])
            reaches[:, 1] = np.maximum(reaches[:, 1], spans[:, 1])
        return reaches

    def _sorted_reaches(self) -> dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Return for every chromosome the starts of the reaches in order, and whose they are."""
        self._longest = int((self.reaches[:, 1] - self.reaches[:, 0]).max(initial=0))
        chroms = np.array([site.chrom for site in self.sites])
        found = {}
        for chrom in np.unique(chroms):
            rows = np.flatnonzero(chroms == chrom)
            rows = rows[np.argsort(self.reaches[rows, 0], kind="stable")]
            found[str(chrom)] = (self.reaches[rows, 0], rows)
        return found

    def near(self, chrom: str, start: int, end: int) -> list[int]:
        """Return the genes that a change of [start, end) may reach, in the order of `genes`."""
        starts, rows = self._sorted.get(chrom, (np.zeros(0, np.int64),) * 2)
        first = np.searchsorted(starts, start - self._longest, "right")
        last = np.searchsorted(starts, end, "left")
        return sorted(rows[first:last].tolist())

    def pairs(self, record: Record, chrom: str) -> Iterator[Pair]:
        """Find the genes that each allele of a record has an effect on."""
        for allele, alt in record.letters():
            edit = trimmed(record.start, record.ref, alt.upper())
            for gene in self.near(chrom, edit.start, edit.end):
                in_window = self.in_window(gene, edit)
                changes = self.halflife_changes(gene, (edit,))
                if in_window or changes:
                    yield Pair(record, allele, gene, edit, in_window, changes)

    def in_window(self, gene: int, edit: Edit) -> bool:
        """Tell whether an edit lies in the window that the model reads of a gene."""
        start, end = self.windows[gene]
        return start < edit.end and edit.start < end

    def halflife_changes(self, gene: int, edits: Sequence[Edit]) -> dict[str, float]:
        """Return by how much edits change the half-life features that the model reads."""
        if self._transcripts is None:
            return {}
        changes = self._transcripts.changes(gene, edits)
        return {name: by for name, by in changes.items() if name in self._others.columns}

    def effects(self, pairs: list[Pair]) -> pd.DataFrame:
        """Predict the effects of some pairs: a row each, with `columns`."""
        each = self._predictions(pairs)
        ref, promoter, halflife, alt = (values.mean(axis=0) for values in each)
        deltas = each[3] - each[0]
        sites = [self.sites[pair.gene] for pair in pairs]
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
                "std": spread_of(deltas),
                "delta_promoter": promoter,
                "delta_halflife": halflife,
            },
            columns=list(self.columns),
        )

    def _predictions(self, pairs: list[Pair]) -> tuple[Floats, Floats, Floats, Floats]:
        """Return prediction of REF, effects of both parts, and prediction of the allele.

        All are (networks, pairs); a single network has one row.
        """
        ref = self.references([pair.gene for pair in pairs])
        local = np.array([self._is_local(pair) for pair in pairs], bool)
        jobs = {
            "promoter": [i for i, pair in enumerate(pairs) if pair.in_window and not local[i]],
            "halflife": [i for i, pair in enumerate(pairs) if pair.halflife],
            "both": [i for i, pair in enumerate(pairs) if pair.halflife and pair.in_window],
        }
        made = [Job(pairs[i].gene, (pairs[i].edit,)) for i in jobs["promoter"]]
        made += [Job(pairs[i].gene, (), pairs[i].halflife) for i in jobs["halflife"]]
        made += [Job(pairs[i].gene, (pairs[i].edit,), pairs[i].halflife) for i in jobs["both"]]
        predicted = self.predict(made)
        order = np.array([i for some in jobs.values() for i in some], np.intp)
        promoter, halflife = np.zeros_like(ref), np.zeros_like(ref)
        n, m = len(jobs["promoter"]), len(jobs["promoter"]) + len(jobs["halflife"])
        promoter[:, order[:n]] = predicted[:, :n] - ref[:, order[:n]]
        halflife[:, order[n:m]] = predicted[:, n:m] - ref[:, order[n:m]]
        if local.any():
            promoter[:, local] = self._local_deltas([pairs[i] for i in np.flatnonzero(local)])
        alt = ref + promoter + halflife  # exact where one of them is zero
        alt[:, order[m:]] = predicted[:, m:]
        return ref, promoter, halflife, alt

    def references(self, genes: Sequence[int]) -> Floats:
        """Return every network's predictions of genes as the reference has them."""
        new = sorted(set(genes) - self._reference.keys())
        self._reference.update(zip(new, self.predict([Job(gene) for gene in new]).T, strict=False))
        each = [self._reference[gene] for gene in genes]
        return np.stack(each, axis=1) if each else np.zeros((1, 0))

    def _is_local(self, pair: Pair) -> bool:
        same_length = len(pair.edit.letters) == pair.edit.end - pair.edit.start
        return self._local is not None and pair.in_window and same_length

    def _local_deltas(self, pairs: list[Pair]) -> Floats:
        """Return the effects of substitutions in promoters by every network, gene by gene."""
        assert self._local is not None
        owners = np.array([pair.gene for pair in pairs])
        genes, places = np.unique(owners, return_inverse=True)
        deltas = np.empty((len(self._local.plain.networks), len(pairs)))
        rows = [np.flatnonzero(places == place) for place in range(len(genes))]
        effects = self._local.deltas(
            self._table([Job(gene) for gene in genes.tolist()]),
            [self.sites[gene] for gene in genes],
            [[pairs[i].edit for i in some] for some in rows],
        )
        for some, values in zip(rows, effects, strict=True):
            deltas[:, some] = values
        return deltas

    def predict(self, jobs: Sequence[Job]) -> Floats:
        """Return every network's prediction of every job: (networks, jobs)."""
        return predict_members(self.model, self._table(jobs)) if jobs else np.zeros((1, 0))

    def _table(self, jobs: Sequence[Job]) -> pd.DataFrame:
        """Return the table that the model reads, a row for each job."""
        codes = np.stack(
            [
                promoter_codes(self.genome, self.sites[job.gene], job.edits, self.anchor)
                for job in jobs
            ]
        )
        X = self._others.iloc[[job.gene for job in jobs]].reset_index(drop=True)
        changed = [(row, job.halflife) for row, job in enumerate(jobs) if job.halflife]
        for name in {name for _, changes in changed for name in changes}:
            by = np.zeros(len(X))
            for row, changes in changed:
                by[row] = changes.get(name, 0.0)
            X[name] = X[name] + by
        X.insert(0, self._column, decode(codes))
        return X


def spread_of(members: Floats) -> Floats:
    """Return the standard deviation over networks (networks, n); NaN for one network."""
    if len(members) == 1:
        return np.full(members.shape[1], np.nan)
    return members.std(axis=0, ddof=1)


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


def _check_places(genes: pd.DataFrame) -> None:
    """Raise for a gene without a chromosome, a TSS or a strand."""
    wanted = {
        "chrom": ("names of chromosomes", genes["chrom"].notna()),
        "tss": ("whole numbers", pd.to_numeric(genes["tss"], errors="coerce").mod(1) == 0),
        "strand": ("+ and -", genes["strand"].isin(["+", "-"])),
    }
    for column, (what, right) in wanted.items():
        wrong = genes[column][~right]
        if len(wrong):
            raise ValueError(
                f"column {column!r} of genes must hold {what}, got {shorten(wrong.iloc[0])} in row "
                f"{shorten(wrong.index[0])}"
            )


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
