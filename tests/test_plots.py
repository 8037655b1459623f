"""Pictures: they show the points, the scores and the axes they claim."""

import builtins

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from skxpresso import make_xpresso_pipeline, scorecard
from skxpresso.plots import (
    plot_learning_curve,
    plot_predictions,
    plot_scorecard,
    plot_scorecard_predictions,
)


@pytest.mark.parametrize("n", [50, 3000])
def test_scores_and_labels(n):
    rng = np.random.default_rng(0)
    y = rng.normal(size=n)
    ax = plot_predictions(y, y + 1, title="All off by one")
    text = ax.texts[0].get_text()
    assert "squared Pearson = 1.000" in text
    assert f"n = {n:,}" in text
    assert f"r2 = {1 - 1 / y.var():.3f}" in text
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("measured expression", "predicted expression")
    assert ax.get_title() == "All off by one"
    shown = ax.collections[0]
    count = shown.get_array().sum() if n > 2000 else len(shown.get_offsets())
    assert count == n


def test_draws_where_asked(tmp_path):
    figure = Figure()
    ax = figure.subplots()
    assert plot_predictions([0, 1], [0, 1], ax=ax) is ax
    figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_missing_matplotlib_says_what_to_install(monkeypatch):
    real_import = builtins.__import__

    def no_matplotlib(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_matplotlib)
    with pytest.raises(ImportError, match=r"pip install '.\[plot\]'"):
        plot_predictions([0, 1], [0, 1])


HISTORY = {"loss": [1.0, 0.6, 0.4], "val_loss": [1.1, 0.8, 0.9]}


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_learning_curve_shows_losses_and_the_best_epoch():
    ax = plot_learning_curve(HISTORY, title="Training")
    training, validation, mark = ax.lines
    np.testing.assert_array_equal(training.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(training.get_ydata(), HISTORY["loss"])
    np.testing.assert_array_equal(validation.get_ydata(), HISTORY["val_loss"])
    assert list(mark.get_xdata()) == [2, 2]
    assert legend(ax) == ["training", "validation", "kept: epoch 2, loss 0.8"]
    assert (ax.get_xlabel(), ax.get_title()) == ("epoch", "Training")
    assert ax.get_ylabel() == "loss (on z-scores of expression)"


def test_learning_curve_of_a_named_epoch_and_without_validation():
    assert legend(plot_learning_curve(HISTORY, best_epoch=0))[-1] == "kept: epoch 1, loss 1.1"
    assert legend(plot_learning_curve({"loss": [1.0]})) == ["training"]


def test_learning_curve_of_a_fitted_pipeline(promoters, tiny):
    pipeline = make_xpresso_pipeline(**tiny, validation_fraction=0.2)
    pipeline.fit(promoters.data, promoters.target)
    network = pipeline[-1]
    for source in (pipeline, network, network.history_):
        training, validation, mark = plot_learning_curve(source).lines
        np.testing.assert_array_equal(training.get_ydata(), network.history_["loss"])
        np.testing.assert_array_equal(validation.get_ydata(), network.history_["val_loss"])
        assert mark.get_xdata()[0] == network.best_epoch_ + 1


@pytest.mark.parametrize(
    ("history", "options", "error", "message"),
    [
        ([1.0, 2.0], {}, TypeError, "fitted XpressoRegressor.* got list"),
        (make_xpresso_pipeline(), {}, TypeError, "got Pipeline"),
        ({"loss": []}, {}, ValueError, "at least one"),
        ({"loss": [1.0], "val_loss": [1.0, 2.0]}, {}, ValueError, "'val_loss': 2"),
        (HISTORY, {"best_epoch": 3}, ValueError, "from 0 to 2, got 3"),
    ],
)
def test_learning_curve_of_something_else(history, options, error, message):
    with pytest.raises(error, match=message):
        plot_learning_curve(history, **options)


class Flat(RegressorMixin, BaseEstimator):
    """Predict nothing of use, or fail."""

    def __init__(self, fail=False):
        self.fail = fail

    def fit(self, X, y):
        if self.fail:
            raise RuntimeError("no")
        return self

    def predict(self, X):
        return np.zeros(len(X))


@pytest.fixture(scope="module")
def card():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 1))
    truth = X[:, 0]
    replicates = truth[:, np.newaxis] + 0.5 * rng.normal(size=(90, 2))
    models = {
        "broken": Flat(fail=True),
        "mean": DummyRegressor(),
        "flat": Flat(),
        "line": LinearRegression(),
    }
    with pytest.warns(match="'broken'"):
        return scorecard(
            models, X, replicates.mean(axis=1), 3, replicates=replicates, random_state=0,
            n_bootstrap=100, confidence=0.9,
        )  # fmt: skip


@pytest.mark.parametrize("metric", ["r2", "mse"])
def test_scorecard_sorts_models_and_shows_scores_intervals_and_ceiling(card, metric):
    ax = plot_scorecard(card, metric, title="Models")
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[0] == "broken (failed)"
    assert names[-1] == "line"
    assert "flat (collapsed)" in names
    rows = card.summary.query("metric == @metric").set_index("model")
    for place, name in enumerate(names):
        row = rows.loc[name.split(" (")[0]]
        interval, dot = ax.lines[2 * place : 2 * place + 2]
        np.testing.assert_array_equal(interval.get_xdata(), [row["low"], row["high"]])
        np.testing.assert_array_equal(dot.get_xdata(), [row["score"]])
        assert dot.get_ydata()[0] == place
        assert (dot.get_markerfacecolor() == "white") == ("collapsed" in name)
    assert ax.get_xlabel() == f"{metric}, mean of 3 folds, 90 % interval"
    lines = ax.lines[2 * len(names) :]
    assert len(lines) == (metric == "r2")
    if lines:
        assert list(lines[0].get_xdata()) == [card.ceiling, card.ceiling]
        assert legend(ax) == [f"ceiling {card.ceiling:.3f}"]


def test_scorecard_of_no_such_metric(card):
    with pytest.raises(ValueError, match="one of 'r2', 'pearson_r2', 'spearman', 'mse', got 'auc'"):
        plot_scorecard(card, "auc")


def test_panels_of_a_scorecard_show_the_numbers_of_its_table(card):
    figure = plot_scorecard_predictions(card, unit="log10 TPM")
    panels = [ax for ax in figure.axes if ax.get_title()]
    worked = [name for name in card.models if card.predictions[name].notna().all()]
    assert [ax.get_title() for ax in panels] == worked
    scores = card.summary.set_index(["model", "metric"])["score"]
    for ax in panels:
        assert f"r2 = {scores[ax.get_title(), 'r2']:.3f}" in ax.texts[0].get_text()
        assert ax.get_xlim() == ax.get_ylim() == panels[0].get_xlim()
    assert "measured expression (log10 TPM)" in [ax.get_xlabel() for ax in panels]


def test_many_genes_share_one_colour_bar():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2500, 1)), rng.normal(size=2500)
    card = scorecard({"line": LinearRegression(), "mean": DummyRegressor()}, X, y, 2, n_bootstrap=0)
    figure = plot_scorecard_predictions(card)
    bars = [ax for ax in figure.axes if ax.get_label() == "<colorbar>"]
    assert len(bars) == 1
    limits = {ax.collections[0].get_clim() for ax in figure.axes if ax.get_title()}
    assert len(limits) == 1
    low, high = figure.axes[0].get_xlim()
    shown = figure.axes[0].collections[0].get_offsets()
    assert low <= shown.min()
    assert shown.max() <= high
