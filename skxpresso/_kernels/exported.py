"""The loops of a prediction as functions of C, compiled by numba, for `machine_code` to keep.

A function takes whole numbers of 64 bits alone: of every array the address, then the shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import carray, cfunc
from numba.core import types
from numba.core.codegen import get_host_cpu_features

from skxpresso._kernels.compiling import announced
from skxpresso._kernels.dense_loops import dense
from skxpresso._kernels.first_layer_loops import fill_words, pool_words
from skxpresso._kernels.later_layers_loops import pool_rows
from skxpresso._kernels.machine_code import NEVER_CALLED, SIGNATURES, MachineCode

__all__ = ["export"]

BYTE, SHORT, LONG, FLOAT = np.uint8, np.uint16, np.int64, np.float32


def export(name: str) -> MachineCode:
    """Compile a loop; there is no code where it would call what is not known to be harmless."""
    kinds: list[Any] = []
    for array in SIGNATURES[name]:
        kinds += [types.intp] if array is None else [types.voidptr, *[types.intp] * array[1]]
    with announced():
        compiled = cfunc(types.void(*kinds))(_function(name))
        return _as_object(compiled.native_name, compiled.inspect_llvm())


def _as_object(symbol: str, code: str) -> MachineCode:
    module = llvm.parse_assembly(code)
    for value in [*module.functions, *module.global_variables]:
        if value.is_declaration and not value.name.startswith("llvm."):
            if value.name not in NEVER_CALLED:
                return MachineCode("", b"")
            value.name = NEVER_CALLED[value.name]
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=get_host_cpu_features(),
        opt=3,
        reloc="static",  # as numba has it
        jit=True,
    )
    return MachineCode(symbol, machine.emit_object(module))


def _function(name: str) -> Callable[..., None]:
    if name.startswith("pool_words_"):
        return _pool_words(int(name.removeprefix("pool_words_")))
    loops: dict[str, Callable[..., None]]
    loops = {"fill_words": _fill_words, "pool_rows": _pool_rows, "dense": _dense}
    return loops[name]


def _fill_words(
    padded: Any, rows: Any, width: Any, lengths: Any, n: Any, dilation: Any,
    words: Any, n_rows: Any, n_runs: Any, positions: Any,
) -> None:  # fmt: skip
    fill_words(
        carray(padded, (rows, width), BYTE),
        carray(lengths, (n,), LONG),
        dilation,
        carray(words, (n_rows, n_runs, positions), SHORT),
    )


def _pool_words(n_runs: int) -> Callable[..., None]:
    lengths = (0,) * n_runs  # how many there are is a constant of the loop; it reads none

    def function(
        words: Any, rows: Any, runs: Any, positions: Any,
        tables: Any, blocks: Any, n_words: Any, width: Any, pool: Any,
        pooled: Any, n_rows: Any, windows: Any, filters: Any,
    ) -> None:  # fmt: skip
        pool_words(
            carray(words, (rows, runs, positions), SHORT),
            lengths,
            carray(tables, (blocks, n_words, width), FLOAT),
            pool,
            carray(pooled, (n_rows, windows, filters), FLOAT),
            None,
        )

    return function


def _pool_rows(
    inputs: Any, rows: Any, positions: Any, n_inputs: Any, left: Any, dilation: Any, pool: Any,
    kernel: Any, blocks: Any, size: Any, channels: Any, width: Any, bias: Any, n_biases: Any,
    padded: Any, length: Any, n_padded: Any, values: Any, n_values: Any, n_sums: Any,
    pooled: Any, n_rows: Any, windows: Any, filters: Any,
) -> None:  # fmt: skip
    pool_rows(
        carray(inputs, (rows, positions, n_inputs), FLOAT),
        left,
        dilation,
        pool,
        carray(kernel, (blocks, size, channels, width), FLOAT),
        carray(bias, (n_biases,), FLOAT),
        carray(padded, (length, n_padded), FLOAT),
        carray(values, (n_values, n_sums), FLOAT),
        carray(pooled, (n_rows, windows, filters), FLOAT),
        None,
    )


def _dense(
    inputs: Any, rows: Any, features: Any, kernel: Any, n_features: Any, n_units: Any,
    bias: Any, n_biases: Any, outputs: Any, n_rows: Any, units: Any,
) -> None:  # fmt: skip
    dense(
        carray(inputs, (rows, features), FLOAT),
        carray(kernel, (n_features, n_units), FLOAT),
        carray(bias, (n_biases,), FLOAT),
        carray(outputs, (n_rows, units), FLOAT),
    )
