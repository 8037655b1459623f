"""Search spaces: from user input to hyperopt's form, and from a draw to parameters."""

from __future__ import annotations

import difflib
import numbers
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from hyperopt import hp
from hyperopt.base import Domain
from hyperopt.exceptions import DuplicateLabel
from hyperopt.pyll import Apply, as_apply, dfs, rec_eval, scope
from hyperopt.pyll import clone as clone_expression
from scipy import stats
from sklearn.base import clone
from sklearn.utils._param_validation import make_constraint

from skxpresso._utils.table import quote, shorten

__all__ = ["check_values", "compile_space", "draw_params", "fit_types", "flatten_params"]
__all__ += ["names_of"]

# Where an integer is drawn by rounding, the two ends are as likely as
# the other values if the interval extends (almost) half a step beyond them.
_HALF = 0.4999


def _as_label(name: str) -> bool:
    return name.startswith("_")


def compile_space(space: Any, estimator: Any) -> Domain:
    """Check a space against the estimator it is for, and compile it for hyperopt.

    Parameters
    ----------
    space : dict, list of dicts or hyperopt expression
    estimator : estimator
        Its parameters are the names that the space may use.

    Returns
    -------
    domain : hyperopt.base.Domain

    Raises
    ------
    ValueError
        If a name is not a parameter of the estimator, or a parameter could be set twice in
        one candidate.
    """
    expression = _translate(space)
    _check_names(expression, estimator)
    if not expression.inputs():  # hyperopt takes no empty space; this sets no parameter
        expression = as_apply({"_nothing": None})
    try:
        return Domain(_never_called, expression)
    except DuplicateLabel as error:
        raise ValueError(
            f"space: every hp expression needs its own label, got {error.args[0]!r} twice"
        ) from None


def _never_called(_: Any) -> None:
    raise AssertionError("hyperopt suggests; scikit-learn evaluates")


# From RandomizedSearchCV's conventions to hyperopt's expressions


def _translate(space: Any) -> Apply:
    taken = {node.arg["label"].obj for node in _dfs(space) if node.name == "hyperopt_param"}

    def fresh(name: str) -> str:
        label, number = name, 2
        while label in taken:
            label, number = f"{name}#{number}", number + 1
        taken.add(label)
        return label

    if isinstance(space, list):
        if not space or not all(isinstance(part, Mapping) for part in space):
            raise ValueError(
                f"space: a list must hold one or more dicts of parameters, got {shorten(space)}"
            )
        options = [_translate_dict(part, fresh) for part in space]
        space = hp.choice(fresh("space"), options) if len(options) > 1 else options[0]
    elif isinstance(space, Mapping):
        space = _translate_dict(space, fresh)
    # A clone, because distributions are put in place and the user's expressions must not change
    expression = clone_expression(as_apply(space))
    for node in dfs(expression):
        _translate_distributions(node, fresh)
    return expression


def _dfs(space: Any) -> Iterable[Apply]:
    """Walk the hyperopt nodes of a structure that may also hold plain Python values."""
    if isinstance(space, Apply):
        yield from dfs(space)
    elif isinstance(space, Mapping):
        for value in space.values():
            yield from _dfs(value)
    elif isinstance(space, list | tuple):
        for value in space:
            yield from _dfs(value)


def _translate_dict(space: Mapping, fresh: Callable[[str], str]) -> dict:
    if wrong := [name for name in space if not isinstance(name, str)]:
        raise ValueError(f"space: parameter names must be str, got {shorten(wrong[0])}")
    return {name: _translate_value(name, value, fresh) for name, value in space.items()}


def _translate_value(name: str, value: Any, fresh: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping) and _as_label(name):
        return _translate_dict(value, fresh)
    if isinstance(value, range):
        return _range(fresh(name), value)
    if isinstance(value, list | np.ndarray):
        if len(value) == 0:
            raise ValueError(f"space: the list of values for {name!r} must not be empty")
        return hp.choice(fresh(name), list(value))
    if hasattr(value, "rvs"):
        return _distribution(fresh(name), value)
    return value


def _translate_distributions(node: Apply, fresh: Callable[[str], str]) -> None:
    """Replace nested scipy.stats distributions: those in tuples and in hp.choice."""
    for i, child in enumerate(node.pos_args):
        if child.name == "literal" and hasattr(child.obj, "rvs"):
            node.pos_args[i] = _distribution(fresh(f"scipy[{i}]"), child.obj)
    for pair in node.named_args:
        if pair[1].name == "literal" and hasattr(pair[1].obj, "rvs"):
            pair[1] = _distribution(fresh(pair[0]), pair[1].obj)


def _whole_number(label: str, low: int, high: int) -> Apply:
    """Draw uniformly from low to high, both included, as an ordered quantity for TPE."""
    return scope.int(hp.quniform(label, low - _HALF, high + _HALF, 1))


