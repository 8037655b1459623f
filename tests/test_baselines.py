"""The baselines: each lands where theory says on data with a known answer."""

import numpy as np
import pandas as pd
import pytest
from Bio.Seq import reverse_complement
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from skxpresso import OneHotPromoterEncoder, make_xpresso_pipeline
from skxpresso.baselines import (
    autoencoder_baseline,
    composition_baseline,
    halflife_baseline,
    kmer_baseline,
    lstm_baseline,
    mean_baseline,
    score_models,
    shuffled_baseline,
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


def test_boosting_on_half_life_explains_no_more_than_its_share(split):
    model = halflife_baseline(boosting=True)
    with threadpool_limits(1, "openmp"):  # its threads wait for one another on a busy machine
        assert 0.15 < score(model, split) < 0.27
    assert clone(model).get_params()["histgradientboostingregressor__random_state"] == 0


def test_boosting_sees_what_is_not_linear():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"UTR5GC": rng.random(1000), "CDSGC": rng.random(1000)})
    y = np.sign(X["UTR5GC"] - 0.5) * np.sign(X["CDSGC"] - 0.5)
    halves = X[:800], X[800:], y[:800], y[800:]
    assert score(halflife_baseline(), halves) < 0.1
    with threadpool_limits(1, "openmp"):
        assert score(halflife_baseline(boosting=True), halves) > 0.8


def test_gc_content_of_the_promoter_explains_composition(split):
    assert score(composition_baseline(60), split) == pytest.approx(0.45, abs=0.03)
    without = composition_baseline(60, halflife=False)
    assert score(without, split) == pytest.approx(0.2, abs=0.03)


def test_composition_by_window_sees_more_where_places_matter(split):
    assert score(composition_baseline(20), split) > score(composition_baseline(60), split) + 0.05


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dinucleotide", "mononucleotide"])
def test_network_on_shuffled_promoters_explains_composition_and_half_life(kind, split, tiny):
    settings = tiny | {"filters": (16,), "kernel_sizes": (8,), "dense_units": (16,), "epochs": 8}
    settings |= {"learning_rate": 0.005, "batch_size": 64}
    shuffled = score(shuffled_baseline(kind, **settings), split)
    assert shuffled == pytest.approx(0.45, abs=0.03)
    if kind == "dinucleotide":
        assert score(make_xpresso_pipeline(**settings), split) > shuffled + 0.25


def test_shuffled_baseline_takes_settings_of_the_pipeline():
    model = shuffled_baseline("mononucleotide", upstream=9, filters=(4,), random_state=5)
    params = model.get_params()
    assert params["encoder__upstream"] == 9
    assert params["xpresso__filters"] == (4,)
    assert params["shuffler__kind"] == "mononucleotide"
    assert params["shuffler__random_state"] == params["xpresso__random_state"] == 5


@pytest.mark.parametrize("form", ["table", "OneHotMatrix"])
@pytest.mark.parametrize("make", [kmer_baseline, composition_baseline])
def test_half_life_can_be_left_out(make, form, split):
    X, _, y, _ = split
    X, y = X[:200], y[:200]
    other = X.assign(**dict.fromkeys(X.columns[1:], 0.5))
    if form == "OneHotMatrix":
        X, other = (OneHotPromoterEncoder().fit_transform(x) for x in (X, other))
    model = make(2, halflife=False).fit(X, y)
    np.testing.assert_array_equal(model.predict(other), model.predict(X))
    assert (make(2).fit(X, y).predict(other) != model.predict(X)).any()


def test_folded_words_predict_the_same_for_the_other_strand(split):
    X, _, y, _ = split
    X, y = X[:200], y[:200]
    other = X.assign(promoter=[reverse_complement(s) for s in X["promoter"]])
    model = kmer_baseline(3, reverse_complement=True).fit(X, y)
    np.testing.assert_allclose(model.predict(other), model.predict(X))


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


@pytest.mark.slow
@pytest.mark.parametrize("make", [lstm_baseline, autoencoder_baseline])
def test_networks_read_the_window_with_and_without_half_life(make, split):
    X, _, y, _ = split
    quick = {"epochs": 1, "patience": None, "random_state": 0}
    for halflife, n_columns in [(True, 8), (False, 0)]:
        model = clone(make(upstream=10, downstream=5, halflife=halflife, **quick))
        model.fit(X[:60], y[:60])
        assert model.named_steps["onehotpromoterencoder"].promoter_length_ == 15
        words = 0 if make is lstm_baseline else 4 + 4**2 + 4**3 + 4**4
        assert model[-1].n_halflife_ == words + n_columns


def test_autoencoder_reads_bases_where_no_words_are_wanted(split):
    X, _, y, _ = split
    model = autoencoder_baseline(None, epochs=1, patience=None, random_state=0)
    model.fit(X[:60], y[:60])
    assert (model[-1].promoter_length_, model[-1].n_halflife_) == (60, 8)


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
