"""Engines: which one is chosen and why, and that they give the same numbers."""

import os
import pickle
import subprocess
import sys
import warnings
from dataclasses import asdict

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_predict
from sklearn.utils.validation import check_is_fitted

from skxpresso.exceptions import NonFiniteLossError
from skxpresso.network._keras import backend as module
from skxpresso.network._keras import layers
from skxpresso.network._keras.layers import PromoterTower
from skxpresso.network._keras.xpresso import build_xpresso
from skxpresso.network.architecture import Architecture
from skxpresso.network.engines import choose_engine, why_not_fused
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.sequence.onehot import OneHotMatrix

SHAPES = [
    {},
    {
        "filters": (5, 4, 3),
        "kernel_sizes": (25, 2, 3),
        "dilation_rates": (2, 1, 3),
        "pool_sizes": (3, 4, 2),
        "dense_units": (6,),
        "dropout_rates": (0.5,),
    },
    {
        "filters": (7,),
        "kernel_sizes": (1,),
        "dilation_rates": (1,),
        "pool_sizes": (7,),
        "dense_units": (),
        "dropout_rates": (),
    },
]
SMALL = {
    "filters": (8, 4),
    "kernel_sizes": (6, 5),
    "pool_sizes": (6, 4),
    "dense_units": (8, 4),
    "dropout_rates": (0.0, 0.0),
    "optimizer": "adam",
    "learning_rate": 0.005,
    "batch_size": 16,
    "epochs": 5,
    "patience": None,
    "random_state": 0,
}


def genes(n=96, length=600, n_halflife=3):
    rng = np.random.default_rng(0)
    codes = rng.choice(5, (n, length), p=[0.24, 0.25, 0.25, 0.24, 0.02]).astype(np.uint8)
    halflife = rng.normal(size=(n, n_halflife))
    y = (codes == 1).mean(axis=1) * 50 + (halflife.sum(axis=1) if n_halflife else 0)
    return OneHotMatrix(codes, halflife), y


@pytest.fixture(scope="module")
def data():
    return genes()


@pytest.fixture(scope="module")
def fused(data):
    return XpressoRegressor(**SMALL, engine="fused").fit(*data)


# ---- the same numbers ------------------------------------------------------------------------


@pytest.mark.parametrize("settings", SHAPES)
def test_one_seed_gives_both_engines_the_same_weights(settings):
    a, b = (
        build_xpresso(600, 3, seed=4, engine=engine, **settings) for engine in ("keras", "fused")
    )
    assert any(isinstance(layer, PromoterTower) for layer in b.layers)
    for one, other in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("settings", SHAPES)
@pytest.mark.parametrize("n_halflife", [0, 3])
def test_predictions_agree(settings, n_halflife):
    X, y = genes(32, n_halflife=n_halflife)
    settings = settings | {"epochs": 1, "patience": None, "random_state": 1}
    model = XpressoRegressor(**settings, engine="fused").fit(X, y)
    inputs = {"promoter": X.codes, "halflife": X.covariates}
    by_keras = model.to_keras().predict(
        {name: X.to_onehot() if name == "promoter" else X.covariates for name in inputs}
        if n_halflife
        else X.to_onehot(),
        verbose=0,
    )
    np.testing.assert_allclose(model.predict(X), by_keras[:, 0], rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_loss_curves_agree_over_five_epochs(data):
    X, y = data
    curves = [
        XpressoRegressor(**SMALL, engine=engine).fit(X, y).history_ for engine in ("fused", "keras")
    ]
    for name in ("loss", "val_loss"):
        assert len(curves[0][name]) == 5
        np.testing.assert_allclose(curves[0][name], curves[1][name], rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_validation_loss_is_the_one_that_keras_computes(data, weighted):
    X, y = data
    weight = np.linspace(0.2, 2, len(y)) if weighted else None
    watched = keras.callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: seen.append(1))
    losses = []
    for callbacks in (None, [watched]):  # the second way Keras scores the validation rows
        seen = []
        model = XpressoRegressor(**SMALL, engine="fused", callbacks=callbacks)
        losses.append(model.fit(X, y, weight).history_["val_loss"])
        assert bool(seen) == bool(callbacks)
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_callbacks_see_every_step(data):
    X, y = data
    steps = []
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(1))
    XpressoRegressor(**(SMALL | {"epochs": 1}), callbacks=[watch]).fit(X, y)
    n_training_rows = len(y) - round(0.1 * len(y))
    assert len(steps) == -(-n_training_rows // SMALL["batch_size"])


def test_dropout_is_the_same_too(data):
    X, y = data
    settings = SMALL | {"dropout_rates": (0.4, 0.1), "epochs": 2}
    a, b = (XpressoRegressor(**settings, engine=e).fit(X, y).predict(X) for e in ("fused", "keras"))
    np.testing.assert_allclose(a, b, rtol=1e-3)


@pytest.mark.slow
def test_threads_change_no_bit(data, tmp_path):
    X, y = data
    np.savez(tmp_path / "data.npz", codes=X.codes, halflife=X.covariates, y=y)
    script = f"""
import numpy as np
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.network.xpresso import XpressoRegressor
data = np.load("data.npz")
X = OneHotMatrix(np.tile(data["codes"], (1, 9)), data["halflife"])
settings = {SMALL | {"epochs": 2, "filters": (64, 4), "batch_size": 64}!r}
np.save("out.npy", XpressoRegressor(**settings, engine="fused").fit(X, data["y"]).predict(X))
"""
    results = []
    for threads in ("1", "2"):
        environment = os.environ | {"OMP_NUM_THREADS": threads}
        subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True)
        results.append(np.load(tmp_path / "out.npy"))
    np.testing.assert_allclose(*results, rtol=1e-5)


