"""Pictures and a summary of a finished search."""

from __future__ import annotations

import html
from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from skxpresso.plots import new_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_COLUMNS = 3
_PANEL = 2.4, 1.9  # inches: three of them are as wide as a page of a journal
_LONGEST = 16
_MAX_WORDS, _LONG_WORD = 3, 8  # so many words of so many letters have room below a panel
_UNITS = {"upstream": "upstream (nt)", "downstream": "downstream (nt)"}


class Metric(NamedTuple):
    """The metric that is shown: its name in `cv_results_`, and what it is called."""

    key: str
    label: str


def convergence_plot(results: Mapping[str, Any], metric: Metric, ax: Axes | None) -> Axes:
    """Draw the score of each trial, and the best so far as a line."""
    ax = new_axes() if ax is None else ax
    scores = _scores(results, metric)
    trial = np.arange(len(scores))
    name, label = "trial", "best"
    if "n_resources" in results:
        name, label = "fit", f"best of those with most {_short_name(results['resource'][0])}"
    best = _best_so_far(np.where(np.isnan(scores), -np.inf, scores), results.get("n_resources"))
    ax.plot(trial, scores, "o", alpha=0.5, label=name)
    ax.plot(trial, np.where(np.isinf(best), np.nan, best), drawstyle="steps-post", label=label)
    if (failed := np.isnan(scores)).any():
        floor = np.full(failed.sum(), np.nanmin(scores))
        ax.plot(trial[failed], floor, "x", color="tab:red", label="failed")
    ax.set(xlabel=name, ylabel=metric.label)
    ax.locator_params(axis="x", integer=True)
    ax.legend()
    return ax


def _best_so_far(scores: np.ndarray, amounts: Any) -> np.ndarray:
    """Return the best score up to each trial, of those with the most of a resource by then."""
    if amounts is None:
        return np.maximum.accumulate(scores)
    amounts = np.where(np.isinf(scores), 0, amounts)
    most = np.maximum.accumulate(amounts)
    return np.array([scores[: i + 1][amounts[: i + 1] == n].max() for i, n in enumerate(most)])


def halving_plot(results: Mapping[str, Any], metric: Metric, ax: Axes | None) -> Axes:
    """Draw a curve per candidate: score by resource, bold for those that got the most of it."""
    ax = new_axes() if ax is None else ax
    scores, amounts = _scores(results, metric), np.asarray(results["n_resources"])
    curves: dict[bool, list[Any]] = {False: [], True: []}
    for trial in dict.fromkeys(results["trial"]):
        rows = np.flatnonzero((results["trial"] == trial) & np.isfinite(scores))
        went_up = len(rows) > 1 and amounts[rows].max() == amounts.max()
        style: dict[str, Any] = (
            {"color": "tab:blue", "lw": 2.5} if went_up else {"color": "0.6", "lw": 0.8}
        )
        curves[went_up] += ax.plot(
            amounts[rows], scores[rows], "o-", ms=4, zorder=2 + went_up, **style
        )
    for went_up, label in ((True, "went up to the top"), (False, "other candidates")):
        for curve in curves[went_up][:1]:
            curve.set_label(label)
    ax.set_xscale("log", base=10)
    ax.set_xticks(np.unique(amounts), [str(n) for n in np.unique(amounts)])
    ax.minorticks_off()
    ax.set(xlabel=_short_name(results["resource"][0]), ylabel=metric.label)
    ax.legend()
    return ax


def spent_on_halving(results: Mapping[str, Any]) -> tuple[int, int]:
    """Return the resources of all fits, and those of fitting every candidate in full."""
    spent = np.asarray(results["n_resources"]) - np.asarray(results["n_resumed"])
    n_trials = len(np.unique(results["trial"]))
    return int(spent.sum()), int(n_trials * np.max(results["n_resources"]))


def _about_halving(results: Mapping[str, Any]) -> dict[str, str]:
    if "n_resources" not in results:
        return {}
    spent, full = spent_on_halving(results)
    name = str(results["resource"][0])
    return {f"{name} spent on a fold": f"{spent:,}; all candidates in full: {full:,}"}


