"""Machine code of a prediction's loops: kept on disk, and loaded without numba.

Importing numba and setting up its compiler takes longer than all else that a first prediction
needs, and 100 MB. The code that it made once needs neither: LLVM's loader takes a few
milliseconds. A loop is code of C that takes the address and the shape of each array; it cannot
fail, so that what numba links in for errors is never called.

Where code was not tried, or numba was told something by its environment variables, `run` declines,
and the caller takes numba's own function.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding as llvm

from skxpresso._kernels.processor import BLOCK, TILE

__all__ = ["NEVER_CALLED", "SIGNATURES", "MachineCode", "run"]

#: What numba's code calls when an error is raised or the last reference to an array goes; names
#: of ours, so that numba's own, should it be loaded later, are left alone.
NEVER_CALLED = {
    name: f"skxpresso_never_{name}"
    for name in (
        "NRT_Free",
        "NRT_MemInfo_call_dtor",
        "PyBytes_FromStringAndSize",
        "PyErr_Clear",
        "PyErr_SetNone",
        "PyErr_SetString",
        "PyErr_WriteUnraisable",
        "PyExc_RuntimeError",
        "PyExc_StopIteration",
        "PyExc_SystemError",
        "PyUnicode_FromString",
        "Py_DecRef",
        "numba_do_raise",
        "numba_gil_ensure",
        "numba_gil_release",
        "numba_runtime_build_excinfo_struct",
        "numba_unpickle",
    )
}

_HARMLESS = {"NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS"}
_SOURCES = ("first_layer_loops", "later_layers_loops", "dense_loops", "simd", "exported")
_DIGEST = 16  # bytes
_ALIGNED = 4  # bytes: the largest number of a loop but for lengths, which numpy made itself
_BYTE, _SHORT, _LONG, _FLOAT = "|u1", "<u2", "<i8", "<f4"
_POOL_WORDS = (_SHORT, 3), (_FLOAT, 3), None, (_FLOAT, 3)

Signature = tuple[tuple[str, int] | None, ...]

#: Of every loop: type and number of axes of an array, None for a whole number.
SIGNATURES: dict[str, Signature] = {
    "fill_words": ((_BYTE, 2), (_LONG, 1), None, (_SHORT, 3)),
    **{f"pool_words_{n_runs}": _POOL_WORDS for n_runs in range(1, 8)},
    "pool_rows": (
        (_FLOAT, 3),
        *(None, None, None),
        *((_FLOAT, 4), (_FLOAT, 1), (_FLOAT, 2), (_FLOAT, 2), (_FLOAT, 3)),
    ),
    "dense": ((_FLOAT, 2), (_FLOAT, 2), (_FLOAT, 1), (_FLOAT, 2)),
}

Routine = Callable[..., None]


class MachineCode(NamedTuple):
    """An object file and the name of its function; both empty where numba gave none to keep."""

    symbol: str
    content: bytes


def run(name: str, *arguments: Any) -> bool:
    """Run a loop in machine code, and tell whether that was possible.

    Parameters
    ----------
    name : str
        "fill_words", "pool_words_1" to "pool_words_7" (runs of the kernel), "pool_rows" or
        "dense".
    *arguments : ndarray or int
        Those of the loop.

    Returns
    -------
    bool
        False, with nothing done, for arrays of other types or orders than it is compiled for,
        and where there is no code.
    """
    flat = _flat(arguments, SIGNATURES.get(name, ()))
    routine = _routine(name) if flat else None
    if routine is None:
        return False
    routine(*flat)
    return True


def _flat(arguments: tuple[Any, ...], signature: Signature) -> list[int]:
    """Return addresses, shapes and numbers, none where an argument is not as wanted."""
    flat: list[int] = []
    for argument, wanted in zip(arguments, signature, strict=False):
        if wanted is None:
            flat.append(int(argument))
            continue
        array = argument.__array_interface__  # quicker than to ask for each
        (address, _), shape = array["data"], array["shape"]
        is_in_order = array["strides"] is None and address % _ALIGNED == 0
        if not is_in_order or (array["typestr"], len(shape)) != wanted:
            return []
        flat.append(address)
        flat.extend(shape)
    return flat


_routines: dict[str, Routine | None] = {}
_engines: list[Any] = []  # they own the code
_lock = threading.Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: globals().update(_lock=threading.Lock()))


def _routine(name: str) -> Routine | None:
    if name not in _routines:
        with _lock:
            if name not in _routines:
                _routines[name] = _find(name) if _is_tried() else None
    return _routines[name]


def _is_tried() -> bool:
    told = {name for name in os.environ if name.startswith("NUMBA_")}
    return sys.platform == "linux" and platform.machine() == "x86_64" and told <= _HARMLESS


def _find(name: str) -> Routine | None:
    """Load a loop from disk, or let numba compile it and keep it there."""
    file_name = f"{name}-{_key()}.code"
    code = _read(file_name)
    if code is None:
        from skxpresso._kernels.exported import export

        code = export(name)
        _write(file_name, code)
    return _load(code, SIGNATURES[name]) if code.symbol else None


@functools.cache
def _key() -> str:
    """Tell code apart by what it is made from, by, and for."""
    folder = Path(__file__).parent
    made_by = version("numba"), version("llvmlite"), TILE, BLOCK
    made_for = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    digest = blake2b(repr((made_by, made_for)).encode(), digest_size=_DIGEST)
    for source in _SOURCES:
        digest.update((folder / f"{source}.py").read_bytes())
    return digest.hexdigest()


def _folders() -> Iterator[Path]:
    """Yield the places that numba takes for its own: the first that can be written is used."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(chosen) / "skxpresso"
        return
    yield Path(__file__).parent / "__pycache__"
    yield Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "skxpresso" / "code"


def _read(file_name: str) -> MachineCode | None:
    for folder in _folders():
        try:
            data = (folder / file_name).read_bytes()
        except OSError:
            continue
        digest, content = data[:_DIGEST], data[_DIGEST:]
        if digest == blake2b(content, digest_size=_DIGEST).digest():
            symbol, _, code = content.partition(b"\n")
            return MachineCode(symbol.decode(), code)
    return None


def _write(file_name: str, code: MachineCode) -> None:
    """Keep code where that is possible; the file appears whole."""
    content = code.symbol.encode() + b"\n" + code.content
    data = blake2b(content, digest_size=_DIGEST).digest() + content
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
                file.write(data)
            os.replace(file.name, folder / file_name)
        except OSError:
            continue
        return


def _load(code: MachineCode, signature: Signature) -> Routine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    end = ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p).value
    for name in NEVER_CALLED.values():
        llvm.add_symbol(name, end)
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.content))
    engine.finalize_object()
    _engines.append(engine)
    n_arguments = sum(1 if wanted is None else 1 + wanted[1] for wanted in signature)
    kinds = [ctypes.c_ssize_t] * n_arguments
    return ctypes.CFUNCTYPE(None, *kinds)(engine.get_function_address(code.symbol))
