"""XpressoRegressor(init=...): where training starts, what clone keeps, and what is refused."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skxpresso import (
    LSTMRegressor,
    OneHotPromoterEncoder,
    XpressoRegressor,
    make_xpresso_pipeline,
    save_pipeline,
)
from skxpresso.network._start import Start
from skxpresso.network.architecture import Architecture
from skxpresso.network.fitted import FittedXpresso
from skxpresso.network.inputs import Inputs
from tests.toys import TINY

SMALL = Architecture((6,), (5,), (1,), (6,), (6,), (0.0,))
FAST = {name: TINY[name] for name in ("optimizer", "batch_size", "epochs", "patience")}
#: A step so small that weights stay where they began, to float32.
STILL = FAST | {"learning_rate": 1e-12}


def start(names, n_halflife):
    shapes = SMALL.weight_shapes(30, n_halflife).values()
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    return Start(FittedXpresso(SMALL, 30, n_halflife, weights), names)


@pytest.fixture(scope="module")
def fitted(promoters):
    return make_xpresso_pipeline(**TINY).fit(promoters.data, promoters.target)


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("start") / "model.safetensors"
    save_pipeline(fitted, path)
    return path


@pytest.fixture(params=["pipeline", "regressor", "frozen", "search", "file", "text"])
def init(request, fitted, saved, promoters):
    if request.param == "search":
        search = GridSearchCV(fitted, {"xpresso__epochs": [1]}, cv=2)
        search.best_estimator_ = fitted
        return search
    return {
        "pipeline": fitted,
        "regressor": fitted[-1],
        "frozen": FrozenEstimator(fitted),
        "file": saved,
        "text": str(saved),
    }[request.param]


def test_every_kind_of_init_is_read_and_cloned(init, fitted):
    ours = fitted[-1]._network.weights
    read = Start.read(init)
    assert read.settings == SMALL
    for new, old in zip(read.network.weights, ours, strict=True):
        np.testing.assert_array_equal(new, old)
    assert clone(make_xpresso_pipeline(init=init))[-1].init is init


def test_start_is_where_the_first_epoch_begins(fitted, promoters):
    """The first loss is that of the fitted network, far below that of random weights."""
    y = promoters.target
    model = make_xpresso_pipeline(init=fitted, validation_fraction=0, **STILL, random_state=0)
    losses = model.fit(promoters.data, y)[-1].history_["loss"]
    error = np.mean((fitted.predict(promoters.data) - y) ** 2) / np.var(y)
    assert losses[0] == pytest.approx(error, rel=0.05)


def test_frozen_convolutions_stay_and_the_head_is_trained(fitted, promoters):
    model = XpressoRegressor(init=fitted, freeze_convolutions=True, **FAST, learning_rate=0.01)
    model.set_params(random_state=1)
    X = fitted[:-1].transform(promoters.data)
    weights = clone(model).fit(X, promoters.target).model_.get_weights()
    old = fitted[-1].model_.get_weights()
    for i in range(2):
        np.testing.assert_array_equal(weights[i], old[i])
    assert all((new != before).any() for new, before in zip(weights[2:], old[2:], strict=True))


@pytest.mark.slow
def test_fine_tuning_is_cross_validated_and_searched(saved, promoters):
    layers = {name: value for name, value in vars(SMALL).items() if name != "activation"}
    model = make_xpresso_pipeline(**layers, **FAST, random_state=0)
    grid = {"xpresso__init": [None, saved]}
    search = GridSearchCV(model, grid, cv=2, refit=False).fit(promoters.data, promoters.target)
    scratch, tuned = search.cv_results_["mean_test_score"]
    assert np.isfinite([scratch, tuned]).all()
    assert scratch != tuned


@pytest.mark.slow
def test_one_seed_gives_one_result_from_an_init(fitted, promoters):
    model = make_xpresso_pipeline(init=fitted, **FAST, random_state=3)
    first, second = (clone(model).fit(promoters.data, promoters.target) for _ in range(2))
    np.testing.assert_array_equal(first.predict(promoters.data), second.predict(promoters.data))


def test_y_of_other_units_is_put_on_the_scale_of_the_network(fitted, promoters):
    """Genes measured in other units are predicted in those, from the first step on."""
    other = 100.0 * promoters.target - 7.0
    model = make_xpresso_pipeline(init=fitted, **STILL, random_state=0)
    predicted = model.fit(promoters.data, other).predict(promoters.data)
    expected = model.fit(promoters.data, promoters.target).predict(promoters.data)
    np.testing.assert_allclose(predicted, 100.0 * expected - 7.0, atol=1e-2)


def test_warm_start_goes_on_from_the_fit_and_not_from_init(fitted, promoters):
    model = make_xpresso_pipeline(init=fitted, warm_start=True, **FAST, random_state=0)
    once = model.fit(promoters.data, promoters.target)[-1].model_.get_weights()
    model.set_params(xpresso__learning_rate=1e-12).fit(promoters.data, promoters.target)
    for before, after in zip(once, model[-1].model_.get_weights(), strict=True):
        np.testing.assert_allclose(before, after, atol=1e-6)


# ---- half-life features ------------------------------------------------------------------------


def test_halflife_features_keep_their_weights_by_name():
    here = start(("A", "B", "C"), 3)
    kernel = here.network.weights[2]
    new = here.weights_for(Inputs(30, 4, ("C", "X", "A", "Y")))[2]
    np.testing.assert_array_equal(new[:30], kernel[:30])
    np.testing.assert_array_equal(new[30:], [kernel[32], 0 * kernel[0], kernel[30], 0 * kernel[0]])


def test_halflife_features_without_names_keep_their_place_or_begin_with_zero():
    here = start(None, 3)
    same, other = (here.weights_for(Inputs(30, n, None))[2] for n in (3, 2))
    np.testing.assert_array_equal(same, here.network.weights[2])
    assert len(other) == 32
    assert (other[30:] == 0).all()


def test_promoters_alone_drop_the_halflife_features():
    here = start(("A", "B", "C"), 3)
    kernel = here.weights_for(Inputs(30, 0, None))[2]
    np.testing.assert_array_equal(kernel, here.network.weights[2][:30])


# ---- what is refused ---------------------------------------------------------------------------


def refused(error, match, promoters, **parameters):
    X = OneHotPromoterEncoder().fit_transform(promoters.data)
    with pytest.raises(error, match=match):
        XpressoRegressor(**FAST, **parameters).fit(X, promoters.target)


def test_another_width_is_refused(fitted, promoters):
    X = OneHotPromoterEncoder(10, 10).fit_transform(promoters.data)
    with pytest.raises(ValueError, match="trained on promoters of 30 nt, but X has 20 nt; cut the"):
        XpressoRegressor(init=fitted, **FAST).fit(X, promoters.target)


def test_layers_beside_init_are_refused(fitted, promoters):
    others = {"filters": (9,), "kernel_sizes": (5,), "dilation_rates": (1,), "pool_sizes": (6,)}
    match = r"filters=\(9,\) differ from the layers of init, filters=\(6,\)"
    refused(ValueError, match, promoters, init=fitted, **others)


def test_layers_like_those_of_init_are_taken(fitted, promoters):
    model = make_xpresso_pipeline(**(TINY | {"init": fitted}))
    assert model.fit(promoters.data, promoters.target)[-1].architecture_ == SMALL


def test_an_unfitted_init_is_refused(promoters):
    for init in (XpressoRegressor(), Pipeline([("x", XpressoRegressor())])):
        refused(ValueError, "init must be fitted, but", promoters, init=init)


def test_other_regressors_are_refused(promoters):
    refused(TypeError, "ends in an XpressoRegressor, got LSTM", promoters, init=LSTMRegressor())


def test_a_misspelt_name_is_refused(promoters):
    refused(FileNotFoundError, "did you mean 'human_median'", promoters, init="human_medain")


def test_frozen_convolutions_need_a_start(promoters):
    refused(
        ValueError, "so it needs init=, or warm_start=True", promoters, freeze_convolutions=True
    )


# ---- new outputs ------------------------------------------------------------------------------


def test_other_outputs_get_a_new_last_layer(fitted, promoters):
    Y = np.column_stack([promoters.target, -promoters.target])
    model = make_xpresso_pipeline(init=fitted, **STILL, random_state=0).fit(promoters.data, Y)
    ours, theirs = (each[-1]._network.weights for each in (model, fitted))
    for new, old in zip(ours[:-2], theirs[:-2], strict=True):
        np.testing.assert_allclose(new, old, atol=1e-6)
    assert ours[-2].shape == (6, 2)
    assert model.predict(promoters.data).shape == Y.shape


def test_a_head_of_ones_own_on_frozen_convolutions(fitted, promoters):
    settings = {"replace_head": True, "dense_units": (7, 5), "dropout_rates": (0.0, 0.0)}
    regressor = XpressoRegressor(
        init=fitted, freeze_convolutions=True, **settings, **FAST, random_state=0
    )
    X = fitted[:-1].transform(promoters.data)
    model = clone(regressor).fit(X, np.column_stack([promoters.target] * 3))
    assert model.architecture_.dense_units == (7, 5)
    assert model.architecture_.filters == (6,)
    shapes = [weight.shape for weight in model._network.weights]
    assert shapes[-6:] == [(38, 7), (7,), (7, 5), (5,), (5, 3), (3,)]
    for new, old in zip(model._network.weights[:2], fitted[-1]._network.weights[:2], strict=True):
        np.testing.assert_array_equal(new, old)
    other = clone(regressor).set_params(random_state=1).fit(X, promoters.target)
    same = clone(regressor).fit(X, promoters.target)
    assert not np.array_equal(other._network.weights[2], same._network.weights[2])


def test_a_new_head_needs_a_start_and_convolutions_as_they_are(fitted, promoters):
    with pytest.raises(ValueError, match="replace_head=True keeps the convolutions of init"):
        XpressoRegressor(replace_head=True).fit(promoters.data, promoters.target)
    with pytest.raises(ValueError, match=r"filters=\(9, 8\) differ from the layers of init"):
        make_xpresso_pipeline(init=fitted, replace_head=True, filters=(9, 8)).fit(
            promoters.data, promoters.target
        )


def test_an_ensemble_is_no_start_but_its_networks_are(promoters):
    ensemble = make_xpresso_pipeline(**TINY, n_estimators=2).fit(promoters.data, promoters.target)
    with pytest.raises(TypeError, match="it is an ensemble; give one of its estimators_"):
        make_xpresso_pipeline(init=ensemble).fit(promoters.data, promoters.target)
    assert Start.read(ensemble[-1].estimators_[1]).settings == SMALL
