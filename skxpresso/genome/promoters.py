"""genes_from_genome: the table that everything else reads, from a genome and its annotation."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from skxpresso._utils.table import quote, shorten
from skxpresso.genome._features import coding_blocks, measure
from skxpresso.genome._measured_tss import match_names, read_tss
from skxpresso.genome._transcripts import choose
from skxpresso.genome.annotation import Annotation, as_annotation
from skxpresso.genome.reference import Genome
from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.sequence.encoder import reverse_complement
from skxpresso.sequence.letters import decode

__all__ = ["genes_from_genome"]

Path = str | os.PathLike[str]
_LONGEST = 1_000_000  # nt of a promoter, as `datasets.iter_fasta` takes them
_HOW = ("published", "longest_cds", "canonical")


def genes_from_genome(
    fasta: Path | Genome,
    annotation: Path | Annotation,
    *,
    upstream: int = 10_000,
    downstream: int = 10_000,
    tss: Path | pd.DataFrame | None = None,
    transcripts: str | Sequence[str] = "published",
    features: str = "corrected",
    edge: str = "pad",
    chromosomes: Sequence[str] | None = None,
    biotype: str | None = "protein_coding",
) -> pd.DataFrame:
    r"""Make the table of genes: promoters, their places, and the eight half-life columns.

    Parameters
    ----------
    fasta : path-like or Genome
        FASTA, plain or bgzip.
    annotation : path-like or Annotation
        GTF or GFF3, plain, gzip or bgzip. Chromosomes are matched across ``chr1``, ``1`` and
        ``NC_000001.11`` where that can be done in one way, and a warning says so.
    upstream, downstream : int, default=10_000
        nt of the promoter before the TSS, and from the TSS on.
    tss : path-like or DataFrame, default=None
        Measured start sites: BED (chrom, start, end, name, score, strand), or a table with
        these columns. The name is a gene's ID or symbol, or ``p1@symbol``. The site is the
        BED's thick part where that is one position, else the 5' end. Genes without one have
        the 5' end of their transcript.
    transcripts : {"published", "longest_cds", "canonical"} or list of str
        Which transcript stands for a gene. "published": over the transcripts in file order,
        the first is replaced by another if that has a longer CDS and a 5' UTR, or a CDS at
        least as long and a longer 5' UTR, or both at least as long and a longer 3' UTR.
        "longest_cds": the longest CDS, then 5' UTR, then 3' UTR. "canonical": tagged
        MANE Select or Ensembl canonical. A list names transcripts; other genes are left out.
    features : {"corrected", "published"}, default="corrected"
        "published" counts as the original does: see Notes.
    edge : {"pad", "drop", "error"}, default="pad"
        What becomes of promoters that reach beyond the known sequence: N, left out, or an
        error. The number is in `attrs`, and a warning tells it.
    chromosomes : list of str, default=None
        Keep genes of these only, by the FASTA's names. None: all.
    biotype : str or None, default="protein_coding"
        Of the genes to keep, where the annotation tells any. None: all that have a CDS.

    Returns
    -------
    DataFrame
        A row per gene, the index called `gene` (its ID). Columns: `gene_name`, `transcript`,
        `chrom`, `start`, `end` (of the promoter, 0-based, half-open), `strand`, `tss`
        (0-based position of the first transcribed base), `promoter` (str, on the gene's
        strand, 5' to 3'), and `HALF_LIFE_COLUMNS`. ``attrs["remarks"]`` says what was
        matched, padded and left out.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If a parameter or a file is at fault: no transcripts, no chromosome in common, no gene
        left, promoters beyond the ends with ``edge="error"``.

    Warns
    -----
    UserWarning
        For every remark.

    Notes
    -----
    "corrected": the TSS stands at index `upstream` of every promoter, lengths are true ones,
    the stop codon belongs to the CDS, and an intronless gene has an INTRONLEN of 0.

    "published": every block of UTR and CDS is one nt short, and so is the transcript, so that
    INTRONLEN of an intronless gene counts its blocks; contents have three decimals, the
    density two. With t the 1-based position of the transcript's 5' end, the promoter is
    [t - upstream, t + downstream), so that the TSS stands at index ``upstream - 1`` on the
    plus strand and `upstream` on the minus. Measured sites were taken as BED has them,
    0-based: there the TSS stands at `upstream` on plus, ``upstream - 1`` on minus.

    Columns other than the promoter and the half-life features are for people and for
    `overlap_groups`; an estimator takes ``genes[["promoter", *HALF_LIFE_COLUMNS]]``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.genome import genes_from_genome
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "genome.fa").write_text(">chr1\nAACCGTATGGGATAACC\n")
    >>> line = 'chr1\thand\t{}\t{}\t{}\t.\t+\t.\tgene_id "g"; transcript_id "t";\n'
    >>> blocks = [("exon", 5, 16), ("CDS", 7, 12), ("stop_codon", 13, 15)]
    >>> _ = (folder / "genes.gtf").write_text("".join(line.format(*block) for block in blocks))
    >>> genes = genes_from_genome(
    ...     folder / "genome.fa", folder / "genes.gtf", upstream=3, downstream=2
    ... )
    >>> genes[["start", "end", "tss", "promoter", "UTR5LEN", "CDSLEN", "UTR3LEN"]]
          start  end  tss promoter  UTR5LEN  CDSLEN  UTR3LEN
    gene
    g         1    6    4    ACCGT      2.0     9.0      1.0
    """
    _check_choice("features", features, ("corrected", "published"))
    _check_choice("edge", edge, ("pad", "drop", "error"))
    if isinstance(transcripts, str):
        _check_choice("transcripts", transcripts, _HOW)
    _check_length(upstream, downstream)
    genome = fasta if isinstance(fasta, Genome) else Genome(fasta)
    notes = as_annotation(annotation)
    published = features == "published"
    remarks: list[str] = []
    notes = _with_names_of(genome, notes, remarks)
    measured = _selected(measure(notes, published), chromosomes, biotype, genome, remarks)
    chosen, said = choose(measured, transcripts)
    remarks += said
    positions, from_bed = _start_sites(chosen, tss, genome, remarks)
    minus = chosen["strand"].to_numpy() == "-"
    starts = _window_starts(positions, minus, from_bed, upstream, downstream, published)
    table = pd.DataFrame(chosen.to_dict(as_series=False)).assign(
        start=starts, end=starts + upstream + downstream, tss=positions
    )
    kept = _inside(table, genome, edge, remarks)
    table = table[kept].reset_index(drop=True)
    table["promoter"] = [
        _cut(genome, *row) for row in table[["chrom", "start", "end", "strand"]].to_numpy()
    ]
    remarks += _about_letters(table, genome)
    blocks = coding_blocks(notes).filter(pl.col("key").is_in(table["key"].to_list()))
    remarks += _about_frames(table, blocks)
    table = _with_contents(table, genome, blocks, published)
    table[list(HALF_LIFE_COLUMNS)] = table[list(HALF_LIFE_COLUMNS)].astype(np.float64)
    for remark in remarks:
        warnings.warn(remark, UserWarning, stacklevel=2)
    columns = ["gene_name", "transcript", "chrom", "start", "end", "strand", "tss", "promoter"]
    table = table.set_index("gene")[[*columns, *HALF_LIFE_COLUMNS]]
    table.attrs["remarks"] = remarks
    return table


def _check_choice(name: str, value: Any, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {quote(allowed)}, got {value!r}")


def _check_length(upstream: int, downstream: int) -> None:
    for name, value in {"upstream": upstream, "downstream": downstream}.items():
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 0:
            raise ValueError(f"{name} must be an int of at least 0 nt, got {value!r}")
    if upstream + downstream == 0:
        raise ValueError("upstream and downstream are both 0 nt: no promoter is left")
    if upstream + downstream > _LONGEST:
        raise ValueError(
            f"upstream={shorten(upstream)} and downstream={shorten(downstream)} make a promoter of "
            f"more than {_LONGEST:,} nt, which no reader of tables takes"
        )


def _with_names_of(genome: Genome, notes: Annotation, remarks: list[str]) -> Annotation:
    """Give the annotation the FASTA's names of chromosomes, without what the FASTA lacks."""
    matched = genome.named(
        notes.transcripts["chrom"].unique(maintain_order=True), str(notes.path), notes.aliases
    )
    renamed = notes.transcripts.with_columns(
        pl.col("chrom").replace_strict(matched, default=None, return_dtype=pl.String)
    )
    lost = renamed["chrom"].is_null()
    if lost.any():
        names = notes.transcripts.filter(lost)["chrom"].unique(maintain_order=True)
        remarks.append(
            f"{int(lost.sum()):,} of {len(lost):,} transcripts lie on {len(names)} chromosomes "
            f"that {genome.path} does not have ({quote(names)}); they are left out"
        )
    return Annotation(notes.path, renamed.filter(~lost), notes.blocks, notes.aliases)


