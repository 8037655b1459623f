"""Several outputs: one network, a column of y each, some values missing."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from skxpresso import (
    DenoisingAutoencoderRegressor,
    LSTMRegressor,
    OneHotPromoterEncoder,
    XpressoRegressor,
    load_pipeline,
    save_pipeline,
)
from skxpresso.interpret import saturation_mutagenesis
from skxpresso.network import count_outputs, predict_members, single_output
from tests.toys import BRIEF, numbers

HEAD = {"filters": (), "kernel_sizes": (), "dilation_rates": (), "pool_sizes": ()}
SMALL = BRIEF | {"random_state": 0}
OTHERS = [
    LSTMRegressor(filters=(6,), pool_sizes=(5,), lstm_units=(4,), bidirectional=False, **SMALL),
    DenoisingAutoencoderRegressor(
        dense_units=(6,), dropout_rates=(0.1,), pretrain_epochs=1, **SMALL
    ),
]


@pytest.fixture(scope="module")
def Y(y):
    """Three outputs of very different units; the second lacks every fourth value."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"liver": y, "brain": 1000 - 300 * y + rng.normal(size=len(y)), "lung": 1e-3 * y}
    )
    table.loc[::4, "brain"] = np.nan
    return table


@pytest.fixture(scope="module")
def many(X, Y, tiny):
    return XpressoRegressor(**tiny).fit(X, Y)


def test_predictions_look_like_y(many, X, Y):
    predicted = many.predict(X)
    assert isinstance(predicted, np.ndarray)
    assert predicted.shape == Y.shape
    assert predicted.dtype == np.float64
    assert many.output_names_ == ("liver", "brain", "lung")
    assert (np.abs(predicted.mean(axis=0) - Y.mean()) < Y.std()).all()  # in the units of each
    assert get_tags(many).target_tags.multi_output
    assert count_outputs(many) == 3


def test_every_output_has_a_scale_of_its_own_from_its_measured_rows(X, Y, tiny):
    everything = tiny | {"validation_fraction": 0}
    model = XpressoRegressor(**everything).fit(X, Y)
    np.testing.assert_allclose(model.y_mean_, Y.mean(), atol=1e-12)
    np.testing.assert_allclose(model.y_scale_, Y.std(ddof=0))
    weight = np.where(np.arange(len(Y)) < 40, 2.0, 1.0)
    weighted = XpressoRegressor(**everything).fit(X, Y, sample_weight=weight)
    there = Y["brain"].notna()
    expected = np.average(Y["brain"][there], weights=weight[there])
    np.testing.assert_allclose(weighted.y_mean_[1], expected)
    raw = XpressoRegressor(**everything, standardize_y=False).fit(X, Y[["lung", "liver"]])
    assert (raw.y_mean_ == 0).all()
    assert (raw.y_scale_ == 1).all()


def test_a_column_alone_gives_the_numbers_of_one_dimension(X, y, tiny, fitted):
    column = XpressoRegressor(**tiny).fit(X, y[:, None])
    assert column.predict(X).shape == (len(y), 1)
    np.testing.assert_array_equal(column.predict(X)[:, 0], fitted.predict(X))


def test_what_is_missing_adds_no_gradient():
    import keras

    from skxpresso.network._keras.losses import over_measured

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", over_measured("mean_squared_error"))
    before = model.get_weights()
    x = np.ones((4, 3), np.float32)
    model.train_on_batch(x, np.column_stack([np.full(4, 9.0), np.full(4, np.nan)]))
    moved = [new != old for new, old in zip(model.get_weights(), before, strict=True)]
    assert moved[0][:, 0].all()
    assert not moved[0][:, 1].any()
    assert moved[1].tolist() == [True, False]


