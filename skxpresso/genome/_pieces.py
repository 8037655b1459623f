"""Finished pieces of a long computation, in memory and, where asked for, in a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso._utils.files import replacing

__all__ = ["KeptPieces"]


class KeptPieces:
    """Arrays by number; with a folder, a later process finds those of an earlier one.

    Parameters
    ----------
    folder : path-like or None
        Made if missing. None: nothing is written.
    settings : mapping
        What makes a computation the same one; JSON.

    Raises
    ------
    ValueError
        If the folder holds pieces of another computation, or other files.
    """

    def __init__(self, folder: str | os.PathLike[str] | None, settings: Mapping[str, Any]) -> None:
        self._folder = None if folder is None else Path(folder)
        self._arrays: dict[int, npt.NDArray[np.float32]] = {}
        if self._folder is None:
            return
        self._folder.mkdir(exist_ok=True)
        note = self._folder / "scan.json"
        wanted = json.loads(json.dumps(settings))
        if note.exists():
            found = json.loads(note.read_text(encoding="utf-8"))
            differs = [name for name in wanted if found.get(name) != wanted[name]]
            if differs:
                raise ValueError(
                    f"{self._folder} holds pieces of another scan: {', '.join(differs)} differ. "
                    "Remove the folder to start over"
                )
        elif any(self._folder.iterdir()):
            raise ValueError(f"{self._folder} holds other files; keep= needs a folder of its own")
        else:
            with replacing(note) as name:
                name.write_text(json.dumps(wanted), encoding="utf-8")

    def _file(self, number: int) -> Path:
        assert self._folder is not None
        return self._folder / f"{number}.npy"

    def __contains__(self, number: int) -> bool:
        return number in self._arrays or (self._folder is not None and self._file(number).exists())

    def __getitem__(self, number: int) -> npt.NDArray[np.float32]:
        if number in self._arrays:
            return self._arrays[number]
        return np.load(self._file(number), allow_pickle=False)

    def add(self, number: int, values: npt.NDArray[np.float32]) -> None:
        """Keep a piece."""
        if self._folder is None:
            self._arrays[number] = values
            return
        with replacing(self._file(number)) as name, open(name, "wb") as file:
            np.save(file, values, allow_pickle=False)

    def remove(self) -> None:
        """Take the folder away, once all is done."""
        if self._folder is None:
            return
        for path in (*self._folder.glob("*.npy"), self._folder / "scan.json"):
            path.unlink(missing_ok=True)
        if not any(self._folder.iterdir()):
            self._folder.rmdir()