def _range(label: str, values: range) -> Apply:
    if len(values) == 0:
        raise ValueError(f"space: the range of values for {label!r} must not be empty")
    if len(values) == 1:
        return as_apply(values[0])
    return values.start + values.step * _whole_number(label, 0, len(values) - 1)


def _distribution(label: str, frozen: Any) -> Apply:
    """Translate a frozen scipy.stats distribution; unknown ones go through their quantiles."""
    if not hasattr(frozen, "ppf"):
        raise TypeError(
            f"space: {label!r} must be a scipy.stats distribution with a ppf method, "
            f"got {type(frozen).__name__}"
        )
    name = frozen.dist.name
    low, high = frozen.support()
    if name == "uniform":
        return hp.uniform(label, float(low), float(high))
    if name in ("loguniform", "reciprocal"):
        return hp.loguniform(label, float(np.log(low)), float(np.log(high)))
    if name == "randint":
        return _whole_number(label, int(low), int(high))
    if name == "norm":
        return hp.normal(label, float(frozen.mean()), float(frozen.std()))
    quantile = hp.uniform(label, 0, 1)
    drawn = scope.call(Quantile(frozen), (quantile,))
    return scope.int(drawn) if isinstance(frozen.dist, stats.rv_discrete) else drawn


class Quantile:
    """The quantile function of a frozen distribution, with a repr that can be compared."""

    def __init__(self, frozen: Any) -> None:
        self.frozen = frozen

    def __call__(self, probability: float) -> float:
        return float(self.frozen.ppf(probability))

    def __repr__(self) -> str:
        return f"Quantile({self.frozen.dist.name}, {self.frozen.args}, {self.frozen.kwds})"


# Names


def _check_names(expression: Apply, estimator: Any) -> None:
    names = names_of(expression)
    known = set(estimator.get_params(deep=True)) | _names_of_new_steps(expression)
    for name in sorted(names - known):
        if not _accepts(estimator, name):
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise ValueError(
                f"space: {name!r} is not a parameter of {type(estimator).__name__}; "
                f"the nearest name is {near[0]!r}"
                if near
                else f"space: {type(estimator).__name__} has no parameters, got {shorten(name)}"
            )


def names_of(node: Apply) -> set[str]:
    """Collect the parameters that a branch can set; raise if it could set one twice."""
    if node.name == "switch":
        return set().union(*(names_of(option) for option in node.pos_args[1:]))
    if node.name == "pos_args":
        return _disjoint(names_of(item) for item in node.pos_args)
    if node.name != "dict":
        raise ValueError(
            "space: a branch must be a dict of parameters or an hp.choice of dicts, "
            f"got {_short(node)}"
        )
    if node.pos_args:
        raise ValueError("space: parameter names must be str in every branch")
    return _disjoint(
        (set() if _is_remark(value) else names_of(value)) if _as_label(name) else {name}
        for name, value in node.named_args
    )


def _is_remark(node: Apply) -> bool:
    """Tell whether a value under an underscore key is only a label: a number, a name, None."""
    if node.name == "switch":
        return all(_is_remark(option) for option in node.pos_args[1:])
    return node.name not in ("dict", "pos_args")


def _disjoint(parts: Iterable[set[str]]) -> set[str]:
    seen: set[str] = set()
    for part in parts:
        if twice := seen & part:
            raise ValueError(
                f"space: one candidate could set {quote(sorted(twice))} twice; "
                "a parameter may occur only once in a branch"
            )
        seen |= part
    return seen


def _names_of_new_steps(expression: Apply) -> set[str]:
    """List the parameters of estimators that the space itself puts into steps."""
    names = set()
    for node in dfs(expression):
        for name, value in node.named_args:
            for leaf in dfs(value):
                if leaf.name == "literal" and hasattr(leaf.obj, "get_params"):
                    names |= {f"{name}__{inner}" for inner in leaf.obj.get_params(deep=True)}
    return names


def _accepts(estimator: Any, name: str) -> bool:
    """Ask the estimator: some accept more than get_params lists (scikeras' `model__x`)."""
    try:
        clone(estimator).set_params(**{name: None})
    except (ValueError, TypeError, AttributeError):
        return False
    return True


def _short(node: Apply) -> str:
    return repr(node.obj) if node.name == "literal" else node.name


# From a draw to parameters


