"""The scorecard: models on the same folds, with intervals and differences that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
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
from skxpresso._utils.table import row_labels
from skxpresso.metrics import noise_ceiling
from skxpresso.model_selection.card import Scorecard, check_names, draw_seed, summarize
from skxpresso.model_selection.one_fold import Run, run, tell

__all__ = [
    "Scorecard",
    "check_estimators",
    "fit_folds",
    "make_splits",
    "read_groups",
    "scorecard",
    "tested_rows",
]

Splits = list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]


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
    """Cross-validate models on the same folds, and say how certain the scores are.

    Parameters
    ----------
    estimators : mapping of str to estimator
        Models by name. They are cloned; wrap a fitted model that must not be trained again
        in `sklearn.frozen.FrozenEstimator`.
    X : DataFrame, OneHotMatrix, or what all the models take
        Genes, one per row. Of a OneHotMatrix, or a table from
        `skxpresso.sequence.pack_promoters`, all workers share the codes.
    y : array-like of shape (n,)
        Measured expression.
    cv : int, splitter, or iterable of (train, test), default=5
        Folds. An int is a number of folds: random ones, or those of
        `sklearn.model_selection.GroupKFold` if `groups` are given.
    groups : array-like of shape (n,), optional
        Genes that belong together, for instance from
        `skxpresso.model_selection.groups.overlap_groups`. They are passed to the splitter,
        and intervals come from drawing whole groups.
    replicates : array-like of shape (n, n_replicates), optional
        Replicate measurements of expression, for the ceiling. `y` is taken to be the
        average of all replicates, or a single replicate if it equals one.
    reference : str or None, default=None
        The model that the others are compared with. None means the first.
    n_bootstrap : int, default=1000
        Number of draws for the intervals; 0 means no intervals.
    confidence : float, default=0.95
        Confidence level of the intervals.
    n_jobs : int or None, default=None
        Number of fits at once, as in scikit-learn.
    random_state : int, RandomState instance or None, default=None
        Seed of folds and bootstrap. The models have seeds of their own.
    verbose : int, default=0
        1 shows a progress bar.

    Returns
    -------
    Scorecard

    Raises
    ------
    TypeError
        If `estimators` is not a mapping.
    ValueError
        If lengths differ, a name or a number is invalid, or every model failed.

    Warns
    -----
    FitFailedWarning
        If a model failed; the others go on.
    Warning
        Any warning of the models, for instance `DeadNetworkWarning`. It is noted in
        `folds`, too.

    See Also
    --------
    score_outputs : Does the same for a y of several outputs.
    combine_scorecards : Puts models together that were run one by one.
    compare_scorecards : Compares the same models under other folds.

    Notes
    -----
    A score is the mean over the folds, as in `sklearn.model_selection.cross_validate`, not
    a score of all predictions pooled. Every fold has its own model, and if these differ in
    offset and scale, a score across folds is the score of none of them. (Predicting the
    training mean would have a squared Pearson correlation above zero, since the fold with
    the highest genes has the lowest training mean.)

    Intervals are percentiles of bootstrap scores. Each draw takes as many genes as there
    are, with replacement (whole groups if there are groups, since genes of a group are not
    independent), and scores every fold on the genes drawn. All models are scored on the
    same draws, so differences are paired, and what makes a gene hard for all models
    cancels. An interval says how the scores would vary with other test genes, not with
    other seeds or other training genes.

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
    check_estimators(estimators)
    y = _read_target(y)
    check_consistent_length(X, y)
    rng = check_random_state(random_state)
    bootstrap_seed, fold_seed = draw_seed(rng), draw_seed(rng)
    codes = read_groups(groups, len(y))
    splits = make_splits(cv, X, y, groups, fold_seed)
    done = fit_folds(estimators, X, y, splits, n_jobs, verbose)
    rows = tested_rows(X, codes, splits)
    rows["measured"] = y[rows["row"].to_numpy()]
    columns = {
        name: np.concatenate([done[name, i].predicted for i in range(len(splits))])
        for name in estimators
    }
    return summarize(
        pd.DataFrame([{"model": name, "fold": i} | one.rows[0] for (name, i), one in done.items()]),
        rows.assign(**columns),
        reference=reference,
        ceiling=None if replicates is None else _ceiling(replicates, y),
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        seed=bootstrap_seed,
    )


def fit_folds(
    estimators: Mapping[str, Any], X: Any, y: Any, splits: Splits, n_jobs: int | None, verbose: int
) -> dict[tuple[str, int], Run]:
    """Fit and score every model in every fold, and tell what went wrong."""
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
    return done


def check_estimators(estimators: Any) -> None:
    """Raise for what is no mapping of names to models, or an empty one."""
    if not isinstance(estimators, Mapping):
        raise TypeError(
            f"estimators must be a mapping of names to estimators, got {type(estimators).__name__}"
        )
    if not estimators:
        raise ValueError("estimators must name at least one model")
    check_names(list(estimators))


def _read_target(y: Any) -> npt.NDArray[np.float64]:
    if np.ndim(y) == 2 and np.shape(y)[1] > 1:
        raise ValueError(
            f"y must have one number for a gene, got the shape {np.shape(y)}; score_outputs takes "
            "several"
        )
    y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", ensure_min_samples=2)
    return column_or_1d(y, input_name="y")


def read_groups(groups: Any, n: int) -> npt.NDArray[np.intp]:
    """Replace groups by numbers from 0; without groups, every gene is its own group."""
    if groups is None:
        return np.arange(n)
    check_consistent_length(groups, range(n))
    codes, _ = pd.factorize(np.asarray(groups))
    if (codes < 0).any():
        raise ValueError(f"groups must name a group for every row, row {np.argmin(codes)} has none")
    return codes


def make_splits(cv: Any, X: Any, y: Any, groups: Any, seed: int) -> Splits:
    """Return training and test rows of every fold."""
    if isinstance(cv, (int, np.integer)):
        cv = KFold(cv, shuffle=True, random_state=seed) if groups is None else GroupKFold(cv)
    splits = check_cv(cv).split(X, y, groups)
    rows = np.arange(len(y))  # turns masks and negative numbers into indices
    return [(rows[train], rows[test]) for train, test in splits]


def _ceiling(replicates: Any, y: npt.NDArray[np.float64]) -> float:
    replicates = check_array(replicates, dtype=np.float64, input_name="replicates")
    check_consistent_length(replicates, y)
    is_one = (replicates == y[:, np.newaxis]).all(axis=0).any()
    return noise_ceiling(replicates, n_averaged=1 if is_one else None)


def tested_rows(X: Any, codes: Any, splits: Splits) -> pd.DataFrame:
    """Return number, fold and group of every test row, with the labels of X as index."""
    rows = np.concatenate([test for _, test in splits])
    fold = np.repeat(np.arange(len(splits)), [len(test) for _, test in splits])
    name = X.index.name if isinstance(X, pd.DataFrame) else None
    labels = pd.Index(row_labels(X), name=name)[rows]
    return pd.DataFrame({"row": rows, "fold": fold, "group": codes[rows]}, index=labels)
