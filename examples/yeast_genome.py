"""From the genome of yeast to a table, to models, to effects of variants, to a track.

Everything starts from three files: the genome, its annotation, and RNA-seq counts. The annotation
has no UTRs; measured transcript ends (TIF-seq) say where transcription begins and ends. Models are
compared on folds of whole chromosomes; the network then scores substitutions, and a chromosome at
every step.

Run: python examples/yeast_genome.py FOLDER [--out FOLDER]
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline

from skxpresso import (
    KmerCountEncoder,
    OneHotPromoterEncoder,
    make_xpresso_pipeline,
    scorecard,
)
from skxpresso.baselines import halflife_baseline, kmer_baseline, mean_baseline
from skxpresso.genome import Genome, genes_from_genome, scan, variant_effects
from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.model_selection import Scorecard
from skxpresso.model_selection.groups import chromosome_groups
from skxpresso.model_selection.leakage import leakage_report

GENOME = "S288C_R64-2-1.fa.gz"
ANNOTATION = "Saccharomyces_cerevisiae.R64-1-1.99.gff3.gz"
TRANSCRIPTS = "abundant_full-ORF_ypd_plus_other_fixed_UTR_length_transcripts.gff.gz"
COUNTS = "policastro2020_rnaseq_counts.tsv.gz"
UPSTREAM, DOWNSTREAM = 400, 100
WINDOW = {"upstream": UPSTREAM, "downstream": DOWNSTREAM, "tss": UPSTREAM}  # else: the middle
HELD_OUT = ("III", "VIII", "XI", "XVI")
NETWORK = {
    "filters": (32, 16),
    "kernel_sizes": (8, 8),
    "dilation_rates": (1, 1),
    "pool_sizes": (10, 5),
    "dense_units": (32,),
    "dropout_rates": (0.2,),
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "batch_size": 64,
    "patience": 5,
}


def read_measured_ends(path: Path) -> dict[str, tuple[int, int]]:
    """Read start and end (1-based, closed) of the transcripts whose ends were measured."""
    names = ["chrom", "source", "kind", "start", "end", "score", "strand", "phase", "about"]
    table = pd.read_csv(path, sep="\t", comment="#", header=None, names=names)
    measured = table[table["source"] == "SGD"]  # of the others the file has CDS + 25 and 125 nt
    genes = measured["about"].str.extract(r"ID=(.*)_")[0]
    return dict(zip(genes, zip(measured["start"], measured["end"], strict=True), strict=True))


def write_with_ends(annotation: Path, ends: dict[str, tuple[int, int]], out: Path) -> None:
    """Write the annotation again, with measured ends of transcripts in place of exons.

    What of a transcript is neither CDS nor between two of its blocks is UTR then.
    """
    kept = []
    with gzip.open(annotation, "rt") as lines:
        for line in lines:
            row = line.split("\t")
            if len(row) < 9 or row[2] not in ("mRNA", "gene", "CDS"):
                continue
            found = re.search(r"ID=transcript:(.*?)_mRNA;", row[8])
            if found and found[1] in ends:
                start, end = ends[found[1]]  # a transcript that does not hold its CDS is an error
                row[3:5] = str(min(start, int(row[3]))), str(max(end, int(row[4])))
            kept.append("\t".join(row))
    out.write_text("".join(kept))


def read_expression(path: Path, genes: pd.DataFrame) -> pd.Series:
    """Take log10(TPM + 0.1), the mean of three replicates; counts per nt of CDS."""
    counts = pd.read_csv(path, sep="\t", index_col=0).mean(axis=1).reindex(genes.index)
    rate = counts / genes["CDSLEN"]
    return np.log10(1e6 * rate / rate.sum() + 0.1)


def make_models(seed: int, epochs: int) -> dict[str, Any]:
    network = NETWORK | {"epochs": epochs, "random_state": seed}
    return {
        "mean": mean_baseline(),
        "half-life features": halflife_baseline(boosting=True, random_state=seed),
        "k-mers alone": kmer_baseline(5, halflife=False, random_state=seed),
        "k-mers and features": kmer_baseline(5, random_state=seed),
        "network": make_xpresso_pipeline(**WINDOW, **network),
    }


def show(card: Scorecard) -> None:
    wide = card.summary.pivot_table(index="model", columns="metric", values="score", sort=False)
    print(wide[["r2", "pearson_r2"]].round(3).to_string())


def show_held_out(tables: dict[str, pd.DataFrame], y: pd.Series, seed: int) -> None:
    """Score gradient boosting on the held-out chromosomes, with and without the promoter."""
    print(f"\ngradient boosting, r2 on the held-out chromosomes {', '.join(HELD_OUT)}:")
    words = [OneHotPromoterEncoder(**WINDOW), KmerCountEncoder(4, sparse_output=False)]
    trees = HistGradientBoostingRegressor(random_state=seed)
    rows = {}
    for name, table in tables.items():
        X, test = table[["promoter", *HALF_LIFE_COLUMNS]], table["chrom"].isin(HELD_OUT)
        scores = {}
        for columns in (["promoter"], list(HALF_LIFE_COLUMNS), list(X.columns)):
            steps = words if "promoter" in columns else []
            model = clone(make_pipeline(*steps, trees)).fit(
                X.loc[~test, columns], y[X.index[~test]]
            )
            label = {1: "4-mers", 8: "half-life features", 9: "both"}[len(columns)]
            scores[label] = model.score(X.loc[test, columns], y[X.index[test]])
        rows[f"{name} ({len(X):,})"] = scores
    print(pd.DataFrame(rows).T.round(3).to_string())


def show_importance(table: pd.DataFrame, y: pd.Series, seed: int) -> None:
    """Shuffle each half-life column of the held-out genes, and see what is lost."""
    X, test = table[list(HALF_LIFE_COLUMNS)], table["chrom"].isin(HELD_OUT)
    model = HistGradientBoostingRegressor(random_state=seed).fit(X[~test], y[X.index[~test]])
    lost = permutation_importance(model, X[test], y[X.index[test]], n_repeats=5, random_state=seed)
    drops = pd.Series(lost.importances_mean, X.columns).sort_values(ascending=False)
    print("  shuffled: " + ", ".join(f"{name} -{drop:.3f}" for name, drop in drops.items()))


def random_substitutions(genome: Genome, genes: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Draw substitutions in the promoters of some genes."""
    rng = np.random.default_rng(seed)
    rows = []
    for gene in genes.sample(n, random_state=seed).itertuples():
        start = int(rng.integers(max(gene.start, 0), gene.end))
        ref = genome.fetch(gene.chrom, start, start + 1)
        rows.append((gene.chrom, start, ref, str(rng.choice(sorted(set("ACGT") - {ref})))))
    return pd.DataFrame(rows, columns=["chrom", "start", "ref", "alt"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the four files are")
    parser.add_argument("--out", type=Path, default=Path("yeast-genome"), help="for the track")
    parser.add_argument("--epochs", type=int, default=30, help="most passes over the genes")
    parser.add_argument("--folds", type=int, default=3, help="of whole chromosomes")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.showwarning = lambda message, *_, **__: print(f"({message})")

    # %% Genome and annotation to the table
    arguments.out.mkdir(parents=True, exist_ok=True)
    genome = Genome(arguments.folder / GENOME)
    size = {"upstream": UPSTREAM, "downstream": DOWNSTREAM}
    ends = read_measured_ends(arguments.folder / TRANSCRIPTS)
    annotation = arguments.folder / ANNOTATION
    write_with_ends(annotation, ends, arguments.out / "measured.gff3")
    annotated = genes_from_genome(genome, annotation, **size)
    genes = genes_from_genome(genome, arguments.out / "measured.gff3", **size)
    y = read_expression(arguments.folder / COUNTS, genes)
    kept = y.notna() & (genes["chrom"] != "Mito")
    genes, annotated, y = genes[kept], annotated[kept], y[kept]
    X = genes[["promoter", *HALF_LIFE_COLUMNS]]
    measured = genes[genes.index.isin(ends)]
    moved = (genes["tss"] - annotated["tss"]).abs()
    print(f"{len(genes):,} genes, {len(measured):,} with measured ends; their TSS is")
    print(
        f"{moved[moved > 0].median():.0f} nt (median) from the annotation's, the start of the CDS"
    )

    # %% Models on folds of whole chromosomes
    groups = chromosome_groups(genes)
    splits = list(GroupKFold(arguments.folds).split(X, groups=groups))
    leaked = np.mean([leakage_report(groups, *split).share for split in splits])
    print(f"{100 * leaked:.0f} % of the test genes share a chromosome with a training gene")
    models = make_models(arguments.seed, arguments.epochs)
    card = scorecard(models, X, y, splits, groups, n_bootstrap=0)
    show(card)
    network = {"network, promoter alone": models["network"]}
    show(scorecard(network, X[["promoter"]], y, splits, groups, n_bootstrap=0))

    # %% What carries the signal
    tables = {
        "ends of the annotation": annotated,
        "measured ends": genes,
        "measured genes, ends of the annotation": annotated.loc[measured.index],
        "measured genes, measured ends": measured,
    }
    show_held_out(tables, y, arguments.seed)
    for name, table in tables.items():
        print(f"half-life features, {name}:")
        show_importance(table, y, arguments.seed)

    # %% Variants and a track, by a network that has only promoters to learn from
    test = genes["chrom"].isin(HELD_OUT).to_numpy()
    promoters = X[["promoter"]]
    model = models["network"].fit(promoters[~test], y[~test])
    r2 = model.score(promoters[test], y[test])
    print(f"\nnetwork, promoter alone, on the held-out chromosomes: r2 = {r2:.3f}")
    variants = random_substitutions(genome, genes[test], 200, arguments.seed)
    effects = variant_effects(model, variants, genes, genome)
    print(f"{len(effects)} effects of 200 substitutions; the largest:")
    largest = effects.loc[effects["delta"].abs().nlargest(5).index]
    print(largest[["chrom", "start", "ref", "alt", "gene", "distance", "delta"]].to_string())
    track = scan(model, genome, "III", step=20)
    for strand, name in {"+": "III.forward.bw", "-": "III.reverse.bw"}.items():
        track.write(arguments.out / name, strand)
        print(arguments.out / name)
    table = track.to_frame().dropna()
    near = genes[test & (genes["chrom"] == "III")]
    at_genes = [
        table[(table["strand"] == gene.strand) & ((table["tss"] - gene.tss).abs() <= 10)]
        for gene in near.itertuples()
    ]
    print(
        f"mean of the track: {table['prediction'].mean():.2f}; at the TSS of genes: "
        f"{pd.concat(at_genes)['prediction'].mean():.2f}"
    )


if __name__ == "__main__":
    main()
