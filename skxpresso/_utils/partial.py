"""A file that grows for hours: kept under another name, with a note of how far it came."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from skxpresso._utils.files import replacing

__all__ = ["PartialFile"]


class PartialFile:
    """A file written in pieces, which a later process can go on with.

    `<path>.part` grows, and after every piece `<path>.part.json` says how long it is and
    what it holds, so that half a piece, left by a process that was killed, is cut off.

    Parameters
    ----------
    path : path-like
        The final name.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skxpresso._utils.partial import PartialFile
    >>> path = Path(tempfile.mkdtemp()) / "a.txt"
    >>> PartialFile(path).append(b"one ", {"rows": 1})
    >>> later = PartialFile(path)
    >>> later.read_note()
    {'rows': 1}
    >>> later.append(b"two", {"rows": 2})
    >>> later.finish()
    >>> path.read_text(), len(list(path.parent.iterdir()))
    ('one two', 1)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.part = self.path.with_name(f"{self.path.name}.part")
        self.note = self.path.with_name(f"{self.path.name}.part.json")
        self._complete = 0  # bytes of whole pieces

    def read_note(self) -> dict[str, Any] | None:
        """Go on with what an earlier process left: return what its last piece came with.

        None where it left nothing. Without this call the first piece starts a new file.

        Raises
        ------
        ValueError
            If the two files do not belong together.
        """
        if not (self.part.exists() and self.note.exists()):
            return None
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
            complete, content = int(note["bytes"]), dict(note["content"])
            fits = 0 < complete <= self.part.stat().st_size
        except (KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise ValueError(f"{self.note} does not describe {self.part}; start over")
        self._complete = complete
        return content

    def append(self, piece: bytes, content: dict[str, Any]) -> None:
        """Write a piece behind those that are complete, and note what the file holds now."""
        if self._complete == 0:
            self.note.unlink(missing_ok=True)  # of another file
        self._cut()
        with open(self.part, "ab") as file:
            file.write(piece)
        self._complete += len(piece)
        note = {"bytes": self._complete, "content": content}
        with replacing(self.note) as name:
            name.write_text(json.dumps(note), encoding="utf-8")

    def finish(self) -> None:
        """Give the file its final name."""
        self._cut()
        self.part.replace(self.path)
        self.note.unlink(missing_ok=True)

    def _cut(self) -> None:
        with open(self.part, "ab") as file:
            file.truncate(self._complete)
