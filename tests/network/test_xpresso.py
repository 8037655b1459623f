"""XpressoRegressor: what it takes, and what it remembers between fits, clones and pickles."""

import pickle
import re
import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_regressor
from sklearn.datasets import make_regression
from sklearn.metrics import r2_score

from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.network._keras import training
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from tests.toys import numbers

# ---- what it takes ---------------------------------------------------------------------------


def test_all_forms_of_input_give_the_same_predictions(X, y, tiny):
    matrix = OneHotPromoterEncoder().fit_transform(X)
    dense = np.asarray(matrix)
    forms = {
        "table": (X, {}),
        "OneHotMatrix": (matrix, {}),
        "2-D array": (dense, {"promoter_length": 30}),
        "list of lists": (dense.tolist(), {"promoter_length": 30}),
    }
    predictions = {
        name: XpressoRegressor(**tiny, **more).fit(form, y).predict(form)
        for name, (form, more) in forms.items()
    }
    for name, predicted in predictions.items():
        np.testing.assert_array_equal(predicted, predictions["table"], err_msg=name)


def test_sequences_alone_in_all_forms(X, y, tiny):
    sequences = X["promoter"]
    onehot = OneHotPromoterEncoder().fit_transform(sequences).to_onehot()
    forms = [sequences, sequences.tolist(), sequences.to_frame(), onehot]
    predictions = [XpressoRegressor(**tiny).fit(form, y).predict(form) for form in forms]
    for predicted in predictions:
        np.testing.assert_array_equal(predicted, predictions[0])


def test_encoder_output_as_pandas_is_recognised(X, y, tiny, fitted):
    encoder = OneHotPromoterEncoder().set_output(transform="pandas")
    frame = encoder.fit_transform(X)
    model = XpressoRegressor(**tiny).fit(frame, y)
    assert model.promoter_length_ == 30
    np.testing.assert_array_equal(model.predict(frame), fitted.predict(X))


def test_numbers_alone_are_half_life_features(tiny):
    X, y = numbers()
    model = XpressoRegressor(**tiny).fit(X, y)
    assert (model.promoter_length_, model.n_halflife_, model.n_features_in_) == (0, 3, 3)


def test_learns_a_regression_problem():
    X, y = make_regression(200, 10, n_informative=5, bias=5, noise=20, random_state=42)
    model = XpressoRegressor(
        optimizer="adam", learning_rate=0.01, batch_size=16, epochs=60, random_state=0
    )
    assert model.fit(X, y).score(X, y) > 0.9


def test_is_a_regressor_with_r2_as_score(X, y, fitted):
    assert is_regressor(fitted)
    assert fitted.score(X, y) == r2_score(y, fitted.predict(X))
    assert fitted.predict(X).dtype == np.float64


def test_explicit_validation_rows(X, y, tiny):
    settings = tiny | {"epochs": 5, "patience": 2}
    a = XpressoRegressor(**settings).fit(X[:60], y[:60], X_val=X[60:], y_val=y[60:])
    losses = a.history_["val_loss"]
    z = (a.predict(X[60:]) - y[60:]) / y[:60].std()
    assert np.mean(z**2) == pytest.approx(min(losses), rel=1e-4)
    assert a.best_epoch_ == int(np.argmin(losses))
    assert a.y_mean_ == pytest.approx(y[:60].mean())  # no row is held back


def test_y_of_any_offset_and_scale_gives_the_same_fit(X, y, tiny, fitted):
    other = XpressoRegressor(**tiny).fit(X, 1000 + 50 * y)
    np.testing.assert_allclose(other.predict(X), 1000 + 50 * fitted.predict(X), rtol=1e-4)


def test_column_y_gives_a_column(X, y, tiny, fitted):
    """As scikit-learn's linear models do: y of one column is one output of several."""
    model = XpressoRegressor(**tiny).fit(X, y[:, None])
    np.testing.assert_array_equal(model.predict(X), fitted.predict(X)[:, None])


