"""Fits that go on: the part of an estimator that grows with a resource, and its state in a file."""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from skxpresso._utils.files import replacing

__all__ = ["GrowingPart", "StateFolder", "growing_part", "state_folder"]


@dataclass
class GrowingPart:
    """The estimator whose warm start goes on when its resource grows.

    `warm_start` is what the parameter of that name is set to. `counts_all` tells whether the
    resource counts from the first fit on, as trees do, or from the last one, as `max_iter` of
    an `MLPRegressor` does.
    """

    estimator: Any
    resource: str
    warm_start: bool | str
    counts_all: bool

    def begin(self, state: dict[str, Any] | None, n_before: int) -> None:
        """Prepare a fit that leaves a state, from an earlier state if there is one."""
        self.estimator.set_params(warm_start=self.warm_start)
        if state is not None:
            vars(self.estimator).update(state)
            if not self.counts_all:
                n = self.estimator.get_params(deep=False)[self.resource]
                self.estimator.set_params(**{self.resource: n - n_before})

    def end(self, n_resources: int) -> None:
        """Let the parameter say how much there was in all."""
        self.estimator.set_params(**{self.resource: n_resources})

    def state(self) -> dict[str, Any]:
        """Return everything but the parameters."""
        params = self.estimator.get_params(deep=False)
        return {k: v for k, v in vars(self.estimator).items() if k not in params}


def growing_part(estimator: Any, resource: str) -> GrowingPart | None:
    """Find the part of a candidate whose fit can go on; None where it has to begin again.

    It is the estimator itself, or the last step of a `Pipeline`; other meta-estimators clone
    what they fit. What it must have is a warm start and a resource that counts rounds.
    """
    *steps, name = resource.split("__")
    for step in steps:
        if not isinstance(estimator, Pipeline) or estimator.steps[-1][0] != step:
            return None
        estimator = estimator.steps[-1][1]
    own = getattr(estimator, "_resumes", None)  # what our networks say of themselves
    if own is not None:
        return GrowingPart(estimator, name, own[name], counts_all=True) if name in own else None
    if not hasattr(estimator, "get_params") or "warm_start" not in estimator.get_params(deep=False):
        return None
    ensemble = type(estimator).__module__.startswith("sklearn.ensemble")
    if name == "n_estimators" or (name == "max_iter" and ensemble):
        return GrowingPart(estimator, name, True, counts_all=True)
    return GrowingPart(estimator, name, True, counts_all=False) if name == "max_iter" else None


@dataclass(frozen=True)
class StateFolder:
    """A folder of paused fits, one pickle per candidate, fold and amount of the resource.

    Workers write and read the files, so that a state is in memory only where it is used.
    """

    path: Path

    def file(self, trial: int, fold: int, n_resources: int) -> Path:
        """Name the file of one fit."""
        return self.path / f"trial{trial}-fold{fold}-{n_resources}.pickle"

    def has(self, trial: int, n_folds: int, n_resources: int) -> bool:
        """Tell whether all folds of a candidate can go on."""
        return all(self.file(trial, fold, n_resources).exists() for fold in range(n_folds))

    def save(self, state: dict[str, Any], trial: int, fold: int, n_resources: int) -> None:
        """Write the state of one fit, whole or not at all.

        Nothing is written where the folder is not shared, or for what cannot be pickled: the
        next fit begins anew then.
        """
        with contextlib.suppress(pickle.PicklingError, AttributeError, TypeError):
            content = pickle.dumps(state)
            if self.path.is_dir():
                with replacing(self.file(trial, fold, n_resources)) as temporary:
                    temporary.write_bytes(content)

    def load(self, trial: int, fold: int, n_resources: int) -> dict[str, Any]:
        """Read the state of one fit."""
        return pickle.loads(self.file(trial, fold, n_resources).read_bytes())  # noqa: S301

    def keep(self, fits: Iterable[tuple[int, int]]) -> None:
        """Delete all files but those of some candidates and amounts of the resource."""
        wanted = {(f"trial{trial}", str(n)) for trial, n in fits}
        for file in [*self.path.glob("trial*-fold*-*.pickle"), *self.path.glob(".trial*")]:
            trial, _, *amount = file.stem.split("-")
            if (trial, *amount) not in wanted:
                file.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete all files, and the folder unless something else is in it."""
        self.keep(())
        with contextlib.suppress(OSError):
            self.path.rmdir()


def state_folder(checkpoint: str | os.PathLike[str] | None) -> StateFolder:
    """Make the folder of a search: beside its checkpoint, or a temporary one."""
    if checkpoint is None:
        return StateFolder(Path(tempfile.mkdtemp(prefix="skxpresso-search-")))
    path = Path(checkpoint)
    folder = path.with_name(path.name + ".fits")
    folder.mkdir(exist_ok=True)
    return StateFolder(folder)
