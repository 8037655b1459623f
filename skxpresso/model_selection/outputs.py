"""Scorecards of models of several outputs: one for each output and their mean, from one fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import check_array, check_consistent_length, check_random_state

from skxpresso._utils.table import quote, row_labels, shorten
from skxpresso.metrics import METRICS
from skxpresso.model_selection.card import (
    Scorecard,
    check_summary,
    draw_scores,
    draw_seed,
    make_card,
)
from skxpresso.model_selection.one_fold import Run
from skxpresso.model_selection.scorecard import (
    Splits,
    check_estimators,
    fit_folds,
    make_splits,
    read_groups,
    tested_rows,
)
from skxpresso.plots import new_figure

__all__ = ["MEAN", "OutputScores", "score_outputs"]

MEAN = "mean"  # what the mean over outputs is called beside their names


@dataclass(frozen=True, repr=False)
class OutputScores:
    """Scores of models of several outputs; `score_outputs` makes them.

    Attributes
    ----------
    mean : Scorecard
        Means over the outputs. Its `predictions` are those of all outputs, with a column
        `output`.
    cards : dict of str to Scorecard
        The scorecard of each output, on the genes where it is measured.

    Examples
    --------
    >>> from skxpresso.baselines import mean_baseline
    >>> from skxpresso.model_selection import score_outputs
    >>> y = [[1, 5], [2, 6], [3, 4], [4, 9]]
    >>> scores = score_outputs({"mean": mean_baseline()}, [[0]] * 4, y, cv=2, random_state=0)
    >>> list(scores.cards), scores.summary["output"].unique().tolist()
    (['0', '1'], ['mean', '0', '1'])
    """

    mean: Scorecard
    cards: dict[str, Scorecard]

    @property
    def models(self) -> list[str]:
        """The names, in the order given."""
        return self.mean.models

    @property
    def reference(self) -> str:
        """The model that the differences are against."""
        return self.mean.reference

    @property
    def confidence(self) -> float:
        """Confidence level of the intervals."""
        return self.mean.confidence

    @property
    def ceiling(self) -> None:
        """None: replicates of several outputs are not read."""

    @property
    def summary(self) -> pd.DataFrame:
        """As of `Scorecard`, with a column `output`, the mean first."""
        return self._gather(lambda card: card.summary)

    @property
    def folds(self) -> pd.DataFrame:
        """As of `Scorecard`, with a column `output`, the mean first."""
        return self._gather(lambda card: card.folds)

    @property
    def predictions(self) -> pd.DataFrame:
        """As of `Scorecard`, with a column `output`."""
        return self.mean.predictions

    def table(self, metrics: Sequence[str] = ("r2", "pearson_r2", "spearman")) -> pd.DataFrame:
        """Format the summary as a table of text, with a row per output and model.

        Parameters
        ----------
        metrics : sequence of str
            Columns to show, see `skxpresso.metrics.METRICS`.

        Returns
        -------
        DataFrame
            `output`, the mean first, and the columns of `Scorecard.table`.
        """
        return self._gather(lambda card: card.table(metrics))

    def plot(self, metric: str = "r2", *, title: str = "", ax: Any = None) -> Any:
        """Draw the score of every model for every output, with intervals, and the means dashed.

        Parameters
        ----------
        metric : str, default="r2"
            One of `skxpresso.metrics.METRICS`.
        title : str, default=""
            Title of the plot.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw. None: a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            Outputs are sorted by the score of the reference, the best on top.

        Raises
        ------
        ValueError
            If the metric is unknown.
        ImportError
            If matplotlib is missing.
        """
        if metric not in METRICS:
            raise ValueError(f"metric must be one of {quote(METRICS)}, got {shorten(metric)}")
        table = self.summary[self.summary["metric"] == metric]
        by_model = {name: table[table["model"] == name].set_index("output") for name in self.models}
        scores = by_model[self.reference]["score"].drop(MEAN)
        order = scores.sort_values(ascending=metric != "mse", na_position="first").index
        if ax is None:
            ax = new_figure(7.5, 1.5 + 0.3 * len(order)).subplots()
        for k, (name, rows) in enumerate(by_model.items()):
            place = np.arange(len(order)) + 0.25 - 0.5 * (k + 0.5) / len(by_model)
            each, mean = rows.loc[order], rows.loc[MEAN, "score"]
            (dots,) = ax.plot(each["score"], place, "o", markersize=4, label=name)
            ax.hlines(place, each["low"], each["high"], color=dots.get_color(), alpha=0.5)
            ax.axvline(mean, color=dots.get_color(), linestyle="--", linewidth=1, zorder=0)
        ax.set_yticks(range(len(order)), order)
        ax.set(xlabel=f"{metric}; dashed: mean over outputs", title=title)
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
        return ax

    def _gather(self, of: Callable[[Scorecard], pd.DataFrame]) -> pd.DataFrame:
        cards = {MEAN: self.mean} | self.cards
        return _beside(cards, [of(card) for card in cards.values()]).reset_index(drop=True)

    def __repr__(self) -> str:
        return self.table().to_string(index=False)


def score_outputs(
    estimators: Mapping[str, Any],
    X: Any,
    y: npt.ArrayLike,
    cv: Any = 5,
    groups: npt.ArrayLike | None = None,
    *,
    reference: str | None = None,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    verbose: int = 0,
) -> OutputScores:
    """Cross-validate models of several outputs, with a score for each output and their mean.

    Parameters
    ----------
    estimators : mapping of str to estimator
        As in `scorecard`. The networks are fitted once in a fold, on all outputs. So is every
        model that takes several outputs where no value of y is missing; of others, a copy is
        fitted for each output, on the genes where that is measured. A fitted model in
        `sklearn.frozen.FrozenEstimator` that predicts one number is scored on every output.
    X : DataFrame, OneHotMatrix, or what all the models take
        Genes, one per row.
    y : array-like of shape (n, n_outputs)
        Measured expression; a DataFrame names the outputs. A gene may lack some of them
        (NaN), and does not count where it does.
    cv, groups, reference, n_bootstrap, confidence, n_jobs, random_state, verbose
        As in `scorecard`.

    Returns
    -------
    OutputScores

    Raises
    ------
    TypeError
        If `estimators` is not a mapping.
    ValueError
        As for `scorecard`; if an output is called "mean", or two have the same name; or if a
        fold has fewer than two genes where an output is measured.

    Warns
    -----
    FitFailedWarning
        If a model failed; the others go on.

    Notes
    -----
    A draw of the bootstrap takes the same genes for all outputs, so that the interval of the
    mean knows how far the outputs vary together.

    See Also
    --------
    scorecard : Does this for one number per gene.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.baselines import halflife_baseline, mean_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.model_selection import score_outputs
    >>> data = make_promoters(300, 30, halflife_share=0.4, random_state=0)
    >>> y = pd.DataFrame({"liver": data.target, "brain": -data.target})
    >>> models = {"mean": mean_baseline(), "half-life": halflife_baseline()}
    >>> scores = score_outputs(models, data.data, y, cv=3, n_bootstrap=20, random_state=0)
    >>> scores.table(["r2"])[["output", "model"]].to_numpy().tolist()[:3]
    [['mean', 'mean'], ['mean', 'half-life'], ['liver', 'mean']]
    """
    check_estimators(estimators)
    if "output" in estimators:
        raise ValueError("no model may be called 'output', which is a column of the predictions")
    columns = _read_outputs(X, y)
    rng = check_random_state(random_state)
    bootstrap_seed, fold_seed = draw_seed(rng), draw_seed(rng)
    codes = read_groups(groups, len(columns))
    splits = make_splits(cv, X, columns, groups, fold_seed)
    _check_folds(columns, splits)
    reference = check_summary(list(estimators), reference, n_bootstrap, confidence)
    done = fit_folds(estimators, X, columns, splits, n_jobs, verbose)
    rows = tested_rows(X, codes, splits)
    by_row = rows.groupby("row")["group"].first()
    parts = [_one_output(columns, j, done, rows) for j in range(columns.shape[1])]
    draws = [
        draw_scores(tested, list(estimators), by_row, n_bootstrap, bootstrap_seed)
        for _, tested in parts
    ]
    cards = {
        str(name): make_card(*part, drawn, reference, None, confidence)
        for name, part, drawn in zip(columns, parts, draws, strict=True)
    }
    tested = _beside(cards, [card.predictions for card in cards.values()])
    folds = _mean_folds([card.folds for card in cards.values()])
    mean = make_card(folds, tested, np.mean(draws, axis=0), reference, None, confidence)
    return OutputScores(mean, cards)


def _read_outputs(X: Any, y: Any) -> pd.DataFrame:
    """Check y, and name its columns."""
    names = [str(name) for name in getattr(y, "columns", ())]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"the columns of y must have unique names, got {quote(twice)} twice")
    if taken := {MEAN, "output"} & set(names):
        raise ValueError(f"no output may be called {quote(taken)}; rename the column of y")
    values = check_array(
        y, dtype=np.float64, input_name="y", ensure_min_samples=2, ensure_all_finite="allow-nan"
    )
    check_consistent_length(X, values)
    empty = np.isnan(values).all(axis=1)
    if empty.any():
        label = row_labels(X)[int(np.argmax(empty))]
        raise ValueError(f"y must have a number in every row, row {shorten(label)} has none")
    return pd.DataFrame(values, columns=names or list(map(str, range(values.shape[1]))))


def _check_folds(y: pd.DataFrame, splits: Splits) -> None:
    """Raise where an output cannot be learned or scored."""
    there = y.notna().to_numpy()
    for fold, split in enumerate(splits):
        for part, rows in zip(("training", "test"), split, strict=True):
            if (few := there[rows].sum(axis=0) < 2).any():
                raise ValueError(
                    f"output {shorten(y.columns[int(np.argmax(few))])} must be measured in at "
                    f"least 2 {part} genes of every fold, but not in fold {fold}; take fewer "
                    "folds, or leave it out"
                )


def _one_output(
    y: pd.DataFrame, output: int, done: Mapping[tuple[str, int], Run], rows: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores of the folds, and the predictions where an output is measured."""
    folds = pd.DataFrame(
        [{"model": name, "fold": i} | one.rows[output] for (name, i), one in done.items()]
    )
    columns: dict[str, list[Any]] = {}
    for (name, _), one in done.items():
        columns.setdefault(name, []).append(one.predicted[:, output])
    measured = y.to_numpy()[rows["row"].to_numpy(), output]
    tested = rows.assign(
        measured=measured, **{name: np.concatenate(each) for name, each in columns.items()}
    )
    return folds, tested[~np.isnan(measured)]


def _beside(names: Iterable[str], tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put tables below each other, with names in a first column, `output`."""
    together = pd.concat(tables)
    counts = [len(table) for table in tables]
    together.insert(0, "output", np.repeat(np.array(list(names), object), counts))
    return together


def _mean_folds(each: list[pd.DataFrame]) -> pd.DataFrame:
    """Average scores over outputs, fold by fold."""
    folds = each[0].copy()
    folds[list(METRICS)] = np.mean([one[list(METRICS)].to_numpy() for one in each], axis=0)
    folds["n_test"] = np.max([one["n_test"] for one in each], axis=0)
    folds["collapsed"] = np.any([one["collapsed"] for one in each], axis=0)
    return folds