def test_later_dtypes_may_differ(tiny):
    X, y = numbers()
    model = XpressoRegressor(**tiny).fit(X.round().astype(np.int8), y)
    assert model.predict(X.round().astype("f4")).shape == (40,)
    assert model.fit(X.astype("f4"), y.astype("f4")).predict(X).shape == (40,)


def test_weights_matter_only_in_ratio_and_zero_weight_rows_not_at_all(X, y, tiny):
    weight = np.r_[np.zeros(20), np.linspace(1, 3, 60)]
    settings = tiny | {"validation_fraction": 0}
    a = XpressoRegressor(**settings).fit(X, y, sample_weight=weight)
    b = XpressoRegressor(**settings).fit(X, y, sample_weight=8 * weight)
    c = XpressoRegressor(**settings).fit(X[20:], y[20:], sample_weight=weight[20:])
    np.testing.assert_array_equal(a.predict(X), b.predict(X))
    np.testing.assert_array_equal(a.predict(X), c.predict(X))


# ---- half-life columns by name ----------------------------------------------------------------


def test_reordered_columns_are_matched_by_name(X, fitted):
    np.testing.assert_array_equal(fitted.predict(X[X.columns[::-1]]), fitted.predict(X))


def test_reordered_columns_of_numbers_and_matrices_too(X, y, tiny):
    frame = X[list(HALF_LIFE_COLUMNS)]
    model = XpressoRegressor(**tiny).fit(frame, y)
    np.testing.assert_array_equal(model.predict(frame[frame.columns[::-1]]), model.predict(frame))

    matrix = OneHotPromoterEncoder().fit_transform(X)
    turned = OneHotMatrix(matrix.codes, matrix.covariates[:, ::-1], matrix.covariate_names[::-1])
    model = XpressoRegressor(**tiny).fit(matrix, y)
    np.testing.assert_array_equal(model.predict(turned), model.predict(matrix))


def test_missing_and_renamed_columns(X, y, fitted, tiny):
    with pytest.raises(ValueError, match=r"needs the column\(s\) 'CDSGC', but X has only"):
        fitted.predict(X.drop(columns="CDSGC"))
    with pytest.raises(ValueError, match=r"needs the column\(s\) 'CDSGC'"):
        fitted.predict(X.rename(columns={"CDSGC": "cdsgc"}))
    with pytest.raises(ValueError, match="fitted with sequences and the column"):
        fitted.predict(X["promoter"])
    matrix = OneHotPromoterEncoder().fit_transform(X)
    model = XpressoRegressor(**tiny).fit(matrix, y)
    renamed = matrix.with_covariates(matrix.covariates, ["a", *matrix.covariate_names[1:]])
    with pytest.raises(ValueError, match="X has the half-life features 'a'"):
        model.predict(renamed)
    with pytest.raises(ValueError, match=r"X has 1 half-life feature\(s\).*fitted with 8"):
        model.predict(matrix.with_covariates(matrix.covariates[:, :1]))


# ---- parameters, clone, pickle ----------------------------------------------------------------


def test_clone_keeps_every_parameter(tiny):
    model = XpressoRegressor(**tiny, optimizer__clipnorm=1.0, callbacks=[])
    assert clone(model).get_params() == model.get_params()
    assert "optimizer__clipnorm=1.0" in repr(clone(model))


def test_routed_parameters_reach_keras(X, y, tiny):
    model = XpressoRegressor(**tiny, optimizer__clipnorm=0.5, compile__steps_per_execution=2)
    model.fit(X, y)
    assert model.model_.optimizer.clipnorm == 0.5
    assert model.model_.steps_per_execution == 2


def test_steps_at_a_time_change_no_bit(X, y, tiny, monkeypatch):
    """Eight at a time is quicker; to prepare it takes as long as it saves in few steps."""
    few = XpressoRegressor(**tiny).fit(X, y)
    monkeypatch.setattr(training, "_FEW_STEPS", 0)
    many = XpressoRegressor(**tiny).fit(X, y)
    assert (few.model_.steps_per_execution, many.model_.steps_per_execution) == (1, 8)
    assert few.history_ == many.history_
    np.testing.assert_array_equal(few.predict(X), many.predict(X))


