"""The baselines: each lands where theory says on data with a known answer."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import train_test_split

from skxpresso.baselines import (
    halflife_baseline,
    kmer_baseline,
    mean_baseline,
    score_models,
)
from skxpresso.datasets import make_promoters


@pytest.fixture(scope="module")
def split():
    data = make_promoters(
        12_000, 60, grammar_share=0.4, halflife_share=0.25, composition_share=0.2, random_state=0
    )
    return train_test_split(data.data, data.target, random_state=0)


def score(model, split):
    X, X_test, y, y_test = split
    return model.fit(X, y).score(X_test, y_test)


def test_mean_explains_nothing(split):
    assert score(mean_baseline(), split) == pytest.approx(0, abs=0.01)


def test_half_life_explains_its_share(split):
    assert score(halflife_baseline(), split) == pytest.approx(0.25, abs=0.03)


def test_single_bases_and_half_life_explain_composition_too(split):
    assert score(kmer_baseline(1), split) == pytest.approx(0.45, abs=0.03)


def test_words_do_not_see_positions(split):
    assert score(kmer_baseline(3), split) < 0.45 + 0.08


def test_kmers_without_half_life_and_clone(split):
    X, X_test, y, y_test = split
    model = clone(kmer_baseline(2)).fit(X["promoter"].tolist(), y)
    assert model.score(X_test["promoter"].tolist(), y_test) == pytest.approx(0.2, abs=0.03)


def test_window_reaches_the_encoder(split):
    X, _, y, _ = split
    model = kmer_baseline(1, upstream=10, downstream=5).fit(X[:100], y[:100])
    assert model.named_steps["onehotpromoterencoder"].promoter_length_ == 15
    assert np.isfinite(model.predict(X[:5])).all()


def test_scores_are_those_of_the_predictions(split):
    X, X_test, y, y_test = split
    models = {"mean": mean_baseline(), "half-life": halflife_baseline()}
    scores, predictions = score_models(models, X, y, X_test, y_test)
    assert scores["model"].tolist() == ["mean", "half-life"]
    assert scores["pearson_r2"].iloc[0] == 0
    for name, r2 in zip(scores["model"], scores["r2"], strict=True):
        residual = ((y_test - predictions[name]) ** 2).sum()
        assert r2 == pytest.approx(1 - residual / ((y_test - y_test.mean()) ** 2).sum())
    correlation = np.corrcoef(y_test, predictions["half-life"])[0, 1]
    assert scores["pearson_r2"].iloc[1] == pytest.approx(correlation**2)
    assert (scores["seconds"] > 0).all()
