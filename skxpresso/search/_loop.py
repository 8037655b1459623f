"""The loop of a search: batch after batch is suggested, cross-validated and kept."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._search_successive_halving import _SubsampleMetaSplitter
from sklearn.model_selection._validation import _warn_or_raise_about_fit_failures

from skxpresso.search._batches import Candidates
from skxpresso.search._candidates import params_of, prepare
from skxpresso.search._checkpoint import Checkpoint
from skxpresso.search._failures import errors_in_report, nothing_worked
from skxpresso.search._fold_fits import BatchContext
from skxpresso.search._history import History, Outcome
from skxpresso.search._plan import how_to_resume
from skxpresso.search._progress import no_headline, progress_bar
from skxpresso.search._rungs import N_SAMPLES, Rung
from skxpresso.search._shared_steps import SharedSteps
from skxpresso.search._suggest import is_exhausted

__all__ = ["Run", "SearchLoop"]


@dataclass(frozen=True)
class Run:
    """One call of `fit`: what is known, what comes next, and scikit-learn's part in it.

    `context` is its callback context, if there are callbacks; `shared` what all candidates share.
    """

    history: History
    candidates: Candidates
    checkpoint: Checkpoint | None
    evaluate_candidates: Callable
    context: Any = None
    shared: SharedSteps | None = None


class SearchLoop(BaseSearchCV):
    """The part of `HyperoptSearchCV` that evaluates candidates until there is a reason to stop."""

    estimator: Any
    refit: Any
    error_score: Any
    verbose: int
    n_splits_: int
    n_iter: int
    timeout: float | None
    patience: int | None
    checkpoint: Any
    resource: str | None
    is_feasible: Callable[[dict[str, Any]], bool] | None

    def _search(self, run: Run) -> dict:
        """Evaluate batch after batch; return the dict of the last evaluation."""
        history, table, started = run.history, None, time.monotonic()
        with progress_bar(self.n_iter, self.timeout, show=self.verbose > 0) as show:
            show(history)
            while not (reason := self._reason_to_stop(run, started)):
                try:
                    batch = run.candidates.next(history)
                    if not batch:
                        ended = is_exhausted(history, run.candidates.domain)
                        reason = "exhausted" if ended else "algo"
                        break
                    outcomes, new_table = self._evaluate(batch, run)
                except KeyboardInterrupt:
                    if table is None:
                        raise
                    reason = "interrupted"
                    break
                table = new_table or table
                history.add([record for record, _ in batch], outcomes)
                if run.checkpoint is not None:
                    run.checkpoint.save(history)
                run.candidates.forget_fits(history)
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
                table = run.evaluate_candidates([best], more_results={"batch": [0]})
        return table

    def _reason_to_stop(self, run: Run, started: float) -> str | None:
        if run.candidates.are_all_done(run.history):
            return "n_iter"
        # Within a bracket, a candidate may still show its worth on a higher rung
        waits_in_vain = self.patience is not None and run.history.n_since_best >= self.patience
        if waits_in_vain and run.candidates.is_bracket_done(run.history):
            return "patience"
        if self.timeout is not None and time.monotonic() - started > self.timeout:
            return "timeout"
        return None

    def _evaluate(
        self, batch: Sequence[tuple[dict, Rung | None]], run: Run
    ) -> tuple[list[Outcome], dict | None]:
        outcomes = [
            prepare(
                params_of(record, run.candidates.domain, rung, self.resource),
                self.estimator,
                self.is_feasible,
                rung,
            )
            for record, rung in batch
        ]
        ready = [o for o in outcomes if o.failure is None]
        table = self._fit_batch(ready, len(run.history.outcomes), run) if ready else None
        return outcomes, table

    def _how_to_fit(self, rungs: Sequence[Rung | None], run: Run) -> dict[str, Any]:
        """Return what `evaluate_candidates` needs beside the candidates of a batch."""
        n = len(rungs) * self.n_splits_
        inner = run.context and run.context.subcontext(
            task_name="batch", max_subtasks=n, sequential_subtasks=False
        )
        if inner:
            inner.call_on_fit_task_begin(estimator=self)
        halving, first = run.candidates.halving, rungs[0]
        if halving is None or first is None:
            context = BatchContext(rungs, self.n_splits_, shared=run.shared, inner=inner)
            return {"callback_ctx": context}
        how: dict[str, Any] = {}
        if halving.resource == N_SAMPLES:
            # As HalvingRandomSearchCV draws them, so that both see the same rows
            how["cv"] = _SubsampleMetaSplitter(
                base_cv=self._checked_cv_orig,
                fraction=first.n_resources / halving.n_samples,
                subsample_test=True,
                random_state=halving.row_seed,
            )
        leaves_state = first.n_resources < halving.schedule.levels[-1]
        how["callback_ctx"] = BatchContext(
            rungs,
            self.n_splits_,
            halving.resource,
            halving.states,
            leaves_state,
            run.shared,
            inner,
        )
        return how

    def _fit_batch(self, outcomes: Sequence[Outcome], batch: int, run: Run) -> dict | None:
        """Cross-validate the candidates and fill in their outcomes."""
        n, k = len(outcomes), self.n_splits_
        how = self._how_to_fit([o.rung for o in outcomes], run)
        try:
            with no_headline(self), warnings.catch_warnings():
                warnings.simplefilter("ignore", FitFailedWarning)  # reported once, at the end
                table = run.evaluate_candidates(
                    [o.params for o in outcomes], more_results={"batch": [batch] * n}, **how
                )
        except ValueError as error:
            everything_failed = str(error).startswith(f"\nAll the {n * k} fits failed")
            if self.error_score == "raise" or not everything_failed:
                raise
            for outcome in outcomes:
                outcome.failure = errors_in_report(str(error))
            return None
        finally:
            if inner := how["callback_ctx"].inner:
                inner.call_on_fit_task_end(estimator=self)
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
        more = self._more_columns(history)
        with warnings.catch_warnings():
            if all(o.fitted is False for o in outcomes if o.failure):
                # The user asked for infeasible candidates to be skipped, so their NaN is expected
                warnings.filterwarnings("ignore", message="One or more of the")
            return super()._format_results(
                [o.params for o in outcomes], self.n_splits_, list(chain.from_iterable(rows)), more
            )

    def _more_columns(self, history: History) -> dict[str, list]:
        """Return the columns that GridSearchCV has not."""
        first, outcomes = len(history.given), history.outcomes
        more: dict[str, list] = {
            "trial": [first + history.trial_of(i) for i in range(len(outcomes))],
            "failure": [o.failure for o in outcomes],
        }
        if self.resource is not None:
            rungs = [o.rung for o in outcomes if o.rung is not None]
            more |= {
                "iter": [rung.iteration for rung in rungs],
                "n_resources": [rung.n_resources for rung in rungs],
                "resource": [self.resource] * len(rungs),
                "bracket": [rung.bracket for rung in rungs],
                "n_resumed": [rung.n_resumed for rung in rungs],
            }
        return more
