"""The scorecard: models on the same folds, with intervals and differences that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, KFold, check_cv
from sklearn.utils import (
    check_array,
    check_consistent_length,
    check_random_state,
    column_or_1d,
)
from sklearn.utils.parallel import Parallel, delayed

from skxpresso._utils.progress import progress
from skxpresso._utils.table import quote, row_labels
from skxpresso.metrics import METRICS, noise_ceiling
from skxpresso.model_selection._bootstrap import bootstrap_scores, percentile_interval
from skxpresso.model_selection.one_fold import run, tell

__all__ = [
    "Scorecard",
    "combine_scorecards",
    "compare_scorecards",
    "scorecard",
]

_ROW_COLUMNS = ["row", "fold", "group", "measured"]
Splits = list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]


@dataclass(frozen=True, repr=False)
class Scorecard:
    """Scores of models on the same folds; `scorecard` makes one.

    Attributes
    ----------
    folds : DataFrame
        A row per model and fold: `model`, `fold`, `n_test`, `r2`, `pearson_r2`,
        `spearman`, `mse`, `fit_seconds`, `collapsed` (bool: one prediction for every
        gene) and `note` (the error, or the warnings, of this fit; else empty). Scores of
        a fit that failed are NaN.
    summary : DataFrame
        A row per model and metric: `model`, `metric`, `score`, `low`, `high` and, against
        the reference, `difference`, `difference_low`, `difference_high`.
    predictions : DataFrame
        A row per test row and fold, with the labels of X as index: `row` (its number, from
        0), `fold`, `group` (a number), `measured`, and a column per model.
    reference : str
        The model that the differences are against.
    ceiling : float or None
        What noise allows of `r2` and `pearson_r2`, where replicates were given.
    confidence : float
        Of the intervals.
    """

    folds: pd.DataFrame
    summary: pd.DataFrame
    predictions: pd.DataFrame
    reference: str
    ceiling: float | None = None
    confidence: float = 0.95

    @property
    def models(self) -> list[str]:
        """The names, in the order given."""
        return self.folds["model"].unique().tolist()

    def table(self, metrics: Sequence[str] = ("r2", "pearson_r2", "spearman")) -> pd.DataFrame:
        """Lay the summary out for reading: text, a row per model.

        Parameters
        ----------
        metrics : sequence of str
            Columns to show, see `skxpresso.metrics.METRICS`.

        Returns
        -------
        DataFrame
            `model`, a column per metric, the difference of the first metric from the
            reference, the mean `seconds` of a fit, and `remark`.
        """
        columns: dict[str, Any] = {"model": self.models}
        for metric in metrics:
            columns[metric] = self._in_words(metric, _SCORE)
        first = metrics[0]
        columns[f"{first} less {self.reference}"] = self._in_words(first, _DIFFERENCE, "+")
        folds = [self.folds[self.folds["model"] == name] for name in self.models]
        seconds = [rows["fit_seconds"].mean() for rows in folds]
        columns["seconds"] = ["" if np.isnan(mean) else f"{mean:.3g}" for mean in seconds]
        columns["remark"] = [_remark(rows) for rows in folds]
        return pd.DataFrame(columns)

    def _in_words(self, metric: str, columns: list[str], sign: str = "") -> list[str]:
        rows = self.summary.loc[self.summary["metric"] == metric, columns]
        return [_with_interval(numbers, sign) for numbers in rows.to_numpy()]

    def __repr__(self) -> str:
        ceiling = "" if self.ceiling is None else f"\nceiling (r2, pearson_r2): {self.ceiling:.3f}"
        return self.table().to_string(index=False) + ceiling


_SCORE = ["score", "low", "high"]
_DIFFERENCE = ["difference", "difference_low", "difference_high"]


def scorecard(
    estimators: Mapping[str, Any],
    X: Any,
    y: npt.ArrayLike,
    cv: Any = 5,
    groups: npt.ArrayLike | None = None,
    *,
    replicates: npt.ArrayLike | None = None,
    reference: str | None = None,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    verbose: int = 0,
) -> Scorecard:
    """Cross-validate models on the same folds, and say how sure the scores are.

    Parameters
    ----------
    estimators : mapping of str to estimator
        Models by name. They are cloned; a fitted model that is to stay as it is goes
        into `sklearn.frozen.FrozenEstimator`.
    X : DataFrame, OneHotMatrix, or what all the models take
        Genes.
    y : array-like of shape (n,)
        Measured expression.
    cv : int, splitter, or iterable of (train, test), default=5
        Folds. An int: so many, at random, or those of `sklearn.model_selection.GroupKFold`
        where `groups` are given.
    groups : array-like of shape (n,), optional
        Genes that belong together, for instance from
        `skxpresso.model_selection.groups.overlap_groups`. A splitter gets them, and intervals
        come from drawing whole groups.
    replicates : array-like of shape (n, n_replicates), optional
        Replicate measurements of expression, for the ceiling. `y` is taken for the average
        of all of them, or for one where it equals one.
    reference : str or None, default=None
        The model that the others are compared with. None: the first.
    n_bootstrap : int, default=1000
        Draws for the intervals; 0: no intervals.
    confidence : float, default=0.95
        Of the intervals.
    n_jobs : int or None, default=None
        Fits at once, as in scikit-learn.
    random_state : int, RandomState instance or None, default=None
        Of folds and bootstrap. The models have their own.
    verbose : int, default=0
        1: a progress bar.

    Returns
    -------
    Scorecard

    Raises
    ------
    TypeError
        If `estimators` is no mapping.
    ValueError
        If lengths differ, names or numbers are not fit for use, or no model worked.

    Warns
    -----
    FitFailedWarning
        For a model that failed; the others go on.
    Warning
        Whatever the models warn of, `DeadNetworkWarning` for instance. It stands in
        `folds`, too.

    See Also
    --------
    combine_scorecards : Put models together that were run one by one.
    compare_scorecards : The same models under other folds.

    Notes
    -----
    A score is the mean over the folds, as in `sklearn.model_selection.cross_validate`, not
    a score of all predictions thrown together: every fold has a model of its own, and where
    these differ in offset and scale a score across folds is that of no model. (Predicting the
    training mean would have a squared Pearson correlation above zero, since the fold with
    the highest genes has the lowest training mean.)

    Intervals are percentiles of bootstrap scores. A draw takes as many genes as there are
    from all genes, with replacement (whole groups where there are groups, since genes of a
    group are not independent), and scores every fold on the genes drawn. All models are
    scored on the same draws, so that a difference is one of pairs: what is hard about a
    gene cancels. An interval says how the scores would vary with other genes to test on, not
    how they would with other seeds or other genes to train on.

    Examples
    --------
    >>> from skxpresso import scorecard
    >>> from skxpresso.baselines import halflife_baseline, mean_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(300, 30, halflife_share=0.4, random_state=0)
    >>> models = {"mean": mean_baseline(), "half-life": halflife_baseline()}
    >>> card = scorecard(models, data.data, data.target, cv=3, random_state=0)
    >>> r2 = card.summary.query("metric == 'r2'").set_index("model")
    >>> bool(r2.loc["half-life", "low"] < 0.4 < r2.loc["half-life", "high"])
    True
    """
    _check_estimators(estimators)
    y = _read_target(y)
    check_consistent_length(X, y)
    rng = check_random_state(random_state)
    draw_seed, fold_seed = _draw_seed(rng), _draw_seed(rng)
    codes = _group_codes(groups, len(y))
    splits = _make_splits(cv, X, y, groups, fold_seed)
    fits = [(name, model, i) for name, model in estimators.items() for i in range(len(splits))]
    runs = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(run)(clone(model), X, y, *splits[i]) for _, model, i in fits
    )
    done = {}
    with progress(len(fits), "fits", show=bool(verbose)) as advance:
        for (name, _, i), result in zip(fits, runs, strict=True):
            done[name, i] = result
            advance()
    tell(done)
    rows = _tested_rows(X, y, codes, splits)
    columns = {
        name: np.concatenate([done[name, i].predicted for i in range(len(splits))])
        for name in estimators
    }
    return _summarize(
        pd.DataFrame([{"model": name, "fold": i} | done[name, i].row for name, _, i in fits]),
        rows.assign(**columns),
        reference=reference,
        ceiling=None if replicates is None else _ceiling(replicates, y),
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        seed=draw_seed,
    )


def combine_scorecards(
    cards: Sequence[Scorecard],
    *,
    reference: str | None = None,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    random_state: int | np.random.RandomState | None = None,
) -> Scorecard:
    """Put models on one card that were run one by one, on the same folds of the same genes.

    Parameters
    ----------
    cards : sequence of Scorecard
        Each with models of its own.
    reference, n_bootstrap, confidence, random_state
        As in `scorecard`; the same seed gives the intervals that it gives.

    Returns
    -------
    Scorecard

    Raises
    ------
    ValueError
        If rows, folds, groups or measurements of the cards differ, or a model is there twice.

    Examples
    --------
    >>> from skxpresso import scorecard
    >>> from skxpresso.model_selection.scorecard import combine_scorecards
    >>> from sklearn.dummy import DummyRegressor
    >>> X, y = [[0]] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    >>> cards = [
    ...     scorecard({how: DummyRegressor(strategy=how)}, X, y, cv=2, random_state=0)
    ...     for how in ("mean", "median")
    ... ]
    >>> combine_scorecards(cards).models
    ['mean', 'median']
    """
    first = cards[0].predictions[_ROW_COLUMNS]
    for card in cards[1:]:
        if not card.predictions[_ROW_COLUMNS].equals(first):
            raise ValueError(
                f"the card of {quote(card.models)} was not made on the same folds of the same "
                f"genes as that of {quote(cards[0].models)}"
            )
    _check_names([name for card in cards for name in card.models])
    columns = [card.predictions[card.models] for card in cards]
    return _summarize(
        pd.concat([card.folds for card in cards], ignore_index=True),
        pd.concat([first, *columns], axis=1),
        reference=reference,
        ceiling=cards[0].ceiling,
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        seed=_draw_seed(random_state),
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

    Random folds less folds that keep overlapping promoters together, for instance: by how
    much leakage flatters each model.

    Parameters
    ----------
    first, second : Scorecard
        Of the same genes. Models that only one of them has are left out.
    n_bootstrap, confidence, random_state
        As in `scorecard`. Both cards are scored on the same draws: of groups, where one of the
        cards has groups.

    Returns
    -------
    DataFrame
        A row per model and metric: `model`, `metric`, `first`, `second`, `difference` (first
        less second), `low`, `high`.

    Raises
    ------
    ValueError
        If the cards are of other genes, or have no model in common.

    Examples
    --------
    >>> from skxpresso import scorecard
    >>> from skxpresso.model_selection.scorecard import compare_scorecards
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
            f"no model is on both cards: {quote(first.models)}, and {quote(second.models)}"
        )
    measured = [card.predictions.groupby("row")["measured"].first() for card in (first, second)]
    if not measured[0].equals(measured[1]):
        raise ValueError("the two cards are not of the same genes")
    groups = min(
        (card.predictions.groupby("row")["group"].first() for card in (first, second)),
        key=lambda group: group.nunique(),
    )
    seed = _draw_seed(random_state)
    draws = [_draw_scores(card.predictions, names, groups, n_bootstrap, seed) for card in
             (first, second)]  # fmt: skip
    means = [_mean_scores(card.folds, names) for card in (first, second)]
    low, high = percentile_interval(draws[0] - draws[1], confidence)
    return _long_table(
        names, first=means[0], second=means[1], difference=means[0] - means[1], low=low, high=high
    )


def _check_estimators(estimators: Any) -> None:
    if not isinstance(estimators, Mapping):
        raise TypeError(
            f"estimators must be a mapping of names to estimators, got {type(estimators).__name__}"
        )
    if not estimators:
        raise ValueError("estimators must name a model at least")
    _check_names(list(estimators))


def _check_names(names: list[Any]) -> None:
    wrong = [name for name in names if not isinstance(name, str) or name in _ROW_COLUMNS]
    if wrong:
        raise ValueError(
            f"a model must be named by a str other than {quote(_ROW_COLUMNS)}, got {quote(wrong)}"
        )
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"model {quote(twice)} is there more than once")


def _read_target(y: Any) -> npt.NDArray[np.float64]:
    y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", ensure_min_samples=2)
    return column_or_1d(y, input_name="y")


def _group_codes(groups: Any, n: int) -> npt.NDArray[np.intp]:
    """Give every group a number from 0; a gene is its own where there are none."""
    if groups is None:
        return np.arange(n)
    check_consistent_length(groups, range(n))
    codes, _ = pd.factorize(np.asarray(groups))
    if (codes < 0).any():
        raise ValueError(f"groups must name a group for every row, row {np.argmin(codes)} has none")
    return codes


def _make_splits(cv: Any, X: Any, y: Any, groups: Any, seed: int) -> Splits:
    if isinstance(cv, (int, np.integer)):
        cv = KFold(cv, shuffle=True, random_state=seed) if groups is None else GroupKFold(cv)
    splits = check_cv(cv).split(X, y, groups)
    rows = np.arange(len(y))  # indices of masks, and of negative numbers
    return [(rows[train], rows[test]) for train, test in splits]


def _ceiling(replicates: Any, y: npt.NDArray[np.float64]) -> float:
    replicates = check_array(replicates, dtype=np.float64, input_name="replicates")
    check_consistent_length(replicates, y)
    is_one = (replicates == y[:, np.newaxis]).all(axis=0).any()
    return noise_ceiling(replicates, n_averaged=1 if is_one else None)


def _tested_rows(X: Any, y: Any, codes: Any, splits: Splits) -> pd.DataFrame:
    rows = np.concatenate([test for _, test in splits])
    fold = np.repeat(np.arange(len(splits)), [len(test) for _, test in splits])
    name = X.index.name if isinstance(X, pd.DataFrame) else None
    labels = pd.Index(row_labels(X), name=name)[rows]
    table = {"row": rows, "fold": fold, "group": codes[rows], "measured": y[rows]}
    return pd.DataFrame(table, index=labels)


def _summarize(
    folds: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    reference: str | None,
    ceiling: float | None,
    n_bootstrap: int,
    confidence: float,
    seed: int,
) -> Scorecard:
    names = folds["model"].unique().tolist()
    reference = names[0] if reference is None else reference
    if reference not in names:
        raise ValueError(f"reference must be one of {quote(names, 20)}, got {reference!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    if n_bootstrap < 0:
        raise ValueError(f"n_bootstrap must be 0 or more, got {n_bootstrap}")
    by_row = predictions.groupby("row")["group"].first()
    scores = _mean_scores(folds, names)
    draws = _draw_scores(predictions, names, by_row, n_bootstrap, seed)
    low, high = percentile_interval(draws, confidence)
    one = names.index(reference)
    against = scores - scores[one]
    against_low, against_high = percentile_interval(draws - draws[:, [one]], confidence)
    against[one] = against_low[one] = against_high[one] = np.nan
    summary = _long_table(
        names,
        score=scores,
        low=low,
        high=high,
        difference=against,
        difference_low=against_low,
        difference_high=against_high,
    )
    return Scorecard(folds, summary, predictions, reference, ceiling, confidence)


def _mean_scores(folds: pd.DataFrame, names: list[str]) -> npt.NDArray[np.float64]:
    """Average over folds, (n_models, n_metrics); NaN for a model that failed in one."""
    return np.array([
        folds.loc[folds["model"] == name, list(METRICS)].mean(skipna=False) for name in names
    ])  # fmt: skip


def _draw_scores(
    predictions: pd.DataFrame, names: list[str], group_of: pd.Series, n_bootstrap: int, seed: int
) -> npt.NDArray[np.float64]:
    """Bootstrap; one unit to draw from says nothing of other genes, and gives no draw."""
    units, drawn_from = pd.factorize(group_of.loc[predictions["row"]], sort=True)
    return bootstrap_scores(
        predictions["measured"].to_numpy(),
        predictions[names].to_numpy(),
        predictions["fold"].to_numpy(),
        units,
        n_bootstrap if len(drawn_from) > 1 else 0,
        seed,
    )


def _draw_seed(random_state: Any) -> int:
    return int(check_random_state(random_state).randint(2**31 - 1))


def _long_table(names: list[str], **columns: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Lay arrays of shape (n_models, n_metrics) out as columns, a row per model and metric."""
    index = pd.MultiIndex.from_product([names, METRICS], names=["model", "metric"])
    table = {name: values.ravel() for name, values in columns.items()}
    return pd.DataFrame(table, index=index).reset_index()


def _with_interval(numbers: npt.NDArray[np.float64], sign: str) -> str:
    score, low, high = numbers
    if np.isnan(score):
        return ""
    return f"{score:{sign}.3f}" + ("" if np.isnan(low) else f" [{low:{sign}.3f}, {high:{sign}.3f}]")


def _remark(folds: pd.DataFrame) -> str:
    failed, collapsed = folds["mse"].isna(), folds["collapsed"].astype(bool)
    if failed.any():
        return (
            f"failed in {failed.sum()} of {len(folds)} folds: {folds.loc[failed, 'note'].iloc[0]}"
        )
    return f"collapsed in {collapsed.sum()} of {len(folds)} folds" if collapsed.any() else ""