def test_loss_is_the_mean_over_measured_values_and_zeros_for_the_others():
    keras = pytest.importorskip("keras")
    from skxpresso.network._keras.losses import over_measured

    y = np.array([[1.0, np.nan, 3.0], [np.nan, 2.0, np.nan]], np.float32)
    predicted = np.array([[2.0, 7.0, 5.0], [1.0, 4.0, 9.0]], np.float32)
    expected = [(1 + 0 + 4) / 3, (0 + 4 + 0) / 3]
    for loss in ("mean_squared_error", keras.losses.MeanSquaredError()):
        np.testing.assert_allclose(over_measured(loss)(y, predicted), expected, rtol=1e-6)
    huber = np.asarray(over_measured("huber")(y, predicted))
    np.testing.assert_allclose(huber, [(0.5 + 1.5) / 3, 1.5 / 3], rtol=1e-6)


@pytest.mark.parametrize("engine", ["fused", "keras"])
def test_validation_loss_is_that_of_measured_values(X, Y, tiny, engine):
    model = XpressoRegressor(**tiny, engine=engine)
    model.fit(X[:60], Y[:60], X_val=X[60:], y_val=Y[60:])
    z = (Y[60:].to_numpy() - model.y_mean_) / model.y_scale_
    predicted = (model.predict(X[60:]) - model.y_mean_) / model.y_scale_
    squares = np.nan_to_num((predicted - z) ** 2)
    kept = model.history_["val_loss"][model.best_epoch_]
    assert kept == pytest.approx(squares.mean(), rel=1e-4)


