"""The gradient of the stack of convolutions by all their weights."""

from __future__ import annotations

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.first_gradient import (
    add_table_gradient,
    collapse,
    gradient_chunks,
    sum_in_order,
    tables_shape,
)
from skxpresso._kernels.later_gradient import add_gradient, by_filter, from_filter
from skxpresso._kernels.memory import scratch
from skxpresso._kernels.threads import run_tasks, spans, threads_for
from skxpresso._kernels.tower import Convolution, Plan, Trace

__all__ = ["tower_gradient"]


def tower_gradient(
    codes: Array,
    convolutions: tuple[Convolution, ...],
    trace: Trace,
    gradient: Array,
    *,
    n_threads: int | None = None,
) -> list[tuple[Array, Array]]:
    """Return each layer's gradient by kernel and bias.

    Parameters
    ----------
    codes, convolutions
        As given to `tower_features`.
    trace : Trace
        As `tower_features` returned it.
    gradient : ndarray, shape (rows, windows * filters)
        Derivative of the loss by the features.
    n_threads : int, default=None
        None takes this call's share of the processor. The result does not depend on it.

    Returns
    -------
    gradients : list of (kernel_gradient, bias_gradient)
        In the order of the layers.
    """
    first, *rest = convolutions
    plan = Plan(convolutions, codes.shape[1])
    gradient = np.ascontiguousarray(gradient).reshape(len(codes), -1, convolutions[-1].filters)
    if not rest:  # the first layer's gradient has the filters that pad the winners
        filling = trace.winners[0].shape[2] - first.filters
        gradient = np.pad(gradient, ((0, 0), (0, 0), (0, filling))) if filling else gradient
    packed = [by_filter(layer.kernel) for layer in rest]
    work = len(codes) * plan.work_per_row
    chunks = gradient_chunks(len(codes), work)
    shapes = [tables_shape(first.geometry, first.filters)]
    shapes += [
        part.shape
        for layer, kernel in zip(rest, packed, strict=True)
        for part in (kernel, layer.bias)
    ]
    grown = [
        scratch(f"gradient {index}", (len(chunks), *shape), plan.dtype)
        for index, shape in enumerate(shapes)
    ]

    def task(start: int, stop: int) -> None:
        tables, *others = (sums[start // chunks[0][1]] for sums in grown)
        for sums in (tables, *others):
            sums.fill(0)
        for low, high in spans(stop - start, plan.rows_per_task):
            rows = slice(start + low, start + high)
            above = gradient[rows]
            below = plan.scratch("gradients", high - low)
            for index in range(len(rest) - 1, -1, -1):
                by_inputs = below[index]
                add_gradient(
                    trace.pooled[index][rows],
                    trace.winners[index + 1][rows],
                    above,
                    packed[index],
                    rest[index].geometry,
                    by_inputs,
                    *others[2 * index : 2 * index + 2],
                )
                above = by_inputs
            winners = trace.winners[0][rows]
            add_table_gradient(codes[rows], winners, above, first.geometry, tables)

    run_tasks(task, chunks, n_threads or threads_for(work))
    tables, *others = (sum_in_order(sums) for sums in grown)
    by_layer = [collapse(tables, first.geometry, first.filters)]
    for layer, kernel, bias in zip(rest, others[::2], others[1::2], strict=True):
        by_layer.append((from_filter(kernel, layer.kernel.shape[1]), bias.copy()))
    return by_layer
