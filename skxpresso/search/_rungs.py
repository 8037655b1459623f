"""Successive halving in brackets: who is fitted next, and with how much of the resource."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier

from skxpresso._utils.table import shorten

if TYPE_CHECKING:
    from skxpresso.search._history import History, Outcome

__all__ = [
    "N_SAMPLES",
    "Rung",
    "Schedule",
    "Step",
    "amounts",
    "most_rungs",
    "resource_bounds",
    "rungs_of",
]

N_SAMPLES = "n_samples"
_MOST_RUNGS = 5


class Rung(NamedTuple):
    """Where a candidate was fitted: its number, and with how much of the resource."""

    trial: int  # position among the trials of this search
    bracket: int
    iteration: int  # 0 where the bracket begins
    n_resources: int
    n_resumed: int = 0  # resources of the earlier fit that went on; 0 for a new fit


class Step(NamedTuple):
    """What comes next: `trials` go up, or where there are none `room` new ones begin."""

    bracket: int
    iteration: int
    n_resources: int
    trials: Sequence[int]
    room: int = 0


def resource_bounds(search: Any, n_samples: int, n_splits: int, y: Any) -> tuple[int, int]:
    """Return the smallest and the largest amount of a search's resource, checked."""
    name, smallest, largest = search.resource, search.min_resource, search.max_resource
    known = search.estimator.get_params()
    if name == N_SAMPLES:
        n_classes = len(np.unique(y)) if is_classifier(search.estimator) else 1
        smallest = smallest or min(2 * n_splits * n_classes, n_samples)
        largest = largest or n_samples
        if largest > n_samples:
            raise ValueError(f"max_resource must be at most the {n_samples} rows, got {largest}")
    elif name not in known:
        raise ValueError(
            f"resource must be 'n_samples' or a parameter of the estimator, got {shorten(name)}; "
            f"its parameters include {shorten(', '.join(known), 200)}"
        )
    elif largest is None:
        largest = known[name]
        if not isinstance(largest, int | np.integer) or isinstance(largest, bool):
            raise ValueError(
                f"max_resource must be given, since {name} of the estimator is "
                f"{shorten(largest)}, which is no number of anything"
            )
    smallest = 1 if smallest is None else smallest
    if smallest > largest:
        raise ValueError(f"min_resource must be at most max_resource, got {smallest} and {largest}")
    return int(smallest), int(largest)


def amounts(smallest: int, largest: int, factor: float, n_most: int) -> tuple[int, ...]:
    """List the amounts of the rungs from the smallest on: each `factor` times the one before.

    They are counted down from the largest, at most `n_most`, and none is below `smallest`.

    Examples
    --------
    >>> from skxpresso.search._rungs import amounts
    >>> amounts(1, 100, 3, 5)
    (1, 3, 11, 33, 100)
    >>> amounts(5, 100, 3, 5)
    (11, 33, 100)
    """
    found = [largest]
    while len(found) < n_most and (below := int(largest / factor ** len(found))) >= smallest:
        if below == found[-1]:
            break
        found.append(below)
    return tuple(reversed(found))


def most_rungs(n_iter: int, factor: float) -> int:
    """Return how many rungs so many candidates fill, if each keeps one in `factor`."""
    return min(_MOST_RUNGS, 1 + math.floor(math.log(n_iter, factor) + 1e-9))


@dataclass(frozen=True)
class Schedule:
    """Brackets of Hyperband (Li et al. 2018): some begin with many candidates and little resource.

    Parameters
    ----------
    levels : tuple of int
        Amounts of the resource, from the smallest on.
    factor : float
        One candidate in `factor` goes up.
    n_brackets : int
        Number of brackets after which the first comes again; the k-th begins at level k.
    """

    levels: tuple[int, ...]
    factor: float
    n_brackets: int

    def size(self, bracket: int) -> int:
        """Return the number of candidates with which a bracket begins."""
        n, above = len(self.levels), len(self.levels) - 1 - self._first(bracket)
        if self.n_brackets == 1:
            return math.ceil(self.factor**above - 1e-9)
        return math.ceil(n / (above + 1) * self.factor**above - 1e-9)

    def _first(self, bracket: int) -> int:
        return bracket % self.n_brackets

    def next_step(self, history: History, n_iter: int) -> Step | None:
        """Return what comes after all that a search has done; None at its end."""
        bracket = max((o.rung.bracket for o in history.outcomes if o.rung), default=0)
        rungs, first = rungs_of(history, bracket), self._first(bracket)
        room = n_iter - len(history.trials)
        if len(rungs) <= 1:
            begun = len(rungs[0]) if rungs else 0
            if (wanted := min(self.size(bracket) - begun, room)) > 0:
                return Step(bracket, 0, self.levels[first], (), wanted)
        for iteration in range(1, min(len(rungs) + 1, len(self.levels) - first)):
            if waiting := self._waiting(rungs, iteration):
                return Step(bracket, iteration, self.levels[first + iteration], waiting)
        if room > 0:
            after = self._first(bracket + 1)
            return Step(bracket + 1, 0, self.levels[after], (), min(self.size(bracket + 1), room))
        return None

    def may_go_up(self, history: History) -> set[tuple[int, int]]:
        """List trial and amount of the fits that may still be resumed."""
        bracket = max((o.rung.bracket for o in history.outcomes if o.rung), default=0)
        rungs = rungs_of(history, bracket)
        if not rungs:
            return set()
        last = len(rungs) - 1
        n = len(self._chosen(rungs[last - 1])) if last else self.size(bracket)
        fits = [o.rung for o in _best_first(rungs[last])[: self._n_kept(max(n, len(rungs[last])))]]
        if last:
            waiting = self._waiting(rungs, last)
            fits += [o.rung for o in rungs[last - 1] if o.rung and o.rung.trial in waiting]
        return {(r.trial, r.n_resources) for r in fits if r and r.n_resources < self.levels[-1]}

    def _waiting(self, rungs: list[list[Outcome]], iteration: int) -> list[int]:
        """List the trials that go up to a rung and were not fitted there yet, the best first."""
        done = {o.rung.trial for rung in rungs[iteration : iteration + 1] for o in rung if o.rung}
        return [trial for trial in self._chosen(rungs[iteration - 1]) if trial not in done]

    def _chosen(self, rung: list[Outcome]) -> list[int]:
        best = _best_first(rung)[: self._n_kept(len(rung))]
        return [o.rung.trial for o in best if o.rung is not None]

    def _n_kept(self, n: int) -> int:
        return math.ceil(n / self.factor - 1e-9)


def rungs_of(history: History, bracket: int) -> list[list[Outcome]]:
    """Return the outcomes of a bracket, rung by rung."""
    rungs: list[list[Outcome]] = []
    for outcome in history.outcomes:
        if outcome.rung is None or outcome.rung.bracket != bracket:
            continue
        if outcome.rung.iteration == len(rungs):
            rungs.append([])
        rungs[outcome.rung.iteration].append(outcome)
    return rungs


def _best_first(rung: list[Outcome]) -> list[Outcome]:
    scored = [o for o in rung if o.score is not None]
    return sorted(scored, key=lambda o: o.score or 0.0, reverse=True)
