"""Attributions of a long file, chunk by chunk on disk, so that a stopped run goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from skxpresso._utils.digest import digest
from skxpresso._utils.files import replacing
from skxpresso._utils.naming import shown
from skxpresso.interpret import Attribution

__all__ = ["Parts"]


class Parts:
    """A folder with an `Attribution` for each chunk, and a note of what they are of.

    Parameters
    ----------
    folder : pathlib.Path
        Made with the first part.
    settings : dict
        Of the run; parts of other settings are not taken.
    model : str
        Digest of all that the model has learned.
    resume : bool
        Take what an earlier run left; False removes it.
    """

    def __init__(self, folder: Path, settings: dict[str, Any], model: str, resume: bool) -> None:
        self.folder = folder
        self._note = folder / "run.json"
        self._settings = settings
        self._model = model
        self.digests: list[str] = []
        if self._note.is_file():
            if resume:
                self._read()
            else:
                self.remove()
        self._n_written = len(self.digests)

    def _read(self) -> None:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            settings, model = note["settings"], note["model"]
            digests = [str(each) for each in note["parts"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self._note} is damaged; start over without resuming") from error
        if settings != self._settings:
            raise ValueError(
                f"{shown(self.folder)} is of a run with {settings}, this one has {self._settings}; "
                "start over without resuming"
            )
        if model != self._model:
            raise ValueError(
                f"{shown(self.folder)} is of another model; start over without resuming"
            )
        self.digests = digests

    def __len__(self) -> int:
        return len(self.digests)

    def holds(self, number: int, X: pd.DataFrame) -> bool:
        """Tell whether a chunk is done; raise if the part is of other rows."""
        if number >= self._n_written:
            return False
        if self.digests[number] != digest(X):
            raise ValueError(
                f"{self._path(number)} is of other records than these; start over without resuming"
            )
        return True

    def append(self, attribution: Attribution, X: pd.DataFrame) -> None:
        """Keep the next chunk."""
        self.folder.mkdir(exist_ok=True)
        attribution.save(self._path(len(self.digests)))
        self.digests.append(digest(X))
        with replacing(self._note) as name:
            note = {"settings": self._settings, "model": self._model, "parts": self.digests}
            name.write_text(json.dumps(note), encoding="utf-8")

    def check_complete(self, n_chunks: int) -> None:
        """Raise if there are parts of more rows than were read."""
        if len(self) > n_chunks:
            raise ValueError(
                f"{shown(self.folder)} is of more records than these; start over without resuming"
            )

    def __iter__(self) -> Iterator[Attribution]:
        for number in range(len(self.digests)):
            yield Attribution.load(self._path(number))

    def remove(self) -> None:
        """Remove the folder with what is in it that is ours."""
        for path in self.folder.glob("part-*.safetensors"):
            path.unlink()
        self._note.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            shutil.rmtree(self.folder)

    def _path(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}.safetensors"
