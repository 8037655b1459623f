"""Predict the expression that native yeast promoter fragments drive, from 120 nt of sequence.

Trains an Xpresso pipeline on the fragments of de Boer et al. (2020), compares it with
a ridge regression on 6-mers, and draws predicted against measured expression for the
test tenth. What two replicates of the assay share bounds what a model can reach. The test
tenth is random; `yeast_scorecard.py` says by how much that flatters.

Run: python examples/yeast_promoters.py [--out FOLDER]
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pandas as pd
from sklearn.model_selection import train_test_split

from skxpresso import make_xpresso_pipeline, pearson_r2_score
from skxpresso.baselines import kmer_baseline, score_models
from skxpresso.datasets import load_yeast_promoters
from skxpresso.plots import plot_predictions

# Two convolutions, and pools that leave 15 positions of 120 nt; a ninth of the rows
# given to fit, a tenth of all, is for early stopping.
SETTINGS = {
    "filters": (128, 64),
    "kernel_sizes": (11, 9),
    "dilation_rates": (1, 1),
    "pool_sizes": (2, 4),
    "dense_units": (64, 16),
    "dropout_rates": (0.2, 0.0),
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "batch_size": 128,
    "epochs": 12,
    "patience": 3,
    "validation_fraction": 1 / 9,
}


def make_parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, default=Path("skxpresso-yeast"), help="folder")
    parser.add_argument("--seed", type=int, default=1, help="of everything random")
    return parser


def show(scores: pd.DataFrame) -> None:
    scores = scores.rename(columns={"pearson_r2": "squared Pearson"})
    print(scores.to_string(index=False, float_format="{:.3f}".format, na_rep=""))


def main() -> None:
    arguments = make_parser(__doc__.splitlines()[0]).parse_args()
    yeast = load_yeast_promoters()
    X, X_test, y, y_test, _, replicates = train_test_split(
        yeast.data, yeast.target, yeast.replicates, test_size=0.1, random_state=arguments.seed
    )
    network = make_xpresso_pipeline(random_state=arguments.seed, verbose=1, **SETTINGS)
    models = {
        "6-mers, Ridge": kmer_baseline(6, random_state=arguments.seed),
        "Xpresso network": network,
    }
    scores, predictions = score_models(models, X, y, X_test, y_test)
    for name, score in {
        "one replicate against the other": pearson_r2_score(*replicates.to_numpy().T),
        "a perfect model, by that noise": yeast.ceiling,
    }.items():
        scores.loc[len(scores), ["model", "pearson_r2"]] = name, score
    print(f"{len(X):,} fragments to train on, {len(X_test):,} to test")
    show(scores)
    predicted = predictions["Xpresso network"]
    arguments.out.mkdir(parents=True, exist_ok=True)
    picture = arguments.out / "predictions.png"
    ax = plot_predictions(y_test, predicted, title="Yeast promoters, test tenth")
    ax.figure.savefig(picture, dpi=150)
    print(f"{picture}: predicted against measured expression")


if __name__ == "__main__":
    main()
