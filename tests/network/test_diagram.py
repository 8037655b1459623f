"""The drawing of the network, against the network that Keras builds."""

from dataclasses import asdict

import pytest
from matplotlib.figure import Figure

from skxpresso.exceptions import NetworkShapeError
from skxpresso.network._keras.xpresso import build_xpresso
from skxpresso.network.architecture import Architecture
from skxpresso.network.diagram import list_layers, plot_network

NETWORKS = [
    (Architecture(), 10_500, 8),
    (Architecture((4, 3), (5, 2), (2, 1), (3, 4), (4,), (0.0,)), 30, 0),
    (Architecture((), (), (), (), (4,), (0.1,)), 0, 3),
    (Architecture((2,), (3,), (1,), (5,), (), ()), 12, 1),
]


@pytest.mark.parametrize(("settings", "length", "n_halflife"), NETWORKS)
def test_layers_are_those_of_keras(settings, length, n_halflife):
    model = build_xpresso(length, n_halflife, **asdict(settings))
    layers = list_layers(settings, length, n_halflife)
    shapes = {layer.name: layer.output.shape[1:] for layer in model.layers}
    weights = {layer.name: layer.count_params() for layer in model.layers}
    for layer in layers:
        keras_name = layer.name.replace("convolution ", "conv").replace("dense ", "dense")
        if layer.kind == "convolution":
            assert layer.shape == shapes[keras_name.replace("conv", "pool")]
        if layer.kind in ("convolution", "dense"):
            assert layer.n_weights == weights[keras_name]
        if layer.kind == "dense":
            assert layer.shape == shapes[keras_name]
    assert sum(layer.n_weights for layer in layers) == model.count_params()


def test_a_network_that_cannot_be_is_not_drawn():
    with pytest.raises(NetworkShapeError, match="pool_sizes"):
        list_layers(Architecture(), 100, 0)


@pytest.mark.parametrize(("settings", "length", "n_halflife"), NETWORKS)
def test_the_drawing_names_every_layer_and_stays_in_its_frame(settings, length, n_halflife):
    layers = list_layers(settings, length, n_halflife)
    ax = plot_network(settings, length, n_halflife, title="a title")
    texts = [text.get_text() for text in ax.texts]
    for layer in layers:
        assert layer.name in texts
        assert not layer.detail or layer.detail in texts
    assert f"{sum(layer.n_weights for layer in layers):,} weights" in texts
    renderer = ax.figure.canvas.get_renderer()
    frame = ax.figure.bbox
    for text in ax.texts:
        box = text.get_window_extent(renderer)
        assert box.x0 >= frame.x0
        assert box.x1 <= frame.x1


def test_it_draws_where_it_is_told():
    ax = Figure().subplots()
    assert plot_network(Architecture(), 10_500, 0, ax=ax) is ax
