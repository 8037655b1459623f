"""Score the variants of a file: read, predicted and written a few thousand pairs at a time."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import polars as pl
import pysam

from skxpresso._utils.digest import digest
from skxpresso._utils.files import replacing
from skxpresso._utils.naming import shown
from skxpresso._utils.outputs import claimed
from skxpresso._utils.parquet import write_parquet
from skxpresso._utils.partial import PartialFile
from skxpresso.genome import Genome
from skxpresso.genome.checked import Checked, check_variants
from skxpresso.genome.effects import PART_COLUMNS, EffectPredictor, in_batches
from skxpresso.genome.vcf import AS_READ, Record, read_header, read_records

__all__ = ["Scored", "digest_of", "score_variants"]

_INFO = (
    '##INFO=<ID=XPRESSO,Number=.,Type=String,Description="Effect on predicted expression of genes '
    "whose promoter window holds the variant: allele|gene|prediction of REF|of allele|difference|"
    'standard deviation of an ensemble|nt from the TSS along the gene, negative upstream%s">'
)
_PARTS = "|difference by the promoter alone|by half-life features alone"
_NUMBER = "{:.7g}"


class Scored(NamedTuple):
    """How many pairs of allele and gene were scored, how many earlier, and what was left out."""

    n_effects: int
    n_resumed: int
    checked: Checked


def score_variants(
    model: Any,
    vcf: str | os.PathLike[str],
    genes: pd.DataFrame,
    fasta: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    anchor: str = "tss",
    annotation: str | os.PathLike[str] | None = None,
    offsets: Mapping[str, int] | None = None,
    reads: Sequence[str | os.PathLike[str]] = (),
    resume: bool = False,
    batch_size: int = 2000,
    on_progress: Callable[[int, int], None] | None = None,
) -> Scored:
    """Predict the effects of all variants of a VCF, and write them.

    Memory does not depend on the number of records, except for `.parquet`, which is made
    from all rows at the end.

    Parameters
    ----------
    model, genes, anchor, annotation
        As in `variant_effects`.
    vcf : path-like
        Sorted VCF, plain, gzip or bgzip.
    fasta : path-like
        FASTA file of the genome.
    out : path-like
        File to write: ``.vcf``; ``.vcf.gz``, compressed with bgzip and indexed; ``.tsv``;
        or ``.parquet``. VCF keeps all records unchanged and adds INFO ``XPRESSO``. The file
        appears when it is complete; until then ``<out>.part`` grows.
    offsets : mapping of str to int, default=None
        Passed to `Genome`.
    reads : sequence of path-like, default=()
        Further files behind the arguments, such as those of model and genes, which must not
        be written over.
    resume : bool, default=False
        Continue ``<out>.part``. False starts over.
    batch_size : int, default=2000
        Number of pairs of allele and gene at a time.
    on_progress : callable or None, default=None
        Called with the number of records done and the number of all records.

    Returns
    -------
    Scored

    Raises
    ------
    OSError, ValueError
        As for `variant_effects`; if `out` has another ending, is an input, or is being
        written; or if ``<out>.part`` comes from another run.
    """
    vcf, out = Path(vcf), Path(out)
    partial = PartialFile(out)
    inputs = [vcf, fasta, *([] if annotation is None else [annotation]), *reads]
    with claimed([*partial.files, *_index_of(out)], inputs):
        write = _writer(vcf, out)
        genome = Genome(fasta, offsets=offsets)
        predictor = EffectPredictor(model, genes, genome, anchor, annotation)
        checked = check_variants(read_records(vcf), genome, str(vcf))
        settings = [anchor, batch_size, str(out.suffixes), str(annotation)]
        run = digest_of(model, genes, vcf, settings)
        found = partial.read_note() if resume else None
        note = found or {"run": run, "records": 0, "effects": 0}
        if note.get("run") != run:
            raise ValueError(
                f"{partial.part} is of another model, VCF or table of genes. Start over"
            )
        report = on_progress or (lambda done, total: None)
        n_records, n_effects = note["records"], note["effects"]
        if found is None:
            partial.append(write.header(genome, predictor.columns), note)
        position = 0
        for records, pairs in in_batches(predictor, read_records(vcf), checked, batch_size):
            position += len(records)
            if position <= n_records or not records:
                continue
            effects = predictor.effects(pairs)
            owners = [id(pair.record) for pair in pairs]
            alleles = [pair.allele for pair in pairs]
            n_effects += len(effects)
            content = {"run": run, "records": position, "effects": n_effects}
            partial.append(write.rows(records, effects, owners, alleles), content)
            report(position, checked.n_records)
        write.finish(partial)
        return Scored(n_effects, note["effects"], checked)


def digest_of(model: Any, genes: pd.DataFrame, vcf: Path, settings: list[Any]) -> str:
    """Return a digest of the run's inputs."""
    places = genes[["chrom", "tss", "strand"]]
    content = places, genes["promoter"] if "promoter" in genes.columns else None
    status = vcf.stat()
    return digest(model, *content, status.st_size, status.st_mtime_ns, settings, fitted=True)


