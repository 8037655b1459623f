"""A drawing of the network: its layers, the shapes between them, the weights they hold."""

from __future__ import annotations

from typing import Any, NamedTuple

from skxpresso.network.architecture import Architecture, pooled_lengths
from skxpresso.plots import new_figure

__all__ = ["Layer", "list_layers", "plot_network"]

_FACES = {"input": "#f3e6cc", "convolution": "#cfe3ef", "join": "#ececec", "dense": "#d7ecd9"}
_BOX_HEIGHT = 0.62  # of a row
_WIDTH = 6.0


class Layer(NamedTuple):
    """One layer: what it is, and the shape of its output for one gene."""

    kind: str
    name: str
    detail: str
    shape: tuple[int, ...]
    n_weights: int


def list_layers(settings: Architecture, promoter_length: int, n_halflife: int) -> list[Layer]:
    """List the layers of a network from top to bottom, without building it.

    Parameters
    ----------
    settings : Architecture
        Layer settings.
    promoter_length : int
        Width of the promoter window, in nt; 0 without promoters.
    n_halflife : int
        Number of half-life features.

    Returns
    -------
    list of Layer

    Raises
    ------
    NetworkShapeError
        If the poolings leave nothing of the promoter.

    Examples
    --------
    >>> from skxpresso.network.architecture import Architecture
    >>> from skxpresso.network.diagram import list_layers
    >>> layers = list_layers(Architecture(), 10_500, 8)
    >>> layers[1].name, layers[1].detail, layers[1].shape
    ('convolution 1', '128 filters of 6 nt, relu, max-pool 30', (350, 128))
    >>> sum(layer.n_weights for layer in layers)
    112485
    """
    settings.check_fits(promoter_length, n_halflife)
    layers = _promoter_layers(settings, promoter_length) if promoter_length else []
    width = layers[-1].shape[0] * layers[-1].shape[1] if layers else 0
    width += n_halflife
    joined = "flattened promoter" if layers else ""
    if n_halflife:
        joined = " and ".join(filter(None, [joined, f"{n_halflife} half-life features"]))
    layers.append(Layer("join", "features", joined, (width,), 0))
    rows = zip(settings.dense_units, settings.dropout_rates, strict=True)
    for i, (units, rate) in enumerate(rows, start=1):
        detail = settings.activation + (f", dropout {rate:g}" if rate else "")
        layers.append(Layer("dense", f"dense {i}", detail, (units,), (width + 1) * units))
        width = units
    layers.append(Layer("dense", "expression", "linear", (1,), width + 1))
    return layers


def _promoter_layers(settings: Architecture, promoter_length: int) -> list[Layer]:
    layers = [Layer("input", "promoter", "one-hot A, C, G, T", (promoter_length, 4), 0)]
    lengths = pooled_lengths(promoter_length, settings.pool_sizes)
    for i, length in enumerate(lengths):
        filters, kernel = settings.filters[i], settings.kernel_sizes[i]
        dilation, pool = settings.dilation_rates[i], settings.pool_sizes[i]
        channels = layers[-1].shape[1]
        reach = f"{kernel} {'positions' if i else 'nt'}"
        reach += f", dilation {dilation}" if dilation > 1 else ""
        layers.append(
            Layer(
                "convolution",
                f"convolution {i + 1}",
                f"{filters} filters of {reach}, {settings.activation}, max-pool {pool}",
                (length, filters),
                (kernel * channels + 1) * filters,
            )
        )
    return layers


def plot_network(
    settings: Architecture,
    promoter_length: int,
    n_halflife: int,
    *,
    title: str = "",
    ax: Any = None,
) -> Any:
    """Draw the layers of a network, with shapes and numbers of weights.

    Parameters
    ----------
    settings : Architecture
        Layer settings.
    promoter_length : int
        Width of the promoter window, in nt; 0 without promoters.
    n_halflife : int
        Number of half-life features.
    title : str, default=""
        Above the picture.
    ax : matplotlib.axes.Axes or None, default=None
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One box per layer; beside the arrows the shape of the output for one gene,
        positions x channels.

    Raises
    ------
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skxpresso.network.architecture import Architecture
    >>> from skxpresso.network.diagram import plot_network
    >>> ax = plot_network(Architecture(), 10_500, 8, ax=Figure().subplots())
    >>> ax.texts[-1].get_text()
    '112,485 weights'
    """
    layers = list_layers(settings, promoter_length, n_halflife)
    if ax is None:
        ax = new_figure(_WIDTH, 0.75 * len(layers) + 0.8).subplots()
    for row, layer in enumerate(layers):
        _draw_box(ax, row, layer)
        if row:
            _draw_arrow(ax, row, layers[row - 1].shape)
    n_weights = sum(layer.n_weights for layer in layers)
    ax.text(1, len(layers) - 0.4, f"{n_weights:,} weights", ha="right", va="top", color="0.3")
    ax.set(xlim=(0, 1), ylim=(len(layers), -0.6), title=title)
    ax.set_axis_off()
    return ax


def _draw_box(ax: Any, row: int, layer: Layer) -> None:
    half = _BOX_HEIGHT / 2
    ax.fill_between(
        [0, 1], row - half, row + half, facecolor=_FACES[layer.kind], edgecolor="0.5", linewidth=0.8
    )
    ax.text(0.02, row, layer.name, va="center", weight="bold")
    ax.text(0.98, row, layer.detail, va="center", ha="right")


def _draw_arrow(ax: Any, row: int, shape: tuple[int, ...]) -> None:
    half = _BOX_HEIGHT / 2
    ends = {"xy": (0.5, row - half), "xytext": (0.5, row - 1 + half)}
    ax.annotate("", **ends, arrowprops={"arrowstyle": "->", "color": "0.3"})
    label = " x ".join(f"{size:,}" for size in shape)
    ax.text(0.52, row - 0.5, label, va="center", color="0.3", fontsize="small")
