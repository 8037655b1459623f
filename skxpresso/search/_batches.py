"""The next candidates of a search: new ones, or with `resource` those that go up a rung."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hyperopt.base import Domain

from skxpresso.search._history import History
from skxpresso.search._records import finished
from skxpresso.search._resuming import StateFolder
from skxpresso.search._rungs import Rung, Schedule, Step
from skxpresso.search._suggest import OPTUNA, algorithm_of, suggest_batch

__all__ = ["Candidates", "Halving"]

# Candidates of a search with a resource that TPE draws at random; they are cheap, and tell less
_N_RANDOM = 10


@dataclass(frozen=True)
class Halving:
    """What a search with a resource has beside others: its schedule and its paused fits."""

    resource: str
    schedule: Schedule
    states: StateFolder
    n_samples: int
    n_folds: int
    row_seed: Any = None  # of the rows that are drawn, if they are the resource


@dataclass(frozen=True)
class Candidates:
    """The source of candidates: a space, an algorithm, points of the user, perhaps halving."""

    domain: Domain
    algo: str | Callable
    points: Sequence[Mapping[str, Any]]
    n_iter: int
    halving: Halving | None = None

    def are_all_done(self, history: History) -> bool:
        """Tell whether nothing is left to fit."""
        if self.halving is None:
            return len(history.outcomes) >= self.n_iter
        return self.halving.schedule.next_step(history, self.n_iter) is None

    def is_bracket_done(self, history: History) -> bool:
        """Tell whether the next candidates begin a bracket, as all others do without one."""
        if self.halving is None:
            return True
        step = self.halving.schedule.next_step(history, self.n_iter)
        begun = {o.rung.bracket for o in history.outcomes if o.rung is not None}
        return step is None or step.bracket not in begun

    def forget_fits(self, history: History) -> None:
        """Delete the states of fits that will not go on."""
        if self.halving is not None:
            self.halving.states.keep(self.halving.schedule.may_go_up(history))

    def clean_up(self, history: History, *, may_go_on: bool) -> None:
        """Delete the folder of paused fits, unless the search can be resumed and needs them."""
        if self.halving is not None and not (may_go_on and not self.are_all_done(history)):
            self.halving.states.remove()

    def next(self, history: History) -> list[tuple[dict, Rung | None]]:
        """Return records of the next batch, each with its rung; none if there are no more."""
        if self.halving is None:
            records = suggest_batch(history, self.domain, self.algo, self.points, self.n_iter)
            return [(record, None) for record in records]
        step = self.halving.schedule.next_step(history, self.n_iter)
        if step is None:
            return []
        batch = [] if step.trials else self._new(history, step)
        if batch:
            return batch
        # No new points are left in the space: who is there already still goes up
        step = step if step.trials else self.halving.schedule.next_step(history, 0)
        return self._going_up(history, step) if step is not None else []

    def _going_up(self, history: History, step: Step) -> list[tuple[dict, Rung | None]]:
        assert self.halving is not None
        before = {o.rung.trial: o.rung.n_resources for o in history.outcomes if o.rung}
        batch: list[tuple[dict, Rung | None]] = []
        for trial in step.trials[: history.batch_size]:
            has_state = self.halving.states.has(trial, self.halving.n_folds, before[trial])
            n_resumed = before[trial] if has_state else 0
            rung = Rung(trial, step.bracket, step.iteration, step.n_resources, n_resumed)
            batch.append((history.trials[trial], rung))
        return batch

    def _new(self, history: History, step: Step) -> list[tuple[dict, Rung | None]]:
        assert self.halving is not None
        first = len(history.trials)
        algo = algorithm_of(self.algo)
        if self.algo in ("tpe", OPTUNA):
            algo = partial(algo, n_startup_jobs=_N_RANDOM)
        seen = observed(history, self.halving.schedule.levels[-1])
        records = suggest_batch(
            history, self.domain, algo, self.points, first + step.room, learned=seen
        )
        return [
            (record, Rung(first + i, step.bracket, step.iteration, step.n_resources))
            for i, record in enumerate(records)
        ]


def observed(history: History, most: int) -> list[dict]:
    """Collect the records from which suggestions are made: all trials, each at its highest rung.

    Losses are ranks, 0 for the best: who went further up is better, on a rung the score decides, as
    among the pruned trials of Optuna's TPE. Trials that the user gave were fitted with the `most`.
    hyperopt's algorithms look at nothing but this order.
    """
    ends = {
        o.rung.trial: (o.rung.n_resources, None if o.score is None else -o.score)
        for o in history.outcomes
        if o.rung is not None
    }
    records = [*history.given, *history.trials]
    worth = [(most, record["result"].get("loss")) for record in history.given]
    worth += [ends[trial] for trial in range(len(history.trials))]
    order = [i for i, (_, loss) in enumerate(worth) if loss is not None]
    order.sort(key=lambda i: (-worth[i][0], worth[i][1]))
    ranks = {i: float(rank) for rank, i in enumerate(order)}
    return [finished(record, ranks.get(i)) for i, record in enumerate(records)]
