"""Pictures: they show the points, the scores and the axes they claim."""

import builtins

import numpy as np
import pytest
from matplotlib.figure import Figure

from skxpresso.plots import plot_predictions


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
    with pytest.raises(ImportError, match=r"pip install 'skxpresso\[plot\]'"):
        plot_predictions([0, 1], [0, 1])