def draw_params(domain: Domain, values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn one draw into flat parameters of built-in types, with estimators cloned.

    Parameters
    ----------
    domain : hyperopt.base.Domain
    values : dict of label to value
        The labels that are active in this draw.

    Returns
    -------
    params : dict
    """
    drawn = rec_eval(domain.expr, memo=domain.memo_from_config(values))
    return {name: _plain(value) for name, value in _splice(drawn)}


def fit_types(params: Mapping[str, Any], estimator: Any) -> dict[str, Any]:
    """Turn floats into ints where the estimator's parameter is an integer.

    Parameters
    ----------
    params : dict
    estimator : estimator

    Returns
    -------
    params : dict

    Raises
    ------
    ValueError
        If the estimator does not accept this combination of parameters.
    """
    new_steps = {name: value for name, value in params.items() if hasattr(value, "get_params")}
    probe = clone(estimator)
    if new_steps:  # some set_params want an argument
        probe.set_params(**clone(new_steps, safe=False))
    current = probe.get_params(deep=True)
    typed = {name: _fit_type(name, value, probe, current) for name, value in params.items()}
    if typed:
        probe.set_params(**clone(typed, safe=False))
    return typed


def flatten_params(drawn: Any, estimator: Any = None) -> dict[str, Any]:
    """Turn what `hyperopt.fmin` draws from one of our spaces into parameters for ``set_params``.

    Parameters
    ----------
    drawn : dict or tuple of dicts
        What the objective function is called with, or what `hyperopt.space_eval` returns.
        The dicts under keys that begin with an underscore are spliced in.
    estimator : estimator, optional
        Where it declares integers, floats such as 64.0 are turned into integers.

    Returns
    -------
    dict of str to object
        Parameters by name, of built-in types.

    Raises
    ------
    ValueError
        If a parameter occurs twice, or the estimator does not take these parameters.

    Examples
    --------
    >>> from skxpresso.search import flatten_params
    >>> flatten_params({"alpha": 0.5, "_depth": {"epochs": 3, "_deeper": {"filters": (8, 4)}}})
    {'alpha': 0.5, 'epochs': 3, 'filters': (8, 4)}
    """
    params: dict[str, Any] = {}
    for name, value in _splice(drawn):
        if name in params:
            raise ValueError(f"drawn holds the parameter {shorten(name)} twice")
        params[name] = _plain(value)
    return params if estimator is None else fit_types(params, estimator)


def _splice(drawn: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(drawn, tuple | list):
        for item in drawn:
            yield from _splice(item)
    elif isinstance(drawn, Mapping):
        for name, value in drawn.items():
            if _as_label(name):
                yield from _splice(value)
            else:
                yield name, value


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple | list):
        return type(value)(_plain(item) for item in value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    # The estimator in the space is one object: set_params on it would change every later candidate
    return clone(value, safe=False)


def _fit_type(name: str, value: Any, estimator: Any, current: Mapping[str, Any]) -> Any:
    """Turn 64.0 into 64 where the parameter is an integer; hyperopt draws floats."""
    if (
        isinstance(value, float)
        and value.is_integer()
        and _wants_int(name, value, estimator, current)
    ):
        return int(value)
    now = current.get(name)
    if isinstance(value, tuple) and isinstance(now, tuple) and now and all(map(_is_int, now)):
        return tuple(int(v) if isinstance(v, float) and v.is_integer() else v for v in value)
    return value


def _wants_int(name: str, value: float, estimator: Any, current: Mapping[str, Any]) -> bool:
    prefix, _, leaf = name.rpartition("__")
    owner = current.get(prefix) if prefix else estimator
    declared = getattr(owner, "_parameter_constraints", {}).get(leaf)
    if isinstance(declared, list):
        constraints = [make_constraint(part) for part in declared]
        takes = [any(c.is_satisfied_by(v) for c in constraints) for v in (value, int(value))]
        return takes == [False, True]
    return _is_int(current.get(name))


def _is_int(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


# Labels


def active_labels(node: Apply, values: Mapping[str, Any]) -> set[str]:
    """List the labels that are active in a draw: those on the branches that it takes.

    Raises
    ------
    ValueError
        If a value that selects a branch is missing or does not name an option.
    """
    if node.name == "hyperopt_param":
        return {node.arg["label"].obj}
    if node.name != "switch":
        return set().union(*(active_labels(child, values) for child in node.inputs()))
    (label,) = active_labels(node.pos_args[0], values)
    n_options = len(node.pos_args) - 1
    option = values.get(label)
    if not (isinstance(option, int | float) and option in range(n_options)):
        raise ValueError(
            f"{label!r} must be the position of an option, 0 to {n_options - 1}, "
            f"got {shorten(option)}"
        )
    return {label} | active_labels(node.pos_args[int(option) + 1], values)


def check_values(domain: Domain, values: Mapping[str, Any], what: str) -> None:
    """Raise if a point does not name exactly the labels of its branches."""
    try:
        active = active_labels(domain.expr, values)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None
    for name in values:
        if name not in domain.params:
            near = difflib.get_close_matches(name, domain.params, n=1, cutoff=0.0)
            raise ValueError(
                f"{what}: the space has no label {shorten(name)}; the nearest is {near[0]!r}"
                if near
                else f"{what}: the space has no labels, got {shorten(name)}"
            )
    if missing := sorted(active - set(values)):
        raise ValueError(f"{what}: the point has no value for the label(s) {quote(missing)}")
    if extra := sorted(set(values) - active):
        raise ValueError(f"{what}: the branch taken does not use the label(s) {quote(extra)}")
