"""Transcripts with their exons, CDS and UTRs, from GTF or GFF3 of any usual dialect."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote
from skxpresso.genome._exons import with_exons
from skxpresso.genome._packed import read_pieces

__all__ = ["Annotation", "as_annotation", "read_annotation"]

_COLUMNS = ["chrom", "source", "feature", "start", "end", "score", "strand", "phase", "attributes"]
#: Kinds of blocks under the names they have here.
_BLOCKS = {
    "CDS": "cds",
    "exon": "exon",
    "intron": "intron",
    "five_prime_UTR_intron": "intron",
    "three_prime_UTR_intron": "intron",
    "stop_codon": "stop",
    "five_prime_utr": "utr5",
    "five_prime_UTR": "utr5",
    "three_prime_utr": "utr3",
    "three_prime_UTR": "utr3",
}
_REGIONS = ("chromosome", "region", "scaffold", "supercontig")
#: How much a tag says that a transcript is the one of its gene.
_TAGS = {
    "appris_principal_1": 1,
    "RefSeq Select": 2,
    "Ensembl_canonical": 3,
    "MANE_Select": 4,
    "MANE Select": 4,
}


@dataclass(frozen=True)
class Annotation:
    r"""Transcripts that have a CDS.

    Attributes
    ----------
    path : Path
        Where they were read.
    transcripts : polars.DataFrame
        `key` (of blocks), `gene`, `gene_name`, `biotype` (null where the file tells none),
        `transcript`, `tag` (0 to 4: how much it is the one of its gene), `chrom`, `strand`,
        `start`, `end`; 0-based, half-open. In the order of their first CDS line.
    blocks : polars.DataFrame
        `key`, `kind` (exon, cds, stop, utr5, utr3), `start`, `end`, in the order of the file.
    aliases : dict of str to list of str
        Other names that the file tells for its chromosomes.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.genome import read_annotation
    >>> path = Path(tempfile.mkdtemp()) / "genes.gtf"
    >>> names = 'gene_id "g1"; transcript_id "t1"; gene_biotype "protein_coding";'
    >>> lines = [f"1\tx\t{kind}\t101\t160\t.\t+\t0\t{names}\n" for kind in
    ...          ("transcript", "exon", "CDS")]
    >>> _ = path.write_text("".join(lines))
    >>> annotation = read_annotation(path)
    >>> annotation.transcripts.select("gene", "chrom", "strand", "start", "end").rows()
    [('g1', '1', '+', 100, 160)]
    """

    path: Path
    transcripts: pl.DataFrame
    blocks: pl.DataFrame
    aliases: dict[str, list[str]]


def read_annotation(path: str | os.PathLike[str]) -> Annotation:
    r"""Read the transcripts that have a CDS.

    Parameters
    ----------
    path : path-like
        GTF (Ensembl, GENCODE, RefSeq, UCSC) or GFF3 (Ensembl, GENCODE, RefSeq, SGD), plain,
        gzip or bgzip. What kind it is the attributes of its first line tell.

    Returns
    -------
    Annotation

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged, no annotation, or holds no CDS with a transcript. The message says
        what it holds.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.genome.annotation import read_annotation
    >>> path = Path(tempfile.mkdtemp()) / "genes.gtf"
    >>> line = 'chr1\thand\t{}\t{}\t{}\t.\t+\t.\tgene_id "g"; transcript_id "t";\n'
    >>> _ = path.write_text(line.format("exon", 11, 40) + line.format("CDS", 21, 30))
    >>> read_annotation(path).transcripts.select("gene", "transcript", "start", "end").rows()
    [('g', 't', 10, 40)]
    """
    path = Path(path)
    pieces = []
    dialect: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    for lines in _lines(path):
        if lines.height and dialect is None:
            dialect = _dialect(lines["attributes"][0], path)
        if dialect is not None:
            pieces.append(dialect(lines))
    if dialect is None:
        raise ValueError(f"{shown(path)} holds no line of an annotation")
    table = pl.concat(pieces).with_row_index("line")
    build = _from_gtf if dialect is _read_gtf else _from_gff3
    transcripts, blocks = build(table, path)
    return Annotation(path, transcripts, blocks, _aliases(table))


def as_annotation(annotation: Annotation | str | os.PathLike[str]) -> Annotation:
    """Read an annotation, unless it is one already."""
    return annotation if isinstance(annotation, Annotation) else read_annotation(annotation)


def _lines(path: Path) -> Iterator[pl.DataFrame]:
    for piece in read_pieces(path):
        sequences = _sequences(piece)  # some GFF3 end with FASTA
        yield _parse(piece if sequences is None else piece[:sequences], path)
        if sequences is not None:
            return


def _sequences(piece: bytes) -> int | None:
    if piece.startswith((b">", b"##FASTA")):
        return 0
    places = [piece.find(mark) for mark in (b"\n>", b"\n##FASTA")]
    return min((place + 1 for place in places if place >= 0), default=None)


def _parse(lines: bytes, path: Path) -> pl.DataFrame:
    try:
        table = pl.read_csv(
            lines,
            separator="\t",
            has_header=False,
            comment_prefix="#",
            quote_char=None,
            schema=dict.fromkeys(_COLUMNS, pl.String),
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError as error:
        raise ValueError(
            f"{shown(path)}: there are no lines of GTF or GFF3, which have nine columns with tabs "
            f"between them; it begins with {lines[:80]!r}"
        ) from error
    table = table.filter(pl.col("chrom").is_not_null())  # empty lines
    places = table.with_columns(
        pl.col("start").cast(pl.Int64, strict=False) - 1,
        pl.col("end").cast(pl.Int64, strict=False),
    )
    bad = places.select(
        pl.col("attributes").is_null()
        | pl.col("start").is_null()
        | pl.col("end").is_null()
        | (pl.col("start") < 0)
        | (pl.col("end") <= pl.col("start"))
    ).to_series()
    if bad.any():
        row = table.row(int(bad.arg_max() or 0))
        text = " ".join("" if value is None else value for value in row)[:120]
        raise ValueError(
            f"{shown(path)}: {bad.sum():,} lines are no lines of GTF or GFF3 (nine columns with "
            "tabs, start and end whole numbers from 1 on, start not behind end); the first is "
            f"{text!r}"
        )
    return places


def _dialect(attributes: str, path: Path) -> Callable[[pl.DataFrame], pl.DataFrame]:
    if re.match(r'\s*[\w.-]+ +"?[^=]', attributes):
        return _read_gtf
    if re.match(r"\s*[\w.-]+=", attributes):
        return _read_gff3
    raise ValueError(
        f'{path}: attributes must be those of GTF (gene_id "x";) or GFF3 (ID=x), '
        f"got {attributes[:120]!r}"
    )


def _tag_rank() -> pl.Expr:
    return pl.max_horizontal(
        pl.when(pl.col("attributes").str.contains(tag, literal=True)).then(rank).otherwise(0)
        for tag, rank in _TAGS.items()
    )


def _keep(lines: pl.DataFrame, attributes: dict[str, pl.Expr]) -> pl.DataFrame:
    columns = ["chrom", "feature", "start", "end", "strand"]
    kind = pl.col("feature").replace_strict(_BLOCKS, default=None, return_dtype=pl.String)
    tag = _tag_rank().cast(pl.Int8)
    return lines.select(
        *columns,
        kind.alias("kind"),
        *(value.alias(name) for name, value in attributes.items()),
        tag.alias("tag"),
    )


def _first(*expressions: pl.Expr) -> pl.Expr:
    return pl.coalesce(expressions)


# GTF: every line names its gene and its transcript


def _quoted(name: str) -> pl.Expr:
    return pl.col("attributes").str.extract(rf'(?:^|;)\s*{name} "?([^";]+)"?')


def _read_gtf(lines: pl.DataFrame) -> pl.DataFrame:
    attributes = {
        "gene": _quoted("gene_id"),
        "transcript": _quoted("transcript_id"),
        "gene_name": _first(_quoted("gene_name"), _quoted("gene")),
        "biotype": _first(_quoted("gene_biotype"), _quoted("gene_type")),
    }
    return _keep(lines, attributes)


def _from_gtf(table: pl.DataFrame, path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    table = table.with_columns(  # RefSeq's lines of genes have an empty transcript
        pl.when(pl.col("transcript").str.len_chars() > 0).then(pl.col("transcript"))
    )
    named = table.filter(pl.col("transcript").is_not_null() & pl.col("gene").is_not_null())
    biotypes = table.filter(pl.col("biotype").is_not_null()).unique("gene", keep="first")
    named = named.drop("biotype").join(biotypes.select("gene", "biotype"), "gene", how="left")
    return _summarise(named.sort("line"), table, path)


# GFF3: a CDS names its transcript, a transcript its gene


def _equals(name: str) -> pl.Expr:
    return pl.col("attributes").str.extract(rf"(?:^|;)\s*{name}=([^;]+)")


def _read_gff3(lines: pl.DataFrame) -> pl.DataFrame:
    attributes = {
        "id": _equals("ID"),
        "parent": _equals("Parent"),
        "gene_id": _equals("gene_id"),
        "gene_name": _first(_equals("gene_name"), _equals("gene"), _equals("Name")),
        "biotype": _first(_equals("gene_biotype"), _equals("gene_type"), _equals("biotype")),
        # a scaffold of RefSeq (genome=genomic) has the name of the chromosome that it is of
        "other_names": pl.when(_equals("genome").fill_null("") != "genomic").then(
            pl.concat_str(
                [_equals("Alias"), _equals("Name"), _equals("chromosome")],
                separator=",",
                ignore_nulls=True,
            )
        ),
    }
    return _keep(lines, attributes)


def _short(name: str) -> pl.Expr:
    """Cut the prefixes of Ensembl and RefSeq off an ID."""
    return pl.col(name).str.replace(r"^(gene:|transcript:|gene-|rna-)", "")


def _from_gff3(table: pl.DataFrame, path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    nodes = table.filter(pl.col("kind").is_null() & pl.col("id").is_not_null())
    nodes = nodes.unique("id", keep="first", maintain_order=True)
    parts = (
        table.filter(pl.col("kind").is_not_null() & pl.col("parent").is_not_null())
        .with_columns(pl.col("parent").str.split(","))
        .explode("parent")
        .select("line", "chrom", "feature", "start", "end", "strand", "kind", "parent")
    )
    above = nodes.select(pl.col("id"), "gene_id", "gene_name", "biotype")
    # a CDS that hangs on a gene itself makes the gene its own transcript
    links = nodes.select(pl.col("id").alias("parent"), pl.col("parent").alias("up"), "tag")
    links = links.with_columns(_first(pl.col("up").str.split(",").list.first(), pl.col("parent")))
    parts = parts.join(links, "parent", how="left").join(
        above, left_on="up", right_on="id", how="left"
    )
    parts = parts.rename({"parent": "transcript"}).with_columns(
        _first(pl.col("gene_id"), _short("up")).alias("gene"), pl.lit(None).alias("unused")
    )
    wholes = nodes.join(parts.select("transcript").unique(), left_on="id", right_on="transcript")
    wholes = wholes.select("line", "chrom", "feature", "start", "end", "strand", "kind", "id")
    named = pl.concat([parts, wholes.rename({"id": "transcript"})], how="diagonal").with_columns(
        pl.col("gene", "gene_name", "biotype", "tag").backward_fill().over("transcript")
    )
    named = named.with_columns(
        pl.col("gene", "gene_name", "biotype", "tag").forward_fill().over("transcript")
    )
    named = named.filter(pl.col("gene").is_not_null())
    return _summarise(named.with_columns(_short("transcript")).sort("line"), table, path)


# both


def _summarise(
    named: pl.DataFrame, table: pl.DataFrame, path: Path
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make transcripts and blocks from lines that name gene and transcript."""
    together = ["transcript", "chrom", "strand"]
    coding = named.filter(pl.col("kind") == "cds")
    if coding.is_empty():
        counts = table["feature"].value_counts(sort=True).head(6).rows()
        held = ", ".join(f"{n:,} of {feature}" for feature, n in counts)
        raise ValueError(
            f"{shown(path)} holds no CDS with a gene and a transcript, which a gene needs here; "
            f"its lines are {held}"
        )
    keys = coding.group_by(together, maintain_order=True).agg(pl.col("line").first())
    keys = _plausible(keys.with_row_index("key").drop("line"), named, path)
    lines = named.join(keys, together, how="inner").sort("line", maintain_order=True)
    transcripts = (
        lines.group_by("key")
        .agg(
            pl.col("gene").first(),
            pl.col("gene_name").drop_nulls().first(),
            pl.col("biotype").drop_nulls().first(),
            pl.col("transcript", "chrom", "strand").first(),
            pl.col("tag").max(),
            pl.col("start").min(),
            pl.col("end").max(),
        )
        .sort("key")
    )
    wrong = transcripts.filter(~pl.col("strand").is_in(["+", "-"]))
    if wrong.height:
        raise ValueError(
            f"{shown(path)}: {wrong.height:,} transcripts with a CDS have no strand + or -, the "
            f"first is {wrong['transcript'][0]!r} with {wrong['strand'][0]!r}"
        )
    for name in ("gene", "gene_name"):
        if transcripts[name].str.contains("%", literal=True).any():  # GFF3 writes a comma as %2C
            transcripts = transcripts.with_columns(pl.col(name).map_elements(unquote, pl.String))
    blocks = lines.filter(pl.col("kind").is_not_null()).select("key", "kind", "start", "end")
    return transcripts, with_exons(transcripts, blocks)