def test_workers_give_the_same_numbers(data):
    X, y = data
    model = XpressoRegressor(**SMALL, engine="fused")
    one, two = (cross_val_predict(model, X, y, cv=2, n_jobs=n) for n in (1, 2))
    np.testing.assert_allclose(one, two, rtol=1e-4)


# ---- which engine, and why --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "options", "reason"),
    [
        ({}, {}, None),
        ({}, {"promoter_length": 0}, "no convolution over a promoter"),
        (dict.fromkeys(("filters", "kernel_sizes", "dilation_rates", "pool_sizes"), ()), {}, "no "),
        ({"activation": "elu"}, {}, "activation is 'elu'"),
        ({"kernel_sizes": (26, 9)}, {}, r"kernel_sizes=\(26, 9\) exceed 25"),
        ({"pool_sizes": (40_000, 1)}, {}, r"pool_sizes=\(40000, 1\) exceed 32767"),
        ({}, {"precision": "mixed_bfloat16"}, "precision is 'mixed_bfloat16'"),
        ({}, {"backend": "jax"}, "backend of Keras is 'jax'"),
        ({}, {"uses_gpu": True}, "runs on a GPU"),
    ],
)
def test_rules(settings, options, reason):
    settings = Architecture(**(asdict(Architecture()) | settings))
    obstacle = why_not_fused(settings, **({"promoter_length": 10_500} | options))
    if reason is None:
        assert obstacle is None
        assert choose_engine("auto", obstacle) == choose_engine("fused", obstacle) == "fused"
        return
    assert choose_engine("auto", obstacle) == "keras"
    with pytest.raises(ValueError, match=f"engine='fused' cannot be used here: .*{reason}"):
        choose_engine("fused", obstacle)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "fused"])
def test_kernels_train_and_predict_short_promoters(engine):
    X, y = genes(length=120)
    model = XpressoRegressor(**(SMALL | {"epochs": 1}), engine=engine).fit(X, y)
    assert model.engine_ == "fused"
    assert any(isinstance(layer, PromoterTower) for layer in model.model_.layers)
    plain = XpressoRegressor(**(SMALL | {"epochs": 1}), engine="keras").fit(X, y)
    np.testing.assert_allclose(model.predict(X), plain.predict(X), rtol=1e-5)


def test_keras_on_request():
    assert choose_engine("keras", None) == "keras"


def test_auto_takes_the_kernels(data, fused):
    model = XpressoRegressor(**SMALL).fit(*data)
    assert model.engine_ == fused.engine_ == "fused"
    np.testing.assert_array_equal(model.predict(data[0]), fused.predict(data[0]))


@pytest.mark.parametrize(
    "settings", [{"activation": "elu"}, {"kernel_sizes": (30, 5)}, {"precision": "mixed_bfloat16"}]
)
def test_auto_leaves_the_rest_to_keras(data, settings):
    X, y = data
    model = XpressoRegressor(**(SMALL | settings | {"epochs": 1})).fit(X, y)
    assert model.engine_ == "keras"
    assert np.isfinite(model.predict(X)).all()
    with pytest.raises(ValueError, match="engine='fused' cannot be used here"):
        model.set_params(engine="fused").fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_half_life_alone_is_left_to_keras(data):
    X, y = data
    model = XpressoRegressor(**(SMALL | {"epochs": 1})).fit(X.covariates, y)
    assert model.engine_ == "keras"


def test_gpu_is_left_to_keras(data, monkeypatch):
    monkeypatch.setattr(module, "sees_gpu", lambda: True)
    model = XpressoRegressor(**(SMALL | {"epochs": 1})).fit(*data)
    assert model.engine_ == "keras"
    model = clone(model).set_params(device="cpu").fit(*data)
    assert model.engine_ == "fused"


