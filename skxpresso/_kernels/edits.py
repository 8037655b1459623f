"""What an edit changes in each layer of a network, compiled for the CPU; `mutate` drives them.

Axes: values (positions, filters) of a convolution before pooling; pooled (windows, filters); both
with filters filled up to a multiple of LANES. An edit is `start`, 0-based, and `letters` (width,),
uint8, 0-4. What an edit changes in a layer is `count` windows from `first` on, and `delta`
(windows, filters), the new maximum minus the old.
"""

from __future__ import annotations

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled
from skxpresso._kernels.processor import LANES
from skxpresso._kernels.simd import add, fill, load, maximum, multiply_add, store

__all__ = ["edit_first", "edit_head", "edit_later", "first_values", "later_values", "pool_values"]


@compiled
def first_values(padded: Array, kernel: Array, bias: Array, dilation: int, values: Array) -> None:
    """Fill values from padded codes (positions + reach,); kernel (taps, 5, filters)."""
    n_taps, _, n_filters = kernel.shape
    for p in range(len(values)):
        for f in range(0, n_filters, LANES):
            total = load(bias, f)
            for tap in range(n_taps):
                letter = padded[p + tap * dilation]
                total = add(total, load(kernel, (tap * 5 + letter) * n_filters + f))
            store(values, p * n_filters + f, total)


@compiled
def later_values(
    inputs: Array, kernel: Array, bias: Array, left: int, dilation: int, values: Array
) -> None:
    """Fill values from inputs (windows, channels); kernel (channels, taps, filters)."""
    n_channels, n_taps, n_filters = kernel.shape
    for p in range(len(values)):
        for f in range(0, n_filters, LANES):
            total = load(bias, f)
            for tap in range(n_taps):
                i = p + tap * dilation - left
                if 0 <= i < len(inputs):
                    for channel in range(n_channels):
                        at = (channel * n_taps + tap) * n_filters + f
                        total = multiply_add(inputs[i, channel], load(kernel, at), total)
            store(values, p * n_filters + f, total)


@compiled
def pool_values(values: Array, pool: int, pooled: Array) -> None:
    """Fill pooled (windows, filters) from values."""
    n_windows, n_filters = pooled.shape
    for window in range(n_windows):
        for f in range(0, n_filters, LANES):
            best = fill(values.dtype.type(0))  # a maximum from zero on: the ReLU
            for j in range(pool):
                best = maximum(best, load(values, (window * pool + j) * n_filters + f))
            store(pooled, window * n_filters + f, best)


@compiled
def edit_first(
    codes: Array,
    starts: Array,
    letters: Array,
    kernel: Array,
    left: int,
    dilation: int,
    pool: int,
    values: Array,
    pooled: Array,
    first: Array,
    count: Array,
    delta: Array,
) -> None:
    """Fill first, count (edits,) and delta (edits, windows, filters) of the first layer."""
    n_taps, _, n_filters = kernel.shape
    zero = fill(values.dtype.type(0))
    minus = values.dtype.type(-1)
    for edit in range(len(starts)):
        count[edit] = 0
        start, stop = starts[edit], starts[edit] + letters.shape[1]
        offset = start
        while start < stop and letters[edit, start - offset] == codes[start]:
            start += 1
        while start < stop and letters[edit, stop - 1 - offset] == codes[stop - 1]:
            stop -= 1
        low = max(0, start + left - (n_taps - 1) * dilation)
        high = min(len(values), stop + left)  # positions low to high - 1 read what is new
        if start == stop or low >= high:
            continue
        first[edit] = low // pool
        count[edit] = (high - 1) // pool - first[edit] + 1
        changed = False
        for k in range(count[edit]):
            begin = (first[edit] + k) * pool
            end = begin + pool
            inner, outer = max(begin, low), min(end, high)
            for f in range(0, n_filters, LANES):
                best = zero
                for p in range(begin, inner):
                    best = maximum(best, load(values, p * n_filters + f))
                for p in range(outer, end):
                    best = maximum(best, load(values, p * n_filters + f))
                for p in range(inner, outer):
                    total = load(values, p * n_filters + f)
                    for tap in range(n_taps):
                        i = p + tap * dilation - left
                        if start <= i < stop and letters[edit, i - offset] != codes[i]:
                            new = (tap * 5 + letters[edit, i - offset]) * n_filters + f
                            old = (tap * 5 + codes[i]) * n_filters + f
                            step = multiply_add(minus, load(kernel, old), load(kernel, new))
                            total = add(total, step)
                    best = maximum(best, total)
                was = load(pooled, (first[edit] + k) * n_filters + f)
                at = (edit * delta.shape[1] + k) * n_filters + f
                store(delta, at, multiply_add(minus, was, best))
            for f in range(n_filters):
                changed |= delta[edit, k, f] != 0
        if not changed:
            count[edit] = 0


