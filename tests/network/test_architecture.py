"""Layer settings: the published ones by hand, and every impossible one by its message."""

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxpresso.exceptions import NetworkShapeError
from skxpresso.network.architecture import ACTIVATIONS, Architecture, pooled_lengths


def test_defaults_are_the_published_network():
    assert dataclasses.asdict(Architecture()) == {
        "filters": (128, 32),
        "kernel_sizes": (6, 9),
        "dilation_rates": (1, 1),
        "pool_sizes": (30, 10),
        "dense_units": (64, 2),
        "dropout_rates": (0.00099, 0.01546),
        "activation": "relu",
    }


@pytest.mark.parametrize(
    ("length", "pools", "left"),
    [
        (10_500, (30, 10), [350, 35]),
        (3000, (10, 20), [300, 15]),
        (120, (4,), [30]),
        (119, (4, 3), [29, 9]),
        (7, (7,), [1]),
        (7, (1, 1), [7, 7]),
        (7, (), []),
    ],
)
def test_pooled_lengths_by_hand(length, pools, left):
    assert pooled_lengths(length, pools) == left


@settings(max_examples=60, deadline=None, database=None)
@given(st.integers(1, 5000), st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_what_is_left_depends_on_the_product_of_the_pools_alone(length, pools):
    product = int(np.prod(pools))
    if length >= product:
        assert pooled_lengths(length, pools)[-1] == length // product
    else:
        with pytest.raises(NetworkShapeError, match=f"a promoter of {length} nt"):
            pooled_lengths(length, pools)


def test_message_of_pools_that_leave_nothing_shows_the_arithmetic():
    with pytest.raises(NetworkShapeError) as e:
        Architecture().check_fits(299, 8)
    assert str(e.value) == (
        "pool_sizes=(30, 10) leave no position of a promoter of 299 nt: "
        "299 // pool_sizes[0]=30 = 9, 9 // pool_sizes[1]=10 = 0"
    )
    assert isinstance(e.value, ValueError)


@pytest.mark.parametrize(("length", "n_halflife"), [(300, 0), (10_500, 8), (0, 8)])
def test_networks_that_fit(length, n_halflife):
    assert Architecture().check_fits(length, n_halflife) is None


@pytest.mark.parametrize(
    ("length", "n_halflife", "match"),
    [
        (0, 0, "promoter_length=0 and n_halflife=0 leave the network without input"),
        (-1, 8, "promoter_length and n_halflife must be 0 or more, got -1 and 8"),
        (300, -1, "promoter_length and n_halflife must be 0 or more, got 300 and -1"),
        (29, 0, r"29 // pool_sizes\[0\]=30 = 0$"),
    ],
)
def test_networks_that_do_not_fit(length, n_halflife, match):
    with pytest.raises(ValueError, match=match):
        Architecture().check_fits(length, n_halflife)


@pytest.mark.parametrize("name", ["kernel_sizes", "dilation_rates", "pool_sizes"])
@pytest.mark.parametrize("value", [(5,), (5, 5, 5), ()])
def test_tuples_of_the_convolutions_must_be_of_one_length(name, value):
    with pytest.raises(ValueError) as e:
        Architecture(**{name: value})
    assert str(e.value) == f"filters=(128, 32) and {name}={value} must have the same length"


def test_tuples_of_the_dense_layers_must_be_of_one_length():
    match = r"dense_units=\(64,\) and dropout_rates=\(0.00099, 0.01546\) must have the same length"
    with pytest.raises(ValueError, match=match):
        Architecture(dense_units=(64,))


@pytest.mark.parametrize(
    "name", ["filters", "kernel_sizes", "dilation_rates", "pool_sizes", "dense_units"]
)
@pytest.mark.parametrize("value", [(0, 2), (-1, 2), (1.5, 2), (True, 2), ("8", 2), (None, 2)])
def test_layer_sizes_are_integers_of_1_or_more(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a tuple of integers of 1 or more, got"):
        Architecture(**{name: value})


@pytest.mark.parametrize("value", [(1.0, 0), (-0.1, 0), (np.nan, 0), ("a", 0), (True, 0)])
def test_dropout_rates_are_fractions(value):
    with pytest.raises(ValueError, match=r"dropout_rates must be a tuple of numbers in \[0, 1\)"):
        Architecture(dropout_rates=value)


@pytest.mark.parametrize("name", ["filters", "dropout_rates"])
def test_one_number_is_an_error_that_says_how_to_write_it(name):
    with pytest.raises(ValueError, match=r"got 5; write \(5,\) for one layer"):
        Architecture(**{name: 5})


@pytest.mark.parametrize("value", ["128", b"12", None])
def test_what_is_no_tuple_is_an_error(value):
    with pytest.raises(ValueError, match=r"filters must be a tuple of integers of 1 or more, got"):
        Architecture(filters=value)


@pytest.mark.parametrize("value", ["swish-ish", None, "RELU", ["relu"]])
def test_activation_is_one_of_a_list(value):
    with pytest.raises(ValueError, match="activation must be one of 'elu', 'gelu', .* 'tanh', got"):
        Architecture(activation=value)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_on_the_list_is_accepted(activation):
    assert Architecture(activation=activation).activation == activation


@pytest.mark.parametrize("value", [[8, 4], np.array([8, 4]), (np.int32(8), np.int64(4))])
def test_lists_and_numpy_numbers_become_plain_tuples(value):
    architecture = Architecture(filters=value, dropout_rates=[np.float32(0), 0])
    assert architecture.filters == (8, 4)
    assert {type(v) for v in architecture.filters} == {int}
    assert {type(v) for v in architecture.dropout_rates} == {float}


def test_equal_settings_are_equal_and_frozen():
    architecture = Architecture(filters=[128, 32])
    assert architecture == Architecture()
    assert hash(architecture) == hash(Architecture())
    assert pickle.loads(pickle.dumps(architecture)) == architecture
    with pytest.raises(dataclasses.FrozenInstanceError):
        architecture.filters = (1, 1)


@pytest.mark.parametrize("pool", [0, -2])
def test_pool_below_1_is_an_error_that_names_it(pool):
    with pytest.raises(ValueError, match="pool_sizes"):
        pooled_lengths(10, (pool,))


@pytest.mark.parametrize("value", [{128, 32}, {128: 1, 32: 1}], ids=["set", "dict"])
def test_set_and_dict_are_no_tuples(value):
    with pytest.raises(ValueError, match="filters must be a tuple"):
        Architecture(filters=value)


@pytest.mark.parametrize(
    ("promoter_length", "n_halflife", "layers"),
    [
        (10_500, 8, {}),
        (10_500, 0, {}),
        (0, 8, {}),
        (50, 2, {"filters": (), "kernel_sizes": (), "dilation_rates": (), "pool_sizes": ()}),
        (600, 3, {"dense_units": (), "dropout_rates": ()}),
        (
            200,
            1,
            {
                "filters": (3, 4, 5),
                "kernel_sizes": (2, 3, 4),
                "dilation_rates": (1, 2, 3),
                "pool_sizes": (3, 4, 2),
            },
        ),
    ],
)
@pytest.mark.parametrize("engine", ["keras", "fused"])
def test_weight_shapes_are_those_of_the_network(promoter_length, n_halflife, layers, engine):
    from skxpresso import build_xpresso

    if not promoter_length or layers.get("filters") == ():
        engine = "keras"  # there is nothing to fuse
    network = build_xpresso(promoter_length, n_halflife, **layers, engine=engine)
    shapes = Architecture(**layers).weight_shapes(promoter_length, n_halflife)
    assert list(shapes.values()) == [weight.shape for weight in network.get_weights()]
    kinds = [weight.name.split("_")[0] for weight in network.weights]
    assert [name.split(".")[1] for name in shapes] == kinds
