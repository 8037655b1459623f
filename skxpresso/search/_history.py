"""What a search has done so far: enough to resume it as if it had never stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hyperopt import Trials

from skxpresso.search._failures import last_error
from skxpresso.search._records import as_trials, finished, pending
from skxpresso.search._rungs import Rung
from skxpresso.search._told import plain


@dataclass
class Outcome:
    """One candidate after its evaluation."""

    params: dict[str, Any]
    rows: list[dict] | None  # one per fold, as scikit-learn returns them; None if there are none
    score: float | None  # mean over folds of the score to maximize; None if it failed
    failure: str | None = None  # why there is no score
    fitted: bool = True  # False if infeasible and never tried
    rung: Rung | None = None  # where it was fitted, if the search halves

    def __post_init__(self) -> None:
        if self.rung is not None:  # a plain list in a checkpoint
            self.rung = Rung(*self.rung)

    @property
    def n_resources(self) -> int:
        """Amount of the resource; 0 if the search does not halve."""
        return 0 if self.rung is None else self.rung.n_resources

    def judge(self, refit: Any) -> None:
        """Set the score, or the reason of failure, from the rows of the folds."""
        rows = self.rows or []
        errors = [row["fit_error"] for row in rows if row["fit_error"] is not None]
        if errors:
            part = f"{len(errors)} of {len(rows)} fits: " if len(errors) < len(rows) else ""
            self.failure = part + last_error(errors[0])
            return
        if causes := [cause for row in rows for cause in _made_plain(row)]:
            part = f" in {len(causes)} cases" if len(causes) > 1 else ""
            self.failure = f"scoring failed{part}: {causes[0]}"
            return
        score = float(np.mean([_searched_score(row["test_scores"], refit) for row in rows]))
        if np.isfinite(score):
            self.score = score
        else:
            self.failure = f"the score is {score}"

    def rows_without_fit(
        self, template: Mapping[str, Any], n_splits: int, error_score: Any
    ) -> list[dict]:
        """Return rows as scikit-learn would for failed fits; `template` is a row it returned."""
        score = error_score if self.fitted else np.nan
        row = {**template, "fit_error": self.failure, "fit_time": np.nan, "score_time": np.nan}
        for name in ("test_scores", "train_scores"):
            if name in template:
                many = isinstance(template[name], dict)
                row[name] = dict.fromkeys(template[name], score) if many else score
        return [dict(row) for _ in range(n_splits)]


def _made_plain(row: dict) -> list[str]:
    """Put plain numbers for the scores that a scorer's error left; return the errors."""
    causes: list[str] = []
    for name in ("test_scores", "train_scores"):
        if name in row:
            row[name], some = plain(row[name])
            causes += some
    return causes


def _searched_score(scores: Any, refit: Any) -> float:
    """Return the score to maximize: the one named by `refit`, or else the first."""
    if not isinstance(scores, dict):
        return scores
    named = isinstance(refit, str) and refit in scores
    return scores[refit if named else next(iter(scores))]


@dataclass
class History:
    """The state of a search between two batches."""

    fingerprint: dict[str, str]
    folds: list[tuple[np.ndarray, np.ndarray]]
    seed: int
    batch_size: int
    given: list[dict] = field(default_factory=list)  # trials of an earlier search
    trials: list[dict] = field(default_factory=list)  # trials of this search
    outcomes: list[Outcome] = field(default_factory=list)  # one per trial, or per trial and rung
    levels: tuple[int, ...] = ()  # amounts of the resource, if the search halves

    @property
    def best(self) -> int | None:
        """Position of the first best outcome, or None if every trial failed.

        Only outcomes with the largest amount of the resource so far count.
        """
        scored = [i for i, o in enumerate(self.outcomes) if o.score is not None]
        most = max((self.outcomes[i].n_resources for i in scored), default=0)
        last = [i for i in scored if self.outcomes[i].n_resources == most]
        return max(last, key=lambda i: self.outcomes[i].score or 0.0) if last else None

    @property
    def n_failed(self) -> int:
        """Number of trials without a score."""
        return sum(o.score is None for o in self.outcomes)

    @property
    def n_since_best(self) -> int:
        """Number of trials since the score last improved."""
        return len(self.trials) - (0 if self.best is None else 1 + self.trial_of(self.best))

    def trial_of(self, outcome: int) -> int:
        """Return the position of the trial of an outcome."""
        rung = self.outcomes[outcome].rung
        return outcome if rung is None else rung.trial

    def add(self, trials: Sequence[dict], outcomes: Sequence[Outcome]) -> None:
        """Append a batch and write its outcomes into hyperopt's records."""
        for trial, outcome in zip(trials, outcomes, strict=True):
            self.outcomes.append(outcome)
            place = self.trial_of(len(self.outcomes) - 1)
            loss = None if outcome.score is None else -outcome.score
            self.trials[place : place + 1] = [finished(trial, loss)]

    def known_before(self, trial: int) -> list[dict]:
        """Collect the records that the suggestion of a trial may use.

        The earlier trials of the same batch are included without their results. A
        suggestion therefore depends only on the batch size, not on the number of workers or
        on where a search was stopped and resumed.
        """
        start = trial - trial % self.batch_size
        return self.given + self.trials[:start] + [pending(t) for t in self.trials[start:trial]]

    def to_trials(self) -> Trials:
        """Return all trials as hyperopt Trials, the given ones first."""
        return as_trials(self.given + self.trials)
