"""What a search decides before its first fit, and how to resume an interrupted one."""

from __future__ import annotations

import contextlib
import math
import numbers
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from hyperopt import Trials
from hyperopt.base import Domain
from joblib import effective_n_jobs

from skxpresso._utils.digest import digest
from skxpresso.search._batches import Halving
from skxpresso.search._candidates import params_of
from skxpresso.search._checkpoint import Checkpoint
from skxpresso.search._history import History
from skxpresso.search._records import copy_trials, is_finished, values_of
from skxpresso.search._resuming import state_folder
from skxpresso.search._rungs import Schedule, amounts, most_rungs, resource_bounds
from skxpresso.search._space import check_values, fit_types

_DEFAULT_BATCH_SIZE = 4


def given_trials(trials: Trials | None, domain: Domain) -> list[dict]:
    """Copy the records of an earlier search, which must fit the space."""
    if trials is None:
        return []
    for record in filter(is_finished, trials.trials):
        check_values(domain, values_of(record), f"trials, trial {record['tid']}")
    return copy_trials(trials, list(domain.params))


def choose_batch_size(batch_size: int | str | None, n_jobs: int | None, n_splits: int) -> int:
    """Return how many candidates are fitted between two suggestions."""
    if batch_size is None:
        return _DEFAULT_BATCH_SIZE
    if batch_size == "workers":
        return max(1, math.ceil(effective_n_jobs(n_jobs) / n_splits))
    return int(batch_size)


def draw_folds(
    cv: Any, X: Any, y: Any, split_params: Mapping[str, Any]
) -> tuple[list[tuple[np.ndarray, np.ndarray]], str]:
    """Draw the folds of a search, and a fingerprint of them."""
    folds, again = (list(cv.split(X, y, **split_params)) for _ in range(2))
    fingerprint = digest(folds)
    # A splitter without a seed draws new folds every time; a resumed search keeps the old ones
    repeatable = fingerprint == digest(again)
    return folds, fingerprint if repeatable else f"{len(folds)} random folds"


class FixedFolds:
    """A splitter of folds that are drawn already, whatever metadata it is handed."""

    def __init__(self, folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        self.folds = folds

    def split(
        self, X: Any = None, y: Any = None, **metadata: Any
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield training and test rows of each fold."""
        yield from self.folds

    def get_n_splits(self, X: Any = None, y: Any = None, **metadata: Any) -> int:
        """Count the folds."""
        return len(self.folds)


def draw_params_again(search: Any, history: History, domain: Domain) -> None:
    """Fill in the parameters of earlier trials, which follow from their values and the space."""
    for i, outcome in enumerate(history.outcomes):
        if not outcome.params:
            record = history.trials[history.trial_of(i)]
            outcome.params = params_of(record, domain, outcome.rung, search.resource)
            with contextlib.suppress(Exception):  # then it is among the failures
                outcome.params = fit_types(outcome.params, search.estimator)


def check_halving(search: Any) -> None:
    """Refuse what means something only with a resource."""
    for name in ("min_resource", "max_resource", "n_brackets"):
        if search.resource is None and getattr(search, name) is not None:
            raise ValueError(f"{name} needs a resource, such as resource='n_samples'")


def plan_halving(
    search: Any, history: History, n_samples: int, y: Any, checkpoint: Checkpoint | None
) -> Halving:
    """Decide on the rungs of a search with a resource, or take those that it began with."""
    factor = search.reduction_factor
    if not history.levels:
        smallest, largest = resource_bounds(search, n_samples, len(history.folds), y)
        n_most = most_rungs(search.n_iter, factor) if search.min_resource is None else 99
        history.levels = amounts(smallest, largest, factor, n_most)
    n_brackets = min(search.n_brackets or len(history.levels), len(history.levels))
    seed = search.random_state if isinstance(search.random_state, numbers.Integral) else None
    return Halving(
        resource=search.resource,
        schedule=Schedule(history.levels, factor, n_brackets),
        states=state_folder(checkpoint.path if checkpoint else None),
        n_samples=n_samples,
        n_folds=len(history.folds),
        row_seed=history.seed if seed is None else seed,
    )


def how_to_resume(history: History, n_iter: int, checkpoint: str | os.PathLike[str] | None) -> str:
    """Tell how far an interrupted search got, and how to resume it."""
    how = (
        f"fit again with checkpoint={os.fspath(checkpoint)!r}"
        if checkpoint is not None
        else "set warm_start=True and fit again"
    )
    return (
        f"the search was interrupted after {len(history.trials)} of {n_iter} trials, "
        f"the best of which is kept; to continue, {how}"
    )
