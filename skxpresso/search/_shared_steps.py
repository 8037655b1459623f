"""First steps of a pipeline that a space leaves alone: fitted once on a fold, for all candidates.

This is what `Pipeline(memory=...)` does, but the number of the fold is the key: nothing is hashed.
Workers map the same file into their memory.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import joblib
from sklearn.pipeline import Pipeline

from skxpresso._utils.files import replacing
from skxpresso.sequence.packed import shares_codes

__all__ = ["SharedSteps", "n_shared_steps", "shared_steps"]

#: What all folds together may take on the disk. More is made anew for every candidate.
MOST_BYTES = 2**26


def n_shared_steps(estimator: Any, touched: Set[str]) -> int:
    """Count the first steps of a pipeline whose parameters are not among those touched.

    Steps that pass everything through do not count. A pipeline with a memory of its own shares
    nothing here.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler, StandardScaler
    >>> from skxpresso.search._shared_steps import n_shared_steps
    >>> pipeline = make_pipeline(StandardScaler(), MinMaxScaler(), Ridge())
    >>> n_shared_steps(pipeline, {"ridge__alpha"})
    2
    >>> n_shared_steps(pipeline, {"minmaxscaler__clip", "ridge__alpha"})
    1
    """
    if type(estimator) is not Pipeline or estimator.memory is not None:
        return 0
    first_names = {name.split("__")[0] for name in touched}
    if first_names & {"steps", "memory"}:
        return 0
    n = 0
    for name, step in estimator.steps[:-1]:
        if name in first_names:
            break
        n += step not in (None, "passthrough")
    return n


class _FoldMemory:
    """The memory of a pipeline on one fold, for its first `n_steps` fits."""

    def __init__(self, file: Path, n_steps: int, most_bytes: int) -> None:
        self.file, self.n_steps, self.most_bytes = file, n_steps, most_bytes
        self.fitted: list[Any] = []
        self.kept = self._read()

    def cache(self, fit_transform: Callable, **options: Any) -> Callable:
        """Wrap the function that a pipeline calls for each of its steps."""
        return partial(self._fit_transform, fit_transform)

    def _fit_transform(
        self,
        fit_transform: Callable[..., Any],
        transformer: Any,
        X: Any,
        *rest: Any,
        **options: Any,
    ) -> tuple[Any, Any]:
        step = len(self.fitted)
        if step >= self.n_steps:
            return fit_transform(transformer, X, *rest, **options)
        if self.kept is not None:
            transformers, transformed = self.kept
            self.fitted.append(transformers[step])
            # what the steps between hand on is not asked for
            return (transformed if step == self.n_steps - 1 else X), transformers[step]
        X, transformer = fit_transform(transformer, X, *rest, **options)
        self.fitted.append(transformer)
        # what shares the codes of all folds is made in a moment, and a file would be a copy
        if step == self.n_steps - 1 and not shares_codes(X) and not self.file.exists():
            self._write((list(self.fitted), X))
        return X, transformer

    def _read(self) -> Any:
        """Read what an earlier candidate left; None if there is nothing, or it was too much."""
        try:
            # the arrays can be written to, as fresh ones can, and the file stays as it is
            return joblib.load(self.file, mmap_mode="c")
        except FileNotFoundError:
            return None

    def _write(self, made: Any) -> None:
        # without room, or for what cannot be pickled, every candidate fits its own steps
        with (
            contextlib.suppress(OSError, pickle.PicklingError, AttributeError, TypeError),
            replacing(self.file) as temporary,
        ):
            joblib.dump(made, temporary)
            if temporary.stat().st_size > self.most_bytes:
                joblib.dump(None, temporary)


@dataclass(frozen=True)
class SharedSteps:
    """A folder with a file for each fold: the fitted steps, and what they made of its rows."""

    path: Path
    n_steps: int
    n_folds: int

    @contextmanager
    def on_fold(self, pipeline: Any, fold: int, n_samples: int | None = None) -> Iterator[None]:
        """Let a pipeline take its first steps from the file of a fold, or write them there.

        `n_samples` is given where the rows of a fold depend on it. A worker that does not see
        the folder fits all steps itself.
        """
        if not self.path.is_dir():
            yield
            return
        file = self.path / f"fold{fold}-{n_samples or 'all'}.steps"
        pipeline.memory = _FoldMemory(file, self.n_steps, MOST_BYTES // self.n_folds)
        try:
            yield
        finally:
            pipeline.memory = None

    def remove(self) -> None:
        """Delete the files, and the folder unless something else is in it."""
        for file in [*self.path.glob("fold*.steps"), *self.path.glob(".fold*")]:
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()


@contextmanager
def shared_steps(
    estimator: Any, touched: Set[str], checkpoint: str | os.PathLike[str] | None, n_folds: int
) -> Iterator[SharedSteps | None]:
    """Make the folder of a search, beside its checkpoint or a temporary one; None if useless."""
    if not (n_steps := n_shared_steps(estimator, touched)):
        yield None
        return
    if checkpoint is None:
        path = Path(tempfile.mkdtemp(prefix="skxpresso-steps-"))
    else:
        path = Path(os.fspath(checkpoint) + ".steps")
    shared = SharedSteps(path, n_steps, n_folds)
    shared.remove()  # what a search that was killed has left
    path.mkdir(exist_ok=True)
    try:
        yield shared
    finally:
        shared.remove()
