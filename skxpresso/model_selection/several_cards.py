"""Combine or compare scorecards of the same genes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from skxpresso._utils.table import quote
from skxpresso.model_selection._bootstrap import percentile_interval
from skxpresso.model_selection.card import (
    ROW_COLUMNS,
    Scorecard,
    check_names,
    draw_scores,
    draw_seed,
    long_table,
    mean_scores,
    summarize,
)

__all__ = ["combine_scorecards", "compare_scorecards"]


def combine_scorecards(
    cards: Sequence[Scorecard],
    *,
    reference: str | None = None,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    random_state: int | np.random.RandomState | None = None,
) -> Scorecard:
    """Combine scorecards of models that were run one by one, on the same folds and genes.

    Parameters
    ----------
    cards : sequence of Scorecard
        Scorecards, each with different models.
    reference, n_bootstrap, confidence, random_state
        As in `scorecard`; the same seed gives the same intervals as there.

    Returns
    -------
    Scorecard

    Raises
    ------
    ValueError
        If rows, folds, groups or measurements of the cards differ, or a model occurs twice.

    Examples
    --------
    >>> from skxpresso import scorecard
    >>> from skxpresso.model_selection import combine_scorecards
    >>> from sklearn.dummy import DummyRegressor
    >>> X, y = [[0]] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    >>> cards = [
    ...     scorecard({how: DummyRegressor(strategy=how)}, X, y, cv=2, random_state=0)
    ...     for how in ("mean", "median")
    ... ]
    >>> combine_scorecards(cards).models
    ['mean', 'median']
    """
    first = cards[0].predictions[ROW_COLUMNS]
    for card in cards[1:]:
        if not card.predictions[ROW_COLUMNS].equals(first):
            raise ValueError(
                f"the card of {quote(card.models)} was not made on the same folds of the same "
                f"genes as that of {quote(cards[0].models)}"
            )
    check_names([name for card in cards for name in card.models])
    columns = [card.predictions[card.models] for card in cards]
    return summarize(
        pd.concat([card.folds for card in cards], ignore_index=True),
        pd.concat([first, *columns], axis=1),
        reference=reference,
        ceiling=cards[0].ceiling,
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        seed=draw_seed(random_state),
    )


def compare_scorecards(
    first: Scorecard,
    second: Scorecard,
    *,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    random_state: int | np.random.RandomState | None = None,
) -> pd.DataFrame:
    """Tell how the scores of the same models on the same genes differ between two sets of folds.

    For instance, compare random folds with folds that keep overlapping promoters together,
    to see by how much leakage flatters each model.

    Parameters
    ----------
    first, second : Scorecard
        Scorecards of the same genes. Models that are on only one of them are left out.
    n_bootstrap, confidence, random_state
        As in `scorecard`. Both cards are scored on the same draws, which are of groups if
        one of the cards has groups.

    Returns
    -------
    DataFrame
        A row per model and metric: `model`, `metric`, `first`, `second`, `difference` (first
        less second), `low`, `high`.

    Raises
    ------
    ValueError
        If the cards are not of the same genes, or have no model in common.

    Examples
    --------
    >>> from skxpresso import scorecard
    >>> from skxpresso.model_selection import compare_scorecards
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> X, y = [[0], [0], [1], [1], [2], [2]] * 5, [0.0, 0.1, 1.0, 1.1, 2.0, 2.1] * 5
    >>> models, groups = {"nearest": KNeighborsRegressor(2)}, [row[0] for row in X]
    >>> random = scorecard(models, X, y, cv=3, random_state=0)
    >>> grouped = scorecard(models, X, y, cv=3, groups=groups)
    >>> difference = compare_scorecards(random, grouped, n_bootstrap=0).set_index("metric")
    >>> bool(difference.loc["mse", "first"] < 0.1 < 1 < difference.loc["mse", "second"])
    True
    """
    names = [name for name in first.models if name in second.models]
    if not names:
        raise ValueError(
            f"the cards have no model in common: {quote(first.models)} and {quote(second.models)}"
        )
    measured = [card.predictions.groupby("row")["measured"].first() for card in (first, second)]
    if not measured[0].equals(measured[1]):
        raise ValueError("the two cards must hold the same genes")
    groups = min(
        (card.predictions.groupby("row")["group"].first() for card in (first, second)),
        key=lambda group: group.nunique(),
    )
    seed = draw_seed(random_state)
    draws = [draw_scores(card.predictions, names, groups, n_bootstrap, seed) for card in
             (first, second)]  # fmt: skip
    means = [mean_scores(card.folds, names) for card in (first, second)]
    low, high = percentile_interval(draws[0] - draws[1], confidence)
    return long_table(
        names, first=means[0], second=means[1], difference=means[0] - means[1], low=low, high=high
    )
