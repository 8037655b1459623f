"""How many genes does it take? The scorecard of models that were trained on fewer and fewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import check_random_state

from skxpresso._utils.table import shorten
from skxpresso.model_selection.card import Scorecard, draw_seed
from skxpresso.model_selection.outputs import OutputScores, score_outputs
from skxpresso.model_selection.scorecard import make_splits, read_groups, scorecard

__all__ = ["SizeScores", "score_by_size"]

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class SizeScores:
    """Scores of models by the number of genes that they were trained on.

    Attributes
    ----------
    table : DataFrame
        A row per number of genes, model and metric: `n_train`, the mean over folds, and the
        columns of `Scorecard.summary`; with several outputs a column `output`, too.
    cards : dict of int to Scorecard or OutputScores
        The scorecard for each number of genes.

    Examples
    --------
    >>> from skxpresso.baselines import halflife_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.model_selection import score_by_size
    >>> data = make_promoters(200, length=40, random_state=0)
    >>> models = {"half-life": halflife_baseline()}
    >>> scores = score_by_size(models, data.data, data.target, [1], cv=4, n_bootstrap=20)
    >>> scores.table["n_train"].unique().tolist()
    [150]
    """

    table: pd.DataFrame
    cards: dict[int, Scorecard | OutputScores]


def score_by_size(
    estimators: Mapping[str, Any],
    X: Any,
    y: npt.ArrayLike,
    sizes: Sequence[float] = (0.125, 0.25, 0.5, 1.0),
    cv: Any = 5,
    groups: npt.ArrayLike | None = None,
    *,
    random_state: int | np.random.RandomState | None = None,
    **options: Any,
) -> SizeScores:
    """Cross-validate models on the same folds, trained on parts of the training genes.

    Parameters
    ----------
    estimators, X, y, cv, groups
        As in `scorecard`, or `score_outputs` for a y of several columns.
    sizes : sequence of float, default=(0.125, 0.25, 0.5, 1.0)
        Parts of the training genes, above 0 and at most 1. Whole groups are drawn at random,
        and a larger part contains the smaller ones.
    random_state : int, RandomState instance or None, default=None
        Seed of folds, parts and bootstrap.
    **options : dict
        Passed to `scorecard` or `score_outputs`.

    Returns
    -------
    SizeScores

    Raises
    ------
    ValueError
        If a size is not above 0 and at most 1, or as `scorecard` does.

    See Also
    --------
    scorecard : What is done for each size.
    sklearn.model_selection.learning_curve : Scores by size without intervals.

    Examples
    --------
    >>> from skxpresso.baselines import halflife_baseline, mean_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.model_selection import score_by_size
    >>> data = make_promoters(200, length=40, halflife_share=0.4, random_state=0)
    >>> models = {"mean": mean_baseline(), "half-life": halflife_baseline()}
    >>> scores = score_by_size(
    ...     models, data.data, data.target, [0.1, 1], cv=4, n_bootstrap=50, random_state=0
    ... )
    >>> list(scores.cards), len(scores.table)
    ([15, 150], 16)
    """
    wanted = sorted(set(map(float, sizes)))
    if not wanted or not all(0 < size <= 1 for size in wanted):
        raise ValueError(f"sizes must be numbers above 0 and at most 1, got {shorten(sizes)}")
    rng = check_random_state(random_state)
    fold_seed, part_seed, card_seed = (draw_seed(rng) for _ in range(3))
    codes = read_groups(groups, len(np.asarray(y)))
    splits = make_splits(cv, X, y, groups, fold_seed)
    score: Any = score_outputs if np.ndim(y) == 2 else scorecard
    cards: dict[int, Any] = {}
    for size in wanted:
        folds = [
            (_part_of(train, codes, size, part_seed + fold), test)
            for fold, (train, test) in enumerate(splits)
        ]
        n_train = round(float(np.mean([len(train) for train, _ in folds])))
        cards[n_train] = score(estimators, X, y, folds, groups, random_state=card_seed, **options)
    tables = [card.summary.assign(n_train=n_train) for n_train, card in cards.items()]
    table = pd.concat(tables, ignore_index=True)
    return SizeScores(table[["n_train", *cards[n_train].summary.columns]], cards)


def _part_of(train: Rows, codes: Rows, size: float, seed: int) -> Rows:
    """Draw whole groups until there are enough rows; at least two."""
    groups = np.unique(codes[train])
    rank = np.empty(codes.max() + 1, np.intp)
    rank[groups] = np.random.default_rng(seed).permutation(len(groups))
    order = np.argsort(rank[codes[train]], kind="stable")
    n = max(2, round(size * len(train)))
    last = rank[codes[train[order[n - 1]]]]
    return np.sort(train[rank[codes[train]] <= last])
