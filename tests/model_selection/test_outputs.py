"""Scores of several outputs: numbers by hand, one fit for all, missing values, the same draws."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import PredefinedSplit

from skxpresso import XpressoRegressor, scorecard
from skxpresso.model_selection import score_by_size, score_outputs
from skxpresso.plots import plot_sizes
from tests.toys import BRIEF

NAN = float("nan")


class Counting(XpressoRegressor):
    """Counts how often it is fitted."""

    fits = 0

    def fit(self, X, y, **more):
        Counting.fits += 1
        return super().fit(X, y, **more)


class Failing(RegressorMixin, BaseEstimator):
    """Fail always."""

    def fit(self, X, y):
        raise KeyError("no such gene")

    def predict(self, X):
        return X[:, 0]


@pytest.fixture(scope="module")
def genes():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    noise = rng.normal(size=(60, 2))
    return X, pd.DataFrame({"liver": X[:, 0] + noise[:, 0], "brain": 50 - 9 * X[:, 1]})


def test_means_by_hand():
    # two folds of three genes; the mean of the other fold is what DummyRegressor predicts
    y = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6], "b": [0.0, 3, NAN, 1, 1, 4]})
    scores = score_outputs(
        {"mean": DummyRegressor()}, [[0]] * 6, y, PredefinedSplit([0, 0, 0, 1, 1, 1]), n_bootstrap=0
    )
    # a: predicts 5 for 1, 2, 3 and 2 for 4, 5, 6: 1 - 29 / 2 in both
    # b: predicts 2 for 0, 3 (1 - 5 / 4.5) and 1.5 for 1, 1, 4 (1 - 6.75 / 6)
    wanted = {"a": -13.5, "b": (1 - 5 / 4.5 + 1 - 6.75 / 6) / 2}
    wanted["mean"] = (wanted["a"] + wanted["b"]) / 2
    found = scores.summary[scores.summary["metric"] == "r2"].set_index("output")["score"]
    assert found.to_dict() == pytest.approx(wanted)
    assert scores.cards["b"].folds["n_test"].tolist() == [2, 3]
    mse = scores.mean.folds["mse"].tolist()
    assert mse == pytest.approx([(29 / 3 + 2.5) / 2, (29 / 3 + 2.25) / 2])
    assert scores.predictions["output"].tolist() == ["a"] * 6 + ["b"] * 5


def test_every_output_has_the_scorecard_of_its_own(genes):
    X, y = genes
    models = {"linear": LinearRegression(), "trees": HistGradientBoostingRegressor(max_iter=3)}
    options = {"cv": 3, "n_bootstrap": 30, "random_state": 0, "groups": np.arange(60) // 2}
    scores = score_outputs(models, X, y, reference="trees", **options)
    for name in y:
        card = scorecard(models, X, y[name], reference="trees", **options)
        pd.testing.assert_frame_equal(scores.cards[name].summary, card.summary)
        pd.testing.assert_frame_equal(scores.cards[name].predictions, card.predictions)
    same = score_outputs(models, X, y.assign(brain=y["liver"]), **options)
    card = scorecard(models, X, y["liver"], **options)
    # two outputs that are the same vary together, which independent draws would not know
    pd.testing.assert_frame_equal(same.mean.summary, card.summary)


def test_what_is_missing_does_not_count(genes):
    X, y = genes
    y = y.copy()
    y.loc[:14, "liver"] = NAN
    models = {"linear": LinearRegression()}
    scores = score_outputs(models, X, y, PredefinedSplit(np.arange(60) % 2), n_bootstrap=20)
    there = np.flatnonzero(y["liver"].notna())
    train, test = there[there % 2 == 1], there[there % 2 == 0]
    predicted = LinearRegression().fit(X[train], y["liver"][train]).predict(X[test])
    folds = scores.cards["liver"].folds
    assert folds["r2"][0] == pytest.approx(r2_score(y["liver"][test], predicted))
    assert folds["n_test"].tolist() == [len(test), len(train)]
    assert scores.cards["brain"].folds["n_test"].tolist() == [30, 30]
    low, high = scores.mean.summary.loc[0, ["low", "high"]]
    assert low < scores.mean.summary.loc[0, "score"] < high


@pytest.mark.slow
def test_networks_are_fitted_once_in_a_fold(genes):
    X, y = genes
    y = y.mask(np.arange(120).reshape(60, 2) % 7 == 0)
    network = Counting(filters=(), kernel_sizes=(), dilation_rates=(), pool_sizes=(), **BRIEF,
                       dense_units=(4,), dropout_rates=(0.0,), optimizer="adam", promoter_length=0,
                       random_state=0)  # fmt: skip
    Counting.fits = 0
    scores = score_outputs({"network": network}, X, y, 3, n_bootstrap=0, random_state=0)
    assert Counting.fits == 3
    fitted = network.fit(X, y)
    frozen = {"network": FrozenEstimator(fitted)}
    again = score_outputs(frozen, X, y[["brain", "liver"]], 3, n_bootstrap=0, random_state=0)
    brain = again.cards["brain"].predictions
    np.testing.assert_allclose(brain["network"], fitted.predict(X)[brain["row"], 1], rtol=1e-6)
    assert list(scores.cards) == ["liver", "brain"]
    with pytest.raises(ValueError, match="predicts 'liver', 'brain', but not 'lung', which it is"):
        score_outputs(frozen, X, y.rename(columns={"brain": "lung"}), 3)


def test_a_frozen_model_of_several_outputs_needs_no_complete_y(genes):
    X, y = genes
    fitted = LinearRegression().fit(X, y)
    frozen = {"linear": FrozenEstimator(fitted)}
    scores = score_outputs(frozen, X, y.mask(y < -1.5), 2, n_bootstrap=0, random_state=0)
    liver = scores.cards["liver"].predictions
    assert 40 < len(liver) < 60
    np.testing.assert_allclose(liver["linear"], fitted.predict(X)[liver["row"], 0])


def test_a_frozen_model_of_one_output_is_scored_on_all(genes):
    X, y = genes
    frozen = FrozenEstimator(LinearRegression().fit(X, y["liver"]))
    found = score_outputs({"liver": frozen}, X, y, 2, n_bootstrap=0).predictions
    for _, rows in found.groupby("output"):
        np.testing.assert_allclose(rows["liver"], frozen.predict(X)[rows["row"]])


def test_a_model_that_fails_leaves_the_others(genes):
    X, y = genes
    models = {"failing": Failing(), "mean": DummyRegressor()}
    with pytest.warns(FitFailedWarning, match="a model failed: 'failing' in 2 fold"):
        scores = score_outputs(models, X, y, 2, n_bootstrap=5, random_state=0)
    table = scores.table(["r2"]).set_index(["output", "model"])
    for output in ("mean", *y):
        assert "failed in 2 of 2 folds: KeyError" in table.loc[(output, "failing"), "remark"]
        assert table.loc[(output, "mean"), "remark"] == ""


def test_by_number_of_genes_and_drawn(genes):
    X, y = genes
    models = {"linear": LinearRegression()}
    sizes = score_by_size(models, X, y, [0.5, 1], 2, n_bootstrap=5, random_state=0)
    assert sizes.table["output"].unique().tolist() == ["mean", "liver", "brain"]
    (line,) = plot_sizes(sizes).lines
    wanted = sizes.table.query("metric == 'r2' and output == 'mean'")["score"]
    np.testing.assert_allclose(line.get_ydata(), wanted)
    ax = sizes.cards[30].plot("mse")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["liver", "brain"]
    with pytest.raises(ValueError, match="metric must be one of 'r2', .*, got 'R2'"):
        sizes.cards[30].plot("R2")


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[1.0, 2]] * 3 + [[NAN, NAN]], "y must have a number in every row, row 3 has none"),
        ([[1.0, 2]] * 2 + [[1, NAN]] * 2, "output '1' must be measured in at least 2 t"),
        (pd.DataFrame([[1.0, 2]] * 4, columns=["a", "mean"]), "no output may be called 'mean'"),
        (pd.DataFrame([[1.0, 2]] * 4, columns=["a", "a"]), "unique names, got 'a' twice"),
        ([[1.0, np.inf]] * 4, "Input y contains infinity"),
    ],
)
def test_what_cannot_be_scored(y, message):
    with pytest.raises(ValueError, match=message):
        score_outputs({"mean": DummyRegressor()}, [[0]] * 4, y, 2, random_state=0)


def test_one_scorecard_names_what_takes_several():
    with pytest.raises(ValueError, match=r"got the shape \(4, 2\); score_outputs takes several"):
        scorecard({"mean": DummyRegressor()}, [[0]] * 4, [[1, 2]] * 4)
    with pytest.raises(ValueError, match="no model may be called 'output'"):
        score_outputs({"output": DummyRegressor()}, [[0]] * 4, [[1, 2]] * 4)
