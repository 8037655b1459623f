"""Pipelines and meta-estimators as JSON and arrays, and back: what holds other estimators."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.table import quote
from skxpresso.saving._shell import find_all, pack, unpack
from skxpresso.saving._state import FITTED, Arrays, estimator_from_state, estimator_to_state
from skxpresso.saving._values import are_names, check_keys, member_of, to_json
from skxpresso.saving._widths import check_steps_fit

__all__ = ["from_state", "to_state"]

_SHELL = "scikit-learn"  # the class of what skops describes


def to_state(estimator: Any, arrays: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """Describe a fitted estimator.

    Parameters
    ----------
    estimator : Pipeline, or an estimator of this package
        Estimator to describe; it must be fitted.
    arrays : dict of str to ndarray
        Dict that the arrays of the estimator are added to.

    Returns
    -------
    dict
        Description that `json` can write.

    Raises
    ------
    TypeError
        If an estimator or a parameter is of a kind that cannot be saved.
    NotFittedError
        If it is not fitted.
    """
    if type(estimator) is Pipeline:
        return _pipeline_to_state(estimator, arrays)
    is_own = type(estimator) in FITTED
    return _any_to_state(estimator, arrays, type(estimator).__name__ if is_own else "estimator")


def from_state(state: Any, arrays: Arrays) -> Any:
    """Make the estimator that `to_state` described.

    Parameters
    ----------
    state : object
        Object that `json` read; it may be anything.
    arrays : Arrays
        Source of its arrays.

    Returns
    -------
    Pipeline or estimator
        The fitted pipeline or estimator.

    Raises
    ------
    ValueError
        If `state` does not come from `to_state`; the message says what is wrong.
    """
    name = member_of(state, "class", str, "estimator")
    if name == "Pipeline":
        return _pipeline_from_state(state, arrays)
    return _any_from_state(state, arrays, "estimator" if name == _SHELL else name)


def _any_to_state(
    estimator: Any, arrays: dict[str, npt.NDArray[Any]], prefix: str
) -> dict[str, Any]:
    """Describe an estimator of the package, or one of scikit-learn."""
    kind = type(estimator)
    if kind in FITTED:
        return estimator_to_state(estimator, arrays, prefix)
    if not isinstance(estimator, BaseEstimator):
        raise TypeError(f"{prefix}: a {kind.__name__} cannot be saved, only a fitted estimator")
    if hasattr(estimator, "best_trial_"):
        raise TypeError(f"{prefix}: a {kind.__name__} is not saved; save its best_estimator_")
    check_is_fitted(estimator)
    data, parts = pack(estimator, lambda value: type(value) in FITTED, prefix)
    arrays[f"{prefix}.skops"] = np.frombuffer(data, np.uint8)
    names = [f"{prefix}.{number}" for number in range(len(parts))]
    states = [
        estimator_to_state(part, arrays, name, may_be_new=True)
        for part, name in zip(parts, names, strict=True)
    ]
    return {"class": _SHELL, "parts": states}


def _any_from_state(state: Any, arrays: Arrays, prefix: str) -> Any:
    if member_of(state, "class", str, prefix) != _SHELL:
        return estimator_from_state(state, arrays, prefix)
    check_keys(state, {"class", "parts"}, prefix)
    parts = [
        estimator_from_state(part, arrays, f"{prefix}.{number}", may_be_new=True)
        for number, part in enumerate(member_of(state, "parts", list, prefix))
    ]
    data = arrays.take(f"{prefix}.skops", None, "uint8").tobytes()
    estimator = unpack(data, parts, prefix)
    for pipeline in find_all(estimator, lambda value: isinstance(value, Pipeline)):
        check_steps_fit(pipeline.steps)
    return estimator


def _pipeline_to_state(pipeline: Pipeline, arrays: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    steps = [
        [name, step if isinstance(step, str) else _any_to_state(step, arrays, name)]
        for name, step in pipeline.steps
    ]
    return {
        "class": "Pipeline",
        "steps": steps,
        "transform_input": to_json(pipeline.transform_input, "transform_input"),
    }


def _pipeline_from_state(state: dict[str, Any], arrays: Arrays) -> Pipeline:
    check_keys(state, {"class", "steps", "transform_input"}, "pipeline")
    steps: list[tuple[str, Any]] = []
    for step in member_of(state, "steps", list, "pipeline"):
        if not (isinstance(step, list) and len(step) == 2 and isinstance(step[0], str)):
            raise ValueError("a step of the pipeline must be a name and an estimator")
        name, inner = step
        is_left_out = inner == "passthrough"
        steps.append((name, inner if is_left_out else _any_from_state(inner, arrays, name)))
    names = [name for name, _ in steps]
    if not names or len(set(names)) < len(names) or any(not n or "__" in n for n in names):
        raise ValueError(f"the steps of the pipeline must have unique names, got {quote(names)}")
    transform_input = state["transform_input"]
    if transform_input is not None and not are_names(transform_input):
        raise ValueError("transform_input must be a list of names or null")
    check_steps_fit(steps)
    return Pipeline(steps, transform_input=transform_input)
