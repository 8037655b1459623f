"""The data of the demo: genes, their split, and the models that the network has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from skxpresso.baselines import halflife_baseline, kmer_baseline, mean_baseline
from skxpresso.datasets import load_yeast_promoters, make_promoters
from skxpresso.model_selection import shared_sequence_groups

__all__ = ["N_GENES", "N_YEAST", "DemoData", "synthetic_data", "yeast_data"]

N_GENES, N_YEAST = 6_000, 30_000
_TEST_SIZE = 0.2


@dataclass(frozen=True)
class DemoData:
    """Training and test genes, and the models to train on them.

    Parameters
    ----------
    X, X_test : DataFrame
        Training and test genes.
    y, y_test : Series or ndarray
        Their expression.
    ceiling : float
        The R² that a perfect model reaches.
    baselines : dict of str to estimator
        Models that the network has to beat.
    """

    X: pd.DataFrame
    X_test: pd.DataFrame
    y: Any
    y_test: Any
    ceiling: float
    baselines: dict[str, BaseEstimator]


def synthetic_data(n_genes: int, length: int, random_state: int) -> DemoData:
    """Make promoters of a few hundred nt, with a random fifth of the genes for testing."""
    data = make_promoters(n_genes, length, random_state=random_state)
    X, X_test, y, y_test = train_test_split(
        data.data, data.target, test_size=_TEST_SIZE, random_state=random_state
    )
    baselines = {
        "mean": mean_baseline(),
        "half-life alone": halflife_baseline(),
        "4-mers + half-life, Ridge": kmer_baseline(4),
    }
    return DemoData(X, X_test, y, y_test, data.ceiling, baselines)


def yeast_data(n_fragments: int, random_state: int) -> DemoData:
    """Load yeast promoter fragments, with a fifth of the groups that share 30 nt for testing."""
    data = load_yeast_promoters(n_fragments, random_state=random_state)
    groups = shared_sequence_groups(data.data["promoter"].str[data.flank : -data.flank])
    split = GroupShuffleSplit(1, test_size=_TEST_SIZE, random_state=random_state)
    train, test = next(split.split(data.data, groups=groups))
    baselines = {"mean": mean_baseline(), "4-mers, Ridge": kmer_baseline(4)}
    X, y = data.data, data.target
    return DemoData(
        X.iloc[train], X.iloc[test], y.iloc[train], y.iloc[test], data.ceiling, baselines
    )