def test_shuffle_can_be_switched_off(X, y, tiny):
    a, b = (XpressoRegressor(**tiny, fit__shuffle=s).fit(X, y).predict(X) for s in (True, False))
    assert not np.array_equal(a, b)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("fit__epochs", "set 'epochs' itself"),
        ("fit__batch_size", "set 'batch_size' itself"),
        ("model__filters", "set 'filters' itself"),
        ("predict__batch_size", "set 'batch_size' itself"),
        ("loss__delta", "no parameter 'loss__delta'"),
        ("metrics", "no parameter 'metrics'"),
        ("epoch", "no parameter 'epoch'; did you mean 'epochs'"),
    ],
)
def test_parameters_that_nobody_would_read(name, hint):
    with pytest.raises(TypeError, match=hint):
        XpressoRegressor(**{name: 3})
    with pytest.raises(ValueError, match=hint if "__" in name else "Invalid parameter"):
        XpressoRegressor().set_params(**{name: 3})


def test_unknown_argument_of_the_optimizer(tiny):
    model = XpressoRegressor(**tiny, optimizer__speed=3)
    with pytest.raises((TypeError, ValueError), match="speed"):
        model.fit(*numbers())


def test_scikeras_leftovers_are_hidden(fitted):
    assert not hasattr(fitted, "partial_fit")
    assert not hasattr(fitted, "initialize")


def test_callbacks_survive_clone_pickle_and_a_second_fit(X, y, tiny, tmp_path):
    log = tmp_path / "log.csv"
    model = XpressoRegressor(**tiny, callbacks=[keras.callbacks.CSVLogger(str(log))])
    model.fit(X, y)
    first = pd.read_csv(log)
    assert first["loss"].tolist() == pytest.approx(model.history_["loss"])
    pickle.loads(pickle.dumps(clone(model.fit(X, y))))


class Counter(keras.callbacks.Callback):
    seen: list = []  # noqa: RUF012

    def __init__(self, step=1):
        super().__init__()
        self.step = step

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(self.step)


def test_callback_classes_take_routed_arguments(X, y, tiny):
    Counter.seen.clear()
    XpressoRegressor(**tiny, callbacks=[Counter], callbacks__step=3).fit(X, y)
    assert Counter.seen == [3, 3]


def test_progress_bar_and_lines(X, y, tiny, capsys, monkeypatch):
    XpressoRegressor(**(tiny | {"verbose": 1})).fit(X, y)
    assert capsys.readouterr() == ("", "")  # no terminal watches
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes any stream for a terminal then
    XpressoRegressor(**(tiny | {"verbose": 1})).fit(X, y)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "val_loss" in captured.err
    assert "2/2" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", captured.err)
    monkeypatch.delenv("FORCE_COLOR")
    XpressoRegressor(**(tiny | {"verbose": 2})).fit(X, y)
    assert "Epoch 2/2" in capsys.readouterr().out


def test_warm_start_goes_on(X, y, tiny):
    cold = XpressoRegressor(**(tiny | {"validation_fraction": 0})).fit(X, y)
    warm = clone(cold).set_params(warm_start=True).fit(X, y)
    np.testing.assert_array_equal(warm.predict(X), cold.predict(X))
    first_loss = warm.history_["loss"]
    warm.fit(X, y)
    assert warm.history_["loss"][-1] < first_loss[-1]
    assert not np.array_equal(warm.predict(X), cold.predict(X))


def test_warm_start_keeps_the_scale_of_y(X, y, tiny):
    model = XpressoRegressor(**tiny, warm_start=True).fit(X, y)
    scale = model.y_mean_, model.y_scale_
    assert (model.fit(X, y + 3).y_mean_, model.y_scale_) == scale


