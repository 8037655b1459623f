"""What messages call a file."""

from __future__ import annotations

import os

from skxpresso._utils.table import clip

__all__ = ["STANDARD_INPUT", "Path", "is_standard_input", "shown"]

Path = str | os.PathLike[str]

#: The name that stands for standard input.
STANDARD_INPUT = "-"
_LONGEST_NAME = 160  # characters of a name in a message, which may hold two and stays below 500


def is_standard_input(path: Path) -> bool:
    """Tell whether a name stands for standard input."""
    return os.fspath(path) == STANDARD_INPUT


def shown(path: Path) -> Path:
    """Return what messages call a file; the middle of a very long name is left out.

    Examples
    --------
    >>> from skxpresso._utils.naming import shown
    >>> shown("-"), shown("genes.tsv")
    ('standard input', 'genes.tsv')
    """
    if is_standard_input(path):
        return "standard input"
    return path if len(os.fspath(path)) <= _LONGEST_NAME else clip(os.fspath(path), _LONGEST_NAME)
