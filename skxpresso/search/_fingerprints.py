"""Fingerprints that tell whether a resumed search is still the same search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skxpresso._utils.digest import digest

__all__ = ["check_same", "fingerprints_of_search"]

_SETTINGS = (
    "estimator",
    "scoring",
    "cv",
    "algo",
    "batch_size",
    "points_to_evaluate",
    "is_feasible",
    "random_state",
    "error_score",
    "return_train_score",
    "resource",
    "min_resource",
    "max_resource",
    "reduction_factor",
    "n_brackets",
)


def fingerprints_of_search(search: Any) -> dict[str, str]:
    """Digest the estimator of a search, and the settings that change what it finds."""
    prints = {name: digest(getattr(search, name)) for name in _SETTINGS}
    refit = search.refit if isinstance(search.refit, str) else None  # else it does not steer
    return prints | {"refit": digest(refit)}


def check_same(found: Mapping[str, str], now: Mapping[str, str], where: str) -> None:
    """Refuse to resume a different search, and name what differs."""
    if differing := [name for name in now if found.get(name) != now[name]]:
        raise ValueError(
            f"{where} belongs to another search that differs in: {', '.join(differing)}; "
            "use the same settings to continue it, or another path to start again"
        )
