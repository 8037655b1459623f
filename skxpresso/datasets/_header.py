"""The header of a table of genes: columns found, those needed checked, and all of it said."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from skxpresso._utils.table import quote, shorten
from skxpresso.datasets._layout import Layout
from skxpresso.datasets._rows import Rows
from skxpresso.halflife import HALF_LIFE_COLUMNS

__all__ = ["check_logarithm", "check_needed", "find_layout", "say_columns"]

_LOG = logging.getLogger("skxpresso")


def say_columns(
    layout: Layout,
    form: str,
    where: Any,
    others: Sequence[str] = (),
    read: Sequence[str] = (),
) -> None:
    """Log which columns are used; warn if one looks like a half-life column and is not."""
    remark = layout.remark(form, others, read)
    if layout.near_misses():
        warnings.warn(f"{where}: {remark}", UserWarning, stacklevel=5)
    else:
        _LOG.info("%s: %s", where, remark)


def find_layout(rows: Rows, where: Any, columns: Mapping[str, Any]) -> Layout:
    """Find the columns of a table; there must be promoters or half-life columns."""
    try:
        layout = Layout.find(rows.names, **columns)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    if layout.promoter is None and not layout.halflife:
        if "promoter_column" in layout.unclear:
            raise ValueError(f"{where} {layout.missing('promoter_column', 'PROMOTER')}")
        raise ValueError(
            f"{where}: the header must name PROMOTER or half-life columns "
            f"({', '.join(HALF_LIFE_COLUMNS)}), separated by tabs, commas or semicolons; found "
            f"{quote(rows.names)}; promoter_column= names the column of promoters"
        )
    return layout


def check_needed(layout: Layout, where: Any, needed: Sequence[str]) -> None:
    """Raise if the table lacks one of `expression`, `promoter` and half-life columns."""
    there = {"promoter": layout.promoter, "expression": layout.expression, **layout.halflife}
    missing = [name for name in needed if there.get(name) is None]
    if not missing:
        return
    parameters = [f"{name}_column" if name.islower() else "halflife_columns" for name in missing]
    if len(missing) == 1:
        raise ValueError(f"{where} {layout.missing(parameters[0], missing[0].upper())}")
    raise ValueError(
        f"{where} has no column {' and no column '.join(map(str.upper, missing))}, only "
        f"{quote(layout.names, 8)}; {' and '.join(f'{p}=' for p in sorted(set(parameters)))} name "
        "them"
    )


def check_logarithm(layout: Layout, where: Any, log10: bool) -> None:
    """Raise if the logarithm is to be taken of a column that is one, by its name."""
    name = "" if layout.expression is None else layout.names[layout.expression]
    if log10 and name.upper().startswith("LOG"):
        raise ValueError(
            f"{where}: log10=True takes the logarithm of {shorten(name)}, which is one by its name"
        )
