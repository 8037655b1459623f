"""From drawn parameters to a candidate that can be fitted, or the reason why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from skxpresso._utils.table import shorten
from skxpresso.search._history import Outcome
from skxpresso.search._space import fit_types

__all__ = ["prepare"]

IsFeasible = Callable[[dict[str, Any]], bool] | None


def prepare(params: dict[str, Any], estimator: Any, is_feasible: IsFeasible) -> Outcome:
    """Put parameters into the types of the estimator, and ask whether they are feasible."""
    try:
        params = fit_types(params, estimator)
    except Exception as error:  # whatever set_params raises, the other candidates may be fine
        return Outcome(params, None, None, f"{type(error).__name__}: {error}")
    if is_feasible is not None and not _ask(is_feasible, params):
        return Outcome(params, None, None, "infeasible", fitted=False)
    return Outcome(params, None, None)


def _ask(is_feasible: Callable[[dict[str, Any]], bool], params: dict[str, Any]) -> bool:
    try:
        return bool(is_feasible(params))
    except Exception as error:
        raise ValueError(
            f"is_feasible raised {type(error).__name__}: {shorten(str(error), 160)} for "
            f"{shorten(params, 160)}; it must return True or False"
        ) from error
