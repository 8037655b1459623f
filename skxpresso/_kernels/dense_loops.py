"""The loop of a dense layer, compiled: every row by itself, in one order of summation."""

from __future__ import annotations

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled

__all__ = ["dense"]


@compiled
def dense(inputs: Array, kernel: Array, bias: Array, outputs: Array) -> None:
    for row in range(len(inputs)):
        for unit in range(len(bias)):
            outputs[row, unit] = bias[unit]
        for feature in range(len(kernel)):
            x = inputs[row, feature]
            for unit in range(len(bias)):
                outputs[row, unit] += x * kernel[feature, unit]
