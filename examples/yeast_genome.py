"""From the genome of yeast to a table, to models, to effects of variants, to a track.

Everything starts from three files: the genome, its annotation, and RNA-seq counts. Measured
transcript ends (TIF-seq) say where transcription begins. Models are compared on folds of whole
chromosomes; the network then scores substitutions, and a chromosome at every step.

Run: python examples/yeast_genome.py FOLDER [--out FOLDER]
"""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GroupKFold

from skxpresso import make_xpresso_pipeline, scorecard
from skxpresso.baselines import halflife_baseline, kmer_baseline, mean_baseline
from skxpresso.genome import Genome, genes_from_genome, scan, variant_effects
from skxpresso.halflife import HALF_LIFE_COLUMNS
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


def read_measured_sites(path: Path) -> pd.DataFrame:
    """Read the transcripts whose ends were measured, as BED has them."""
    names = ["chrom", "source", "kind", "start", "end", "score", "strand", "phase", "about"]
    table = pd.read_csv(path, sep="\t", comment="#", header=None, names=names)
    measured = table[table["source"] == "SGD"].copy()  # the others are CDS + 25 nt
    measured["start"] -= 1
    measured["name"] = measured["about"].str.extract(r"ID=(.*)_")[0]
    return measured[["chrom", "start", "end", "name", "strand"]]


def read_expression(path: Path, genes: pd.DataFrame) -> pd.Series:
    """Take log10 of counts per kb of CDS, the mean of three replicates."""
    counts = pd.read_csv(path, sep="\t", index_col=0).mean(axis=1).reindex(genes.index)
    return np.log10(1000 * counts / genes["CDSLEN"] + 0.1)


def make_models(seed: int, epochs: int) -> dict[str, Any]:
    network = NETWORK | {"epochs": epochs, "random_state": seed}
    return {
        "mean": mean_baseline(),
        "half-life features": halflife_baseline(boosting=True, random_state=seed),
        "k-mers alone": kmer_baseline(5, halflife=False, random_state=seed),
        "k-mers and features": kmer_baseline(5, random_state=seed),
        "network": make_xpresso_pipeline(**WINDOW, **network),
    }


def show_importance(X: pd.DataFrame, y: pd.Series, test: Any, seed: int) -> None:
    """Shuffle each half-life column of the held-out genes, and see what is lost."""
    model = halflife_baseline(boosting=True, random_state=seed).fit(X[~test], y[~test])
    r2 = model.score(X[test], y[test])
    print(f"\nhalf-life features, held-out chromosomes {', '.join(HELD_OUT)}: r2 = {r2:.3f}")
    lost = permutation_importance(model, X[test], y[test], n_repeats=5, random_state=seed)
    drops = pd.Series(lost.importances_mean, X.columns).drop("promoter").sort_values()
    for name, drop in drops[::-1].items():
        print(f"  {name:<15} r2 falls by {drop:.3f}")


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
    genome = Genome(arguments.folder / GENOME)
    size = {"upstream": UPSTREAM, "downstream": DOWNSTREAM}
    sites = read_measured_sites(arguments.folder / TRANSCRIPTS)
    genes = genes_from_genome(genome, arguments.folder / ANNOTATION, tss=sites, **size)
    annotated = genes_from_genome(genome, arguments.folder / ANNOTATION, **size)
    y = read_expression(arguments.folder / COUNTS, genes)
    kept = y.notna() & (genes["chrom"] != "Mito")
    genes, annotated, y = genes[kept], annotated[kept], y[kept]
    X = genes[["promoter", *HALF_LIFE_COLUMNS]]
    moved = (genes["tss"] - annotated["tss"]).abs()
    print(
        f"{len(genes):,} genes; where it was measured, the TSS is {moved[moved > 0].median():.0f}"
    )
    print("nt (median) from the annotation's, which is the start of the CDS")

    # %% Models on folds of whole chromosomes
    groups = chromosome_groups(genes)
    splits = list(GroupKFold(arguments.folds).split(X, groups=groups))
    leaked = np.mean([leakage_report(groups, *split).share for split in splits])
    print(f"{100 * leaked:.0f} % of the test genes share a chromosome with a training gene")
    models = make_models(arguments.seed, arguments.epochs)
    card = scorecard(models, X, y, splits, groups, n_bootstrap=0)
    models = make_models(arguments.seed, arguments.epochs)
    wide = card.summary.pivot_table(index="model", columns="metric", values="score", sort=False)
    print(wide[["r2", "pearson_r2"]].round(3).to_string())
    X_annotated = annotated[["promoter", *HALF_LIFE_COLUMNS]]
    names = ["k-mers alone"]
    other = scorecard({n: models[n] for n in names}, X_annotated, y, splits, groups, n_bootstrap=0)
    r2 = other.summary.set_index("metric").loc["r2", "score"]
    print(f"k-mers alone around the annotation's TSS: r2 = {r2:.3f}")
    test = genes["chrom"].isin(HELD_OUT).to_numpy()
    show_importance(X, y, test, arguments.seed)

    # %% Variants and a track, by the network
    model = models["network"].fit(X[~test], y[~test])
    print(f"\nnetwork on the held-out chromosomes: r2 = {model.score(X[test], y[test]):.3f}")
    variants = random_substitutions(genome, genes[test], 200, arguments.seed)
    effects = variant_effects(model, variants, genes, genome)
    print(f"{len(effects)} effects of 200 substitutions; the largest:")
    largest = effects.loc[effects["delta"].abs().nlargest(5).index]
    print(largest[["chrom", "start", "ref", "alt", "gene", "distance", "delta"]].to_string())
    arguments.out.mkdir(parents=True, exist_ok=True)
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
