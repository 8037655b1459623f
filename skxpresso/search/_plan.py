"""What a search decides before its first fit, and how to resume an interrupted one."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from hyperopt import Trials
from hyperopt.base import Domain
from joblib import effective_n_jobs

from skxpresso._utils.digest import digest
from skxpresso.search._history import History
from skxpresso.search._records import copy_trials, is_finished, values_of
from skxpresso.search._space import check_values, draw_params, fit_types

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


def draw_params_again(history: History, domain: Domain, estimator: Any) -> None:
    """Fill in the parameters of earlier trials, which follow from their values and the space."""
    for trial, outcome in zip(history.trials, history.outcomes, strict=True):
        if not outcome.params:
            outcome.params = draw_params(domain, values_of(trial))
            with contextlib.suppress(Exception):  # then it is among the failures
                outcome.params = fit_types(outcome.params, estimator)


def reason_to_stop(search: Any, history: History, started: float) -> str | None:
    """Say why no further batch is begun; None if one is. `started` is of the monotonic clock."""
    if len(history.outcomes) >= search.n_iter:
        return "n_iter"
    if search.patience is not None and history.n_since_best >= search.patience:
        return "patience"
    if search.timeout is not None and time.monotonic() - started > search.timeout:
        return "timeout"
    return None


def how_to_resume(history: History, n_iter: int, checkpoint: str | os.PathLike[str] | None) -> str:
    """Tell how far an interrupted search got, and how to resume it."""
    how = (
        f"fit again with checkpoint={os.fspath(checkpoint)!r}"
        if checkpoint is not None
        else "set warm_start=True and fit again"
    )
    return (
        f"the search was interrupted after {len(history.outcomes)} of {n_iter} trials, "
        f"the best of which is kept; to continue, {how}"
    )
