"""Trials as hyperopt keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hyperopt import STATUS_FAIL, STATUS_NEW, STATUS_OK, Trials
from hyperopt.base import JOB_STATE_DONE, JOB_STATE_NEW, spec_from_misc, trials_from_docs

__all__ = [
    "as_trials",
    "copy_trials",
    "finished",
    "is_finished",
    "new_record",
    "pending",
    "values_of",
]


def new_record(tid: int, values: Mapping[str, Any], labels: Sequence[str]) -> dict:
    """Write hyperopt's record of a point; TPE needs the inactive labels in it, too."""
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


def finished(record: dict, loss: float | None) -> dict:
    """Return a record with its loss; a loss of None means that the trial failed."""
    # A failure must have no loss at all: hyperopt takes a NaN or huge loss literally
    result = {"status": STATUS_FAIL} if loss is None else {"status": STATUS_OK, "loss": loss}
    return {**record, "result": result, "state": JOB_STATE_DONE}


def pending(record: dict) -> dict:
    """Return a record without the result of its trial."""
    return {**record, "result": {"status": STATUS_NEW}, "state": JOB_STATE_NEW}


def is_finished(record: dict) -> bool:
    """Tell whether the result of a trial is known."""
    return record["state"] == JOB_STATE_DONE


def as_trials(records: list[dict]) -> Trials:
    """Wrap records as hyperopt's algorithms expect them."""
    return trials_from_docs(records, validate=False)


def copy_trials(trials: Trials, labels: Sequence[str]) -> list[dict]:
    """Copy the finished trials of another search, numbered from 0."""
    copies: list[dict] = []
    for record in filter(is_finished, trials.trials):
        loss = record["result"].get("loss")
        ok = record["result"]["status"] == STATUS_OK and loss is not None and np.isfinite(loss)
        copy = new_record(len(copies), values_of(record), labels)
        copies.append(finished(copy, float(loss) if ok else None))
    return copies