def _selected(
    table: pl.DataFrame,
    chromosomes: Sequence[str] | None,
    biotype: str | None,
    genome: Genome,
    remarks: list[str],
) -> pl.DataFrame:
    if chromosomes is not None:
        wanted = [chromosomes] if isinstance(chromosomes, str) else list(chromosomes)
        unknown = [name for name in wanted if name not in genome.lengths]
        if unknown:
            raise ValueError(
                f"chromosomes names {quote(unknown)}, which {genome.path} does not have; it has "
                f"{quote(genome.lengths)}"
            )
        table = table.filter(pl.col("chrom").is_in(wanted))
    known = table["biotype"].drop_nulls()
    if biotype is not None and len(known):
        kept = table.filter(pl.col("biotype") == biotype)
        if kept.is_empty() and not table.is_empty():
            raise ValueError(
                f"no gene with a CDS has biotype={biotype!r}; there are {quote(known.unique())}"
            )
        table = kept
    outside = table["end"].to_numpy() > [genome.lengths[c] for c in table["chrom"]]
    outside |= table["start"].to_numpy() < [genome.starts[c] for c in table["chrom"]]
    if outside.any():
        first = table.filter(outside).row(0, named=True)
        remarks.append(
            f"{int(outside.sum()):,} of {len(outside):,} transcripts reach beyond the known "
            f"sequence of their chromosome, the first {first['transcript']!r} "
            f"({first['chrom']}:{first['start']}-{first['end']}): a piece of a chromosome, or "
            "another assembly; they are left out"
        )
        table = table.filter(~outside)
    if table.is_empty():
        raise ValueError(f"no gene is left; chromosomes={chromosomes!r}, biotype={biotype!r}")
    return table