@compiled
def edit_later(
    first_below: Array,
    count_below: Array,
    delta_below: Array,
    kernel: Array,
    left: int,
    dilation: int,
    pool: int,
    values: Array,
    pooled: Array,
    first: Array,
    count: Array,
    delta: Array,
) -> None:
    """Fill first, count and delta of a later layer from those of the layer below."""
    n_channels, n_taps, n_filters = kernel.shape
    reach = (n_taps - 1) * dilation
    room = np.empty((delta_below.shape[1] + reach, n_filters), values.dtype)
    zero = fill(values.dtype.type(0))
    minus = values.dtype.type(-1)
    for edit in range(len(first)):
        count[edit] = 0
        if count_below[edit] == 0:
            continue
        begin_below = first_below[edit]
        low = max(0, begin_below + left - reach)
        high = min(len(values), begin_below + count_below[edit] + left)
        if low >= high:
            continue
        for r in range(high - low):
            for f in range(0, n_filters, LANES):
                store(room, r * n_filters + f, zero)
        for k in range(count_below[edit]):
            for channel in range(n_channels):
                x = delta_below[edit, k, channel]
                if x != 0:
                    for tap in range(n_taps):
                        p = begin_below + k + left - tap * dilation
                        if low <= p < high:
                            weights = (channel * n_taps + tap) * n_filters
                            to = (p - low) * n_filters
                            for f in range(0, n_filters, LANES):
                                total = load(room, to + f)
                                total = multiply_add(x, load(kernel, weights + f), total)
                                store(room, to + f, total)
        first[edit] = low // pool
        count[edit] = (high - 1) // pool - first[edit] + 1
        changed = False
        for k in range(count[edit]):
            begin = (first[edit] + k) * pool
            end = begin + pool
            inner, outer = max(begin, low), min(end, high)
            for f in range(0, n_filters, LANES):
                best = zero
                for p in range(begin, inner):
                    best = maximum(best, load(values, p * n_filters + f))
                for p in range(outer, end):
                    best = maximum(best, load(values, p * n_filters + f))
                for p in range(inner, outer):
                    here = load(room, (p - low) * n_filters + f)
                    best = maximum(best, add(load(values, p * n_filters + f), here))
                was = load(pooled, (first[edit] + k) * n_filters + f)
                at = (edit * delta.shape[1] + k) * n_filters + f
                store(delta, at, multiply_add(minus, was, best))
            for f in range(n_filters):
                changed |= delta[edit, k, f] != 0
        if not changed:
            count[edit] = 0


@compiled
def _output(hidden: Array, sizes: Array, weights: Array, room: Array) -> float:
    """Return the prediction from the first dense layer's sums; room (2, largest size)."""
    for unit in range(sizes[0]):
        room[0, unit] = hidden[unit]
    side, at = 0, 0
    for layer in range(1, len(sizes)):
        n_inputs, n_units = sizes[layer - 1], sizes[layer]
        bias = at + n_inputs * n_units
        for unit in range(n_units):
            room[1 - side, unit] = weights[bias + unit]
        for i in range(n_inputs):
            x = room[side, i]
            if x > 0:  # the ReLU
                for unit in range(n_units):
                    room[1 - side, unit] += x * weights[at + i * n_units + unit]
        side = 1 - side
        at = bias + n_units
    return room[side, 0]


@compiled
def edit_head(
    first: Array,
    count: Array,
    delta: Array,
    n_filters: int,
    kernel: Array,
    hidden: Array,
    sizes: Array,
    weights: Array,
    effects: Array,
) -> None:
    """Fill effects (edits,); kernel (features, units) of the first dense layer, filled up."""
    n_units = kernel.shape[1]
    sums = np.empty(n_units, kernel.dtype)
    room = np.empty((2, sizes.max()), kernel.dtype)
    reference = _output(hidden, sizes, weights, room)
    for edit in range(len(effects)):
        effects[edit] = 0
        if count[edit] == 0:
            continue
        sums[:] = hidden
        for k in range(count[edit]):
            for f in range(n_filters):
                x = delta[edit, k, f]
                if x != 0:
                    row = ((first[edit] + k) * n_filters + f) * n_units
                    for unit in range(0, n_units, LANES):
                        total = multiply_add(x, load(kernel, row + unit), load(sums, unit))
                        store(sums, unit, total)
        effects[edit] = _output(sums, sizes, weights, room) - reference
