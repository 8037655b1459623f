"""The target among the features: refused where nobody chose them, whatever its name or scale."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score

from skxpresso import KmerCountEncoder, OneHotPromoterEncoder
from skxpresso._utils.target_leak import follows_target
from skxpresso.baselines import kmer_baseline
from skxpresso.datasets import make_promoters

DATA = make_promoters(40, 30, random_state=0)
X, Y = DATA.data, pd.Series(DATA.target, index=DATA.data.index)
FITS = [OneHotPromoterEncoder().fit_transform, KmerCountEncoder(2).fit, kmer_baseline(2).fit]
NOISE = np.random.default_rng(0).normal(size=len(Y))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("name", ["expression", "EXPRESSION", "log_expression", "tpm", "target"])
def test_by_name(fit, name):
    table = X.assign(**{name: NOISE})
    with pytest.raises(
        ValueError, match=f"column '{name}' has the name of what is to be predicted"
    ):
        fit(table, Y.rename("tpm"))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("change", [lambda y: y, lambda y: 3 - 2 * y, lambda y: y + 1e-4 * NOISE])
@pytest.mark.parametrize("form", [np.asarray, list, pd.Series])
def test_by_value(fit, change, form):
    with pytest.raises(ValueError, match=r"column 'score' follows y \(correlation above 0.999\)"):
        fit(X.assign(score=np.asarray(change(Y))), form(Y))


def test_what_was_chosen_or_is_only_alike_passes():
    alike = X.assign(score=np.asarray(Y) + NOISE * 0.2 * np.std(Y), promoter_expression=NOISE)
    assert np.corrcoef(alike["score"], Y)[0, 1] > 0.95
    assert "score" in OneHotPromoterEncoder().fit(alike, Y).covariate_names_
    chosen = OneHotPromoterEncoder(covariates=["expression"])
    assert chosen.fit(X.assign(expression=Y), Y).covariate_names_ == ["expression"]
    OneHotPromoterEncoder().fit(X[["promoter"]], Y)
    OneHotPromoterEncoder().fit(X)


def test_a_score_too_good_to_be_true_is_an_error_and_not_a_score():
    with pytest.raises(ValueError, match="follows y"):
        cross_val_score(kmer_baseline(2), X.assign(copy=Y), Y, cv=3, error_score="raise")


def test_oracle_and_odd_targets():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 6))
    y = values @ rng.normal(size=6)
    for scale in (0.02, 0.05, 0.2):
        values[:, 3] = y + scale * rng.normal(size=50)
        r = [abs(np.corrcoef(column, y)[0, 1]) for column in values.T]
        found = [place for place, value in enumerate(r) if value > 0.999]
        assert follows_target(values, y) == (found[0] if found else None)
        assert follows_target(values, np.column_stack([rng.normal(size=50), y])) == (
            found[0] if found else None
        )
    constant = np.ones((50, 1))
    for odd in (
        None,
        ["a"] * 50,
        np.ones(50),
        y[:9],
        np.full(50, np.nan),
        object(),
        y[:, None, None],
    ):
        assert follows_target(constant, odd) is None
    assert follows_target(y[:9, None], y[:9]) is None  # nine rows are few
    assert follows_target(np.empty((50, 0)), y) is None
