"""Pictures of results, in one visual style. Needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import r2_score

from skxpresso.metrics import pearson_r2_score

__all__ = ["plot_predictions"]

_COLOUR = "#2a6f97"
_DENSE = 2000  # genes above which points hide each other


def plot_predictions(
    y_true: npt.ArrayLike, y_pred: npt.ArrayLike, *, title: str = "", ax: Any = None
) -> Any:
    """Draw predicted against measured expression, with both R² in the corner.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        Measured and predicted expression.
    title : str, default=""
        Above the picture.
    ax : matplotlib.axes.Axes or None, default=None
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A scatter plot, or the density in hexagons for more than 2,000 genes. The
        dashed line is where prediction and measurement agree.

    Raises
    ------
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skxpresso.plots import plot_predictions
    >>> ax = plot_predictions([0, 1, 2], [0.1, 0.8, 2.2], ax=Figure().subplots())
    >>> ax.get_xlabel()
    'measured expression'
    """
    y_true, y_pred = np.asarray(y_true, float), np.asarray(y_pred, float)
    ax = new_axes() if ax is None else ax
    if len(y_true) > _DENSE:
        image = ax.hexbin(y_true, y_pred, gridsize=60, bins="log", cmap="viridis", mincnt=1)
        ax.figure.colorbar(image, ax=ax, label="genes")
    else:
        ax.scatter(y_true, y_pred, s=8, alpha=0.4, color=_COLOUR, linewidths=0)
    ends = [min(y_true.min(), y_pred.min()), max(y_true.max(), y_pred.max())]
    ax.plot(ends, ends, color="0.3", linestyle="--", linewidth=1)
    scores = (
        f"r2 = {r2_score(y_true, y_pred):.3f}\n"
        f"squared Pearson = {pearson_r2_score(y_true, y_pred):.3f}\n"
        f"n = {len(y_true):,}"
    )
    box = {"facecolor": "white", "edgecolor": "0.8", "alpha": 0.9}
    ax.text(0.03, 0.97, scores, transform=ax.transAxes, va="top", bbox=box)
    ax.set(xlabel="measured expression", ylabel="predicted expression", title=title)
    ax.set_aspect("equal", adjustable="datalim")
    return ax


def new_axes() -> Any:
    """Open a figure of our usual size with one pair of axes."""
    return new_figure(6, 5).subplots()


def new_figure(width: float, height: float) -> Any:
    """Open a figure of so many inches; notebooks show it, since pyplot knows of it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("drawing needs matplotlib: pip install 'skxpresso[plot]'") from error
    return plt.figure(figsize=(width, height), layout="constrained")
