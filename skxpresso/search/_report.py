"""What a finished search shows: its best trial, pictures, an HTML report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.base import is_regressor
from sklearn.utils.validation import check_is_fitted

from skxpresso.search._pictures import (
    Metric,
    convergence_plot,
    halving_plot,
    parameter_plots,
    report_html,
    results_table,
)
from skxpresso.search._scales import logarithmic_parameters

if TYPE_CHECKING:
    import pandas as pd
    from hyperopt import Trials
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["SearchReport"]


class SearchReport:
    """The part of a search that presents `cv_results_` once the search is done."""

    cv_results_: dict[str, Any]
    best_index_: int
    estimator: Any
    n_splits_: int
    refit: Any
    scoring: Any
    space: Any
    stop_reason_: str
    trials_: Trials

    @property
    def best_trial_(self) -> dict[str, Any]:
        """Record of the best trial in `trials_`."""
        check_is_fitted(self)
        return self.trials_.trials[self.cv_results_["trial"][self.best_index_]]

    def plot_convergence(self, ax: Axes | None = None) -> Axes:
        """Draw the score of each trial and the best so far.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None opens a new figure.

        Returns
        -------
        ax : matplotlib Axes
        """
        check_is_fitted(self)
        return convergence_plot(self.cv_results_, self._metric(), ax)

    def plot_halving(self, ax: Axes | None = None) -> Axes:
        """Draw the score of each candidate by resource, for a search with `resource`.

        Candidates that went up to the largest amount are bold.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None opens a new figure.

        Returns
        -------
        ax : matplotlib Axes

        Raises
        ------
        ValueError
            If the search had no resource.
        """
        check_is_fitted(self)
        if "n_resources" not in self.cv_results_:
            raise ValueError("plot_halving is for a search with a resource, got resource=None")
        return halving_plot(self.cv_results_, self._metric(), ax)

    def plot_parameters(self) -> Figure:
        """Draw the score against each parameter, one panel per parameter.

        Parameters that are the same in all trials are left out. An axis is logarithmic where
        the space is.

        Returns
        -------
        figure : matplotlib Figure
        """
        check_is_fitted(self)
        return parameter_plots(self.cv_results_, self._metric(), logarithmic_parameters(self.space))

    def results_table(self) -> pd.DataFrame:
        """Make a table of the trials, which `DataFrame.to_csv` writes.

        Returns
        -------
        table : DataFrame
            A row per trial: `trial`, the columns of `cv_results_` with ranks and scores,
            `mean_fit_time` in seconds, `failure` (why a trial failed; else empty), and a
            column per parameter.
        """
        check_is_fitted(self)
        return results_table(self.cv_results_)

    def _html_repr(self) -> str:
        html = super()._html_repr()  # type: ignore[misc]
        if not hasattr(self, "cv_results_"):
            return html
        return html + report_html(self.cv_results_, self._metric(), self.stop_reason_)

    def _metric(self) -> Metric:
        """Name the metric that is shown; scikit-learn calls a single one "score"."""
        key = self._metric_in_results()
        label = key
        if key == "score":
            scoring = self.scoring
            if scoring is None:
                label = "r2" if is_regressor(self.estimator) else "score"
            elif isinstance(scoring, str):
                label = scoring
            else:
                function = getattr(scoring, "_score_func", scoring)
                label = getattr(function, "__name__", "score")
        n_folds = self.n_splits_
        folds = "one validation fold" if n_folds == 1 else f"mean of {n_folds} validation folds"
        return Metric(key, f"{label}, {folds}")

    def _metric_in_results(self) -> str:
        if isinstance(self.refit, str) and f"mean_test_{self.refit}" in self.cv_results_:
            return self.refit
        columns = [name for name in self.cv_results_ if name.startswith("mean_test_")]
        return columns[0].removeprefix("mean_test_")