def parameter_plots(
    results: Mapping[str, Any], metric: Metric, logarithmic: Mapping[str, int]
) -> Figure:
    """Draw one panel per varying parameter, and element of tuples: value against score."""
    scores = _scores(results, metric)
    columns = _varying_columns(results, np.isfinite(scores))
    n_across = min(_MAX_COLUMNS, max(1, len(columns)))
    n_down = max(1, -(-len(columns) // n_across))
    width, height = _PANEL
    figure = new_figure(width * n_across, height * n_down)
    axes = figure.subplots(n_down, n_across, sharey=True, squeeze=False)
    for ax, (name, values) in zip(axes.flat, columns.items(), strict=False):
        _draw_parameter(ax, name, values, scores, logarithmic.get(name))
    for ax in axes.flat[len(columns) :]:
        ax.set_axis_off()
    figure.supylabel(metric.label, fontsize=9)
    return figure


def report_html(results: Mapping[str, Any], metric: Metric, stop_reason: str) -> str:
    """Write a table of the best trial, the numbers of trials and failures, and why it ended."""
    scores = _scores(results, metric)
    amounts = np.asarray(results.get("n_resources", np.zeros(len(scores))))
    most = amounts[np.isfinite(scores)].max()
    best = int(np.nanargmax(np.where(amounts == most, scores, np.nan)))
    n_trials = len(np.unique(results["trial"]))
    failed = sum(reason is not None for reason in results["failure"])
    entries = {
        f"best {metric.label}": f"{scores[best]:.6g} (trial {results['trial'][best]})",
        "trials": f"{n_trials}, {failed} failed; ended by {stop_reason}",
        **_about_halving(results),
        **{name: repr(value) for name, value in results["params"][best].items()},
    }
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
        f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
        for name, value in entries.items()
    )
    return f"<table>{rows}</table>"


def results_table(results: Mapping[str, Any]) -> pd.DataFrame:
    """Make a table of the trials: scores, seconds, why one failed, and the parameters."""
    columns: dict[str, Any] = {"trial": results["trial"]}
    for name in ("bracket", "iter", "n_resources", "n_resumed"):
        columns |= {name: results[name]} if name in results else {}
    for kind in ("rank_test_", "mean_test_", "std_test_", "split"):
        columns |= {name: results[name] for name in results if name.startswith(kind)}
    columns["mean_fit_time"] = results["mean_fit_time"]
    columns["failure"] = ["" if reason is None else str(reason) for reason in results["failure"]]
    names = sorted({name for params in results["params"] for name in params})
    columns |= {name: [params.get(name) for params in results["params"]] for name in names}
    return pd.DataFrame(columns)


def _scores(results: Mapping[str, Any], metric: Metric) -> np.ndarray:
    scores = np.array(results[f"mean_test_{metric.key}"], dtype=float)
    # With a numeric error_score, failures have a score too, but it is not a result to show
    scores[[reason is not None for reason in results["failure"]]] = np.nan
    return scores


def _varying_columns(results: Mapping[str, Any], worked: np.ndarray) -> dict[str, list]:
    """Keep the parameters that differ among the trials that worked; all if none does."""
    columns = _parameter_columns(results)
    there = {
        name: {repr(v) for v, ok in zip(values, worked, strict=True) if ok and v is not None}
        for name, values in columns.items()
    }
    varying = [name for name, values in there.items() if len(values) > 1]
    return {name: columns[name] for name in varying or [n for n, v in there.items() if v]}


def _parameter_columns(results: Mapping[str, Any]) -> dict[str, list]:
    """List the values of each parameter, one per trial; None where it is not set.

    Tuples become a column for each element, and one of their lengths, which are the depths.
    """
    n_trials = len(results["params"])
    columns: dict[str, list] = {}
    depths: dict[str, list] = {}
    for trial, params in enumerate(results["params"]):
        for name, value in params.items():
            if not isinstance(value, tuple):
                columns.setdefault(name, [None] * n_trials)[trial] = value
                continue
            depths.setdefault(f"{name}: layers", [None] * n_trials)[trial] = len(value)
            for i, part in enumerate(value):
                columns.setdefault(f"{name}[{i}]", [None] * n_trials)[trial] = part
    # filters, kernel sizes and so on are equally deep: once is enough
    unlike = {tuple(values): name for name, values in reversed(depths.items())}
    columns |= {name: depths[name] for name in unlike.values()}
    return {name: columns[name] for name in sorted(columns)}


def _draw_parameter(ax: Axes, name: str, values: list, scores: np.ndarray, base: Any) -> None:
    given = [i for i, value in enumerate(values) if value is not None]
    shown = [values[i] for i in given]
    if all(isinstance(value, Real) and not isinstance(value, bool) for value in shown):
        ax.plot(shown, scores[given], ".", alpha=0.6)
        _scale_numbers(ax, shown, base)
    else:
        words = [_in_short(value) for value in shown]
        ax.plot(words, scores[given], ".", alpha=0.6)
        if len(set(words)) > _MAX_WORDS or max(map(len, words)) > _LONG_WORD:
            ax.tick_params(axis="x", labelrotation=90)
    ax.tick_params(labelsize=8)
    short = _short_name(name)
    ax.set_xlabel(_UNITS.get(short, short), fontsize=9)


def _scale_numbers(ax: Axes, shown: list, base: int | None) -> None:
    """Choose a scale, and so few ticks that their labels have room beside each other."""
    if base is None or min(shown) <= 0:
        whole = all(isinstance(value, Integral) for value in shown)
        ax.locator_params(axis="x", nbins=4, integer=whole)
        return
    ax.set_xscale("log", base=base)
    if base == 2:
        ax.xaxis.set_major_formatter("{x:g}")
        return
    places = np.geomspace(float(min(shown)), float(max(shown)), 3)
    ticks = list(dict.fromkeys(f"{place:.2g}" for place in places))
    ax.set_xticks([float(tick) for tick in ticks], ticks)
    ax.minorticks_off()


def _short_name(name: str) -> str:
    return name.rsplit("__", 1)[-1]


def _in_short(value: Any) -> str:
    if isinstance(value, Real) and not isinstance(value, bool | Integral):
        return f"{value:.3g}"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