@pytest.mark.parametrize("engine", ["keras", "fused"])
def test_frozen_convolutions_stay_and_cost_no_gradient(engine, X, y, tiny, monkeypatch):
    from skxpresso.network._keras import layers as layers

    calls = []
    gradient = layers.tower_gradient
    monkeypatch.setattr(layers, "tower_gradient", lambda *a: (calls.append(1), gradient(*a))[1])
    two = {"filters": (4, 3), "kernel_sizes": (5, 3), "dilation_rates": (1, 1)}
    params = tiny | two | {"pool_sizes": (3, 2), "engine": engine}
    model = XpressoRegressor(**params, optimizer__weight_decay=0.01).fit(X, y)
    assert bool(calls) == (engine == "fused")
    calls.clear()
    before = model.model_.get_weights()
    model.set_params(warm_start=True, freeze_convolutions=True).fit(X, y)
    after = model.model_.get_weights()
    assert [np.array_equal(*pair) for pair in zip(before, after, strict=True)] == (
        [True] * 4 + [False] * 4
    )
    assert not calls
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    model.set_params(freeze_convolutions=False).fit(X, y)
    assert not np.array_equal(model.model_.get_weights()[0], after[0])


def test_freezing_needs_a_fitted_network(X, y, tiny):
    for warm_start in (False, True):
        model = XpressoRegressor(**tiny, freeze_convolutions=True, warm_start=warm_start)
        with pytest.raises(ValueError, match="freeze_convolutions=True keeps the convolutions of"):
            model.fit(X, y)


def test_warm_start_refuses_another_network(X, y, tiny):
    model = XpressoRegressor(**tiny, warm_start=True).fit(X, y)
    with pytest.raises(
        ValueError, match=r"filters=\(6,\).*but the parameters now describe.*\(3,\)"
    ):
        model.set_params(filters=(3,)).fit(X, y)
    with pytest.raises(ValueError, match="n_init must be 1 to continue .*, got 2"):
        model.set_params(filters=(6,), n_init=2).fit(X, y)
    with pytest.raises(ValueError, match="too short for the window of 15 nt upstream"):
        model.set_params(n_init=1).fit(X.assign(promoter=X["promoter"].str[:20])[:9], y[:9])


def test_standardize_y_off(X, y, tiny):
    model = XpressoRegressor(**tiny, standardize_y=False).fit(X, y)
    assert (model.y_mean_, model.y_scale_) == (0.0, 1.0)


@pytest.mark.slow
def test_to_keras_needs_no_skxpresso(X, y, fitted, tmp_path):
    network = fitted.to_keras()
    assert all(type(layer).__module__.startswith("keras.") for layer in network.layers)
    network.save(tmp_path / "network.keras")
    matrix = OneHotPromoterEncoder().fit_transform(X)
    np.savez(tmp_path / "x.npz", p=matrix.to_onehot(), h=matrix.covariates)
    script = (
        "import sys, keras, numpy as np\n"
        "x = np.load('x.npz')\n"
        "m = keras.saving.load_model('network.keras')\n"
        "p = m.predict({'promoter': x['p'], 'halflife': x['h']}, verbose=0)\n"
        "np.save('out.npy', p)\n"
        "assert 'skxpresso' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    out = np.load(tmp_path / "out.npy")
    np.testing.assert_allclose(out[:, 0], fitted.predict(X), rtol=1e-4, atol=1e-5)


def test_pickle_predicts_the_same_in_another_process(X, fitted, tmp_path):
    X.to_pickle(tmp_path / "X.pkl")
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(fitted))
    script = (
        "import pickle, numpy as np, pandas as pd\n"
        "model = pickle.load(open('model.pkl', 'rb'))\n"
        "np.save('out.npy', model.predict(pd.read_pickle('X.pkl')))\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), fitted.predict(X))


def test_unpickled_model_can_be_fitted_again(X, y, fitted):
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    np.testing.assert_array_equal(again.fit(X, y).predict(X), fitted.predict(X))


def test_published_network_trains_predicts_and_pickles_small():
    rng = np.random.default_rng(0)
    X = OneHotMatrix(rng.integers(0, 4, (24, 10_500), dtype=np.uint8), rng.normal(size=(24, 8)))
    y = rng.normal(size=24)
    model = XpressoRegressor(epochs=1, batch_size=12, random_state=0).fit(X, y)
    assert model.model_.count_params() == 112_485
    blob = pickle.dumps(model)
    assert len(blob) < 2_000_000
    np.testing.assert_array_equal(pickle.loads(blob).predict(X), model.predict(X))
