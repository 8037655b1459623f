"""Pictures and a summary of a finished search."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from skxpresso.plots import new_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_COLUMNS = 4


def convergence_plot(results: Mapping[str, Any], metric: str, ax: Axes | None) -> Axes:
    """Draw the score of each trial, and the best so far as a line."""
    ax = new_axes() if ax is None else ax
    scores = _scores(results, metric)
    trial = np.arange(len(scores))
    best = np.maximum.accumulate(np.where(np.isnan(scores), -np.inf, scores))
    ax.plot(trial, scores, "o", alpha=0.5, label="trial")
    ax.plot(trial, np.where(np.isinf(best), np.nan, best), drawstyle="steps-post", label="best")
    if (failed := np.isnan(scores)).any():
        floor = np.full(failed.sum(), np.nanmin(scores))
        ax.plot(trial[failed], floor, "x", color="tab:red", label="failed")
    ax.set(xlabel="trial", ylabel=metric)
    ax.locator_params(axis="x", integer=True)
    ax.legend()
    return ax


def parameter_plots(results: Mapping[str, Any], metric: str) -> Figure:
    """Draw one panel per varying parameter, and element of tuples: value against score."""
    scores = _scores(results, metric)
    columns = {
        name: values
        for name, values in _parameter_columns(results).items()
        if any(v is not None and np.isfinite(s) for v, s in zip(values, scores, strict=True))
    }
    n_across = min(_MAX_COLUMNS, max(1, len(columns)))
    n_down = max(1, -(-len(columns) // n_across))
    figure = new_figure(3 * n_across, 2.6 * n_down)
    axes = figure.subplots(n_down, n_across, sharey=True, squeeze=False)
    for ax, (name, values) in zip(axes.flat, columns.items(), strict=False):
        _draw_parameter(ax, name, values, scores)
    for ax in axes.flat[len(columns) :]:
        ax.set_axis_off()
    for ax in axes[:, 0]:
        ax.set_ylabel(metric)
    return figure


def report_html(results: Mapping[str, Any], metric: str, stop_reason: str) -> str:
    """Write a table of the best trial, the numbers of trials and failures, and why it ended."""
    scores = _scores(results, metric)
    best = int(np.nanargmax(scores))
    failed = sum(reason is not None for reason in results["failure"])
    entries = {
        f"best {metric}": f"{scores[best]:.6g} (trial {results['trial'][best]})",
        "trials": f"{len(scores)}, {failed} failed; ended by {stop_reason}",
        **{name: repr(value) for name, value in results["params"][best].items()},
    }
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
        f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
        for name, value in entries.items()
    )
    return f"<table>{rows}</table>"


def _scores(results: Mapping[str, Any], metric: str) -> np.ndarray:
    scores = np.array(results[f"mean_test_{metric}"], dtype=float)
    # With a numeric error_score, failures have a score too, but it is not a result to show
    scores[[reason is not None for reason in results["failure"]]] = np.nan
    return scores


def _parameter_columns(results: Mapping[str, Any]) -> dict[str, list]:
    """List the values of each parameter that varies, one per trial; None where it is not set."""
    columns: dict[str, list] = {}
    n_trials = len(results["params"])
    for trial, params in enumerate(results["params"]):
        for name, value in params.items():
            parts = (
                {f"{name}[{i}]": part for i, part in enumerate(value)}
                if isinstance(value, tuple)
                else {name: value}
            )
            for part_name, part in parts.items():
                columns.setdefault(part_name, [None] * n_trials)[trial] = part
    varying = [name for name in sorted(columns) if _varies(columns[name])]
    return {name: columns[name] for name in varying or sorted(columns)}


def _varies(values: list) -> bool:
    return len({repr(value) for value in values}) > 1


def _draw_parameter(ax: Axes, name: str, values: list, scores: np.ndarray) -> None:
    given = [i for i, value in enumerate(values) if value is not None]
    shown = [values[i] for i in given]
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in shown):
        ax.plot(shown, scores[given], ".", alpha=0.6)
        if min(shown) > 0 and max(shown) / min(shown) > 50:
            ax.set_xscale("log")
    else:
        ax.plot([str(v)[:20] for v in shown], scores[given], ".", alpha=0.6)
    ax.set_xlabel(name.rsplit("__", 1)[-1])
