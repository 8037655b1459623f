"""What the page of an evaluation says of its folds and of models that were fitted before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

__all__ = ["about_fitted", "about_folds"]


def about_fitted(fitted: Sequence[Any], refit: bool) -> list[str]:
    """Say which models were scored as they are; nothing where there are none."""
    if not fitted or refit:
        return []
    names = ", ".join(Path(file).stem for file in fitted)
    return [
        f"Scored as they are, not trained in the folds: {names}. On genes that they were "
        "trained on such scores mean nothing."
    ]


def about_folds(predictions: pd.DataFrame, grouped: bool, grouped_as: str) -> str:
    """Say how many genes share a group with a gene of another fold.

    `grouped_as` is what genes of one group do, such as "share sequence".
    """
    predictions = predictions.drop_duplicates(["row", "fold"])  # which several outputs share
    n = f"{len(predictions):,} genes in {predictions['fold'].nunique()} folds"
    if not grouped:
        return (
            f"{n}, at random. What genes share sequence is not known: if promoters overlap, "
            "scores are on the optimistic side."
        )
    spread = predictions.groupby("group")["fold"].transform("nunique") > 1
    n_groups = f"{predictions['group'].nunique():,} groups of genes that {grouped_as}"
    if not spread.any():
        return f"{n}, which keep {n_groups} together."
    return (
        f"{n}, at random. {100 * spread.mean():.1f} % of the genes {grouped_as} with a gene "
        f"of another fold ({n_groups}): scores are on the optimistic side."
    )
