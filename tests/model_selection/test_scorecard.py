"""The scorecard: scikit-learn's numbers, what failed and what collapsed, and theory's answers."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GroupKFold, KFold, RepeatedKFold, cross_validate
from sklearn.neighbors import KNeighborsRegressor

from skxpresso import make_xpresso_pipeline, pearson_r2_scorer, scorecard
from skxpresso.baselines import halflife_baseline, kmer_baseline, mean_baseline
from skxpresso.datasets import make_promoters
from skxpresso.exceptions import DeadNetworkWarning
from skxpresso.metrics import METRICS
from skxpresso.model_selection import combine_scorecards, compare_scorecards


class Failing(RegressorMixin, BaseEstimator):
    """Fail where the first training row is not gene 0, or everywhere."""

    def __init__(self, always=True):
        self.always = always

    def fit(self, X, y):
        if self.always or X[0, 0] != 0:
            raise KeyError("no such gene")
        self.mean_ = y.mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_) + X[:, 1]


class Collapsing(RegressorMixin, BaseEstimator):
    """Predict one number, as a dead network, with or without saying so."""

    def __init__(self, warn=False):
        self.warn = warn

    def fit(self, X, y):
        if self.warn:
            warnings.warn("the network predicts one number", DeadNetworkWarning, stacklevel=2)
        self.mean_ = y.mean()
        return self

    def predict(self, X):
        return self.mean_ + 1e-9 * X[:, 1]


@pytest.fixture(scope="module")
def numbers():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(90), rng.normal(size=(90, 2))])
    return X, X[:, 1] + rng.normal(size=90)


MODELS = {"mean": DummyRegressor(), "ridge": Ridge(), "neighbours": KNeighborsRegressor()}


def summary_of(card, metric):
    return card.summary[card.summary["metric"] == metric].set_index("model")


# scores


def test_fold_scores_are_those_of_cross_validate(numbers):
    X, y = numbers
    cv = KFold(4, shuffle=True, random_state=3)
    card = scorecard(MODELS, X, y, cv, n_bootstrap=0)
    scoring = {"r2": "r2", "pearson_r2": pearson_r2_scorer, "mse": "neg_mean_squared_error"}
    for name, model in MODELS.items():
        expected = cross_validate(model, X, y, cv=cv, scoring=scoring)
        folds = card.folds[card.folds["model"] == name]
        np.testing.assert_allclose(folds["r2"], expected["test_r2"])
        np.testing.assert_allclose(folds["pearson_r2"], expected["test_pearson_r2"])
        np.testing.assert_allclose(folds["mse"], -expected["test_mse"])
        assert folds["n_test"].tolist() == [23, 23, 22, 22]
        assert (folds["fit_seconds"] > 0).all()
        assert not folds["collapsed"].any()
        summary = card.summary[card.summary["model"] == name].set_index("metric")
        assert summary.loc["r2", "score"] == pytest.approx(expected["test_r2"].mean())
    ridge = card.predictions[card.predictions["fold"] == 0]
    expected = spearmanr(ridge["measured"], ridge["ridge"]).statistic
    row = card.folds.query("model == 'ridge' and fold == 0")
    assert row["spearman"].item() == pytest.approx(expected)


def test_predictions_are_out_of_fold_and_labelled(numbers):
    X, y = numbers
    X = pd.DataFrame(X, index=[f"gene{i}" for i in range(90)])
    cv = KFold(3)
    card = scorecard({"line": LinearRegression()}, X, y, cv, n_bootstrap=0)
    assert sorted(card.predictions["row"]) == list(range(90))
    assert card.predictions.index.tolist() == [f"gene{row}" for row in card.predictions["row"]]
    for fold, (train, test) in enumerate(cv.split(X)):
        rows = card.predictions[card.predictions["fold"] == fold]
        np.testing.assert_array_equal(rows["measured"], y[test])
        expected = LinearRegression().fit(X.iloc[train], y[train]).predict(X.iloc[test])
        np.testing.assert_allclose(rows["line"], expected)


def test_the_mean_has_no_correlation_since_folds_are_scored_alone(numbers):
    X, y = numbers
    order = np.argsort(y)  # folds of very different means
    card = scorecard({"mean": DummyRegressor()}, X[order], y[order], KFold(3), n_bootstrap=20)
    row = summary_of(card, "pearson_r2").loc["mean"]
    assert row[["score", "low", "high"]].tolist() == [0, 0, 0]
    pooled = np.corrcoef(card.predictions["measured"], card.predictions["mean"])[0, 1]
    assert pooled**2 > 0.5


def test_repeated_folds_and_masks(numbers):
    X, y = numbers
    card = scorecard(MODELS, X, y, RepeatedKFold(n_splits=3, n_repeats=2, random_state=0))
    assert len(card.predictions) == 180
    assert card.folds["fold"].max() == 5
    test = np.arange(90) < 30
    masks = scorecard(MODELS, X, y, [(~test, test)], n_bootstrap=0)
    indices = scorecard(MODELS, X, y, [(np.arange(30, 90), np.arange(30))], n_bootstrap=0)
    pd.testing.assert_frame_equal(masks.summary, indices.summary)


def test_a_seed_repeats_folds_and_intervals_in_parallel_too(numbers):
    X, y = numbers
    cards = [
        scorecard(MODELS, X, y, 3, n_bootstrap=30, random_state=1, n_jobs=n_jobs)
        for n_jobs in (None, 2)
    ]
    pd.testing.assert_frame_equal(cards[0].summary, cards[1].summary)
    other = scorecard(MODELS, X, y, 3, n_bootstrap=30, random_state=2)
    assert not other.summary.equals(cards[0].summary)


def test_integers_make_shuffled_folds_or_grouped_ones(numbers):
    X, y = numbers
    groups = np.array(["a", "b", "c", "d", "e", "f"])[np.arange(90) // 15]
    card = scorecard(MODELS, X, y, 3, random_state=0, n_bootstrap=0)
    first = card.predictions.query("fold == 0")["row"]
    assert len(first) == 30
    assert np.ptp(first) > 30
    card = scorecard(MODELS, X, y, 3, groups, n_bootstrap=0)
    assert (card.predictions.groupby("group")["fold"].nunique() == 1).all()
    expected = [test.tolist() for _, test in GroupKFold(3).split(X, y, groups)]
    assert [rows["row"].tolist() for _, rows in card.predictions.groupby("fold")] == expected


# intervals and differences


def test_intervals_hold_the_score_and_grow_with_groups(numbers):
    X, y = numbers
    X, y = np.repeat(X, 5, axis=0), np.repeat(y, 5)
    groups = np.repeat(np.arange(90), 5)
    splits = list(GroupKFold(3).split(X, y, groups))
    alone = summary_of(scorecard(MODELS, X, y, splits, random_state=0), "r2").loc["ridge"]
    grouped = scorecard(MODELS, X, y, splits, groups, random_state=0)
    grouped = summary_of(grouped, "r2").loc["ridge"]
    assert alone["score"] == grouped["score"]
    assert alone["low"] < alone["score"] < alone["high"]
    assert grouped["high"] - grouped["low"] > 1.8 * (alone["high"] - alone["low"])


def test_differences_are_paired(numbers):
    X, y = numbers
    rng = np.random.default_rng(0)
    twin = FrozenEstimator(LinearRegression().fit(X, y + 0.01 * rng.normal(size=90)))
    models = {"line": FrozenEstimator(LinearRegression().fit(X, y)), "twin": twin}
    card = scorecard(models, X, y, 3, random_state=0, reference="twin")
    rows = summary_of(card, "r2")
    row = rows.loc["line"]
    assert row["difference"] == pytest.approx(row["score"] - rows.loc["twin", "score"])
    assert row["difference_low"] <= row["difference"] <= row["difference_high"]
    assert row["difference_high"] - row["difference_low"] < 0.05 * (row["high"] - row["low"])
    assert rows.loc["twin", ["difference", "difference_low", "difference_high"]].isna().all()
    assert "r2 above twin" in card.table().columns


def test_one_group_gives_no_interval(numbers):
    X, y = numbers
    card = scorecard(MODELS, X, y, KFold(2).split(X), groups=["all"] * 90)
    assert card.summary["low"].isna().all()
    assert card.summary["score"].notna().all()


# what goes wrong


@pytest.mark.parametrize("always", [True, False])
def test_a_model_that_fails_leaves_the_others_alone(numbers, always):
    X, y = numbers
    models = {"broken": Failing(always)} | MODELS
    with pytest.warns(FitFailedWarning, match=r"'broken' in . fold\(s\): KeyError: 'no such gene'"):
        card = scorecard(models, X, y, KFold(3), n_bootstrap=20, random_state=0, reference="ridge")
    broken = card.folds[card.folds["model"] == "broken"]
    failed = [True] * 3 if always else [True, False, False]
    assert broken["r2"].isna().tolist() == failed
    assert [bool(note) for note in broken["note"]] == failed
    rows = summary_of(card, "r2")
    assert rows.loc["broken"].drop("metric").isna().all()
    alone = scorecard(MODELS, X, y, KFold(3), n_bootstrap=20, random_state=0, reference="ridge")
    pd.testing.assert_frame_equal(rows.drop("broken"), summary_of(alone, "r2"))
    assert card.table()["remark"].iloc[0].startswith("failed in ")


def test_when_all_fail_there_is_no_card(numbers):
    with pytest.raises(ValueError, match=r"no model worked.*KeyError: 'no such gene'"):
        scorecard({"broken": Failing()}, *numbers, cv=3)


@pytest.mark.filterwarnings("ignore::skxpresso.exceptions.DeadNetworkWarning")
def test_collapsed_networks_are_marked(numbers):
    models = MODELS | {"flat": Collapsing(), "dead": Collapsing(warn=True)}
    card = scorecard(models, *numbers, cv=3, n_bootstrap=0)
    collapsed = card.folds.groupby("model")["collapsed"].sum()
    assert collapsed.to_dict() == {"dead": 3, "flat": 3, "mean": 0, "neighbours": 0, "ridge": 0}
    notes = card.folds.set_index("model")["note"]
    assert (notes["dead"] == "the network predicts one number").all()
    assert card.table().set_index("model").loc["flat", "remark"] == "collapsed in 3 of 3 folds"


def test_warnings_of_the_models_come_through(numbers):
    with pytest.warns(DeadNetworkWarning, match="predicts one number") as caught:
        scorecard({"dead": Collapsing(warn=True)}, *numbers, cv=3, n_bootstrap=0)
    assert len(caught) == 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"estimators": [Ridge()]}, TypeError, "mapping of names to estimators, got list"),
        ({"estimators": {}}, ValueError, "name at least one model"),
        ({"estimators": {"fold": Ridge()}}, ValueError, "other than 'row', 'fold'.* got 'fold'"),
        ({"estimators": {0: Ridge()}}, ValueError, "got 0"),
        ({"y": [1.0] * 89}, ValueError, "inconsistent numbers of samples"),
        ({"y": [np.nan] * 90}, ValueError, "y contains NaN"),
        ({"groups": [0] * 89}, ValueError, "inconsistent numbers of samples"),
        ({"groups": [0] * 89 + [None]}, ValueError, "row 89 has none"),
        ({"reference": "lstm"}, ValueError, "one of 'mean', .* got 'lstm'"),
        ({"confidence": 95}, ValueError, "confidence must be between 0 and 1, got 95"),
        ({"n_bootstrap": -1}, ValueError, "n_bootstrap must be 0 or more"),
        ({"replicates": np.zeros((90, 2))}, ValueError, "column 0 is constant"),
    ],
)
def test_wrong_arguments(numbers, arguments, error, message):
    X, y = numbers
    given = {"estimators": MODELS, "X": X, "y": y, "cv": 3} | arguments
    with pytest.raises(error, match=message):
        scorecard(**given)


# several cards


def test_cards_of_one_model_each_combine_to_the_card_of_all(numbers):
    X, y = numbers
    settings = {"cv": KFold(3), "n_bootstrap": 40, "random_state": 7}
    together = scorecard(MODELS, X, y, **settings)
    cards = [scorecard({name: model}, X, y, **settings) for name, model in MODELS.items()]
    combined = combine_scorecards(cards, n_bootstrap=40, random_state=7)
    assert combined.models == together.models
    pd.testing.assert_frame_equal(combined.predictions, together.predictions)
    pd.testing.assert_frame_equal(combined.summary, together.summary)
    with pytest.raises(ValueError, match="'mean' more than once"):
        combine_scorecards([cards[0], cards[0]])
    other = scorecard({"other": Ridge()}, X, y, cv=4, n_bootstrap=0)
    with pytest.raises(ValueError, match="card of 'other' was not made on the same folds"):
        combine_scorecards([cards[0], other])


def test_random_folds_flatter_those_who_remember():
    """Pairs of near copies: the neighbour of a test gene is its copy, a line has no such help."""
    rng = np.random.default_rng(0)
    X = np.repeat(rng.normal(size=(500, 2)), 2, axis=0)
    y = X[:, 0] + np.repeat(rng.normal(size=500), 2)
    groups = np.repeat(np.arange(500), 2)
    models = {"line": LinearRegression(), "nearest": KNeighborsRegressor(1)}
    random = scorecard(models, X, y, 3, random_state=0, n_bootstrap=0)
    grouped = scorecard(models, X, y, 3, groups, n_bootstrap=0)
    table = compare_scorecards(random, grouped, n_bootstrap=300, random_state=0)
    r2 = table[table["metric"] == "r2"].set_index("model")
    assert r2.loc["line", "low"] < 0 < r2.loc["line", "high"] < 0.1
    assert r2.loc["nearest", "low"] > 0.5
    np.testing.assert_allclose(r2["difference"], r2["first"] - r2["second"])
    assert (r2["low"] < r2["difference"]).all()
    assert (r2["difference"] < r2["high"]).all()


def test_cards_that_cannot_be_compared(numbers):
    X, y = numbers
    card = scorecard({"ridge": Ridge()}, X, y, 3, n_bootstrap=0)
    with pytest.raises(ValueError, match="the cards have no model in common"):
        compare_scorecards(card, scorecard({"mean": DummyRegressor()}, X, y, 3, n_bootstrap=0))
    with pytest.raises(ValueError, match="must hold the same genes"):
        compare_scorecards(card, scorecard({"ridge": Ridge()}, X, y + 1, 3, n_bootstrap=0))


# the ceiling


def test_ceiling_is_for_the_mean_or_for_one_replicate():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=20_000)
    replicates = truth[:, np.newaxis] + rng.normal(size=(20_000, 2))
    mean = replicates.mean(axis=1)
    models = {"truth": LinearRegression()}
    X = truth[:, np.newaxis]
    for y, expected in ((mean, 2 / 3), (replicates[:, 1], 1 / 2)):
        card = scorecard(models, X, y, 2, replicates=replicates, n_bootstrap=0)
        assert card.ceiling == pytest.approx(expected, abs=0.01)
        reached = summary_of(card, "r2").loc["truth", "score"]
        assert reached == pytest.approx(card.ceiling, abs=0.02)
        assert f"{card.ceiling:.3f}" in repr(card)


# theory


@pytest.mark.slow
def test_every_model_lands_where_theory_says():
    """Shares are planted; composition is seen by 1-mers, the grammar by the network alone."""
    data = make_promoters(
        4000, 60, motif_length=6, grammar_share=0.5, halflife_share=0.25, composition_share=0.15,
        random_state=0,
    )  # fmt: skip
    network = make_xpresso_pipeline(
        filters=(24,), kernel_sizes=(6,), dilation_rates=(1,), pool_sizes=(5,),
        dense_units=(32, 8), dropout_rates=(0.0, 0.0), optimizer="adam", learning_rate=3e-3,
        batch_size=64, epochs=25, patience=6, random_state=0,
    )  # fmt: skip
    models = {
        "mean": mean_baseline(),
        "half-life": halflife_baseline(),
        "1-mers": kmer_baseline(1),
        "network": network,
    }
    card = scorecard(models, data.data, data.target, 2, n_bootstrap=200, random_state=0)
    r2 = summary_of(card, "r2")
    expected = {"mean": 0.0, "half-life": 0.25, "1-mers": 0.4}
    for name, share in expected.items():
        assert r2.loc[name, "score"] == pytest.approx(share, abs=0.03)
        assert r2.loc[name, "low"] - 0.01 <= share <= r2.loc[name, "high"] + 0.01
    assert r2.loc["network", "score"] > 0.7
    assert r2.loc["network", "high"] <= data.ceiling
    assert r2["score"].is_monotonic_increasing
    assert set(card.summary["metric"]) == set(METRICS)
    predicted = card.predictions.query("fold == 0")
    mse = mean_squared_error(predicted["measured"], predicted["network"])
    assert card.folds.query("model == 'network' and fold == 0")["mse"].item() == pytest.approx(mse)
