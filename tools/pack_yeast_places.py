"""Find the packed yeast fragments in the genome, and pack their places beside them.

A fragment is looked for on both strands of all chromosomes. Its gene is the one on its strand
whose coding sequence begins first behind it, 1,000 nt at most behind its last base.

Run: python tools/pack_yeast_places.py GENOME.fa.gz ANNOTATION.gff3.gz [OUT.npz]
"""

from __future__ import annotations

import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from skxpresso.datasets import load_yeast_promoters
from skxpresso.genome import read_annotation

OUT = Path(__file__).resolve().parents[1] / "skxpresso/datasets/data/yeast_places.npz"
COMPLEMENT = str.maketrans("ACGT", "TGCA")
NEAR = 1000  # nt from the last base of a fragment to the start codon


def read_chromosomes(path: Path) -> dict[str, str]:
    """Return the letters of every chromosome."""
    with gzip.open(path, "rt") as file:
        records = file.read().split(">")[1:]
    pairs = (record.split("\n", 1) for record in records)
    return {name.split()[0]: letters.replace("\n", "").upper() for name, letters in pairs}


def find(fragments: list[str], chromosomes: dict[str, str]) -> list[list[tuple[int, int, int]]]:
    """Return the places (chromosome, start, 1 on the minus strand) of every fragment."""
    width = len(fragments[0])
    places: dict[str, list[tuple[int, int, int]]] = {fragment: [] for fragment in fragments}
    for number, letters in enumerate(chromosomes.values()):
        other = letters.translate(COMPLEMENT)[::-1]
        last = len(letters) - width
        for i in range(last + 1):
            if (found := places.get(letters[i : i + width])) is not None:
                found.append((number, i, 0))
            if (found := places.get(other[i : i + width])) is not None:
                found.append((number, last - i, 1))
    return [places[fragment] for fragment in fragments]


def first_bases(path: Path, names: list[str]) -> pl.DataFrame:
    """Return the first coding base of every gene, 0-based, with its chromosome and strand."""
    annotation = read_annotation(path)
    cds = annotation.blocks.filter(pl.col("kind") == "cds").group_by("key")
    ends = cds.agg(pl.col("start").min().alias("first"), pl.col("end").max() - 1)
    table = annotation.transcripts.select("key", "gene", "chrom", "strand").join(ends, "key")
    minus = pl.col("strand") == "-"
    return table.select(
        "gene",
        pl.col("chrom").replace_strict({name: i for i, name in enumerate(names)}, default=-1),
        minus.cast(pl.Int64).alias("minus"),
        pl.when(minus).then("end").otherwise("first").alias("base"),
    ).sort("gene")


def nearest(
    places: npt.NDArray[np.int64], width: int, genes: pl.DataFrame
) -> npt.NDArray[np.int16]:
    """Return for every place (n, 3) the row of its gene, -1 for none."""
    found = np.full(len(places), -1, np.int16)
    chrom, minus, base = (genes[name].to_numpy() for name in ("chrom", "minus", "base"))
    for row, (number, start, is_minus) in enumerate(places.tolist()):
        ahead = start - 1 - base if is_minus else base - (start + width)
        near = (chrom == number) & (minus == is_minus) & (ahead >= 0) & (ahead <= NEAR)
        if near.any():
            found[row] = np.flatnonzero(near)[np.argmin(ahead[near])]
    return found


def pack(chromosomes: dict[str, str], annotation: Path) -> dict[str, npt.NDArray]:
    """Return the arrays of the file."""
    yeast = load_yeast_promoters()
    fragments = yeast.data["promoter"].str[yeast.flank : -yeast.flank].tolist()
    all_places = find(fragments, chromosomes)
    one = np.array([found[0] if len(found) == 1 else (-1, -1, -1) for found in all_places])
    names = list(chromosomes)
    genes = first_bases(annotation, names)
    rows = nearest(one, len(fragments[0]), genes)
    used = genes[np.unique(rows[rows >= 0]).tolist()]  # the others are nobody's nearest
    return {
        "n_places": np.array([len(found) for found in all_places], np.uint8),
        "chrom": one[:, 0].astype(np.int8),
        "start": one[:, 1].astype(np.int32),
        "minus": np.packbits(one[:, 2] == 1),
        "chroms": np.array(names),
        "genes": used["gene"].to_numpy().astype("S"),
        "gene_chrom": used["chrom"].to_numpy().astype(np.int8),
        "gene_minus": np.packbits(used["minus"].to_numpy() == 1),
        "gene_base": used["base"].to_numpy().astype(np.int32),
    }


def main() -> None:
    """Write the file, and print its size and checksum."""
    out = Path(sys.argv[3]) if len(sys.argv) > 3 else OUT
    arrays = pack(read_chromosomes(Path(sys.argv[1])), Path(sys.argv[2]))
    np.savez_compressed(out, **arrays)
    content = out.read_bytes()
    print(f"{out}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