def test_engines_agree(X, Y, tiny, many):
    keras_model = XpressoRegressor(**tiny, engine="keras").fit(X, Y)
    np.testing.assert_allclose(keras_model.predict(X), many.predict(X), rtol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("model", OTHERS, ids=lambda model: type(model).__name__)
def test_other_networks_take_part(model, X, Y):
    fitted = clone(model).fit(X, Y)
    assert fitted.predict(X).shape == Y.shape
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_allclose(again.predict(X), fitted.predict(X), rtol=1e-5)


def test_names_come_back_where_they_are_asked_for(many, X, Y):
    with sklearn.config_context(transform_output="pandas"):
        predicted = many.predict(X)
    pd.testing.assert_frame_equal(predicted, pd.DataFrame(many.predict(X), X.index, Y.columns))
    own = pickle.loads(pickle.dumps(many)).set_output(transform="pandas")
    assert own.predict(X).columns.tolist() == list(Y.columns)
    assert clone(own)._sklearn_output_config == {"transform": "pandas"}
    assert own.set_output(transform="polars").predict(X).columns == list(Y.columns)
    assert isinstance(own.set_output(transform="default").predict(X), np.ndarray)
    with pytest.raises(ValueError, match="transform must be .*'arrow'"):
        own.set_output(transform="arrow")


def test_score_leaves_out_what_is_missing(many, X, Y):
    predicted = many.predict(X)
    there = Y["brain"].notna()
    expected = [
        r2_score(Y["liver"], predicted[:, 0]),
        r2_score(Y["brain"][there], predicted[there, 1]),
        r2_score(Y["lung"], predicted[:, 2]),
    ]
    assert many.score(X, Y) == pytest.approx(np.mean(expected))


def test_one_output_of_many(many, X, Y):
    for place, name in enumerate(Y.columns):
        np.testing.assert_array_equal(
            single_output(many, name).predict(X), many.predict(X)[:, place]
        )
    pipeline = make_pipeline(OneHotPromoterEncoder().fit(X), many)
    np.testing.assert_array_equal(single_output(pipeline, 1).predict(X), many.predict(X)[:, 1])
    with pytest.raises(ValueError, match="output must be one of 'liver', 'brain', 'lung', got 3"):
        single_output(many, 3)
    with pytest.raises(TypeError, match="must end in a network regressor"):
        single_output(OneHotPromoterEncoder(), 0)


def test_explaining_needs_one_output(many, X):
    with pytest.raises(ValueError, match=r"predicts a y of 3 column.*single_output"):
        saturation_mutagenesis(many, X[:2])
    changes = saturation_mutagenesis(single_output(many, "brain"), X[:2])
    assert np.abs(changes).max() > 0


def test_ensemble_of_several_outputs(X, Y, tiny):
    model = XpressoRegressor(**tiny, n_estimators=2).fit(X, Y)
    members = model.predict_members(X)
    assert members.shape == (2, *Y.shape)
    mean, std = model.set_output(transform="pandas").predict(X, return_std=True)
    np.testing.assert_allclose(mean, members.mean(axis=0))
    np.testing.assert_allclose(std["lung"], members[:, :, 2].std(axis=0, ddof=1))
    one = single_output(make_pipeline(OneHotPromoterEncoder().fit(X), model), "lung")
    np.testing.assert_array_equal(predict_members(one, X), members[:, :, 2])


def test_plain_keras_network_gives_the_predictions(many, X, Y, tmp_path):
    import keras

    matrix = OneHotPromoterEncoder().fit_transform(X)
    inputs = {"promoter": matrix.to_onehot().astype("f4"), "halflife": matrix.covariates}
    many.to_keras().save(tmp_path / "many.keras")
    plain = keras.models.load_model(tmp_path / "many.keras")
    np.testing.assert_allclose(
        plain.predict(inputs, verbose=0), many.predict(X), rtol=1e-4, atol=1e-5
    )


def test_saved_and_loaded(many, X, Y, tiny, tmp_path):
    save_pipeline(many, tmp_path / "many")
    again = load_pipeline(tmp_path / "many")
    np.testing.assert_array_equal(again.predict(X), many.predict(X))
    assert again.output_names_ == many.output_names_
    again.set_params(warm_start=True).fit(X, Y)
    nameless = XpressoRegressor(**tiny, n_estimators=2).fit(X, Y.to_numpy())
    save_pipeline(nameless, tmp_path / "two")
    np.testing.assert_array_equal(
        load_pipeline(tmp_path / "two").predict_members(X), nameless.predict_members(X)
    )
    assert not hasattr(load_pipeline(tmp_path / "two"), "output_names_")


def test_warm_start_takes_columns_by_name(many, X, Y):
    model = pickle.loads(pickle.dumps(many)).set_params(warm_start=True, learning_rate=1e-12)
    before = model.predict(X)
    model.fit(X, Y[["lung", "liver", "brain"]])
    np.testing.assert_allclose(model.predict(X), before, rtol=1e-5)
    with pytest.raises(ValueError, match=r"3 column\(s\) 'liver', 'brain', 'lung', got one number"):
        model.fit(X, Y["liver"])


# ---- what is refused --------------------------------------------------------------------------


def broken(row, column, value):
    Y = np.column_stack([numbers()[1]] * 2)
    Y[row, column] = value
    return Y


@pytest.mark.parametrize(
    ("Y", "message"),
    [
        (broken(3, slice(None), np.nan), "y contains NaN in every column of row 3"),
        (broken(3, 1, np.inf), "y contains infinity .*: inf in row 3, output 1"),
        (broken(slice(None), 1, 7.0), "output 1 of y is constant, 7.0 in all"),
        (broken(slice(1, None), 1, np.nan), "output 1 of y must be measured in at least 2 .*got"),
        (np.empty((40, 0)), "y must have at least one column, got none"),
        (np.full((40, 2), "a"), "y must hold numbers, got text"),
        (np.zeros((39, 2)), "inconsistent numbers of samples"),
        (np.zeros((40, 2, 2)), "array with dim 3, while dim <= 2"),
    ],
)
def test_bad_y(Y, message, tiny):
    with pytest.raises(ValueError, match=message):
        XpressoRegressor(**tiny).fit(numbers()[0], Y)


def test_twice_one_name_and_another_validation_y(X, Y, tiny):
    twice = Y.set_axis(["a", "b", "a"], axis=1)
    with pytest.raises(ValueError, match="columns of y must have unique names, got 'a' twice"):
        XpressoRegressor(**tiny).fit(X, twice)
    with pytest.raises(ValueError, match="y_val must have the output.* got 2 column"):
        XpressoRegressor(**tiny).fit(X, Y, X_val=X, y_val=Y[["liver", "brain"]])
    other = Y.set_axis(["liver", "brain", "skin"], axis=1)
    with pytest.raises(ValueError, match="y_val must have the output.*'lung', got .*'skin'"):
        XpressoRegressor(**tiny).fit(X, Y, X_val=X, y_val=other)
