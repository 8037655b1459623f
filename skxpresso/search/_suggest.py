"""Suggestions of hyperopt, or of the user, for the next batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from hyperopt import anneal, rand, tpe
from hyperopt.base import Domain

from skxpresso.search._history import History
from skxpresso.search._points import finite_points
from skxpresso.search._records import as_trials, new_record, values_of

ALGORITHMS = {"tpe": tpe.suggest, "anneal": anneal.suggest, "random": rand.suggest}
OPTUNA = "optuna"  # an extra
# A suggestion that was tried already is drawn again, at most this often from the
# algorithm, then at random: any other point is better than the same one twice
_N_DRAWS = 5


def suggest_batch(
    history: History,
    domain: Domain,
    algo: str | Callable,
    points: Sequence[Mapping[str, Any]],
    n_iter: int,
    learned: list[dict] | None = None,
) -> list[dict]:
    """Write hyperopt's records of the next batch; fewer or none if the algorithm is exhausted.

    Suggestions are made from the records `learned`, or else from all before the batch.
    """
    algorithm = algorithm_of(algo)
    first = len(history.trials)
    # Batches end at multiples of the batch size, wherever an earlier run stopped
    end = min(first - first % history.batch_size + history.batch_size, n_iter)
    records: list[dict] = []
    for trial in range(first, end):
        tid = len(history.given) + trial
        values: Mapping[str, Any] | None
        if trial < len(points):
            values = points[trial]
        else:
            known = (history.known_before(trial) if learned is None else learned) + records
            tried = [values_of(record) for record in history.trials + records]
            values = _ask(algorithm, domain, known, tried, (history.seed, trial))
        if values is None:
            break
        records.append(new_record(tid, values, list(domain.params)))
    return records


def algorithm_of(algo: str | Callable) -> Callable:
    """Return the function of hyperopt's kind that a name stands for."""
    if algo == OPTUNA:
        from skxpresso.search._optuna import suggest

        return suggest
    return ALGORITHMS[algo] if isinstance(algo, str) else algo


def is_exhausted(history: History, domain: Domain) -> bool:
    """Tell whether every point of a finite space was tried."""
    return _untried(domain, [values_of(record) for record in history.trials]) == []


def _untried(domain: Domain, tried: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    """List the points that are left; None if there are too many to list."""
    points = finite_points(domain.expr)
    return None if points is None else [point for point in points if point not in tried]


def _ask(
    algorithm: Callable,
    domain: Domain,
    known: list[dict],
    tried: Sequence[Mapping[str, Any]],
    seed: tuple[int, int],
) -> dict[str, Any] | None:
    """Ask for one point that was not tried yet; None if there is none, or the algorithm ends."""
    if not domain.params:
        return None if tried else {}
    tid = len(known)
    trials = as_trials(known)
    values: dict[str, Any] | None = None
    draws = [algorithm] * _N_DRAWS + [rand.suggest] * _N_DRAWS
    seeds = np.random.SeedSequence(seed).generate_state(len(draws))
    for draw, draw_seed in zip(draws, seeds, strict=True):
        # One at a time: TPE returns one record however many are asked for, anneal raises
        records = draw([tid], domain, trials, int(draw_seed) % (2**31 - 1))
        if not records:
            return None
        values = {k: np.asarray(v).item() for k, v in values_of(records[0]).items()}
        if values not in tried:
            return values
    # hyperopt's algorithms come back to good points; a finite space is listed, and another drawn
    left = _untried(domain, tried)
    if not left:
        return values if left is None else None
    return left[np.random.default_rng((*seed, 1)).integers(len(left))]
