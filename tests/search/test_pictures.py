"""The pictures of a search, and how it shows itself in a notebook."""

import sys

import numpy as np
import pandas as pd
import pytest
from hyperopt import hp
from sklearn.exceptions import NotFittedError

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
    with pytest.raises(ValueError, match="a search with a resource"):
        long_search(n_iter=2).fit(X, Y).plot_halving()
    assert {"bracket", "iter", "n_resources"} <= set(search.results_table())
