"""Vectors of sixteen numbers as values inside numba kernels.

Whether LLVM turns a loop over filters into vector instructions hangs on details of the loop; a
`Vector` that lives in registers is fast every time, and LLVM splits it for processors with
narrower registers. Offsets count elements from the start of a C-contiguous array; like numba's
own indexing they are not checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

__all__ = ["LANES", "add", "fill", "load", "maximum", "multiply_add", "store", "where_greater"]

LANES = 16

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
