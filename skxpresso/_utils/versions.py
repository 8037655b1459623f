"""The versions that a file was written with, and a warning where they have changed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from skxpresso._utils.table import shorten
from skxpresso.exceptions import SavedVersionWarning

__all__ = ["versions_of", "warn_of_other_versions"]


def versions_of(*names: str) -> dict[str, str]:
    """Return the versions of this package and of the installed ones among `names`.

    Examples
    --------
    >>> from skxpresso._utils.versions import versions_of
    >>> list(versions_of("numpy", "no-such-package"))
    ['skxpresso', 'numpy']
    """
    from skxpresso import __version__  # not at import, when it is being defined

    found = {"skxpresso": __version__}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def warn_of_other_versions(where: str, found: Any, now: Mapping[str, str]) -> None:
    """Warn if a file was written by other versions; `found` may be anything from the file."""
    found = found if isinstance(found, Mapping) else {}
    changed = {
        name: (shorten(found[name], 30) if name in found else "not recorded", version)
        for name, version in now.items()
        if found.get(name) != version
    }
    if changed:
        warnings.warn(SavedVersionWarning(where, changed), stacklevel=4)
