"""Vectors of sixteen numbers as values inside numba kernels.

Whether LLVM turns a loop over filters into vector instructions hangs on details of the loop; a
`Vector` that lives in registers is fast every time, and LLVM splits it for processors with
narrower registers. Offsets count elements from the start of a C-contiguous array; like numba's
own indexing they are not checked. A tile is a tuple of vectors: the sums of a few positions, each
of `BLOCK` filters. What ends in `_all` works on any tuple of vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

from skxpresso._kernels.processor import BLOCK, LANES

__all__ = [
    "add",
    "as_int16",
    "fill",
    "load",
    "load_all",
    "maximum",
    "multiply_add",
    "multiply_add_all",
    "multiply_add_tile",
    "repeat",
    "store",
    "store_all",
    "store_tile",
    "where_equal",
    "where_greater",
]

Definition = tuple[Any, Callable[..., Any]]


class Vector(types.Type):
    """Sixteen numbers of one type."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Vector({dtype})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        element = manager.lookup(vector.dtype).get_value_type()
        super().__init__(manager, vector, ir.VectorType(element, LANES))


def _address(context: Any, builder: Any, array: Any, value: Any, offset: Any) -> Any:
    data = context.make_array(array)(context, builder, value).data
    vector = context.get_value_type(Vector(array.dtype))
    return builder.bitcast(builder.gep(data, [offset]), vector.as_pointer())


def _align(array: Any) -> int:
    return array.dtype.bitwidth // 8  # a vector may start at any element


def _splat(builder: Any, value: Any, vector: Any) -> Any:
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.IntType(32)(0))
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, undefined, lanes)


@intrinsic
def load(typing: Any, array: Any, offset: Any) -> Definition:
    """Return the vector that starts `offset` elements into `array`."""
    vector = Vector(array.dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_address(context, builder, array, *arguments), align=_align(array))

    return vector(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, offset: Any, vector: Any) -> Definition:
    """Write `vector` into `array`, from element `offset` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, array, *arguments[:2])
        builder.store(arguments[2], address, align=_align(array))
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


@intrinsic
def fill(typing: Any, value: Any) -> Definition:
    """Return a vector with `value` in every lane."""
    vector = Vector(value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _splat(builder, arguments[0], context.get_value_type(vector))

    return vector(value), generate


@intrinsic
def add(typing: Any, left: Any, right: Any) -> Definition:
    """Return left + right."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fadd(*arguments)

    return left(left, right), generate


@intrinsic
def maximum(typing: Any, left: Any, right: Any) -> Definition:
    """Return the larger of two in each lane, `left` where they are equal."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right = arguments
        return builder.select(builder.fcmp_ordered(">", right, left), right, left)

    return left(left, right), generate


@intrinsic
def multiply_add(typing: Any, scalar: Any, vector: Any, total: Any) -> Definition:
    """Return scalar * vector + total, in one instruction where the processor has it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scalar, vector, total = arguments
        product = builder.fmul(_splat(builder, scalar, vector.type), vector, flags=["contract"])
        return builder.fadd(product, total, flags=["contract"])

    return total(vector.dtype, vector, total), generate


@intrinsic
def where_greater(typing: Any, left: Any, right: Any, yes: Any, no: Any) -> Definition:
    """Return `yes` in the lanes where left > right, else `no`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right, yes, no = arguments
        return builder.select(builder.fcmp_ordered(">", left, right), yes, no)

    return no(left, right, yes, no), generate


@intrinsic
def where_equal(typing: Any, left: Any, right: Any, yes: Any, no: Any) -> Definition:
    """Return `yes` in the lanes where whole numbers `left` are `right`, else `no`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right, yes, no = arguments
        return builder.select(builder.icmp_signed("==", left, right), yes, no)

    return no(left, right, yes, no), generate


@intrinsic
def as_int16(typing: Any, vector: Any) -> Definition:
    """Return the lanes as int16; they must be whole numbers in its range."""
    narrow = Vector(types.int16)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fptosi(arguments[0], context.get_value_type(narrow))

    return narrow(vector), generate


