"""A file that grows for hours under a temporary name, with a note of how far it got."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from skxpresso._utils.files import final_place, put_in_place, replacing
from skxpresso._utils.naming import shown

__all__ = ["PartialFile"]


class PartialFile:
    """A file written in pieces, which a later process can continue.

    Pieces are added to `<path>.part`. Before each one, `<path>.part.json` records the
    current length, the length after the piece, and the content at either length. A partial
    piece left by a killed process is therefore recognized and cut off, and a file of any
    other length is refused.

    Parameters
    ----------
    path : path-like
        The final name; a symlink is followed. Only one process may write at a time: see
        `skxpresso._utils.outputs.claimed`.

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
        self.path = final_place(path)
        self.part = self.path.with_name(f"{self.path.name}.part")
        self.note = self.path.with_name(f"{self.path.name}.part.json")
        self._size = 0  # bytes of complete pieces
        self._content: dict[str, Any] | None = None  # content of these bytes

    @property
    def files(self) -> list[Path]:
        """All files that are written: the final one, and the temporary ones."""
        return [self.path, self.part, self.note]

    def read_note(self) -> dict[str, Any] | None:
        """Continue what an earlier process left: return the content noted with its last piece.

        Return None if there is nothing to continue. Without this call, the first piece
        starts a new file.

        Raises
        ------
        ValueError
            If the two files do not belong together.
        """
        if not (self.part.exists() and self.note.exists()):
            return None
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
            (before, held), (after, will_hold) = note["before"], note["after"]
            size = self.part.stat().st_size
            fits = 0 <= int(before) <= size <= int(after)
            self._size, content = (after, will_hold) if size == after else (before, held)
            self._content = None if content is None else dict(content)
        except (KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise ValueError(f"{shown(self.note)} does not describe {self.part.name}; start over")
        self._cut()
        return self._content

    def append(self, piece: bytes, content: dict[str, Any]) -> None:
        """Write a piece after the complete ones, and note what the file now contains."""
        if self._size == 0:
            self.note.unlink(missing_ok=True)  # it belongs to another file
            self._cut()
        size = self._size + len(piece)
        note = {"before": [self._size, self._content], "after": [size, content]}
        with replacing(self.note) as name:
            name.write_text(json.dumps(note), encoding="utf-8")
        try:
            with open(self.part, "ab") as file:
                file.write(piece)
        except OSError as error:  # such as a full disk
            error.filename = error.filename or str(self.part)
            if self._size == 0:  # nothing to go on with
                self.part.unlink(missing_ok=True)
                self.note.unlink(missing_ok=True)
            raise
        self._size, self._content = size, content

    def finish(self) -> None:
        """Move the file to its final name.

        Raises
        ------
        OSError
            If its length is not that of what was written.
        """
        if self._size == 0:
            self._cut()
        if (size := self.part.stat().st_size) != self._size:
            raise OSError(
                f"{shown(self.part)} has {size:,} bytes, where {self._size:,} were written: "
                "something else writes there, too; start over"
            )
        put_in_place(self.part, self.path)
        self.note.unlink(missing_ok=True)

    def _cut(self) -> None:
        with open(self.part, "ab") as file:
            file.truncate(self._size)