@pytest.mark.parametrize(("fused", "expected"), [(None, False), (True, True), (False, False)])
def test_layer_beside_a_gpu_runs_kernels_only_when_told_to(fused, expected, monkeypatch):
    monkeypatch.setattr(layers, "sees_gpu", lambda: True)
    tower = PromoterTower((3,), (4,), fused=fused)
    graph = tf.function(tower).get_concrete_function(np.zeros((2, 9), np.uint8)).graph
    kinds = {operation.type for operation in graph.get_operations()}
    assert bool(kinds & {"PyFunc", "PyFuncStateless"}) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "quick"}, "engine must be 'keras' or 'fused', got 'quick'"),
        ({"engine": "fused", "reads": "onehot"}, "engine='fused' reads 'codes'"),
        ({"engine": "fused", "activation": "elu"}, "activation is 'elu'"),
        ({"precision": "float8"}, "precision must be one of float32, .*, got 'float8'"),
    ],
)
def test_bad_options_of_the_network(options, message):
    with pytest.raises(ValueError, match=message):
        build_xpresso(600, 3, **options)


@pytest.mark.parametrize("name", ["engine", "precision"])
def test_bad_options_of_the_regressor(data, name):
    with pytest.raises(ValueError, match=f"'{name}' parameter .* must be a str among"):
        XpressoRegressor(**{name: "quick"}).fit(*data)


# ---- precision ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_is_near_single(data, precision):
    X, y = data
    model = XpressoRegressor(**SMALL, precision=precision).fit(X, y)
    assert keras.config.dtype_policy().name == "float32"  # the global one is left alone
    assert {layer.compute_dtype for layer in model.model_.layers} >= {precision[6:], "float32"}
    assert {str(weight.dtype) for weight in model.model_.trainable_weights} == {"float32"}
    assert model.model_.output.dtype == "float32"
    single = XpressoRegressor(**SMALL, engine="keras").fit(X, y)
    assert np.corrcoef(model.predict(X), single.predict(X))[0, 1] > 0.95


# ---- the fitted state -------------------------------------------------------------------------


def test_failed_fit_leaves_no_model(data):
    model = XpressoRegressor(**SMALL).fit(*data)
    with pytest.raises(ValueError, match="y is constant"):
        model.fit(data[0], np.ones(96))
    assert not hasattr(model, "model_")
    with pytest.raises(NotFittedError):
        check_is_fitted(model)


def test_unpickled_model_predicts_without_keras(data, fused, monkeypatch):
    X, _ = data
    blob = pickle.dumps(fused)
    assert len(blob) < 200_000

    def refuse(*args, **kwargs):
        raise AssertionError("Keras was used")

    for name in ("Model", "Input"):
        monkeypatch.setattr(keras, name, refuse)
    monkeypatch.setattr(tf, "convert_to_tensor", refuse)
    again = pickle.loads(blob)
    before = dict(vars(again))
    np.testing.assert_array_equal(again.predict(X), fused.predict(X))
    assert vars(again) == before


def test_model_is_built_when_asked_for(data, fused):
    X, _ = data
    again = pickle.loads(pickle.dumps(fused))
    raw = again.model_.predict({"promoter": X.codes, "halflife": X.covariates}, verbose=0)[:, 0]
    np.testing.assert_allclose(raw * again.y_scale_ + again.y_mean_, again.predict(X), rtol=1e-5)
    assert again.model_ is again.model_


@pytest.mark.slow
def test_engines_can_take_turns_in_a_warm_start(data):
    X, y = data
    model = XpressoRegressor(**SMALL, warm_start=True).fit(X, y)
    same = clone(model).fit(X, y)
    a = model.fit(X, y).predict(X)
    b = same.set_params(engine="keras").fit(X, y).predict(X)
    assert (model.engine_, same.engine_) == ("fused", "keras")
    np.testing.assert_allclose(a, b, rtol=1e-3)


# ---- divergence --------------------------------------------------------------------------------


@pytest.mark.parametrize("learning_rate", [1e6, 1e18, 1e38])
def test_diverged_fit_is_an_error(data, learning_rate):
    settings = SMALL | {"optimizer": "sgd", "learning_rate": learning_rate, "epochs": 30}
    model = XpressoRegressor(**settings, engine="fused", max_restarts=0)
    with (
        warnings.catch_warnings(),
        pytest.raises(NonFiniteLossError, match="loss became non-finite .* at epoch"),
    ):
        warnings.simplefilter("ignore", RuntimeWarning)
        model.fit(*data)
    assert not hasattr(model, "model_")


def test_convolution_that_turns_nan_alone_is_an_error(data):
    class Spoil(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            tower = self.model.get_layer("convolutions")
            kernel, *rest = tower.get_weights()
            kernel[0, 0, 0] = np.nan
            tower.set_weights([kernel, *rest])

    model = XpressoRegressor(**SMALL, callbacks=[Spoil()])
    with pytest.raises(NonFiniteLossError, match=r"became non-finite \(nan\) at epoch 2"):
        model.fit(*data)
