"""Pack human promoters with their published predictions into the file of the package.

The folder holds `published_predictions.tsv` and the FASTA files that it names: slices of the
genome. A window is `[start, end)`, 0-based, `fasta_offset` the place at which the slice begins;
the windows of genes on the minus strand are turned to read as the gene does.

Run: python tools/pack_human.py FOLDER [OUT.npz]
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso.datasets import read_fasta
from skxpresso.datasets._packed import pack_bases
from skxpresso.sequence.encoder import OneHotPromoterEncoder

OUT = Path(__file__).resolve().parents[1] / "skxpresso/datasets/data/human_promoters.npz"


def pack(folder: Path) -> dict[str, npt.NDArray]:
    """Return the arrays of the file."""
    genes = pd.read_csv(folder / "published_predictions.tsv", sep="\t")
    slices = {
        name: read_fasta(folder / name, max_length=10_000_000)["promoter"].iloc[0]
        for name in genes["fasta"].unique()
    }
    windows = [
        slices[gene.fasta][gene.start - gene.fasta_offset : gene.end - gene.fasta_offset]
        for gene in genes.itertuples()
    ]
    table = genes[["strand"]].assign(promoter=windows)
    codes = OneHotPromoterEncoder(strand="strand").fit_transform(table).codes
    chrom = genes["chrom"].astype(str).str.removeprefix("chr")
    return {
        "packed": pack_bases(codes),
        "gene": genes["gene"].to_numpy(dtype="U15"),
        "assembly": genes["fasta"].str.split("_").str[0].to_numpy(dtype="U4"),
        "chrom": ("chr" + chrom).to_numpy(dtype="U5"),
        "start": genes["start"].to_numpy(),
        "end": genes["end"].to_numpy(),
        "strand": genes["strand"].to_numpy(dtype="U1"),
        "published_prediction": genes["published_prediction"].to_numpy(),
        "expression": genes["expression"].to_numpy(),
    }


def main() -> None:
    """Write the file, and print its size and checksum."""
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    np.savez_compressed(out, **pack(Path(sys.argv[1])))
    content = out.read_bytes()
    print(f"{out}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
