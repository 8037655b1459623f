"""Scorecard: scores of models on the same folds, with intervals and differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import check_random_state

from skxpresso._utils.table import quote, shorten
from skxpresso.metrics import METRICS
from skxpresso.model_selection._bootstrap import bootstrap_scores, percentile_interval

__all__ = [
    "ROW_COLUMNS",
    "Scorecard",
    "check_names",
    "check_summary",
    "draw_scores",
    "draw_seed",
    "long_table",
    "make_card",
    "mean_scores",
    "summarize",
]

_SCORE = ["score", "low", "high"]
_DIFFERENCE = ["difference", "difference_low", "difference_high"]
ROW_COLUMNS = ["row", "fold", "group", "measured"]


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
        The highest `r2` and `pearson_r2` that noise allows, if replicates were given.
    confidence : float
        Confidence level of the intervals.

    Examples
    --------
    >>> from skxpresso.baselines import halflife_baseline, mean_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.model_selection import scorecard
    >>> data = make_promoters(200, length=40, random_state=0)
    >>> models = {"mean": mean_baseline(), "half-life": halflife_baseline()}
    >>> card = scorecard(models, data.data, data.target, cv=4, n_bootstrap=100, random_state=0)
    >>> card.models, card.reference, len(card.folds), card.predictions.shape
    (['mean', 'half-life'], 'mean', 8, (200, 6))
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
        """Format the summary as a table of text, with a row per model.

        Parameters
        ----------
        metrics : sequence of str
            Columns to show, see `skxpresso.metrics.METRICS`.

        Returns
        -------
        DataFrame
            `model`, a column per metric, how far the first metric is above that of the
            reference, the mean `seconds` of a fit, and `remark`.
        """
        columns: dict[str, Any] = {"model": self.models}
        for metric in metrics:
            columns[metric] = self._in_words(metric, _SCORE)
        first = metrics[0]
        columns[f"{first} above {self.reference}"] = self._in_words(first, _DIFFERENCE, "+")
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


def check_names(names: list[Any]) -> None:
    """Raise if a model name is not text, is reserved for a column, or is not unique."""
    wrong = [name for name in names if not isinstance(name, str) or name in ROW_COLUMNS]
    if wrong:
        raise ValueError(
            f"a model must be named by a str other than {quote(ROW_COLUMNS)}, got {quote(wrong)}"
        )
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"model names must be unique, got {quote(twice)} more than once")


def summarize(
    folds: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    reference: str | None,
    ceiling: float | None,
    n_bootstrap: int,
    confidence: float,
    seed: int,
) -> Scorecard:
    """Average over folds, draw intervals and compare with the reference."""
    names = folds["model"].unique().tolist()
    reference = check_summary(names, reference, n_bootstrap, confidence)
    by_row = predictions.groupby("row")["group"].first()
    draws = draw_scores(predictions, names, by_row, n_bootstrap, seed)
    return make_card(folds, predictions, draws, reference, ceiling, confidence)


def check_summary(
    names: list[str], reference: str | None, n_bootstrap: int, confidence: float
) -> str:
    """Raise for what cannot be summarized; return the reference, by default the first model."""
    reference = names[0] if reference is None else reference
    if reference not in names:
        raise ValueError(f"reference must be one of {quote(names, 20)}, got {shorten(reference)}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    if n_bootstrap < 0:
        raise ValueError(f"n_bootstrap must be 0 or more, got {n_bootstrap}")
    return reference


def make_card(
    folds: pd.DataFrame,
    predictions: pd.DataFrame,
    draws: npt.NDArray[np.float64],
    reference: str,
    ceiling: float | None,
    confidence: float,
) -> Scorecard:
    """Summarize the scores of the folds, with intervals from draws of them."""
    names = folds["model"].unique().tolist()
    scores = mean_scores(folds, names)
    low, high = percentile_interval(draws, confidence)
    one = names.index(reference)
    against = scores - scores[one]
    against_low, against_high = percentile_interval(draws - draws[:, [one]], confidence)
    against[one] = against_low[one] = against_high[one] = np.nan
    summary = long_table(
        names,
        score=scores,
        low=low,
        high=high,
        difference=against,
        difference_low=against_low,
        difference_high=against_high,
    )
    return Scorecard(folds, summary, predictions, reference, ceiling, confidence)


def mean_scores(folds: pd.DataFrame, names: list[str]) -> npt.NDArray[np.float64]:
    """Average over folds, (n_models, n_metrics); NaN for a model that failed in one."""
    return np.array([
        folds.loc[folds["model"] == name, list(METRICS)].mean(skipna=False) for name in names
    ])  # fmt: skip


def draw_scores(
    predictions: pd.DataFrame, names: list[str], group_of: pd.Series, n_bootstrap: int, seed: int
) -> npt.NDArray[np.float64]:
    """Bootstrap the scores; with a single unit, which says nothing about others, make no draws."""
    drawn_from = np.unique(group_of)
    return bootstrap_scores(
        predictions["measured"].to_numpy(),
        predictions[names].to_numpy(),
        predictions["fold"].to_numpy(),
        np.searchsorted(drawn_from, group_of.loc[predictions["row"]]),
        n_bootstrap if len(drawn_from) > 1 else 0,
        seed,
        len(drawn_from),
    )


def draw_seed(random_state: int | np.random.RandomState | None) -> int:
    """Draw an integer seed."""
    return int(check_random_state(random_state).randint(2**31 - 1))


def long_table(names: list[str], **columns: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Make columns of arrays of shape (n_models, n_metrics), a row per model and metric."""
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
