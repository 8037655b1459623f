"""HyperoptSearchCV: what GridSearchCV users expect, with hyperopt's suggestions."""

from __future__ import annotations

import numbers
import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Self

import numpy as np
from hyperopt import Trials
from hyperopt.base import Domain
from hyperopt.pyll import Apply
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import _warn_or_raise_about_fit_failures
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from skxpresso._utils.digest import digest
from skxpresso._utils.fitted import forget
from skxpresso.search._candidates import prepare
from skxpresso.search._checkpoint import Checkpoint, held
from skxpresso.search._dask import data_on_dask_workers
from skxpresso.search._failures import errors_in_report, nothing_worked
from skxpresso.search._fingerprints import (
    check_same,
    fingerprints_of_search,
)
from skxpresso.search._history import History, Outcome
from skxpresso.search._plan import (
    FixedFolds,
    choose_batch_size,
    draw_folds,
    draw_params_again,
    given_trials,
    how_to_resume,
    reason_to_stop,
)
from skxpresso.search._progress import no_headline, progress_bar
from skxpresso.search._records import values_of
from skxpresso.search._report import SearchReport
from skxpresso.search._space import check_values, compile_space, draw_params
from skxpresso.search._suggest import ALGORITHMS, is_exhausted, suggest_batch
from skxpresso.search._told import told, untold

__all__ = ["HyperoptSearchCV"]


