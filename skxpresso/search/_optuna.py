"""Suggestions of Optuna's TPE, which sees parameters together, for spaces of hyperopt.

Hyperopt's TPE models each label by itself. Optuna's (Akiba et al. 2019; Watanabe 2023) models
those together that occur together, so that what goes well with what is learned. It draws
along the branches of a space; its study is made anew from hyperopt's records for each suggestion.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hyperopt import STATUS_OK, Trials
from hyperopt.base import Domain
from hyperopt.pyll import Apply
from scipy import stats

from skxpresso.search._points import EndlessError, literals
from skxpresso.search._records import is_finished, new_record, values_of

try:
    import optuna
    from optuna.distributions import (
        BaseDistribution,
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )
    from optuna.trial import FrozenTrial, Trial, TrialState, create_trial
except ImportError as error:
    raise ImportError(
        "algo='optuna' needs Optuna: install skxpresso with its extra of that name, "
        'pip install "skxpresso[optuna]"'
    ) from error

__all__ = ["suggest"]

_EDGE = 1e-6  # of the quantiles of a distribution without bounds


@dataclass(frozen=True)
class _Scale:
    """How a label of hyperopt is drawn by Optuna, and the way to and from its values."""

    distribution: BaseDistribution
    value: Callable[[Any], Any] = lambda place: place
    place: Callable[[Any], Any] = lambda value: value


def suggest(
    new_ids: Sequence[int], domain: Domain, trials: Trials, seed: int, n_startup_jobs: int = 10
) -> list[dict]:
    """Suggest one point, as hyperopt's own algorithms do.

    Parameters
    ----------
    new_ids : sequence of int
        Number of the new trial.
    domain : hyperopt.base.Domain
        The space.
    trials : hyperopt.Trials
        What is known. Trials whose result is not known yet count as bad.
    seed : int
        Of the draws.
    n_startup_jobs : int, default=10
        So many trials are drawn at random to begin with; Optuna's own number.

    Returns
    -------
    records : list of dict
        hyperopt's record of the point.
    """
    scales = {label: _scale_of(label, drawn) for label, drawn in domain.params.items()}
    with _quiet():
        sampler = optuna.samplers.TPESampler(
            n_startup_trials=n_startup_jobs,
            multivariate=True,
            group=True,
            constant_liar=True,
            seed=seed,
        )
        study = optuna.create_study(sampler=sampler)
        study.add_trials([_frozen(record, scales) for record in trials.trials])
        values = dict(_drawn(domain.expr, study.ask(), scales))
    return [new_record(new_ids[0], values, list(domain.params))]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from reporting every study, and from warning of what is experimental."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _frozen(record: dict, scales: Mapping[str, _Scale]) -> FrozenTrial:
    """Turn a record of hyperopt into a trial of Optuna."""
    values, result = values_of(record), record["result"]
    state, loss = TrialState.RUNNING, None
    if is_finished(record):
        worked = result["status"] == STATUS_OK
        state, loss = (TrialState.COMPLETE, result["loss"]) if worked else (TrialState.FAIL, None)
    return create_trial(
        state=state,
        value=loss,
        params={label: scales[label].place(value) for label, value in values.items()},
        distributions={label: scales[label].distribution for label in values},
    )


def _drawn(node: Apply, trial: Trial, scales: Mapping[str, _Scale]) -> Iterator[tuple[str, Any]]:
    """Draw the labels of a part of the space, of the branches that are taken only."""
    if node.name == "hyperopt_param":
        label = node.arg["label"].obj
        scale = scales[label]
        yield label, scale.value(_ask(trial, label, scale.distribution))
    elif node.name == "switch":
        ((label, option),) = _drawn(node.pos_args[0], trial, scales)
        yield label, option
        yield from _drawn(node.pos_args[option + 1], trial, scales)
    else:
        for child in node.inputs():
            yield from _drawn(child, trial, scales)


def _ask(trial: Trial, label: str, drawn: BaseDistribution) -> Any:
    if isinstance(drawn, CategoricalDistribution):
        return trial.suggest_categorical(label, drawn.choices)
    if isinstance(drawn, IntDistribution):
        return trial.suggest_int(label, drawn.low, drawn.high)
    assert isinstance(drawn, FloatDistribution)
    return trial.suggest_float(label, drawn.low, drawn.high)


# From hyperopt's distributions to Optuna's


def _scale_of(label: str, node: Apply) -> _Scale:
    try:
        return _scale(node)
    except EndlessError:
        raise ValueError(
            f"space: algo='optuna' needs numbers as the bounds of {label!r}, which are drawn "
            "themselves; give numbers, or set algo='tpe'"
        ) from None


def _scale(node: Apply) -> _Scale:
    given = literals(node)
    if node.name == "categorical":
        return _Scale(CategoricalDistribution([i for i, p in enumerate(given["p"]) if p > 0]))
    if node.name == "randint":
        ends = (given["low"], given["high"]) if "high" in given else (given["low"],)
        return _Scale(CategoricalDistribution(list(range(*map(int, ends)))))
    step = given.get("q")
    if "normal" in node.name:
        return _by_quantile("log" in node.name, given["mu"], given["sigma"], step)
    low, high = given["low"], given["high"]
    if "log" in node.name:
        return _logarithmic(low, high, step)
    return _Scale(FloatDistribution(low, high)) if step is None else _stepped(low, high, step)


def _logarithmic(low: float, high: float, step: float | None) -> _Scale:
    """Draw the logarithm, and round afterwards, as hyperopt does."""
    return _Scale(
        FloatDistribution(low, high),
        lambda place: _rounded(math.exp(place), step),
        lambda value: min(max(_log(value), low), high),
    )


def _stepped(low: float, high: float, step: float) -> _Scale:
    """Count steps, as whole numbers."""
    return _Scale(
        IntDistribution(round(low / step), round(high / step)),
        lambda place: float(place * step),
        lambda value: round(value / step),
    )


def _by_quantile(is_log: bool, mu: float, sigma: float, step: float | None) -> _Scale:
    """Draw a quantile of what has no bounds: normal, lognormal, and both rounded."""

    def value(place: float) -> float:
        drawn = mu + sigma * float(stats.norm.ppf(place))
        return _rounded(math.exp(drawn) if is_log else drawn, step)

    def place(value: float) -> float:
        if sigma == 0:
            return 0.5
        drawn = _log(value) if is_log else value
        return min(max(float(stats.norm.cdf(drawn, mu, sigma)), _EDGE), 1 - _EDGE)

    return _Scale(FloatDistribution(_EDGE, 1 - _EDGE), value, place)


def _log(value: float) -> float:
    """Return the logarithm, a finite number of 0, too, to which small values are rounded."""
    return math.log(max(value, math.ulp(0.0)))


def _rounded(value: float, step: float | None) -> float:
    return value if step is None else float(round(value / step) * step)
