"""Predict with the published human network, and compare with its published predictions.

Cuts promoters out of slices of the human genome, predicts their expression from sequence alone,
and prints both predictions side by side. The network is then saved without pickle, and read again.

Run: python examples/published_model.py [--weights FILE_OR_NAME] [--genome FOLDER] [--save FILE]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pandas as pd

from skxpresso import load_pipeline, load_pretrained, save_pipeline
from skxpresso.datasets import read_fasta

DATA = Path(__file__).resolve().parents[2] / "shared/data"
WEIGHTS = DATA / "xpresso/human_trainepoch.11-0.426.h5"
TOLERANCE = 1e-5


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--weights",
        default=str(WEIGHTS) if WEIGHTS.is_file() else "human_median",
        help="published .h5, or a name such as human_median, which is fetched",
    )
    parser.add_argument(
        "--genome",
        type=Path,
        default=DATA / "genome",
        help="folder with published_predictions.tsv and the FASTA files that it names",
    )
    parser.add_argument("--save", type=Path, help="where to keep the pipeline")
    arguments = parser.parse_args()
    if not (arguments.genome / "published_predictions.tsv").is_file():
        parser.error(f"no published_predictions.tsv in {arguments.genome}")
    return arguments


def cut_promoters(folder: Path, genes: pd.DataFrame) -> pd.DataFrame:
    """Cut `[start, end)` of each gene, 0-based, as the genome reads; the strand goes along."""
    slices = {
        name: read_fasta(folder / name, max_length=10_000_000)["promoter"].iloc[0]
        for name in genes["fasta"].unique()
    }
    promoters = [
        slices[gene.fasta][gene.start - gene.fasta_offset : gene.end - gene.fasta_offset]
        for gene in genes.itertuples()
    ]
    return genes[["strand"]].assign(promoter=promoters)


def main() -> None:
    arguments = parse()
    genes = pd.read_csv(arguments.genome / "published_predictions.tsv", sep="\t", index_col="gene")
    promoters = cut_promoters(arguments.genome, genes)
    # these windows are cut already: their TSS is at 7000, on the strand of the gene
    pipeline = load_pretrained(arguments.weights, tss=7000)
    pipeline.set_params(encoder__strand="strand")
    table = pd.DataFrame({"published": genes["published_prediction"]})
    table["here"] = pipeline.predict(promoters)
    table["difference"] = table["here"] - table["published"]
    print(table.to_string(float_format="{:.7f}".format))
    largest = table["difference"].abs().max()
    print(f"largest difference {largest:.1e} (of {TOLERANCE:.0e} that are allowed)")
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.save or Path(folder) / "human_median.safetensors"
        save_pipeline(pipeline, path)
        again = load_pipeline(path)
        same = (again.predict(promoters) == table["here"]).all()
        print(f"{path.name}: {path.stat().st_size:,} bytes; same predictions again: {same}")
    if largest > TOLERANCE or not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
