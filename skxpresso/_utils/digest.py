"""A digest of any value by what it holds: the bytes of arrays, the code of functions."""

from __future__ import annotations

import copyreg
import functools
import site
import sys
import sysconfig
import types
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.frozen import FrozenEstimator

__all__ = ["digest"]

_PLAIN = (bool, int, float, complex, type(None), type(Ellipsis), range, slice)
_RANDOM = (np.random.RandomState, np.random.Generator, np.random.BitGenerator)
_NOT_STATE = "_sklearn_version"  # of a pickle


def digest(*values: Any, fitted: bool = False) -> str:
    """Return the same text for the same values, in every process.

    Arrays and tables are compared by their content, and objects by their class and state.
    Functions and classes of a user's own are compared by code, defaults and closure; those
    of installed packages by name.

    Parameters
    ----------
    *values : object
        Values of any kind.
    fitted : bool, default=False
        Whether to compare what estimators have learned. False compares their parameters
        alone, which is what `sklearn.base.clone` keeps.

    Returns
    -------
    str
        32 hexadecimal digits.

    Notes
    -----
    A `RandomState` or `Generator` is like any other one, since its state changes with use.
    Of an object that cannot be pickled, only the class is compared.

    Examples
    --------
    >>> from skxpresso._utils.digest import digest
    >>> digest(lambda x: x + 1) == digest(lambda x: x + 2)
    False
    >>> import numpy as np
    >>> digest(np.arange(5)) == digest(np.arange(5))
    True
    """
    walk = _Walk(fitted)
    for value in values:
        walk.feed(value)
    return walk.sums.hexdigest()


