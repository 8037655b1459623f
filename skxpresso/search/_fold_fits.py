"""What happens around the fit of one candidate on one fold, in the worker that does it.

scikit-learn hands a callback context to every such fit. `FitContext` takes its place: it sees
the estimator just before and just after `fit`, and passes the hooks on to the real context.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from skxpresso.search._resuming import StateFolder, growing_part
from skxpresso.search._rungs import N_SAMPLES, Rung
from skxpresso.search._shared_steps import SharedSteps

__all__ = ["BatchContext", "FitContext", "callbacks_of"]


@dataclass(frozen=True)
class FitContext:
    """The fit of one candidate on one fold.

    Parameters
    ----------
    fold : int
        Position of the fold.
    rung : Rung or None
        Where the candidate is fitted, if the search halves.
    resource : str or None
        Parameter that the resource is.
    states : StateFolder or None
        Where paused fits are.
    leaves_state : bool
        Whether a later fit may go on from this one.
    shared : SharedSteps or None
        First steps of a pipeline that all candidates share.
    inner : CallbackContext or None
        scikit-learn's own context, if there are callbacks.
    """

    fold: int
    rung: Rung | None = None
    resource: str | None = None
    states: StateFolder | None = None
    leaves_state: bool = False
    shared: SharedSteps | None = None
    inner: Any = None

    @contextmanager
    def propagate_callback_context(self, estimator: Any) -> Iterator[None]:
        """Surround the fit of an estimator."""
        hooks = nullcontext() if self.inner is None else None
        with (
            self._first_steps(estimator),
            self._paused(estimator),
            hooks or self.inner.propagate_callback_context(estimator),
        ):
            yield

    def _first_steps(self, estimator: Any) -> AbstractContextManager[None]:
        """Take the first steps of a pipeline from another candidate; callbacks see every step."""
        if self.shared is None or self.inner is not None:
            return nullcontext()
        n_samples = self.rung.n_resources if self.rung and self.resource == N_SAMPLES else None
        return self.shared.on_fold(estimator, self.fold, n_samples)

    @contextmanager
    def _paused(self, estimator: Any) -> Iterator[None]:
        """Go on from the state of the fit before, and leave one for the next."""
        rung, states = self.rung, self.states
        part = None
        if rung and states and self.resource and (rung.n_resumed or self.leaves_state):
            part = growing_part(estimator, self.resource)
        if part is None or rung is None or states is None:
            yield
            return
        n_before = rung.n_resumed
        part.begin(states.load(rung.trial, self.fold, n_before) if n_before else None, n_before)
        yield
        part.end(rung.n_resources)
        if self.leaves_state:
            states.save(part.state(), rung.trial, self.fold, rung.n_resources)

    def call_on_fit_task_begin(self, **task: Any) -> None:
        """Pass scikit-learn's hook on."""
        if self.inner is not None:
            self.inner.call_on_fit_task_begin(**task)

    def call_on_fit_task_end(self, **task: Any) -> None:
        """Pass scikit-learn's hook on."""
        if self.inner is not None:
            self.inner.call_on_fit_task_end(**task)


@dataclass(frozen=True)
class BatchContext:
    """The fits of a batch of candidates; scikit-learn takes a `FitContext` for each from it.

    `rungs` has an entry per candidate.
    """

    rungs: Sequence[Rung | None]
    n_folds: int
    resource: str | None = None
    states: StateFolder | None = None
    leaves_state: bool = False
    shared: SharedSteps | None = None
    inner: Any = None

    def subcontext(self, task_name: str, task_id: int) -> FitContext:
        """Return the context of one fit: candidate after candidate, fold by fold."""
        candidate, fold = divmod(task_id, self.n_folds)
        inner = self.inner and self.inner.subcontext(task_name=task_name, task_id=task_id)
        rung = self.rungs[candidate]
        return FitContext(
            fold, rung, self.resource, self.states, self.leaves_state, self.shared, inner
        )


@contextmanager
def callbacks_of(search: Any, context: Any) -> Iterator[Any]:
    """Give the context in which the batches of a search are; None without callbacks.

    Without any, every task would carry the tree of all tasks before it for nothing.
    """
    if context is None or not (
        getattr(search, "_skl_callbacks", None) or hasattr(search, "_parent_callback_ctx")
    ):
        yield None
        return
    inner = context.subcontext(task_name="search", max_subtasks=None)
    inner.call_on_fit_task_begin(estimator=search)
    yield inner
    inner.call_on_fit_task_end(estimator=search)
