"""Fine-tuning beside training from scratch, by number of genes, on yeast promoters.

A network learns fragments of 80 nt as one study measured them (`load_yeast_promoters`), but for
those that share 30 nt with a promoter of a second study (Vaishnav et al. 2022). It is then the
start on parts of that study: as a whole, or with its convolutions frozen. Beside it stand the
same network from scratch, 4-mers, and the start as it is, in five folds that keep promoters of
shared sequence together (`--cv` has another number).

Run: python benchmarks/fine_tuning.py [--genes 20000] [--epochs 20] [--sizes 100 300 1000 3000]
    [--most-epochs 100] [--cv 5]; docs/published.md has its table, with the settings.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skxpresso import make_xpresso_pipeline, scorecard, xpresso_settings
from skxpresso.baselines import kmer_baseline
from skxpresso.datasets import load_yeast_promoters
from skxpresso.model_selection import shared_sequence_groups

SHARED = Path(__file__).parents[2] / "shared" / "data" / "yeast"
BEFORE, AFTER = 17, 13  # constant nt of the second study
SIZES = (100, 300, 1000, 3000)


def read_second_study() -> tuple[pd.DataFrame, pd.Series]:
    """Return its fragments of 80 nt and their expression, in random order."""
    table = pd.read_csv(SHARED / "vaishnav2022_native_complex.tsv.gz", sep="\t")
    table = table.sample(frac=1, random_state=0, ignore_index=True)
    return pd.DataFrame({"promoter": table["sequence"].str[BEFORE:-AFTER]}), table["measured"]


def read_first_study(others: pd.DataFrame, n: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return n fragments that share no 30 nt with the others."""
    data = load_yeast_promoters()
    cores = data.data["promoter"].str[data.flank : -data.flank]
    both = pd.concat([cores, others["promoter"]], ignore_index=True)
    groups = shared_sequence_groups(both, 30)
    taken = np.isin(groups[: len(cores)], groups[len(cores) :], invert=True)
    rows = np.random.default_rng(0).permutation(np.flatnonzero(taken))[:n]
    return pd.DataFrame({"promoter": cores.iloc[rows]}), data.target.iloc[rows]


def main() -> None:
    """Train the start, then print a row per number of genes and model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=20, help="most, of the start")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, help="genes of the second study"
    )
    parser.add_argument("--most-epochs", type=int, default=100, help="of the networks compared")
    parser.add_argument("--cv", type=int, default=5, help="folds")
    options = parser.parse_args()
    X, y = read_second_study()
    first, target = read_first_study(X, options.genes)
    settings = xpresso_settings(80, len(first)) | {"epochs": options.epochs}
    start: Pipeline = make_xpresso_pipeline(**settings, random_state=0).fit(first, target)
    print(f"start: {len(first):,} fragments, {len(start[-1].history_['loss'])} epochs", flush=True)
    for n in options.sizes:
        few = xpresso_settings(80, n)
        few["epochs"] = min(few["epochs"], options.most_epochs)
        training = {name: few[name] for name in ("optimizer", "batch_size", "epochs", "patience")}
        tuned = {"init": start, "learning_rate": 3e-4, "random_state": 0} | training
        models = {
            "from scratch": make_xpresso_pipeline(**few, random_state=0),
            "fine-tuned": make_xpresso_pipeline(**tuned),
            "fine-tuned, frozen": make_xpresso_pipeline(**tuned, freeze_convolutions=True),
            "4-mers": kmer_baseline(4),
            "start as it is": FrozenEstimator(start),
        }
        groups = shared_sequence_groups(X["promoter"][:n], 30)
        card = scorecard(models, X[:n], y[:n], options.cv, groups, n_bootstrap=500, random_state=0)
        table = card.table(["pearson_r2", "r2"]).drop(columns="remark")
        print(f"\n{min(n, len(X)):,} genes\n{table.to_string(index=False)}", flush=True)


if __name__ == "__main__":
    main()
