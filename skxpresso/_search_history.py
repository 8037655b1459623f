"""What a search has done so far: enough to go on as if it had never stopped."""

import os
import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle
import joblib
import numpy as np
import pandas as pd
from hyperopt import STATUS_FAIL, STATUS_NEW, STATUS_OK, Trials
from hyperopt.base import JOB_STATE_DONE, JOB_STATE_NEW, spec_from_misc, trials_from_docs
from scipy import sparse

from skxpresso._files import replacing

_FORMAT = 1


@dataclass
class Outcome:
    """One candidate after its evaluation."""

    params: dict[str, Any]
    rows: list[dict] | None  # one per fold, as scikit-learn returns them; None: none came back
    score: float | None  # mean over folds of the score that is searched for; None: it failed
    failure: str | None = None  # the reason
    fitted: bool = True  # False: infeasible, never tried


@dataclass
class History:
    """The state of a search between two batches."""

    fingerprint: dict[str, str]
    folds: list[tuple[np.ndarray, np.ndarray]]
    seed: int
    batch_size: int
    given: list[dict] = field(default_factory=list)  # trials of an earlier search
    trials: list[dict] = field(default_factory=list)  # our own, one per outcome
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def scores(self) -> list[float]:
        """Scores of all trials, minus infinity for those that failed."""
        return [-np.inf if o.score is None else o.score for o in self.outcomes]

    @property
    def best(self) -> int | None:
        """Position of the first best outcome, None where nothing worked."""
        scores = self.scores
        return int(np.argmax(scores)) if scores and max(scores) > -np.inf else None

    @property
    def n_failed(self) -> int:
        """Number of trials without a score."""
        return sum(o.score is None for o in self.outcomes)

    @property
    def n_since_best(self) -> int:
        """Number of trials since the score last became better."""
        return len(self.outcomes) if self.best is None else len(self.outcomes) - 1 - self.best

    def add(self, trials: Sequence[dict], outcomes: Sequence[Outcome]) -> None:
        """Append a batch and tell hyperopt's records how it went."""
        for trial, outcome in zip(trials, outcomes, strict=True):
            self.trials.append(_finished(trial, None if outcome.score is None else -outcome.score))
            self.outcomes.append(outcome)

    def known_before(self, trial: int) -> list[dict]:
        """Collect the records that the suggestion of a trial may use.

        The earlier trials of its own batch are shown without their results.
        So a suggestion depends on the batch size alone: not on the number of
        workers, nor on where a search was stopped and taken up again.
        """
        start = trial - trial % self.batch_size
        return self.given + self.trials[:start] + [_pending(t) for t in self.trials[start:trial]]

    def to_trials(self) -> Trials:
        """Hand out everything, the given trials first, as hyperopt Trials."""
        return as_trials(self.given + self.trials)


# hyperopt's records


def new_record(tid: int, values: Mapping[str, Any], labels: Sequence[str]) -> dict:
    """Write hyperopt's record of a point; TPE wants the inactive labels in it, too."""
    misc = {
        "tid": tid,
        "cmd": None,
        "workdir": None,
        "idxs": {label: [tid] if label in values else [] for label in labels},
        "vals": {label: [values[label]] if label in values else [] for label in labels},
    }
    empty = dict.fromkeys(["owner", "book_time", "refresh_time", "exp_key", "spec"])
    result = {"status": STATUS_NEW}
    return {"tid": tid, "misc": misc, "result": result, "state": JOB_STATE_NEW, **empty}


def values_of(record: dict) -> dict[str, Any]:
    """Read the active labels and their values from hyperopt's record."""
    return spec_from_misc(record["misc"])


def _finished(record: dict, loss: float | None) -> dict:
    # A failure must have no loss at all: hyperopt takes a loss of NaN or a huge one at its word
    result = {"status": STATUS_FAIL} if loss is None else {"status": STATUS_OK, "loss": loss}
    return {**record, "result": result, "state": JOB_STATE_DONE}


def _pending(record: dict) -> dict:
    return {**record, "result": {"status": STATUS_NEW}, "state": JOB_STATE_NEW}


def is_finished(record: dict) -> bool:
    """Tell whether the result of a trial is known."""
    return record["state"] == JOB_STATE_DONE


def as_trials(records: list[dict]) -> Trials:
    """Wrap records the way hyperopt's algorithms want them."""
    return trials_from_docs(records, validate=False)


def copy_trials(trials: Trials, labels: Sequence[str]) -> list[dict]:
    """Copy the finished trials of another search, numbered from 0."""
    copies: list[dict] = []
    for record in filter(is_finished, trials.trials):
        loss = record["result"].get("loss")
        ok = record["result"]["status"] == STATUS_OK and loss is not None and np.isfinite(loss)
        copy = new_record(len(copies), values_of(record), labels)
        copies.append(_finished(copy, float(loss) if ok else None))
    return copies


# Fingerprints


def fingerprint_of(value: Any) -> str:
    """Digest data or a setting, the same in every process."""
    try:
        return _digest(value)
    except (TypeError, AttributeError, pickle.PicklingError):
        return f"a {type(value).__qualname__}, which cannot be pickled"


def _digest(value: Any) -> str:
    if isinstance(value, pd.DataFrame | pd.Series):
        names = [*value.columns] if isinstance(value, pd.DataFrame) else [value.name]
        return joblib.hash((names, pd.util.hash_pandas_object(value, index=False).to_numpy()))
    if sparse.issparse(value):
        # Not the object itself: it caches facts such as has_sorted_indices
        csr = value.tocsr()
        return joblib.hash((csr.shape, csr.data, csr.indices, csr.indptr))
    return joblib.hash(value)


def fingerprint_of_text(*values: Any) -> str:
    """Digest what can be told by its repr, memory addresses left out."""
    return joblib.hash(re.sub(r" at 0x[0-9a-fA-F]+", "", repr(values)))


def fingerprint_of_estimator(estimator: Any) -> str:
    """Digest the class and the parameters of an estimator."""
    params = sorted(estimator.get_params(deep=True).items())
    return fingerprint_of_text(type(estimator).__qualname__, params)


def check_same(found: Mapping[str, str], now: Mapping[str, str], where: str) -> None:
    """Refuse to go on with a search of something else, and name what differs."""
    if differing := [name for name in now if found.get(name) != now[name]]:
        raise ValueError(
            f"{where} belongs to another search, these differ: {', '.join(differing)}. "
            "Take the same ones to go on with it, or another path to start anew."
        )


# Files


def save(history: History, path: str | os.PathLike) -> None:
    """Write a checkpoint: whoever reads the path finds the old one or the new one, whole."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        cloudpickle.dump({"format": _FORMAT, "history": history}, file)
        file.flush()
        os.fsync(file.fileno())


def load(path: str | os.PathLike) -> History | None:
    """Read a checkpoint, None where there is none.

    A checkpoint is a pickle: open only what you wrote yourself.
    """
    if not Path(path).exists():
        return None
    try:
        with open(path, "rb") as file:
            content = cloudpickle.load(file)
    except Exception as error:
        raise ValueError(f"checkpoint {os.fspath(path)!r} cannot be read: {error!r}.") from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise ValueError(
            f"checkpoint {os.fspath(path)!r} must be a checkpoint of HyperoptSearchCV, "
            f"format {_FORMAT}; it is something else."
        )
    return content["history"]
