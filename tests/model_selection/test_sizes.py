"""Scores by number of training genes: the same folds, nested parts of whole groups."""

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold

from skxpresso.model_selection import score_by_size, scorecard
from skxpresso.plots import plot_sizes


class Recording(LinearRegression):
    """Remembers which rows it was trained on, by their first column."""

    seen: list = []  # noqa: RUF012

    def fit(self, X, y):
        Recording.seen.append(frozenset(np.asarray(X)[:, 0].tolist()))
        return super().fit(X, y)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(120.0), rng.normal(size=(120, 6))])
    return X, X[:, 1:].sum(axis=1) + rng.normal(size=120), np.arange(120) // 3


def test_parts_are_nested_and_made_of_whole_groups(data):
    X, y, groups = data
    Recording.seen = []
    scores = score_by_size(
        {"model": Recording()}, X, y, [0.2, 0.5, 1], 4, groups, n_bootstrap=0, random_state=0
    )
    assert list(scores.cards) == [18, 45, 90]
    for fold in range(4):
        small, middle, whole = (Recording.seen[fold + 4 * i] for i in range(3))
        assert small < middle < whole
        for part in (small, middle, whole):
            rows = np.array(sorted(part), int)
            counts = np.bincount(groups[rows], minlength=40)
            assert set(counts.tolist()) <= {0, 3}


def test_all_genes_give_the_scorecard_on_the_same_folds(data):
    X, y, _ = data
    folds = list(KFold(3, shuffle=True, random_state=1).split(X))
    models = {"mean": DummyRegressor(), "linear": LinearRegression()}
    scores = score_by_size(models, X, y, [1.0], folds, n_bootstrap=20, random_state=0)
    card = scorecard(models, X, y, folds, n_bootstrap=20, random_state=0)
    (whole,) = scores.cards.values()
    np.testing.assert_array_equal(whole.predictions["linear"], card.predictions["linear"])
    assert scores.table["n_train"].unique().tolist() == [80]


def test_more_genes_are_better_and_drawn(data):
    X, y, _ = data
    scores = score_by_size(
        {"linear": LinearRegression()}, X, y, [0.1, 1], 4, n_bootstrap=20, random_state=0
    )
    r2 = scores.table[scores.table["metric"] == "r2"].set_index("n_train")["score"]
    assert r2[9] < r2[90]
    ax = plot_sizes(scores, "pearson_r2")
    assert ax.get_ylabel() == "squared Pearson"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["9", "90"]
    with pytest.raises(ValueError, match="metric must be one of"):
        plot_sizes(scores, "R2")


@pytest.mark.parametrize("sizes", [[], [0], [0.5, 1.5], [-0.1]])
def test_bad_sizes(data, sizes):
    X, y, _ = data
    with pytest.raises(ValueError, match="sizes must be numbers above 0 and at most 1"):
        score_by_size({"mean": DummyRegressor()}, X, y, sizes)