class _Tsv:
    """Rows of effects as text."""

    def header(self, genome: Genome, columns: Sequence[str]) -> bytes:
        return ("\t".join(columns) + "\n").encode(*AS_READ)

    def rows(
        self, records: list[Record], effects: pd.DataFrame, owners: list[int], alleles: list[int]
    ) -> bytes:
        text = effects.to_csv(
            sep="\t", header=False, index=False, float_format="%.7g", lineterminator="\n"
        )
        return text.encode(*AS_READ)

    def finish(self, partial: PartialFile) -> None:
        if partial.path.suffix != ".parquet":
            partial.finish()
            return
        texts = dict.fromkeys(("chrom", "id", "ref", "alt", "gene", "strand"), pl.String)
        table = pl.read_csv(
            partial.part,
            separator="\t",
            quote_char=None,
            null_values="",
            schema_overrides=texts,
            encoding="utf8-lossy",
        )
        with replacing(partial.path) as name:
            write_parquet(table.with_columns(pl.col("std").cast(pl.Float64)), name)
        _remove(partial)


class _Vcf:
    """The records unchanged, with one more entry in INFO."""

    def __init__(self, vcf: Path) -> None:
        self.lines = read_header(vcf)

    def header(self, genome: Genome, columns: Sequence[str]) -> bytes:
        info = _INFO % (_PARTS if "delta_promoter" in columns else "")
        *lines, names = self.lines
        lines = [line for line in lines if not line.startswith("##INFO=<ID=XPRESSO,")]
        missing = []
        if not any(line.startswith("##contig=") for line in lines):
            missing = [f"##contig=<ID={name},length={n}>" for name, n in genome.lengths.items()]
        return "".join(f"{line}\n" for line in [*lines, *missing, info, names]).encode(*AS_READ)

    def rows(
        self, records: list[Record], effects: pd.DataFrame, owners: list[int], alleles: list[int]
    ) -> bytes:
        entries: dict[int, list[str]] = {}
        for owner, allele, row in zip(owners, alleles, effects.itertuples(), strict=True):
            numbers = map(float, (row.ref_prediction, row.alt_prediction, row.delta, row.std))  # type: ignore[arg-type]
            texts = ["." if math.isnan(x) else _NUMBER.format(x) for x in numbers]
            gene = str(row.gene).translate(str.maketrans(",;=| ", "_____"))
            parts = [_NUMBER.format(getattr(row, name)) for name in PART_COLUMNS if name in effects]
            entry = "|".join([str(allele), gene, *texts, str(row.distance), *parts])
            entries.setdefault(owner, []).append(entry)
        return "".join(
            _with_info(record.line, entries.get(id(record), [])) + "\n" for record in records
        ).encode(*AS_READ)

    def finish(self, partial: PartialFile) -> None:
        if partial.path.suffix != ".gz":
            partial.finish()
            return
        (index,) = _index_of(partial.path)
        with replacing(partial.path) as name, replacing(index) as beside:
            pysam.tabix_compress(str(partial.part), str(name), force=True)
            pysam.tabix_index(str(name), preset="vcf", force=True, index=str(beside))
        _remove(partial)


def _remove(partial: PartialFile) -> None:
    partial.part.unlink()
    partial.note.unlink()


def _with_info(line: str, entries: list[str]) -> str:
    if not entries:
        return line
    columns = line.split("\t")
    columns += ["."] * (8 - len(columns))
    others = [part for part in columns[7].split(";") if not part.startswith("XPRESSO=")]
    kept = [part for part in others if part != "."]
    columns[7] = ";".join([*kept, f"XPRESSO={','.join(entries)}"])
    return "\t".join(columns)


def _index_of(out: Path) -> list[Path]:
    return [out.with_name(f"{out.name}.tbi")] if out.suffix == ".gz" else []


def _writer(vcf: Path, out: Path) -> _Tsv | _Vcf:
    if out.name.endswith((".vcf", ".vcf.gz")):
        return _Vcf(vcf)
    if out.suffix in (".tsv", ".parquet"):
        return _Tsv()
    raise ValueError(f"{shown(out)} must end in .vcf, .vcf.gz, .tsv or .parquet")
