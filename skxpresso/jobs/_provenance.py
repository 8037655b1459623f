"""How a result came about, as a table for its report: what others need to repeat and to cite it."""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from skxpresso import __version__

__all__ = ["provenance"]

_LIBRARIES = ("scikit-learn", "keras", "tensorflow", "numpy")
_STEP = 1 << 20  # bytes read at a time


def provenance(
    source: str | os.PathLike[str] | None, entries: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Say which version, command and data made a result, and when.

    Parameters
    ----------
    source : path-like or None
        File or folder of the genes. None, and what is no file, such as standard input, has no
        digest.
    entries : mapping of str to object, optional
        What else to name, such as the seed; None and empty text are left out.

    Returns
    -------
    DataFrame
        Columns `what` and `value`, both text.

    Examples
    --------
    >>> from skxpresso.jobs._provenance import provenance
    >>> table = provenance(None, {"seed": 1, "groups": None}).set_index("what")["value"]
    >>> table["seed"], "groups" in table, "data" in table
    ('1', False, False)
    """
    told: dict[str, Any] = {
        "made by": f"skxpresso {__version__}",
        "with": ", ".join(filter(None, map(_with_version, _LIBRARIES))),
        "on": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": _command(),
    }
    if source is not None:
        told["data"] = _about(Path(source))
    told |= {name: value for name, value in (entries or {}).items() if value not in (None, "")}
    return pd.DataFrame({"what": list(told), "value": [str(value) for value in told.values()]})


def _with_version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return ""


def _command() -> str:
    """Return what was typed, where the program is our command."""
    name = Path(sys.argv[0]).name.removesuffix(".exe")
    if name == "skxpresso":
        return shlex.join(["skxpresso", *sys.argv[1:]])
    return "called from Python"


def _about(source: Path) -> str:
    if source.is_file():
        return f"{source.name}, sha256 {_sha256([source])}"
    if source.is_dir():
        files = sorted(source.glob("*.h5"))
        return f"{source.name}, sha256 {_sha256(files)} of {', '.join(f.name for f in files)}"
    return "standard input"


def _sha256(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while piece := stream.read(_STEP):
                digest.update(piece)
    return digest.hexdigest()
