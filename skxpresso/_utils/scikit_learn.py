"""Import scikit-learn without SciPy's statistics, which no prediction needs.

scikit-learn imports them for a few functions that are seldom called, and they take a third of the
time. A stand-in takes their place while it does so, and is gone afterwards: who imports them then
gets them as ever, and what scikit-learn asks of the stand-in comes from them.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__all__ = ["import_sklearn"]

_STATISTICS = "scipy.stats"


class _StandIn(ModuleType):
    """What asks it for anything gets it from the module itself."""

    def __getattr__(self, name: str) -> Any:
        _take_out(self)
        return getattr(importlib.import_module(self.__name__), name)


def _take_out(stand_in: _StandIn) -> None:
    if sys.modules.get(stand_in.__name__) is stand_in:
        del sys.modules[stand_in.__name__]


def import_sklearn() -> None:
    """Import scikit-learn's base and pipeline, unless scikit-learn is imported already.

    Examples
    --------
    >>> from skxpresso._utils.scikit_learn import import_sklearn
    >>> import_sklearn()
    >>> "sklearn.pipeline" in sys.modules
    True
    """
    if "sklearn" in sys.modules:
        return
    stand_in = _StandIn(_STATISTICS)
    sys.modules.setdefault(_STATISTICS, stand_in)
    try:
        import sklearn.pipeline  # noqa: F401
    finally:
        _take_out(stand_in)
