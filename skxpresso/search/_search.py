"""HyperoptSearchCV: what GridSearchCV users expect, with hyperopt's suggestions."""

from __future__ import annotations

import numbers
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
from hyperopt import Trials
from hyperopt.base import Domain
from hyperopt.pyll import Apply
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _num_samples

from skxpresso._utils.digest import digest
from skxpresso._utils.fitted import forget
from skxpresso._utils.parameters import ShortMessages
from skxpresso.search._batches import Candidates
from skxpresso.search._checkpoint import Checkpoint, file_for, held
from skxpresso.search._dask import data_on_dask_workers
from skxpresso.search._fingerprints import check_same, fingerprints_of_search
from skxpresso.search._fold_fits import callbacks_of
from skxpresso.search._history import History
from skxpresso.search._loop import Run, SearchLoop
from skxpresso.search._plan import (
    FixedFolds,
    check_halving,
    choose_batch_size,
    draw_folds,
    draw_params_again,
    given_trials,
    plan_halving,
)
from skxpresso.search._report import SearchReport
from skxpresso.search._shared_steps import shared_steps
from skxpresso.search._space import check_values, compile_space, names_of
from skxpresso.search._suggest import ALGORITHMS, OPTUNA
from skxpresso.search._told import told, untold

__all__ = ["HyperoptSearchCV"]


class HyperoptSearchCV(SearchReport, ShortMessages, SearchLoop):
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
    algo : {"tpe", "anneal", "random", "optuna"} or callable, default="tpe"
        Algorithm that suggests candidates: a name, or any hyperopt ``suggest`` function.
        "optuna" is Optuna's TPE, which models parameters together; it needs the extra
        ``skxpresso[optuna]``.
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
        code. One search at a time can use it; missing folders are made. A folder that exists,
        or a path that ends with a slash, holds a file for each X, y and fit parameters: give
        one where the search itself is cross-validated.
    is_feasible : callable, default=None
        Called with the parameters of a candidate. Candidates for which it returns False
        are not fitted.
    warm_start : bool, default=False
        Whether ``fit`` continues the previous fit, up to `n_iter` trials.
    resource : str, default=None
        What grows while candidates drop out: a parameter that counts, such as
        ``"xpresso__epochs"``, or ``"n_samples"``. None fits every candidate in full.
        See `Halving` below.
    min_resource : int, default=None
        The least of the resource to begin with. None: such that `n_iter` candidates fill
        the rungs, at most five, above it.
    max_resource : int, default=None
        The most of it. None: the value that the estimator has, or all rows.
    reduction_factor : float, default=3
        One candidate in so many goes up a rung, where it gets so many times the resource.
    n_brackets : int, default=None
        Number of brackets that take turns. 1: all candidates begin with the least. None: as
        many as rungs, as in Hyperband; the last one fits few candidates in full.
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
        With `resource`, there is an entry per trial and rung, with ``iter`` and
        ``n_resources`` as in HalvingRandomSearchCV, ``resource``, its name, ``bracket``, and
        ``n_resumed``, the resources of the fit that went on, 0 for a new one.
    trials_ : hyperopt.Trials
        All trials, those passed as `trials` first. Failures have no loss. With `resource`, the
        loss is that at the highest rung which the trial reached.
    best_trial_ : dict
        The record of the best trial in `trials_`.
    stop_reason_ : {"n_iter", "timeout", "patience", "exhausted", "algo", "interrupted"}
        What ended the search; "exhausted": every point of a finite space was tried. No
        point is tried twice.
    levels_ : tuple of int
        With `resource`: its amounts on the rungs.
    best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, \
refit_time_, multimetric_, classes_, n_features_in_, feature_names_in_
        As in GridSearchCV. With `resource`, the best of those fitted with the most of it.

    Notes
    -----
    Halving: many candidates are fitted with little of the resource, the best third of them
    go on with three times as much, and so on (successive halving, in the brackets of
    Hyperband, Li et al. 2018). Ten candidates are drawn at random; then suggestions learn from
    all before: those that went further up are better, and on a rung the score decides. An
    `algo` of your own sees these ranks as losses, 0 for the best.

    The folds are the same on all rungs, and on each fold a fit goes on where it stopped, if
    the estimator can: our networks with ``epochs``, exactly as if they had not stopped;
    forests and boosting with ``n_estimators`` or ``max_iter``; others with a ``max_iter`` and a
    ``warm_start``; or a `Pipeline` that ends in one of them. All others, and with
    ``"n_samples"``, are fitted anew on each rung, which costs half as much again with a
    `reduction_factor` of 3.

    First steps of a `Pipeline` whose parameters the space leaves alone are fitted once on each
    fold, as with ``memory``, and what they make of its rows is kept in files until the search
    ends, if it takes 64 MB at most in all.

    Paused fits are files, pickles in a folder beside the checkpoint (its name and ``.fits``)
    or else in a temporary one, and are deleted as soon as they cannot go on any more. Workers
    on other machines need the checkpoint on a disk that all share; where they do not see
    it, fits begin anew.

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
        "algo": [StrOptions({*ALGORITHMS, OPTUNA}), callable],
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
        "resource": [str, None],
        "min_resource": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "max_resource": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "reduction_factor": [Interval(numbers.Real, 1, None, closed="neither")],
        "n_brackets": [Interval(numbers.Integral, 1, None, closed="left"), None],
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
        resource: str | None = None,
        min_resource: int | None = None,
        max_resource: int | None = None,
        reduction_factor: float = 3,
        n_brackets: int | None = None,
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
        self.resource = resource
        self.min_resource = min_resource
        self.max_resource = max_resource
        self.reduction_factor = reduction_factor
        self.n_brackets = n_brackets
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
            place = file_for(self.checkpoint, self._data_prints)
            with held(place) as self._kept, data_on_dask_workers(X, y):
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
        check_halving(self)
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
        points = self.points_to_evaluate or []
        candidates = Candidates(domain, self.algo, points, self.n_iter)
        if self.resource is not None:
            halving = plan_halving(self, history, _num_samples(X), y, checkpoint)
            candidates = replace(candidates, halving=halving)
            self.levels_ = history.levels
        self._plan = (history, candidates, checkpoint)

    def _run_search(self, evaluate_candidates: Callable, callback_ctx: Any = None) -> None:
        # Removed from self while fits run: scikit-learn pickles self into every task
        history, candidates, checkpoint = self.__dict__.pop("_plan")
        self.__dict__.pop("_history", None)
        keep = True
        try:
            touched = names_of(candidates.domain.expr) | {self.resource or ""}
            file = checkpoint.path if checkpoint else None
            n_folds = len(history.folds)
            with (
                callbacks_of(self, callback_ctx) as context,
                shared_steps(self.estimator, touched, file, n_folds) as shared,
            ):
                run = Run(history, candidates, checkpoint, evaluate_candidates, context, shared)
                table = self._search(run)
            keep = self.warm_start or self.stop_reason_ == "interrupted"
        finally:
            if keep:
                self._history = history
            candidates.clean_up(history, may_go_on=checkpoint is not None)
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

    @staticmethod
    def _select_best_index(refit: Any, refit_metric: str, results: Mapping[str, Any]) -> int:
        """Choose the best candidate, of those with the most of the resource."""
        scores = results.get(f"mean_test_{refit_metric}")
        if callable(refit) or "n_resources" not in results or scores is None:
            return BaseSearchCV._select_best_index(refit, refit_metric, results)
        amount = np.where(np.isnan(scores), 0, results["n_resources"])
        return int(np.argmax(np.where(amount == amount.max(), scores, -np.inf)))

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
            draw_params_again(self, history, domain)
        return history
