"""Scores against numpy, scikit-learn and by hand, and where they are not defined; the ceiling."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.stats import pearsonr, spearmanr
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import get_scorer, r2_score
from sklearn.model_selection import GridSearchCV, cross_validate

from skxpresso.metrics import (
    METRICS,
    expression_scores,
    is_one_prediction,
    mean_r2,
    noise_ceiling,
    pearson_r2_score,
    pearson_r2_scorer,
)
from tests.toys import fast

pairs = npst.arrays(float, st.tuples(st.just(2), st.integers(3, 12)), elements=st.integers(-50, 50))


def test_by_hand():
    # deviations (-1.5, -.5, .5, 1.5) and (-15, 5, -5, 15): 40² / (5 · 500)
    assert pearson_r2_score([1, 2, 3, 4], [10, 30, 20, 40]) == pytest.approx(0.64)


@fast
@given(pairs)
def test_equals_the_square_of_corrcoef(pair):
    assume((np.ptp(pair, axis=1) > 0).all())
    expected = np.corrcoef(pair)[0, 1] ** 2
    assert pearson_r2_score(*pair) == pytest.approx(expected, abs=1e-10)


@fast
@given(pairs)
def test_is_symmetric_and_between_0_and_1_and_never_below_r2(pair):
    assume((np.ptp(pair, axis=1) > 0).all())
    score = pearson_r2_score(*pair)
    assert 0 <= score <= 1 + 1e-12
    assert score == pytest.approx(pearson_r2_score(*pair[::-1]), abs=1e-12)
    assert r2_score(*pair) <= score + 1e-9


@fast
@given(pairs, st.sampled_from([-3, 0.1, 1e6]), st.sampled_from([-5, 0, 1e3]))
def test_forgives_scale_sign_and_offset(pair, scale, offset):
    assume((np.ptp(pair, axis=1) > 0).all())
    y, prediction = pair
    got = pearson_r2_score(y, scale * prediction + offset)
    assert got == pytest.approx(pearson_r2_score(y, prediction), abs=1e-9)


@fast
@given(pairs, st.data())
def test_weights_are_repetitions(pair, data):
    weight = data.draw(npst.arrays(int, pair.shape[1], elements=st.integers(0, 3)))
    repeated = np.repeat(pair, weight, axis=1)
    assume(repeated.shape[1] > 1)
    assume((np.ptp(repeated, axis=1) > 0).all())
    got = pearson_r2_score(*pair, sample_weight=weight)
    assert got == pytest.approx(pearson_r2_score(*repeated), abs=1e-10)


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1e30, 1e200])
def test_neither_overflows_nor_underflows(scale):
    y = np.array([1.0, 2.0, 4.0])
    expected = np.corrcoef(y, [1, 3, 2])[0, 1] ** 2
    assert pearson_r2_score(scale * y, [1, 3, 2]) == pytest.approx(expected)
    assert pearson_r2_score([1, 3, 2], scale * y) == pytest.approx(expected)


@pytest.mark.parametrize(
    "kind", [list, tuple, np.float32, pd.Series, lambda x: np.array(x)[:, np.newaxis]]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_every_kind_of_vector(kind):
    assert pearson_r2_score(kind([1, 2, 3, 4]), [10, 30, 20, 40]) == pytest.approx(0.64)


def test_series_are_compared_by_place():
    y = pd.Series([1, 2, 3, 4], index=list("abcd"))
    prediction = pd.Series([10, 30, 20, 40], index=list("dcba"))
    assert pearson_r2_score(y, prediction) == pytest.approx(0.64)


# where it is not defined


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e9, np.float32(0.3)])
def test_constant_predictions_score_0(constant):
    prediction = np.full(5, constant)
    assert pearson_r2_score(np.arange(5.0), prediction) == 0


def test_predictions_constant_but_for_rounding_score_0():
    prediction = np.full(5, 0.1) + np.array([0, 1, 0, -1, 0]) * 1e-17
    prediction[0] = np.nextafter(0.1, 1)
    assert pearson_r2_score(np.arange(5.0), prediction) == 0


@pytest.mark.parametrize(
    ("y", "prediction"), [([2, 2, 2], [1, 2, 3]), ([2, 2], [1, 1]), ([1], [1]), ([0, 0], [1, 2])]
)
def test_constant_truth_or_one_row_is_nan_and_warns(y, prediction):
    with pytest.warns(UndefinedMetricWarning, match="constant y_true or a single row"):
        assert np.isnan(pearson_r2_score(y, prediction))


@pytest.mark.parametrize("weight", [[1, 1, 0], [0, 0, 1]])
def test_truth_that_is_constant_where_it_weighs_is_nan_and_warns(weight):
    with pytest.warns(UndefinedMetricWarning, match="constant y_true or a single row"):
        assert np.isnan(pearson_r2_score([1, 1, 3], [1, 2, 4], sample_weight=weight))


def test_predictions_that_are_constant_where_they_weigh_score_0():
    assert pearson_r2_score([1, 2, 3], [1, 1, 4], sample_weight=[1, 1, 0]) == 0


def test_negative_weights_are_an_error():
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        pearson_r2_score([1, 2, 3], [1, 2, 4], sample_weight=[1, -1, 1])


@pytest.mark.parametrize(
    ("y", "prediction", "weight", "match"),
    [
        ([1, 2], [1, 2, 3], None, r"inconsistent numbers of samples: \[2, 3\]"),
        ([1, np.nan], [1, 2], None, "y_true contains NaN"),
        ([1, 2], [1, np.nan], None, "y_pred contains NaN"),
        ([1, np.inf], [1, 2], None, "y_true contains infinity"),
        ([1, 2], [1, -np.inf], None, "y_pred contains infinity"),
        ([1, 2], [1, None], None, "y_pred contains NaN"),
        (["long", "short"], [1, 2], None, "could not convert string to float: 'long'"),
        ([[1, 1], [2, 2]], [1, 2], None, r"same shape, got \(2, 2\) and \(2,\)"),
        ([], [], None, r"0 sample\(s\)"),
        ([1, 2, 3], [1, 2, 4], [1, 1], r"sample_weight.shape == \(2,\), expected \(3,\)"),
        ([1, 2, 3], [1, 2, 4], [0, 0, 0], "weights must contain at least one non-zero"),
        ([1, 2, 3], [1, 2, 4], [1, np.nan, 1], "sample_weight contains NaN"),
    ],
)
def test_bad_input(y, prediction, weight, match):
    with pytest.raises(ValueError, match=match):
        pearson_r2_score(y, prediction, sample_weight=weight)


# the scorer


@pytest.fixture(scope="module", name="data")
def fixture_data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    return X, X @ [1.0, 2.0, 0.0] + rng.normal(size=40)


def test_scorer_equals_the_score_of_the_predictions(data):
    model = Ridge().fit(*data)
    assert pearson_r2_scorer(model, *data) == pearson_r2_score(data[1], model.predict(data[0]))
    weight = np.arange(40.0)
    got = pearson_r2_scorer(model, *data, sample_weight=weight)
    assert got == pearson_r2_score(data[1], model.predict(data[0]), sample_weight=weight)


def test_least_squares_on_its_training_rows_has_both_r2_equal(data):
    model = LinearRegression().fit(*data)
    assert pearson_r2_scorer(model, *data) == pytest.approx(model.score(*data))


def test_scorer_in_cross_validation_next_to_r2(data):
    scoring = {"pearson": pearson_r2_scorer, "r2": "r2"}
    got = cross_validate(Ridge(), *data, cv=4, scoring=scoring, error_score="raise")
    assert (got["test_pearson"] >= got["test_r2"]).all()
    assert get_scorer(pearson_r2_scorer) is pearson_r2_scorer


def test_more_is_better_for_a_search(data):
    grid = {"alpha": [1e-3, 1e9]}
    search = GridSearchCV(Ridge(), grid, scoring=pearson_r2_scorer, cv=4).fit(*data)
    assert search.best_score_ == search.cv_results_["mean_test_score"].max() > 0.5


def test_predicting_the_mean_scores_0(data):
    assert pearson_r2_scorer(DummyRegressor().fit(*data), *data) == 0


# all scores at once


def test_scores_are_those_of_scikit_learn_and_scipy():
    rng = np.random.default_rng(0)
    y, p = rng.normal(size=50).round(1), rng.normal(size=50).round(1)  # with ties
    scores = expression_scores(y, p)
    assert tuple(scores) == METRICS
    assert scores["r2"] == pytest.approx(r2_score(y, p))
    assert scores["pearson_r2"] == pytest.approx(pearsonr(y, p).statistic ** 2)
    assert scores["spearman"] == pytest.approx(spearmanr(y, p).statistic)
    assert scores["mse"] == pytest.approx(((y - p) ** 2).mean())


def test_scores_of_constants():
    scores = expression_scores([1.0, 2.0, 3.0], [0.1 + 0.2] * 3)
    assert (scores["pearson_r2"], scores["spearman"]) == (0, 0)
    assert scores["r2"] < 0
    with pytest.warns(UndefinedMetricWarning):
        scores = expression_scores([2.0, 2.0], [1.0, 2.0])
    assert np.isnan([scores[name] for name in METRICS[:3]]).all()
    assert scores["mse"] == 0.5


# the ceiling


@pytest.mark.parametrize("n_replicates", [2, 5])
@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_ceiling_is_what_the_truth_reaches(n_replicates, noise):
    rng = np.random.default_rng(0)
    truth = rng.normal(size=50_000)
    replicates = truth[:, np.newaxis] + noise * rng.normal(size=(50_000, n_replicates))
    for k in range(1, n_replicates + 1):
        measured = replicates[:, :k].mean(axis=1)
        ceiling = noise_ceiling(replicates, n_averaged=k)
        assert ceiling == pytest.approx(1 / (1 + noise**2 / k), abs=0.01)
        assert pearson_r2_score(measured, truth) == pytest.approx(ceiling, abs=0.01)
        assert r2_score(measured, truth) == pytest.approx(ceiling, abs=0.01)
    assert noise_ceiling(replicates) == ceiling


def test_ceiling_of_replicates_that_share_nothing_is_zero():
    assert noise_ceiling([[0, 1], [1, 0], [0, 1]]) == 0


@pytest.mark.parametrize(
    ("replicates", "options", "message"),
    [
        ([[1.0], [2.0]], {}, "at least 2 columns, got 1"),
        ([[1.0, 2.0]], {}, "minimum of 2"),
        ([[1.0, 2.0], [2.0, 2.0]], {}, "column 1 is constant"),
        ([[1.0, 2.0], [2.0, np.nan]], {}, "replicates contains NaN"),
        ([[1.0, 2.0], [2.0, 1.0]], {"n_averaged": 3}, "from 1 to 2, got 3"),
    ],
)
def test_ceiling_of_something_else(replicates, options, message):
    with pytest.raises(ValueError, match=message):
        noise_ceiling(replicates, **options)


# ---- several outputs --------------------------------------------------------------------------


def several():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(40, 3))
    return y, y + rng.normal(size=y.shape) * [0.1, 1, 3], rng.random(40)


def test_squared_pearson_of_every_output():
    y, z, weight = several()
    each = [pearson_r2_score(y[:, j], z[:, j], sample_weight=weight) for j in range(3)]
    got = pearson_r2_score(y, z, sample_weight=weight, multioutput="raw_values")
    np.testing.assert_array_equal(got, each)
    assert pearson_r2_score(y, z, sample_weight=weight) == pytest.approx(np.mean(each))
    assert pearson_r2_score(y, z, multioutput=[0, 0, 2]) == pytest.approx(
        pearson_r2_score(y[:, 2], z[:, 2])
    )
    assert pearson_r2_score(y[:, :1], z[:, :1]) == pearson_r2_score(y[:, 0], z[:, 0])


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (2, {}, r"same shape, got \(40, 3\) and \(40, 2\)"),
        (3, {"multioutput": "all"}, "multioutput must be 'raw_values', .* got 'all'"),
        (3, {"multioutput": [1, 2]}, "inconsistent numbers of samples"),
    ],
)
def test_several_outputs_that_do_not_fit(columns, options, message):
    y, z, _ = several()
    with pytest.raises(ValueError, match=message):
        pearson_r2_score(y, z[:, :columns], **options)


def test_mean_r2_is_that_of_scikit_learn_and_passes_over_what_is_missing():
    y, z, weight = several()
    for one, other in ((y, z), (y[:, 0], z[:, 0])):
        assert mean_r2(one, other, weight) == r2_score(one, other, sample_weight=weight)
    lacking = y.copy()
    lacking[::3, 1] = np.nan
    there = np.arange(40) % 3 > 0
    expected = [
        r2_score(y[:, 0], z[:, 0], sample_weight=weight),
        r2_score(y[there, 1], z[there, 1], sample_weight=weight[there]),
        r2_score(y[:, 2], z[:, 2], sample_weight=weight),
    ]
    assert mean_r2(lacking, z, weight) == pytest.approx(np.mean(expected))


def test_one_prediction_of_several_outputs_is_one_for_every_gene():
    y = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 7.0]])
    assert is_one_prediction(np.array([[1.0, 2.0]] * 3), y)
    assert not is_one_prediction(np.array([[1.0, 2.0], [1.0, 2.5], [1.0, 2.0]]), y)
