"""The bootstrap: the same numbers as copying rows, and intervals of the width that theory says."""

import numpy as np
import pytest
from scipy.stats import rankdata

from skxpresso.metrics import METRICS, expression_scores
from skxpresso.model_selection._bootstrap import (
    bootstrap_scores,
    percentile_interval,
    weighted_scores,
)


def scores_of_copies(y, p, counts):
    scores = expression_scores(np.repeat(y, counts), np.repeat(p, counts))
    return [scores[name] for name in METRICS]


@pytest.mark.parametrize("ties", [False, True])
def test_weights_are_copies_of_rows(ties):
    rng = np.random.default_rng(0)
    y, p = rng.normal(5, 2, size=40), rng.normal(-3, 1, size=(40, 3))
    p[:, 0] += y
    p[:, 2] = 0.1 + 0.2  # constant
    if ties:
        y, p = y.round(), p.round()
    counts = rng.multinomial(40, np.full(40, 1 / 40), size=7)
    scores = weighted_scores(y, p, counts.astype(float))
    for b, model in np.ndindex(7, 3):
        naive = scores_of_copies(y, p[:, model], counts[b])
        np.testing.assert_allclose(scores[b, model], naive, rtol=1e-9, atol=1e-12)


def test_ranks_of_the_oracle_are_midranks():
    assert rankdata([1, 1, 2]).tolist() == [1.5, 1.5, 3]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_a_draw_of_one_value_has_no_correlation():
    y, p = np.array([0.1, 0.1, 1.0]), np.array([[1.0], [3.0], [2.0]])
    weights = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 2.0]])
    scores = weighted_scores(y, p, weights)[:, 0]
    np.testing.assert_array_equal(np.isnan(scores[:, :3]).all(axis=1), [True, True, False])
    np.testing.assert_allclose(scores[0], scores_of_copies(y, p[:, 0], [2, 1, 0]))
    assert np.isnan(scores[1, 3])


def naive_bootstrap(y, p, folds, units, n_bootstrap, seed):
    """Draw in the order in which the package draws, and copy the rows."""
    rng = np.random.default_rng(seed)
    n_units = units.max() + 1
    draws = []
    for drawn in rng.integers(n_units, size=(n_bootstrap, n_units)):
        per_fold = []
        for fold in np.unique(folds):
            rows = [
                row for unit in drawn for row in np.flatnonzero((units == unit) & (folds == fold))
            ]
            scores = [expression_scores(y[rows], p[rows, j]) for j in range(p.shape[1])]
            per_fold.append([list(s.values()) for s in scores])
        draws.append(np.mean(per_fold, axis=0))
    return np.array(draws)


@pytest.mark.parametrize("grouped", [False, True])
def test_draws_are_those_of_a_naive_loop(grouped, monkeypatch):
    monkeypatch.setattr("skxpresso.model_selection._bootstrap._AT_ONCE", 100)  # several portions
    rng = np.random.default_rng(1)
    y = rng.normal(size=60)
    p = y[:, np.newaxis] + rng.normal(size=(60, 2))
    folds = np.arange(60) % 3
    units = np.arange(60) // 4 if grouped else np.arange(60)
    draws = bootstrap_scores(y, p, folds, units, 8, seed=5)
    np.testing.assert_allclose(draws, naive_bootstrap(y, p, folds, units, 8, seed=5))


def test_a_fold_without_a_draw_is_left_out_and_a_failed_model_has_no_score():
    y = np.array([0.0, 1.0, 0.0, 1.0])
    p = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, np.nan], [2.0, np.nan]])
    folds = units = np.array([0, 0, 1, 1])
    mse = bootstrap_scores(y, p, folds, units, 50, seed=0)[:, :, 3]
    assert set(mse[:, 0]) == {0.0, 0.25, 0.5}  # fold 0 alone, both, fold 1 alone
    assert np.isnan(mse[:, 1]).all()


def test_width_of_the_interval_is_what_theory_says():
    """Fisher: the standard error of a squared correlation is 2 r (1 - r²) / sqrt(n)."""
    rng = np.random.default_rng(0)
    n, r2 = 1000, 0.59
    truth = rng.normal(size=(20, n))
    noise = rng.normal(size=(20, n))
    widths = []
    for y, e in zip(truth, noise, strict=True):
        p = np.sqrt(r2) * y + np.sqrt(1 - r2) * e
        draws = bootstrap_scores(y, p[:, np.newaxis], np.zeros(n, int), np.arange(n), 400, seed=0)
        low, high = percentile_interval(draws, 0.95)[:, 0, METRICS.index("pearson_r2")]
        widths.append((high - low) / 2)
    expected = 1.96 * 2 * np.sqrt(r2) * (1 - r2) / np.sqrt(n)
    assert expected == pytest.approx(0.039, abs=0.0005)
    assert np.mean(widths) == pytest.approx(expected, rel=0.06)


def test_copies_of_a_gene_make_no_interval_narrower_when_grouped():
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    p = y + rng.normal(size=200)
    y4, p4, units = np.repeat(y, 4), np.repeat(p, 4)[:, np.newaxis], np.repeat(np.arange(200), 4)
    folds = np.zeros(800, int)

    def width(units):
        low, high = percentile_interval(bootstrap_scores(y4, p4, folds, units, 1000, 0), 0.95)
        return (high - low)[0, 0]

    assert width(units) == pytest.approx(2 * width(np.arange(800)), rel=0.15)


def test_interval_without_draws():
    assert np.isnan(percentile_interval(np.empty((0, 2, 4)), 0.9)).all()
    low, high = percentile_interval(np.array([[0.0, np.nan], [1.0, np.nan]]), 0.5)
    assert low.tolist()[0] == 0.25
    assert np.isnan(high[1])
