"""The pictures of a search, and how it shows itself in a notebook."""

import itertools
import sys

import numpy as np
import pandas as pd
import pytest
from hyperopt import hp
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import ShuffleSplit

from skxpresso.search._pictures import Metric, parameter_plots
from skxpresso.search._search import HyperoptSearchCV
from tests.search.test_halving import halving
from tests.search.toys import Layers, X, Y, long_search

# Pictures


def test_plots(monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    space = {
        "units": hp.choice("u", [(4,), (4, 8)]),
        "alpha": hp.loguniform("a", -5, 5),
        "fault": hp.choice("f", [None, "nan"]),
    }
    search = HyperoptSearchCV(Layers(), space, n_iter=20, cv=2, random_state=0)
    with pytest.raises(NotFittedError):
        search.plot_convergence()
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, Y)
    scores = search.cv_results_["mean_test_score"]
    ax = search.plot_convergence()
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), scores)
    expected = pd.Series(scores).cummax().ffill()
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), expected)
    assert search.plot_convergence(ax) is ax
    figure = search.plot_parameters()
    shown = [ax.get_xlabel() for ax in figure.axes if ax.axison]
    # units[0] is 4 in every trial, units[1] 8 where there is one; a fault has no score
    assert shown == ["alpha", "units: layers"]
    assert [ax.get_xscale() for ax in figure.axes if ax.axison] == ["log", "linear"]
    assert figure.get_supylabel() == "r2, mean of 2 validation folds"
    table = search.results_table()
    assert table["trial"].tolist() == list(search.cv_results_["trial"])
    failed = [reason is not None for reason in search.cv_results_["failure"]]
    assert (table["failure"] != "").tolist() == failed
    assert table["alpha"].tolist() == [params["alpha"] for params in search.cv_results_["params"]]
    plt.close("all")
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="need matplotlib"):
        search.plot_convergence()


def test_pictures_of_a_search_with_one_fold():
    plt = pytest.importorskip("matplotlib.pyplot")
    one = ShuffleSplit(1, test_size=0.5, random_state=0)
    search = HyperoptSearchCV(Ridge(), {"alpha": hp.uniform("alpha", 0, 1)}, n_iter=2, cv=one)
    ax = search.fit(X, Y).plot_convergence()
    plt.close("all")
    assert ax.get_ylabel() == "r2, one validation fold"


def drawn(values, base=None):
    """Draw a parameter that takes these values in a trial each, as all are drawn in a report."""
    n = len(values)
    results = {
        "mean_test_score": np.linspace(0, 1, n),
        "failure": [None] * n,
        "params": [{"xpresso__it": value, "other": i} for i, value in enumerate(values)],
    }
    figure = parameter_plots(results, Metric("score", "r2"), {"xpresso__it": base})
    figure.draw_without_rendering()
    (ax,) = [ax for ax in figure.axes if ax.get_xlabel() == "it"]
    labels = [label for label in ax.get_xticklabels() if label.get_text()]
    return ax, labels


RATES = np.geomspace(0.00033211234567891, 0.0029987654321, 9)


@pytest.mark.parametrize(
    ("values", "base"),
    [
        (RATES.tolist(), 10),
        (RATES[:3].tolist(), 10),
        (RATES.tolist(), None),
        (RATES.astype(np.float32), None),
        (np.arange(0, 10_001, 500), None),
        ([0.06684224014483237, 0.2, "none", 0.12739440201601143, True], None),
        ([f"a long word, {i}" for i in range(6)], None),
        (["relu", "elu", "a very long name of something"], None),
    ],
)
def test_labels_of_ticks_do_not_touch(values, base):
    ax, labels = drawn(values, base)
    left, right = ax.get_xlim()
    boxes = [
        label.get_window_extent()
        for label in labels
        if left <= label.get_unitless_position()[0] <= right
    ]
    assert len(boxes) > 1
    for one, next_one in itertools.pairwise(sorted(boxes, key=lambda box: box.x0)):
        assert one.x1 < next_one.x0


def test_ticks_are_numbers_in_short():
    _, labels = drawn(RATES.tolist(), 10)
    assert [label.get_text() for label in labels] == ["0.00033", "0.001", "0.003"]
    _, labels = drawn([0.06684224014483237, "none"])
    assert [label.get_text() for label in labels] == ["0.0668", "none"]
    ax, _ = drawn(np.array([3, 4, 5]))
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [3, 4, 5])


def test_a_picture_of_many_parameters_is_as_wide_as_a_page():
    params = {f"p{i}": 0 for i in range(10)}
    results = {
        "mean_test_score": [0.0, 1.0],
        "failure": [None] * 2,
        "params": [params, dict.fromkeys(params, 1)],
    }
    figure = parameter_plots(results, Metric("score", "r2"), {})
    assert figure.get_figwidth() == pytest.approx(7.2)
    assert figure.get_figheight() < 9


def test_html():
    search = long_search(n_iter=4)
    assert "best score" not in search._repr_html_()
    html = search.fit(X, Y)._repr_html_()
    assert f"{search.best_score_:.6g}" in html
    assert repr(search.best_params_["alpha"]) in html


def test_curves_of_halving():
    search = halving().fit(X, Y * 0 + 100.0)
    results = search.cv_results_
    ax = search.plot_halving()
    assert search.plot_halving(ax) is ax
    assert ax.get_xlabel() == "n_estimators"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "3", "9", "27"]
    top = results["trial"] == results["trial"][results["n_resources"] == 27]
    (bold,) = [line for line in ax.lines[:27] if line.get_linewidth() > 1]
    np.testing.assert_array_equal(bold.get_ydata(), results["mean_test_score"][top])
    assert bold.get_label() == "went up to the top"
    # on each of the folds 27 rounds, then 9 times 2, 3 times 6, and 18
    assert "81; all candidates in full: 729" in search._repr_html_()
    assert "27, 0 failed" in search._repr_html_()
    ax = search.plot_convergence()
    assert ax.get_xlabel() == "fit"
    assert ax.lines[1].get_label() == "best of those with most n_estimators"
    last = results["n_resources"] == 27
    assert ax.lines[1].get_ydata()[-1] == results["mean_test_score"][last].max()
    with pytest.raises(ValueError, match="a search with a resource"):
        long_search(n_iter=2).fit(X, Y).plot_halving()
    assert {"bracket", "iter", "n_resources"} <= set(search.results_table())
