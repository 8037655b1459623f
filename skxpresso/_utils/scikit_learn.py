"""Import scikit-learn's base and pipeline without what no prediction needs, half of the time.

`sklearn.base` imports SciPy's statistics for a few functions that are seldom called, and
`sklearn.pipeline` imports all of `sklearn.preprocessing`, with SciPy's splines and optimizers, for
one class. Stand-ins take their place meanwhile and are gone afterwards: who imports them then gets
them as ever, and who asks a stand-in for anything else gets it from the module itself. What stays:
the file of that class was imported before its package, which has no attribute of its name.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

__all__ = ["import_sklearn"]

_PREPROCESSING = "sklearn.preprocessing"


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        _take_out(self)
        return getattr(importlib.import_module(self.__name__), name)


def _take_out(stand_in: _StandIn) -> None:
    if sys.modules.get(stand_in.__name__) is stand_in:
        del sys.modules[stand_in.__name__]


@contextmanager
def _in_place_of(name: str) -> Iterator[_StandIn]:
    """Put a stand-in where a module would be, unless that is there."""
    stand_in = _StandIn(name)
    sys.modules.setdefault(name, stand_in)
    try:
        yield stand_in
    finally:
        _take_out(stand_in)


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
    with _in_place_of("scipy.stats"):
        import sklearn.base
    if _PREPROCESSING in sys.modules:
        return
    with _in_place_of(_PREPROCESSING) as stand_in, suppress(ImportError):
        # the folder, so that the one file of it can be imported without the others
        stand_in.__path__ = [f"{folder}/preprocessing" for folder in sklearn.__path__]
        file = importlib.import_module(f"{_PREPROCESSING}._function_transformer")
        stand_in.FunctionTransformer = file.FunctionTransformer  # type: ignore[attr-defined]
        importlib.import_module("sklearn.pipeline")
