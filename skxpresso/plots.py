"""Pictures of results, in one visual style. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import r2_score

from skxpresso._utils.table import quote, shorten
from skxpresso.metrics import METRICS, pearson_r2_score

__all__ = [
    "plot_learning_curve",
    "plot_predictions",
    "plot_scorecard",
    "plot_scorecard_predictions",
    "plot_sizes",
]

_COLOUR = "#2a6f97"
_SECOND = "#e07a1f"
_GUIDE = {"color": "0.3", "linestyle": "--", "linewidth": 1}
_METRIC_NAMES = {"pearson_r2": "squared Pearson", "spearman": "Spearman"}
_DENSE = 2000  # genes above which points hide each other
_ACROSS = 3  # panels in a row
_LOSS = "loss (on z-scores of expression)"  # what `history_` holds


def plot_predictions(
    y_true: npt.ArrayLike, y_pred: npt.ArrayLike, *, title: str = "", unit: str = "", ax: Any = None
) -> Any:
    """Draw predicted against measured expression, with both R² in the corner.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        Measured and predicted expression.
    title : str, default=""
        Title of the plot.
    unit : str, default=""
        Unit of expression, for instance "log10 RPKM", for the names of the axes.
    ax : matplotlib.axes.Axes or None, default=None
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A scatter plot, or the density in hexagons for more than 2,000 genes; both axes have
        the range of the data. The dashed line is where prediction and measurement agree.
        ``ax.figure.savefig("plot.pdf")`` writes it; the ending of the name decides the
        format.

    Raises
    ------
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skxpresso.plots import plot_predictions
    >>> ax = plot_predictions([0, 1, 2], [0.1, 0.8, 2.2], unit="log10 TPM", ax=Figure().subplots())
    >>> ax.get_xlabel()
    'measured expression (log10 TPM)'
    """
    y_true, y_pred = np.asarray(y_true, float), np.asarray(y_pred, float)
    ax = new_axes() if ax is None else ax
    image = _draw_genes(ax, y_true, y_pred, _range_of(y_true, y_pred), unit)
    if image is not None:
        ax.figure.colorbar(image, ax=ax, label="genes")
    _note_scores(ax, r2_score(y_true, y_pred), pearson_r2_score(y_true, y_pred), len(y_true))
    ax.set_title(title)
    return ax


def plot_scorecard_predictions(card: Any, *, unit: str = "") -> Any:
    """Draw the predictions of every model on a scorecard against what was measured.

    Parameters
    ----------
    card : Scorecard
        From `skxpresso.scorecard`.
    unit : str, default=""
        Unit of expression, for the names of the axes.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each model that did not fail, all with the same axes and the same colours.
        The genes of all folds lie in one panel; the numbers in its corner are those of the
        scorecard, means over folds.

    Raises
    ------
    ValueError
        If no model worked in all folds.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from skxpresso import scorecard
    >>> from skxpresso.baselines import mean_baseline
    >>> from skxpresso.plots import plot_scorecard_predictions
    >>> card = scorecard({"mean": mean_baseline()}, [[0]] * 6, [1, 2, 3, 4, 5, 6], cv=2)
    >>> [ax.get_title() for ax in plot_scorecard_predictions(card).axes]
    ['mean']
    """
    genes = card.predictions
    names = [name for name in card.models if genes[name].notna().all()]
    if not names:
        raise ValueError("no model on the scorecard worked in all folds, so nothing can be drawn")
    n_across = min(_ACROSS, len(names))
    n_down = -(-len(names) // n_across)
    figure = new_figure(3.6 * n_across + 0.6, 3.6 * n_down)
    axes = figure.subplots(n_down, n_across, squeeze=False, sharex=True, sharey=True)
    measured = genes["measured"].to_numpy()
    ends = _range_of(measured, genes[names].to_numpy())
    summary = card.summary.set_index(["model", "metric"])["score"]
    images = []
    for ax, name in zip(axes.flat, names, strict=False):
        images.append(_draw_genes(ax, measured, genes[name].to_numpy(), ends, unit))
        _note_scores(ax, summary[name, "r2"], summary[name, "pearson_r2"], len(genes))
        ax.set_title(name)
        ax.label_outer()
    for ax, above in zip(axes.flat[len(names) :], axes.flat[len(names) - n_across :], strict=False):
        ax.set_axis_off()
        above.tick_params(labelbottom=True)  # nothing is below it that would have the numbers
        above.set_xlabel(axes.flat[len(names) - 1].get_xlabel())
    if images[0] is not None:
        most = max(image.get_array().max() for image in images)
        for image in images:
            image.set_clim(1, most)
        figure.colorbar(images[0], ax=axes.ravel().tolist(), label="genes", shrink=0.7)
    return figure


def _range_of(*values: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = min(v.min() for v in values), max(v.max() for v in values)
    margin = 0.03 * (high - low) or 0.5
    return float(low - margin), float(high + margin)


def _draw_genes(
    ax: Any,
    measured: npt.NDArray[np.float64],
    predicted: npt.NDArray[np.float64],
    ends: tuple[float, float],
    unit: str,
) -> Any:
    """Draw points, or hexagons, which are returned, on square axes."""
    image = None
    if len(measured) > _DENSE:
        style = {"bins": "log", "cmap": "viridis", "mincnt": 1, "linewidths": 0.1}
        image = ax.hexbin(measured, predicted, gridsize=50, extent=(*ends, *ends), **style)
    else:
        ax.scatter(measured, predicted, s=8, alpha=0.4, color=_COLOUR, linewidths=0)
    ax.plot(ends, ends, **_GUIDE)
    suffix = f" ({unit})" if unit else ""
    ax.set(xlabel=f"measured expression{suffix}", ylabel=f"predicted expression{suffix}")
    ax.set(xlim=ends, ylim=ends)
    ax.set_aspect("equal", adjustable="box")
    return image


def _note_scores(ax: Any, r2: float, pearson_r2: float, n: int) -> None:
    text = f"r2 = {r2:.3f}\nsquared Pearson = {pearson_r2:.3f}\nn = {n:,}"
    box = {"facecolor": "white", "edgecolor": "0.8", "alpha": 0.9}
    ax.text(0.03, 0.97, text, transform=ax.transAxes, va="top", fontsize="small", bbox=box)


def plot_learning_curve(
    history: Any, *, best_epoch: int | None = None, title: str = "", ax: Any = None
) -> Any:
    """Draw training and validation loss over epochs, and mark the epoch that was kept.

    Parameters
    ----------
    history : estimator, keras.callbacks.History, or mapping of str to list of float
        A fitted `XpressoRegressor`, a pipeline or a search that ends in one, or its
        `history_`: `loss` per epoch, and `val_loss` where there were validation rows.
    best_epoch : int or None, default=None
        0-based epoch whose weights were kept. None: the estimator's `best_epoch_`, or the
        epoch with the lowest validation loss.
    title : str, default=""
        Title of the plot.
    ax : matplotlib.axes.Axes or None, default=None
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Epochs are numbered from 1. Without a validation loss the last epoch was kept,
        and none is marked. Of an ensemble the first network is drawn, and pale lines for
        the validation losses of the others.

    Raises
    ------
    TypeError
        If `history` is none of these, or not fitted.
    ValueError
        If it holds no epoch, or `best_epoch` is out of range.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skxpresso.plots import plot_learning_curve
    >>> history = {"loss": [1.0, 0.6, 0.4], "val_loss": [1.1, 0.8, 0.9]}
    >>> ax = plot_learning_curve(history, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['training', 'validation', 'kept: epoch 2, loss 0.8']
    """
    losses, kept = _read_history(history)
    validation = losses.get("val_loss")
    if validation is not None and best_epoch is None:
        best_epoch = int(np.nanargmin(validation)) if kept is None else kept
    n_epochs = len(losses["loss"])
    if best_epoch is not None and not 0 <= best_epoch < n_epochs:
        raise ValueError(f"best_epoch must be from 0 to {n_epochs - 1}, got {best_epoch}")
    ax = new_axes() if ax is None else ax
    epochs = np.arange(n_epochs) + 1
    name, colour = ("loss", _COLOUR) if validation is None else ("val_loss", _SECOND)
    for other in _other_histories(history):
        ax.plot(np.arange(len(other[name])) + 1, other[name], color=colour, alpha=0.25)
    # a single epoch has no line to show
    style = {"marker": "o", "markersize": 3}
    ax.plot(epochs, losses["loss"], color=_COLOUR, label="training", **style)
    if validation is not None:
        ax.plot(epochs, validation, color=_SECOND, label="validation", **style)
    if validation is not None and best_epoch is not None:
        label = f"kept: epoch {best_epoch + 1}, loss {validation[best_epoch]:.3g}"
        ax.axvline(best_epoch + 1, label=label, zorder=0, **_GUIDE)
    ax.set(xlabel="epoch", ylabel=_LOSS, title=title)
    ax.locator_params(axis="x", integer=True)
    ax.legend()
    return ax


def plot_scorecard(card: Any, metric: str = "r2", *, title: str = "", ax: Any = None) -> Any:
    """Draw the score of every model with its interval, best on top, and the ceiling.

    Parameters
    ----------
    card : Scorecard
        From `skxpresso.scorecard`.
    metric : str, default="r2"
        One of `skxpresso.metrics.METRICS`.
    title : str, default=""
        Title of the plot.
    ax : matplotlib.axes.Axes or None, default=None
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        An open circle is a model that collapsed in a fold; a model that failed has no
        circle. The dashed line is the ceiling, for the metrics that have one.

    Raises
    ------
    ValueError
        If the metric is unknown.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skxpresso import scorecard
    >>> from skxpresso.baselines import mean_baseline
    >>> from skxpresso.plots import plot_scorecard
    >>> card = scorecard({"mean": mean_baseline()}, [[0]] * 6, [1, 2, 3, 4, 5, 6], cv=2)
    >>> ax = plot_scorecard(card, "mse", ax=Figure().subplots())
    >>> ax.get_yticklabels()[0].get_text(), ax.get_xlabel()
    ('mean', 'mse, mean of 2 folds, 95 % interval')
    """
    rows = card.summary[card.summary["metric"] == metric].set_index("model")
    if rows.empty:
        raise ValueError(f"metric must be one of {quote(METRICS)}, got {shorten(metric)}")
    # best on top, which is last; what has no score at the bottom
    rows = rows.sort_values("score", ascending=metric != "mse", na_position="first")
    collapsed = card.folds.groupby("model")["collapsed"].any()
    if ax is None:
        ax = new_figure(6.5, 1.5 + 0.35 * len(rows)).subplots()
    for place, (name, row) in enumerate(rows.iterrows()):
        face = "white" if collapsed[name] else _COLOUR
        ax.plot([row["low"], row["high"]], [place, place], color=_COLOUR, linewidth=2)
        ax.plot(row["score"], place, "o", color=_COLOUR, markerfacecolor=face)
    states = [_state(rows.loc[name, "score"], collapsed[name]) for name in rows.index]
    labels = [f"{name}{state}" for name, state in zip(rows.index, states, strict=True)]
    ax.set_yticks(range(len(rows)), labels)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    if card.ceiling is not None and metric in ("r2", "pearson_r2"):
        ax.axvline(card.ceiling, label=f"ceiling {card.ceiling:.3f}", **_GUIDE)
        ax.legend(loc="lower right")
    n_folds = card.folds["fold"].nunique()
    label = f"{_METRIC_NAMES.get(metric, metric)}, mean of {n_folds} fold{'s' * (n_folds > 1)}"
    if rows["low"].notna().any():
        label += f", {100 * card.confidence:g} % interval"
    ax.set(xlabel=label, title=title)
    return ax


def plot_sizes(scores: Any, metric: str = "r2", *, title: str = "", ax: Any = None) -> Any:
    """Draw the score of every model, with its interval, by the number of training genes.

    Parameters
    ----------
    scores : SizeScores
        From `skxpresso.model_selection.score_by_size`; of several outputs, their mean is drawn.
    metric : str, default="r2"
        One of `skxpresso.metrics.METRICS`.
    title : str, default=""
        Title of the plot.
    ax : matplotlib.axes.Axes or None, default=None
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the metric is unknown.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skxpresso.baselines import mean_baseline
    >>> from skxpresso.model_selection import score_by_size
    >>> from skxpresso.plots import plot_sizes
    >>> scores = score_by_size({"mean": mean_baseline()}, [[0]] * 8, range(8), cv=2)
    >>> plot_sizes(scores, "mse", ax=Figure().subplots()).get_xlabel()
    'genes to train on'
    """
    rows = scores.table[scores.table["metric"] == metric]
    if rows.empty:
        raise ValueError(f"metric must be one of {quote(METRICS)}, got {shorten(metric)}")
    if "output" in rows:
        rows = rows[rows["output"] == "mean"]
    ax = new_axes() if ax is None else ax
    for name, model in rows.groupby("model", sort=False):
        (line,) = ax.plot(model["n_train"], model["score"], "o-", label=name)
        colour = line.get_color()
        ax.fill_between(model["n_train"], model["low"], model["high"], color=colour, alpha=0.2)
    ax.set_xscale("log")
    ax.set(xlabel="genes to train on", ylabel=_METRIC_NAMES.get(metric, metric), title=title)
    sizes = sorted(rows["n_train"].unique())
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.set_xticks([], minor=True)
    ax.legend()
    return ax


def _state(score: float, collapsed: bool) -> str:
    if np.isnan(score):
        return " (failed)"
    return " (collapsed)" if collapsed else ""


def _network_of(source: Any) -> Any:
    network = getattr(source, "best_estimator_", source)
    return network[-1] if hasattr(network, "steps") else network


def _other_histories(source: Any) -> list[Mapping[str, Sequence[float]]]:
    """Return the losses of an ensemble's networks after the first."""
    return [each.history_ for each in getattr(_network_of(source), "estimators_", [])[1:]]


def _read_history(source: Any) -> tuple[Mapping[str, Sequence[float]], int | None]:
    """Return the losses, and the 0-based epoch that the estimator says it kept."""
    network = _network_of(source)
    losses = getattr(network, "history_", getattr(network, "history", network))
    if not isinstance(losses, Mapping) or "loss" not in losses:
        raise TypeError(
            "history must be a fitted XpressoRegressor, a pipeline that ends in one, or its "
            f"history_ with a 'loss' for each epoch, got {type(source).__name__}"
        )
    lengths = {name: len(losses[name]) for name in ("loss", "val_loss") if name in losses}
    if len(set(lengths.values())) > 1 or not lengths["loss"]:
        raise ValueError(f"history must have one loss per epoch, at least one, got {lengths}")
    return losses, getattr(network, "best_epoch_", None)


def new_axes() -> Any:
    """Open a figure of our usual size with one pair of axes."""
    return new_figure(6, 5).subplots()


def new_figure(width: float, height: float) -> Any:
    """Open a figure of a size in inches; through pyplot, so that notebooks show it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "plots need matplotlib; pip install '.[plot]' in a checkout brings it"
        ) from error
    return plt.figure(figsize=(width, height), layout="constrained")
