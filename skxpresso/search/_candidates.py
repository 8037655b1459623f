"""From drawn parameters to a candidate that can be fitted, or the reason why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hyperopt.base import Domain

from skxpresso._utils.table import shorten
from skxpresso.search._history import Outcome
from skxpresso.search._records import values_of
from skxpresso.search._rungs import N_SAMPLES, Rung
from skxpresso.search._space import draw_params, fit_types

__all__ = ["params_of", "prepare"]

IsFeasible = Callable[[dict[str, Any]], bool] | None


def params_of(
    record: dict, domain: Domain, rung: Rung | None = None, resource: str | None = None
) -> dict[str, Any]:
    """Draw the parameters of a trial, which follow from its values, and add the resource."""
    params = draw_params(domain, values_of(record))
    if rung is None or resource in (None, N_SAMPLES):
        return params
    if resource in params:
        raise ValueError(
            f"{shorten(resource)} is the resource and cannot be searched, too; take it out of "
            "the space"
        )
    return params | {resource: rung.n_resources}


def prepare(
    params: dict[str, Any], estimator: Any, is_feasible: IsFeasible, rung: Rung | None = None
) -> Outcome:
    """Put parameters into the types of the estimator, and ask whether they are feasible."""
    try:
        params = fit_types(params, estimator)
    except Exception as error:  # whatever set_params raises, the other candidates may be fine
        return Outcome(params, None, None, f"{type(error).__name__}: {error}", rung=rung)
    if is_feasible is not None and not _ask(is_feasible, params):
        return Outcome(params, None, None, "infeasible", fitted=False, rung=rung)
    return Outcome(params, None, None, rung=rung)


def _ask(is_feasible: Callable[[dict[str, Any]], bool], params: dict[str, Any]) -> bool:
    try:
        return bool(is_feasible(params))
    except Exception as error:
        raise ValueError(
            f"is_feasible raised {type(error).__name__}: {shorten(str(error), 160)} for "
            f"{shorten(params, 160)}; it must return True or False"
        ) from error