@intrinsic(prefer_literal=True)
def repeat(typing: Any, vectors: Any, times: Any) -> Definition:
    """Return a tuple of vectors, `times`, a constant, after each other: the sums of a tile."""
    n_times = times.literal_value
    tile = types.containers.UniTuple(vectors.dtype, n_times * vectors.count)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parts = cgutils.unpack_tuple(builder, arguments[0], vectors.count)
        return context.make_tuple(builder, tile, parts * n_times)

    return tile(vectors, times), generate


def _steps(builder: Any, start: Any, step: Any, count: int) -> list[Any]:
    offsets = [start]
    for _ in range(count - 1):
        offsets.append(builder.add(offsets[-1], step))
    return offsets


@intrinsic
def multiply_add_tile(
    typing: Any, tile: Any, inputs: Any, at: Any, stride: Any, weights: Any, weights_at: Any
) -> Definition:
    """Add the products of numbers and one `BLOCK` of weights to the sums of a tile.

    The numbers, one for each position, lie `stride` elements apart in `inputs`, from `at` on.
    """
    width = BLOCK // LANES
    n_positions = tile.count // width

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        tile_value, inputs_value, at, stride, weights_value, weights_at = arguments
        sums = cgutils.unpack_tuple(builder, tile_value, tile.count)
        lanes = ir.Constant(weights_at.type, LANES)
        vectors = [
            builder.load(
                _address(context, builder, weights, weights_value, offset), align=_align(weights)
            )
            for offset in _steps(builder, weights_at, lanes, width)
        ]
        data = context.make_array(inputs)(context, builder, inputs_value).data
        for position, offset in enumerate(_steps(builder, at, stride, n_positions)):
            number = _splat(builder, builder.load(builder.gep(data, [offset])), vectors[0].type)
            for index, vector in enumerate(vectors, start=position * width):
                product = builder.fmul(number, vector, flags=["contract"])
                sums[index] = builder.fadd(product, sums[index], flags=["contract"])
        return context.make_tuple(builder, tile, sums)

    return tile(tile, inputs, types.intp, types.intp, weights, types.intp), generate


@intrinsic
def load_all(typing: Any, like: Any, array: Any, offset: Any, stride: Any) -> Definition:
    """Return as many vectors as `like` has, from `array`, `stride` elements apart."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, array_value, offset, stride = arguments
        vectors = [
            builder.load(_address(context, builder, array, array_value, at), align=_align(array))
            for at in _steps(builder, offset, stride, like.count)
        ]
        return context.make_tuple(builder, like, vectors)

    return like(like, array, types.intp, types.intp), generate


@intrinsic
def multiply_add_all(typing: Any, scalar: Any, vectors: Any, totals: Any) -> Definition:
    """Return scalar * vectors + totals, one by one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector_values, sums = (
            cgutils.unpack_tuple(builder, value, totals.count) for value in arguments[1:]
        )
        number = _splat(builder, arguments[0], sums[0].type)
        for index, vector in enumerate(vector_values):
            product = builder.fmul(number, vector, flags=["contract"])
            sums[index] = builder.fadd(product, sums[index], flags=["contract"])
        return context.make_tuple(builder, totals, sums)

    return totals(totals.dtype.dtype, vectors, totals), generate


@intrinsic
def store_all(typing: Any, array: Any, offset: Any, stride: Any, vectors: Any) -> Definition:
    """Write vectors into `array`, `stride` elements apart."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_value, offset, stride, values = arguments
        offsets = _steps(builder, offset, stride, vectors.count)
        parts = cgutils.unpack_tuple(builder, values, vectors.count)
        for at, vector in zip(offsets, parts, strict=True):
            address = _address(context, builder, array, array_value, at)
            builder.store(vector, address, align=_align(array))
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, vectors), generate


@intrinsic
def store_tile(typing: Any, array: Any, offset: Any, stride: Any, tile: Any) -> Definition:
    """Write the sums of each position into `array`, `stride` elements apart."""
    width = BLOCK // LANES

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_value, offset, stride, tile_value = arguments
        sums = cgutils.unpack_tuple(builder, tile_value, tile.count)
        lanes = ir.Constant(offset.type, LANES)
        for start in _steps(builder, offset, stride, tile.count // width):
            for at in _steps(builder, start, lanes, width):
                address = _address(context, builder, array, array_value, at)
                builder.store(sums.pop(0), address, align=_align(array))
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, tile), generate
