"""Conformal intervals on yeast fragments: how often they hold the measured value, and how wide.

An ensemble trains on `--train` fragments, is calibrated on `--calibrate`, and tested on `--test`,
with no 30 nt shared between any two of them; then calibrated on fragments that do share sequence
with those it was trained on.

Run: python benchmarks/intervals.py
"""

from __future__ import annotations

import argparse
import itertools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from crepes import ConformalRegressor
from mapie.regression import SplitConformalRegressor

from skxpresso import make_xpresso_pipeline, xpresso_settings
from skxpresso.datasets import load_yeast_promoters
from skxpresso.model_selection import shared_sequence_groups


def cut(groups: np.ndarray, sizes: list[int], rng: np.random.Generator) -> list[np.ndarray]:
    """Deal whole groups out in random order, until each part has its size."""
    order = rng.permutation(groups.max() + 1)
    ranked = np.argsort(np.argsort(order)[groups], kind="stable")  # rows, group after group
    edges = np.cumsum([0, *sizes])
    parts = [ranked[start:stop] for start, stop in itertools.pairwise(edges)]
    # a group that an edge cuts in two stays with the first part
    return [
        part if i == 0 else part[~np.isin(groups[part], groups[np.concatenate(parts[:i])])]
        for i, part in enumerate(parts)
    ]


def covered(y: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Return how often intervals hold the value."""
    return float(np.mean((low <= y) & (y <= high)))


def split_conformal(model: object, X: pd.DataFrame, y: np.ndarray, rows: np.ndarray) -> object:
    """Calibrate one width for all."""
    conformal = SplitConformalRegressor(model, confidence_level=[0.5, 0.8, 0.9, 0.95], prefit=True)
    return conformal.conformalize(X.iloc[rows], y[rows])


def main() -> None:
    """Train, calibrate, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=int, default=2000)
    parser.add_argument("--calibrate", type=int, default=1500)
    parser.add_argument("--test", type=int, default=5000)
    parser.add_argument("--members", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=12)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    # fragments that overlap those trained on come from all, so all are read
    yeast = load_yeast_promoters()
    X, y = yeast.data, yeast.target.to_numpy()
    groups = shared_sequence_groups(X["promoter"].str[yeast.flank : -yeast.flank])
    sizes = [arguments.train, arguments.calibrate, arguments.test]
    train, calibrate, test = cut(groups, sizes, rng)
    settings = xpresso_settings(120, len(train)) | {"batch_size": 64, "epochs": arguments.epochs}
    model = make_xpresso_pipeline(**settings, n_estimators=arguments.members, random_state=0)
    half = rng.permutation(train)  # every second fragment of the groups that it trains on
    seen, overlapping = half[::2], half[1::2]
    rows = []
    for folds, fit_on, calibrate_on in (
        ("no overlap", train, calibrate),
        ("calibrated on overlapping fragments", seen, overlapping),
    ):
        model.fit(X.iloc[fit_on], y[fit_on])
        mean, std = model.predict(X.iloc[test], return_std=True)
        plain = split_conformal(model, X, y, calibrate_on)
        _, intervals = plain.predict_interval(X.iloc[test])
        own_mean, own_std = model.predict(X.iloc[calibrate_on], return_std=True)
        floor = np.median(own_std)
        normalised = ConformalRegressor().fit(
            residuals=y[calibrate_on] - own_mean, sigmas=own_std + floor
        )
        for i, level in enumerate((0.5, 0.8, 0.9, 0.95)):
            low, high = intervals[:, 0, i], intervals[:, 1, i]
            both = normalised.predict_int(mean, sigmas=std + floor, confidence=level)
            width = both[:, 1] - both[:, 0]
            hard = np.argsort(std)[-len(std) // 10 :]
            rows.append(
                {
                    "folds": folds,
                    "asked": level,
                    "split": covered(y[test], low, high),
                    "by spread": covered(y[test], *both.T),
                    "split, hardest tenth": covered(y[test][hard], low[hard], high[hard]),
                    "by spread, hardest tenth": covered(y[test][hard], *both[hard].T),
                    "width": np.median(high - low),
                    "width by spread": "-".join(f"{w:.1f}" for w in np.quantile(width, [0.1, 0.9])),
                }
            )
    print(f"{len(train):,} to train, {len(calibrate):,} to calibrate, {len(test):,} to test")
    print(pd.DataFrame(rows).to_string(index=False, float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