class _Walk:
    """The way through a value, with all that is met on it added to one digest."""

    def __init__(self, fitted: bool) -> None:
        self.fitted = fitted
        self.sums = blake2b(digest_size=16)
        self._path: list[int] = []  # identities of the objects that are being digested

    def add(self, kind: str, content: Any = b"") -> None:
        """Add bytes, framed so that neighbours cannot be taken for each other."""
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogatepass")
        self.sums.update(f"{kind} {memoryview(content).nbytes}:".encode())
        self.sums.update(content)

    def feed(self, value: Any) -> None:
        if isinstance(value, _PLAIN) and not isinstance(value, np.generic):
            self.add(type(value).__name__, repr(value))
        elif isinstance(value, str):
            self.add("str", value)
        elif isinstance(value, bytes | bytearray | memoryview):
            self.add("bytes", value)
        elif isinstance(value, np.ndarray | np.generic):
            self._feed_array(np.asarray(value))
        elif id(value) in self._path:
            self.add("loop", str(len(self._path) - self._path.index(id(value))))
        else:
            self._path.append(id(value))
            self._feed_object(value)
            self._path.pop()

    def _feed_array(self, array: np.ndarray) -> None:
        self.add(str(array.dtype), repr(array.shape))
        if array.dtype.hasobject:
            self._feed_all("elements", array.ravel().tolist())
        elif array.size:
            self.add("data", np.ascontiguousarray(array).reshape(-1).view(np.uint8))

    def _feed_all(self, kind: str, values: Iterable[Any]) -> None:
        values = list(values)
        self.add(kind, str(len(values)))
        for value in values:
            self.feed(value)

    def _feed_object(self, value: Any) -> None:
        if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
            self._feed_table(value)
        elif sparse.issparse(value):
            csr = value.tocsr()  # not the object itself: it caches what it was asked
            self._feed_all("sparse", (csr.shape, csr.data, csr.indices, csr.indptr))
        elif isinstance(value, Mapping):
            self._feed_all(type(value).__name__, value.items())
        elif isinstance(value, list | tuple):
            self._feed_all(type(value).__name__, value)
        elif isinstance(value, set | frozenset):
            inner = (digest(each, fitted=self.fitted) for each in value)
            self._feed_all(type(value).__name__, sorted(inner))
        elif isinstance(value, _RANDOM):
            self.add(type(value).__name__)
        elif isinstance(value, types.FunctionType | type):
            self._feed_definition(value)
        elif isinstance(value, types.CodeType):
            self._feed_code(value)
        else:
            self._feed_instance(value)

    def _feed_table(self, table: pd.DataFrame | pd.Series | pd.Index) -> None:
        names = list(table.columns) if isinstance(table, pd.DataFrame) else [table.name]
        try:
            content: Any = pd.util.hash_pandas_object(table, index=False).to_numpy()
        except TypeError:  # cells such as lists
            content = table.to_numpy().tolist()
        self._feed_all("table", (names, content))

    def _feed_definition(self, value: Any) -> None:
        """Digest a function or a class; that of a package is known by its name."""
        self.add(type(value).__name__, value.__qualname__)
        if _is_installed(value.__module__):
            self.add("module", value.__module__)
            if "<" not in value.__qualname__ or isinstance(value, type):  # no local, no lambda
                return
        if isinstance(value, type):
            self._feed_all("bases", value.__bases__)
            members = {k: v for k, v in vars(value).items() if _is_own_member(k, v)}
            self._feed_all("members", sorted(members.items()))
            return
        closure = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
        parts = (value.__code__, value.__defaults__, value.__kwdefaults__, closure)
        self._feed_all("function", (*parts, list(_functions_used(value))))

    def _feed_code(self, code: types.CodeType) -> None:
        names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        self._feed_all("code", (code.co_code, code.co_consts, *names))

    def _feed_instance(self, value: Any) -> None:
        self.feed(type(value))
        if isinstance(value, types.MethodType):
            self._feed_all("method", (value.__self__, value.__func__))
        elif isinstance(value, FrozenEstimator):  # a clone keeps what it has learned
            self.add("frozen", digest(value.estimator, fitted=True))
        elif hasattr(value, "get_params") and not self.fitted:
            self._feed_all("parameters", sorted(value.get_params(deep=False).items()))
        elif hasattr(value, "dist") and hasattr(value, "kwds"):  # frozen, of scipy.stats
            self._feed_all("distribution", (value.dist.name, value.args, value.kwds))
        elif isinstance(value, property):
            self._feed_all("property", (value.fget, value.fset))
        else:
            self._feed_reduced(value)

    def _feed_reduced(self, value: Any) -> None:
        """Digest what a pickle of the object would hold."""
        try:
            registered = copyreg.dispatch_table.get(type(value))  # for instance of ufuncs
            reduced = registered(value) if registered else value.__reduce_ex__(4)
        except Exception:  # a lock, an open file, or whatever an object raises
            self.add("no pickle")
            return
        if isinstance(reduced, str):
            self.add("name", reduced)
            return
        made, arguments, state, *items = (*reduced, None, None, None)[:5]
        self._feed_all("made", (made, arguments))
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, dict) and all(isinstance(name, str) for name in part):
                part = sorted((k, v) for k, v in part.items() if k != _NOT_STATE)
            self.feed(part)
        for more in items:
            self._feed_all("items", () if more is None else more)


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - raises if there is nothing yet
    except ValueError:
        return False
    return True


def _is_own_member(name: str, member: Any) -> bool:
    """Tell whether a member of a class is code, or a constant that code may use."""
    if isinstance(member, types.FunctionType | classmethod | staticmethod | property):
        return True
    return isinstance(member, (*_PLAIN, str, bytes, tuple)) and not name.startswith("__")


def _functions_used(function: types.FunctionType) -> Iterator[types.FunctionType]:
    """Yield the functions of the same module that a function names."""
    for name in dict.fromkeys(_names_in(function.__code__)):
        used = function.__globals__.get(name)
        if isinstance(used, types.FunctionType) and used.__module__ == function.__module__:
            yield used


def _names_in(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _names_in(inner)


@functools.cache
def _places() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    names = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return tuple(Path(name).resolve() for name in {*names, site.getusersitepackages()})


def _is_installed(module: str | None) -> bool:
    """Tell whether a module comes from Python or an installed package, this one included."""
    if not module or module == "__main__" or module not in sys.modules:
        return False
    if module.partition(".")[0] == "skxpresso":
        return True
    file = getattr(sys.modules[module], "__file__", None)
    return file is None or any(place in Path(file).resolve().parents for place in _places())
