"""The file of a search that can be resumed: records, text and folds, but no code.

The file is written by `skxpresso._utils.sealed`: its text has the fingerprint and the settings
of the search; the arrays are the folds, and the records of all trials as JSON in bytes.
Parameters of a candidate are not in it: they follow from the trial's values and the space.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso._utils.digest import digest
from skxpresso._utils.naming import shown
from skxpresso._utils.outputs import claimed
from skxpresso._utils.sealed import SealedFile, open_sealed, write_sealed
from skxpresso._utils.table import shorten
from skxpresso._utils.versions import versions_of, warn_of_other_versions
from skxpresso.search._history import History, Outcome
from skxpresso.search._records import finished, new_record, values_of

__all__ = ["Checkpoint", "file_for", "held"]

_FORMAT = 2  # 1 was a pickle
_KEY = "skxpresso search"
_WHAT = "a checkpoint of HyperoptSearchCV"
_PACKAGES = ("scikit-learn", "hyperopt", "keras", "numpy")
_PARTS = ("train", "test")


def file_for(
    path: str | os.PathLike[str] | None, data: Mapping[str, str]
) -> str | os.PathLike[str] | None:
    """Name the file of a search on some data: in a folder, one that their digests tell.

    Examples
    --------
    >>> from skxpresso.search._checkpoint import file_for
    >>> file_for("search.safetensors", {"X": "1f", "y": "2e"})
    'search.safetensors'
    >>> file_for("searches/", {"X": "1f", "y": "2e"}).name
    'search-4757f5e6b7db7f5d.safetensors'
    """
    if path is None or not (Path(path).is_dir() or os.fspath(path).endswith(("/", os.sep))):
        return path
    return Path(path) / f"search-{digest(sorted(data.items()))[:16]}.safetensors"


@contextlib.contextmanager
def held(path: str | os.PathLike[str] | None) -> Iterator[Checkpoint | None]:
    """Keep other searches from a file, and raise before the first fit if it cannot be written."""
    if path is None:
        yield None
        return
    with claimed([path]):
        yield Checkpoint(path)


class Checkpoint:
    """The file in which one search at a time keeps what it has found.

    Parameters
    ----------
    path : path-like
        File; it need not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._seen: tuple[int, ...] | None = None  # what the file was like when last looked at

    def load(self) -> History | None:
        """Read a search; None if there is no file. Its outcomes have no `params` yet.

        Raises
        ------
        ValueError
            If it is no checkpoint, or damaged.
        """
        self._seen = self._identity()
        if self._seen is None:
            return None
        with self.path.open("rb") as file:
            head = file.read(9)  # of a sealed file: the length of its header, which may begin alike
            if head[:1] == b"\x80" and head[8:] != b"{":
                raise ValueError(
                    f"checkpoint {str(self.path)!r} is a pickle, as skxpresso 0.1 wrote it, and "
                    "is not read, since reading one runs code; begin a search under another name"
                )
        try:
            with open_sealed(self.path, _KEY, _WHAT) as file:
                history = _read(file)
                file.check_all_taken()
                versions = file.content["versions"]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"checkpoint {shorten(str(self.path), 200)}: {error}") from error
        warn_of_other_versions(f"checkpoint {shown(self.path)}", versions, versions_of(*_PACKAGES))
        return history

    def save(self, history: History) -> None:
        """Write the search, whole or not at all.

        Raises
        ------
        OSError
            If the file is not the one that this search wrote last, or cannot be written.
        """
        now = self._identity()
        if now is not None and now != self._seen:
            raise OSError(
                f"checkpoint {shown(self.path)} was changed by something else while this search "
                "ran, and is not replaced; to keep the trials found so far, set warm_start=True "
                "and another checkpoint, and fit again"
            )
        write_sealed(self.path, _KEY, _text_of(history), _arrays_of(history))
        self._seen = self._identity()

    def _identity(self) -> tuple[int, ...] | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _text_of(history: History) -> dict[str, Any]:
    return {
        "format_version": _FORMAT,
        "versions": versions_of(*_PACKAGES),
        "fingerprint": history.fingerprint,
        "seed": history.seed,
        "batch_size": history.batch_size,
        "levels": history.levels,
        "folds": [[str(np.asarray(rows).dtype) for rows in fold] for fold in history.folds],
    }


def _arrays_of(history: History) -> dict[str, npt.NDArray[Any]]:
    arrays = {
        f"fold{i}.{part}": np.asarray(rows)
        for i, fold in enumerate(history.folds)
        for part, rows in zip(_PARTS, fold, strict=True)
    }
    for name, rows in arrays.items():
        if rows.dtype != bool:
            arrays[name] = rows.astype(np.int64)
    records = {
        "labels": list(history.trials[0]["misc"]["vals"]) if history.trials else [],
        "given": [_packed(trial) for trial in history.given],
        "trials": [_packed(trial) for trial in history.trials],
        "outcomes": [_without_params(outcome) for outcome in history.outcomes],
    }
    text = json.dumps(records, default=_plain).encode()
    return arrays | {"records": np.frombuffer(text, dtype=np.uint8)}


def _packed(trial: dict) -> list[Any]:
    return [trial["tid"], values_of(trial), trial["result"].get("loss")]


def _without_params(outcome: Outcome) -> dict[str, Any]:
    names = [field.name for field in fields(Outcome)]
    return {name: getattr(outcome, name) for name in names if name != "params"}


def _plain(value: Any) -> Any:
    """Turn numpy's scalars into Python's, for `json`."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(
        f"a trial with a value of type {type(value).__name__} cannot be kept in a checkpoint, only "
        "numbers and text"
    )


def _read(file: SealedFile) -> History:
    content = file.content
    if content.get("format_version") != _FORMAT or not file.is_sealed:
        raise ValueError(
            f"format version {shorten(content.get('format_version'))}, written by versions "
            f"{shorten(content.get('versions'), 120)}; this version reads {_FORMAT}"
        )
    folds = []
    for i, types in enumerate(content["folds"]):
        kinds = ["bool" if name == "bool" else "int64" for name in types]
        train, test = (
            file.take(f"fold{i}.{part}", None, kind).astype(name)
            for part, kind, name in zip(_PARTS, kinds, types, strict=True)
        )
        folds.append((train, test))
    records = json.loads(file.take("records", None, "uint8").tobytes())
    labels = records["labels"]
    return History(
        fingerprint=content["fingerprint"],
        folds=folds,
        seed=content["seed"],
        batch_size=content["batch_size"],
        given=[_unpacked(labels, *packed) for packed in records["given"]],
        trials=[_unpacked(labels, *packed) for packed in records["trials"]],
        outcomes=[Outcome(params={}, **parts) for parts in records["outcomes"]],
        levels=tuple(content["levels"]),
    )


def _unpacked(labels: list[str], tid: int, values: dict[str, Any], loss: float | None) -> dict:
    return finished(new_record(tid, values, labels), loss)