def _start_sites(
    chosen: pl.DataFrame, tss: Path | pd.DataFrame | None, genome: Genome, remarks: list[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the 0-based position of each gene's TSS, and whether it was measured."""
    plus = chosen["strand"].to_numpy() == "+"
    ends = chosen["end"].to_numpy() - 1
    positions = np.where(plus, chosen["start"].to_numpy(), ends).astype(np.int64)
    is_measured = np.zeros(len(positions), bool)
    if tss is None:
        return positions, is_measured
    sites = read_tss(tss)
    matched = genome.named(sites["chrom"], "tss")
    strands, chroms = chosen["strand"].to_list(), chosen["chrom"].to_list()
    elsewhere = 0
    rows = dict(zip(sites.index, sites.itertuples(index=False), strict=True))
    for i, name in enumerate(match_names(chosen, sites)):
        if name is None:
            continue
        site = rows[name]
        if matched.get(site.chrom) != chroms[i] or site.strand != strands[i]:
            elsewhere += 1
            continue
        positions[i], is_measured[i] = site.position, True
    n_genes, n_measured = len(positions), int(is_measured.sum())
    text = f"{n_measured:,} of {n_genes:,} genes have a measured start site"
    if elsewhere:
        text += (
            f"; {elsewhere:,} sites on another chromosome or strand than their gene do not count"
        )
    remarks.append(text)
    return positions, is_measured


def _window_starts(
    positions: npt.NDArray[np.int64],
    minus: npt.NDArray[np.bool_],
    from_bed: npt.NDArray[np.bool_],
    upstream: int,
    downstream: int,
    published: bool,
) -> npt.NDArray[np.int64]:
    """Return the 0-based start of each promoter."""
    plus_starts = positions - upstream
    minus_starts = positions - downstream + 1
    if published:
        plus_starts = np.where(from_bed, plus_starts, plus_starts + 1)
        minus_starts = np.where(from_bed, minus_starts - 1, minus_starts)
    return np.where(minus, minus_starts, plus_starts)


def _inside(
    table: pd.DataFrame, genome: Genome, edge: str, remarks: list[str]
) -> npt.NDArray[np.bool_]:
    """Tell which genes stay, and say how many promoters reach beyond the known sequence."""
    first = np.array([genome.starts[chrom] for chrom in table["chrom"]])
    last = np.array([genome.lengths[chrom] for chrom in table["chrom"]])
    beyond = ((table["start"] < first) | (table["end"] > last)).to_numpy()
    if not beyond.any():
        return ~beyond
    row = table[beyond].iloc[0]
    text = (
        f"{int(beyond.sum()):,} of {len(table):,} promoters reach beyond the known sequence, the "
        f"first that of {row['gene']!r} ({row['chrom']}:{row['start']}-{row['end']})"
    )
    if edge == "error":
        raise ValueError(f"{text}; edge='pad' fills them with N, edge='drop' leaves them out")
    remarks.append(f"{text}; they are {'filled with N' if edge == 'pad' else 'left out'}")
    if edge == "drop" and beyond.all():
        raise ValueError(f"{text}; none is left")
    return ~beyond if edge == "drop" else np.ones(len(table), bool)


def _cut(genome: Genome, chrom: str, start: int, end: int, strand: str) -> str:
    codes = genome.codes(chrom, start, end)[None]
    return decode(reverse_complement(codes) if strand == "-" else codes)[0]


def _about_letters(table: pd.DataFrame, genome: Genome) -> list[str]:
    """Say how many letters of the known sequence are none of A, C, G and T."""
    first = table["chrom"].map(genome.starts)
    last = table["chrom"].map(genome.lengths)
    padded = (first - table["start"]).clip(lower=0) + (table["end"] - last).clip(lower=0)
    unknown = table["promoter"].str.count("N") - padded
    rows = table[unknown > 0]
    if rows.empty:
        return []
    return [
        f"{len(rows):,} of {len(table):,} promoters hold letters other than A, C, G and T, "
        f"{int(unknown.sum()):,} nt in all, the first that of {shorten(rows['gene'].iloc[0])}; "
        "they are read as unknown"
    ]


def _about_frames(table: pd.DataFrame, blocks: pl.DataFrame) -> list[str]:
    """Say how many genes have a CDS that is no whole number of codons."""
    lengths = (
        blocks.filter(pl.col("kind") == "cds")
        .group_by("key")
        .agg((pl.col("end") - pl.col("start")).sum().alias("n"))
    )
    n = table["key"].map(dict(lengths.rows()))
    odd = table["gene"][n % 3 != 0]
    if odd.empty:
        return []
    return [
        f"{len(odd):,} of {len(table):,} genes have a CDS that is no multiple of three nt, the "
        f"first {shorten(odd.iloc[0])} with {n[odd.index[0]]:,}; lengths are counted as they stand"
    ]


def _with_contents(
    table: pd.DataFrame, genome: Genome, blocks: pl.DataFrame, published: bool
) -> pd.DataFrame:
    """Add the GC contents of UTRs and CDS; unknown letters do not count, 0 for an empty part."""
    chroms = dict(zip(table["key"], table["chrom"], strict=True))
    counts = {kind: np.zeros((len(table), 2)) for kind in ("utr5", "cds", "utr3")}
    rows = {key: row for row, key in enumerate(table["key"])}
    for key, kind, start, end in blocks.select("key", "kind", "start", "end").rows():
        text = genome.fetch(chroms[key], start, end)
        gc = text.count("G") + text.count("C")
        counts[kind][rows[key]] += gc, gc + text.count("A") + text.count("T")
    for kind, count in counts.items():
        content = count[:, 0] / np.maximum(count[:, 1], 1)
        table[f"{kind.upper()}GC"] = np.round(content, 3) if published else content
    return table


def model_columns(columns: Iterable[str]) -> list[str]:
    """Return those of the columns that an estimator reads, in order."""
    there = set(columns)
    return [name for name in ("promoter", *HALF_LIFE_COLUMNS) if name in there]