class HyperoptSearchCV(SearchReport, BaseSearchCV):
    """Search for hyperparameters with hyperopt, cross-validated as in GridSearchCV.

    Everything that `GridSearchCV` does (scoring, refitting, ``cv_results_``, metadata
    routing, delegation to ``best_estimator_``) is scikit-learn's own code. Instead of a
    grid, it searches a `hyperopt <https://hyperopt.github.io/hyperopt/>`_ space, and each
    batch of candidates is suggested from the scores of the earlier ones.

    Parameters
    ----------
    estimator : estimator object
        Any scikit-learn estimator, with a ``score`` method unless `scoring` is given.
    space : dict, list of dicts or hyperopt expression
        Parameter names, as for ``set_params``, and what to try for each: a
        hyperopt expression, a tuple of expressions, a scipy.stats distribution,
        a list or a range of values, or one fixed value. A key that begins with
        an underscore only names a branch: its dict is spliced in, which lets
        ``hp.choice`` switch several parameters together. A list of dicts is a
        choice between them. Within ``hp.choice``, hyperopt's rules apply, and a list is a
        value, not a choice.
    n_iter : int, default=50
        Total number of trials, including those of a resumed search.
    algo : {"tpe", "anneal", "random"} or callable, default="tpe"
        Algorithm that suggests candidates: a name, or any hyperopt ``suggest`` function.
    scoring : str, callable, list, tuple or dict, default=None
        As in GridSearchCV. With several metrics, the search maximizes the one named by
        `refit`, or else the first.
    n_jobs : int, default=None
        Number of fits at once. Results do not depend on it.
    refit : bool, str or callable, default=True
        As in GridSearchCV.
    cv : int, cross-validation generator or iterable, default=None
        As in GridSearchCV. The folds are drawn once and used for all trials.
    batch_size : int or "workers", default=None
        Number of candidates that are suggested and then evaluated together. This number
        times the number of folds is how many fits can run at the same time. None means 4,
        on any machine. "workers" takes as many as keep all workers busy; the search then
        depends on their number.
    points_to_evaluate : list of dict, default=None
        Points to try first, each a dict of label to value, as for ``hyperopt.fmin``. For
        ``hp.choice``, lists and ranges, the value is the position.
    trials : hyperopt.Trials, default=None
        Finished trials of an earlier search over the same labels. They inform the
        suggestions. Their losses must mean the same as minus the score here.
    timeout : float, default=None
        Time in seconds after which no new batch is started.
    patience : int, default=None
        Stop after this many trials without a better score.
    checkpoint : str or path, default=None
        File to write after every batch. If it exists when ``fit`` starts, the search
        resumes from it exactly as if it had never stopped. It contains records and no
        code. One search at a time can use it; missing folders are made.
    is_feasible : callable, default=None
        Called with the parameters of a candidate. Candidates for which it returns False
        are not fitted.
    warm_start : bool, default=False
        Whether ``fit`` continues the previous fit, up to `n_iter` trials.
    random_state : int, RandomState instance or None, default=None
        Seed of the suggestions.
    verbose : int, default=0
        At 1 or more, a progress bar is shown; at 2 or more, also what GridSearchCV prints.
    error_score : "raise" or numeric, default=np.nan
        As in GridSearchCV: the score given to a fit that fails.
    return_train_score : bool, default=False
        Whether ``cv_results_`` includes training scores.
    pre_dispatch : int or str, default="2*n_jobs"
        As in GridSearchCV.

    Attributes
    ----------
    cv_results_ : dict of ndarrays
        As in GridSearchCV, with one entry per trial. It also has ``trial``, the trial's
        number in `trials_`, and ``failure``, the reason why it has no score, or None.
    trials_ : hyperopt.Trials
        All trials, those passed as `trials` first. Failures have no loss.
    best_trial_ : dict
        The record of the best trial in `trials_`.
    stop_reason_ : {"n_iter", "timeout", "patience", "exhausted", "algo", "interrupted"}
        What ended the search; "exhausted": every point of a finite space was tried. No
        point is tried twice.
    best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, \
refit_time_, multimetric_, classes_, n_features_in_, feature_names_in_
        As in GridSearchCV.

    Examples
    --------
    >>> from hyperopt import hp
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from skxpresso.search._search import HyperoptSearchCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> space = {"alpha": loguniform(1e-3, 1e3), "fit_intercept": [True, False]}
    >>> search = HyperoptSearchCV(Ridge(), space, n_iter=30, random_state=0).fit(X, y)
    >>> search.best_params_["fit_intercept"]
    True
    >>> len(search.cv_results_["params"])
    30
    """

    _parameter_constraints: dict = {  # noqa: RUF012 - scikit-learn's own form
        **BaseSearchCV._parameter_constraints,
        "space": [dict, list, Apply],
        "n_iter": [Interval(numbers.Integral, 1, None, closed="left")],
        "algo": [StrOptions(set(ALGORITHMS)), callable],
        "batch_size": [
            Interval(numbers.Integral, 1, None, closed="left"),
            StrOptions({"workers"}),
            None,
        ],
        "points_to_evaluate": [list, None],
        "trials": [Trials, None],
        "timeout": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "patience": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "checkpoint": [str, os.PathLike, None],
        "is_feasible": [callable, None],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
    }

    _checked_cv_orig: Any  # set by BaseSearchCV.fit
    scorer_: Any

    def __init__(
        self,
        estimator: Any,
        space: Any,
        *,
        n_iter: int = 50,
        algo: str | Callable = "tpe",
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable = True,
        cv: Any = None,
        batch_size: int | str | None = None,
        points_to_evaluate: list[dict[str, Any]] | None = None,
        trials: Trials | None = None,
        timeout: float | None = None,
        patience: int | None = None,
        checkpoint: str | os.PathLike | None = None,
        is_feasible: Callable[[dict[str, Any]], bool] | None = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
        error_score: str | float = np.nan,
        return_train_score: bool = False,
        pre_dispatch: int | str = "2*n_jobs",
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.space = space
        self.n_iter = n_iter
        self.algo = algo
        self.batch_size = batch_size
        self.points_to_evaluate = points_to_evaluate
        self.trials = trials
        self.timeout = timeout
        self.patience = patience
        self.checkpoint = checkpoint
        self.is_feasible = is_feasible
        self.warm_start = warm_start
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Search, and refit the best candidate on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or other indexable
            Training data, of any kind that the estimator accepts.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target.
        **params : dict
            Passed to the estimator, the scorer and the splitter as in
            GridSearchCV, ``groups`` among them.

        Returns
        -------
        self : HyperoptSearchCV
            The fitted search.

        Raises
        ------
        ValueError
            If the space does not suit the estimator, a checkpoint belongs to
            another search, or no trial worked.
        OSError
            If the checkpoint cannot be written, or another search uses it.

        Warns
        -----
        SavedVersionWarning
            If other versions of the packages wrote the checkpoint.
        """
        forget(self)  # a fit that fails or is interrupted leaves nothing of the one before
        self._data_prints = {
            "X": digest(X),
            "y": digest(y),
            "fit parameters": digest(sorted(params.items())),
        }
        try:
            with held(self.checkpoint) as self._kept, data_on_dask_workers(X, y):
                super().fit(X, y, **params)
            self.scorer_ = untold(self.scorer_)
        except BaseException:
            forget(self)
            raise
        finally:
            # These serve this fit only, and would make the pickle of a fitted search large
            for name in ("_data_prints", "_kept", "_plan", "_checked_cv_orig"):
                self.__dict__.pop(name, None)
        return self

    # What BaseSearchCV calls

    def _get_scorers(self) -> tuple[Any, Any]:
        scorers, metric = super()._get_scorers()
        return told(scorers, self.error_score), metric

    def _check_input_parameters(self, X: Any, y: Any, split_params: Mapping[str, Any]) -> None:
        """Decide what is searched, before the first fit."""
        domain = compile_space(self.space, self.estimator)
        for i, point in enumerate(self.points_to_evaluate or []):
            check_values(domain, point, f"points_to_evaluate[{i}]")
        given = given_trials(self.trials, domain)
        folds, folds_print = draw_folds(self._checked_cv_orig, X, y, split_params)
        prints = {
            **self._data_prints,
            "folds": folds_print,
            "space": digest(domain.expr),
            "trials": digest(given),
            **fingerprints_of_search(self),
        }
        checkpoint = self.__dict__.pop("_kept")
        history = self._earlier_history(prints, domain, checkpoint) or History(
            fingerprint=prints,
            folds=folds,
            seed=int(check_random_state(self.random_state).randint(2**31 - 1)),
            batch_size=choose_batch_size(self.batch_size, self.n_jobs, len(folds)),
            given=given,
        )
        self._checked_cv_orig = FixedFolds(history.folds)
        self._plan = (history, domain, checkpoint)

    def _run_search(self, evaluate_candidates: Callable) -> None:
        # Removed from self while fits run: scikit-learn pickles self into every task
        history, domain, checkpoint = self.__dict__.pop("_plan")
        self.__dict__.pop("_history", None)
        keep = True
        try:
            table = self._search(history, domain, checkpoint, evaluate_candidates)
            keep = self.warm_start or self.stop_reason_ == "interrupted"
        finally:
            if keep:
                self._history = history
        # The base class continues with the dict that its last call returned
        final = self._final_results(history)
        table.clear()
        table.update(final)
        self.trials_ = history.to_trials()

    def _format_results(
        self, candidate_params: list, n_splits: int, out: list, more_results: Any = None
    ) -> dict[str, Any]:
        # Called after every batch with all candidates so far. The table is built
        # once, at the end; until then only the rows of the new batch are needed.
        batch = more_results["batch"]
        n_new = batch.count(batch[-1])
        return {"rows": out[-n_new * n_splits :]}

    # Preparation

    def _earlier_history(
        self, prints: Mapping[str, str], domain: Domain, checkpoint: Checkpoint | None
    ) -> History | None:
        where, history = "the fit before", None
        if checkpoint is not None:
            where, history = f"checkpoint {os.fspath(checkpoint.path)!r}", checkpoint.load()
        if history is None and self.warm_start:
            where, history = "the fit before", getattr(self, "_history", None)
        if history is not None:
            check_same(history.fingerprint, prints, where)
            draw_params_again(history, domain, self.estimator)
        return history

    # The search

    def _search(
        self,
        history: History,
        domain: Domain,
        checkpoint: Checkpoint | None,
        evaluate_candidates: Callable,
    ) -> dict:
        """Evaluate batch after batch; return the dict of the last evaluation."""
        table, started = None, time.monotonic()
        with progress_bar(self.n_iter, self.timeout, show=self.verbose > 0) as show:
            show(history)
            while not (reason := reason_to_stop(self, history, started)):
                try:
                    records = suggest_batch(
                        history, domain, self.algo, self.points_to_evaluate or [], self.n_iter
                    )
                    if not records:
                        reason = "exhausted" if is_exhausted(history, domain) else "algo"
                        break
                    outcomes, new_table = self._evaluate(records, domain, evaluate_candidates)
                except KeyboardInterrupt:
                    if table is None:
                        raise
                    reason = "interrupted"
                    break
                table = new_table or table
                history.add(records, outcomes)
                if checkpoint is not None:
                    checkpoint.save(history)
                show(history)
        self.stop_reason_ = reason
        if history.best is None:
            raise ValueError(nothing_worked(history))
        if reason == "interrupted":
            warnings.warn(how_to_resume(history, self.n_iter, self.checkpoint), stacklevel=2)
        if table is None:
            # The search had already finished; the base class still needs one evaluation
            best = history.outcomes[history.best].params
            with no_headline(self):
                table = evaluate_candidates([best], more_results={"batch": [0]})
        return table

    def _evaluate(
        self, records: Sequence[dict], domain: Domain, evaluate_candidates: Callable
    ) -> tuple[list[Outcome], dict | None]:
        outcomes = [
            prepare(draw_params(domain, values_of(r)), self.estimator, self.is_feasible)
            for r in records
        ]
        ready = [o for o in outcomes if o.failure is None]
        table = self._fit_batch(ready, records[0]["tid"], evaluate_candidates) if ready else None
        return outcomes, table

    def _fit_batch(
        self, outcomes: Sequence[Outcome], batch: int, evaluate_candidates: Callable
    ) -> dict | None:
        """Cross-validate the candidates and fill in their outcomes."""
        n, k = len(outcomes), self.n_splits_
        try:
            with no_headline(self), warnings.catch_warnings():
                warnings.simplefilter("ignore", FitFailedWarning)  # reported once, at the end
                table = evaluate_candidates(
                    [o.params for o in outcomes], more_results={"batch": [batch] * n}
                )
        except ValueError as error:
            everything_failed = str(error).startswith(f"\nAll the {n * k} fits failed")
            if self.error_score == "raise" or not everything_failed:
                raise
            for outcome in outcomes:
                outcome.failure = errors_in_report(str(error))
            return None
        for i, outcome in enumerate(outcomes):
            outcome.rows = table["rows"][i * k : (i + 1) * k]
            outcome.judge(self.refit)
        return table

    # Results

    def _final_results(self, history: History) -> dict[str, Any]:
        outcomes = history.outcomes
        template = next(o.rows[0] for o in outcomes if o.rows)
        rows = [
            o.rows or o.rows_without_fit(template, self.n_splits_, self.error_score)
            for o in outcomes
        ]
        fitted = [row for o, part in zip(outcomes, rows, strict=True) if o.fitted for row in part]
        _warn_or_raise_about_fit_failures(fitted, self.error_score)
        first = len(history.given)
        more = {
            "trial": list(range(first, first + len(outcomes))),
            "failure": [o.failure for o in outcomes],
        }
        with warnings.catch_warnings():
            if all(o.fitted is False for o in outcomes if o.failure):
                # The user asked for infeasible candidates to be skipped, so their NaN is expected
                warnings.filterwarnings("ignore", message="One or more of the")
            return super()._format_results(
                [o.params for o in outcomes], self.n_splits_, list(chain.from_iterable(rows)), more
            )