def _plausible(keys: pl.DataFrame, named: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Leave out transcripts whose exons overlap, or lie on both strands: no mRNA has such."""
    exons = named.filter(pl.col("feature") == "exon")
    place = ["transcript", "chrom", "strand"]
    before = pl.col("end").shift().over(place)
    overlapping = (
        exons.unique([*place, "start", "end"]).sort("start").filter(pl.col("start") < before)
    )
    both = exons.join(keys, place, how="anti").join(keys, place[:2], how="semi")
    wrong = pl.concat([overlapping.select(place[:2]), both.select(place[:2])]).unique(
        maintain_order=True
    )
    if wrong.height:
        warnings.warn(
            f"{shown(path)}: exons of {wrong.height:,} of {keys.height:,} transcripts overlap or "
            f"lie on both strands, the first {quote([wrong['transcript'][0]])}; they are left out",
            UserWarning,
            stacklevel=5,
        )
    return keys.join(wrong, place[:2], how="anti", maintain_order="left")


def _aliases(table: pl.DataFrame) -> dict[str, list[str]]:
    if "other_names" not in table.columns:
        return {}
    regions = table.filter(pl.col("feature").is_in(_REGIONS) & (pl.col("start") == 0))
    return {
        chrom: names.split(",")
        for chrom, names in regions.select("chrom", "other_names").rows()
        if names
    }
