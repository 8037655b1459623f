"""Saturation mutagenesis of fitted models against predicting every mutant from its letters."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from skxpresso import OneHotPromoterEncoder, XpressoRegressor, make_xpresso_pipeline
from skxpresso.baselines import (
    autoencoder_baseline,
    halflife_baseline,
    kmer_baseline,
    lstm_baseline,
    shuffled_baseline,
)
from skxpresso.interpret import attribute, saturation_mutagenesis
from skxpresso.interpret._models import read_model
from skxpresso.network import single_output
from skxpresso.saving import load_pretrained
from skxpresso.sequence import decode
from tests.toys import BRIEF


def naive(model, table, start, end):
    """Predict every mutant from a table with its letters."""
    effects = np.zeros((len(table), end - start, 4))
    reference = model.predict(table)
    for position in range(start, end):
        for base, letter in enumerate("ACGT"):
            mutants = [p[:position] + letter + p[position + 1 :] for p in table["promoter"]]
            predicted = model.predict(table.assign(promoter=mutants))
            effects[:, position - start, base] = predicted - reference
    return effects


@pytest.fixture(scope="module")
def pipeline(promoters, tiny):
    return make_xpresso_pipeline(**tiny).fit(promoters.data, promoters.target * 3 + 1)


def test_a_pipeline_is_replayed_and_effects_are_in_the_units_of_y(pipeline, promoters):
    table = promoters.data[:4]
    assert read_model(pipeline, table).networks  # the compiled way
    effects = saturation_mutagenesis(pipeline, table)
    assert effects.shape == (4, 30, 4)
    assert effects.any()
    np.testing.assert_allclose(effects, naive(pipeline, table, 0, 30), atol=1e-5)


def test_positions_count_in_the_window_of_the_encoder(promoters, tiny):
    model = make_xpresso_pipeline(upstream=10, downstream=8, **tiny)
    model.fit(promoters.data, promoters.target)
    effects = saturation_mutagenesis(model, promoters.data[:3])
    assert effects.shape == (3, 18, 4)
    np.testing.assert_allclose(effects, naive(model, promoters.data[:3], 5, 23), atol=1e-5)


def test_the_minus_strand_counts_from_its_own_end(promoters, tiny):
    X, y = promoters.data, promoters.target
    model = make_xpresso_pipeline(**tiny).fit(X, y)
    turned = make_xpresso_pipeline(strand="-", **tiny).fit(X, y)
    turned[-1].__dict__.update(model[-1].__dict__)  # the same network
    complement = str.maketrans("ACGT", "TGCA")
    minus = X.assign(promoter=[p.translate(complement)[::-1] for p in X["promoter"]])
    np.testing.assert_allclose(
        saturation_mutagenesis(turned, minus[:2]), saturation_mutagenesis(model, X[:2]), atol=1e-6
    )


def test_a_stretch_is_a_part_of_the_whole(pipeline, promoters):
    whole = saturation_mutagenesis(pipeline, promoters.data[:2])
    part = saturation_mutagenesis(pipeline, promoters.data[:2], start=7, end=19)
    np.testing.assert_array_equal(part, whole[:, 7:19])


def test_unknown_bases_have_four_effects(pipeline, promoters):
    table = promoters.data[:10]
    table = table.assign(promoter=["ACN" * 4 + each[12:] for each in table["promoter"]])
    effects = saturation_mutagenesis(pipeline, table)
    np.testing.assert_allclose(effects, naive(pipeline, table, 0, 30), atol=1e-5)
    unknown = effects[:, [2, 5, 8, 11]]
    assert (unknown != 0).any(axis=(0, 1)).all()  # by each of the four bases


def test_genes_in_groups_are_genes_one_by_one(pipeline, promoters, monkeypatch):
    together = saturation_mutagenesis(pipeline, promoters.data[:5])
    monkeypatch.setattr("skxpresso.interpret._editing.LETTERS_AT_A_TIME", 240)
    np.testing.assert_array_equal(saturation_mutagenesis(pipeline, promoters.data[:5]), together)


def test_a_bare_regressor_reads_a_matrix_or_a_table(promoters, tiny):
    X = OneHotPromoterEncoder(covariates=[]).fit_transform(promoters.data)
    letters = pd.DataFrame({"promoter": decode(X.codes)})
    on_matrix = XpressoRegressor(**tiny).fit(X, promoters.target)
    on_table = XpressoRegressor(**tiny).fit(letters, promoters.target)
    expected = naive(on_table, letters[:2], 0, 30)
    np.testing.assert_allclose(saturation_mutagenesis(on_table, letters[:2]), expected, atol=1e-5)
    np.testing.assert_allclose(saturation_mutagenesis(on_matrix, X[:2]), expected, atol=1e-5)


def test_another_activation_is_predicted_in_batches(promoters, tiny):
    model = make_xpresso_pipeline(**tiny, activation="elu").fit(promoters.data, promoters.target)
    assert read_model(model, promoters.data[:1]).networks == ()
    effects = saturation_mutagenesis(model, promoters.data[:1], start=3, end=9, batch_size=7)
    np.testing.assert_allclose(effects, naive(model, promoters.data[:1], 3, 9), atol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda tiny: kmer_baseline(k=2),
        lambda tiny: TransformedTargetRegressor(
            kmer_baseline(k=2), func=np.arcsinh, inverse_func=np.sinh
        ),
        lambda tiny: shuffled_baseline(**tiny),
        lambda tiny: GridSearchCV(
            make_xpresso_pipeline(**tiny), {"xpresso__learning_rate": [0.01]}, cv=2
        ),
        lambda tiny: VotingRegressor(
            [("network", make_xpresso_pipeline(**tiny)), ("words", kmer_baseline(k=2))]
        ),
        lambda tiny: lstm_baseline(lstm_units=(2,), **BRIEF | {"epochs": 1}),
        pytest.param(
            lambda tiny: autoencoder_baseline(k=2, **BRIEF | {"epochs": 1}), marks=pytest.mark.slow
        ),
    ],
    ids=["k-mers", "transformed", "shuffled", "search", "vote", "LSTM", "autoencoder"],
)
def test_anything_that_predicts(make, promoters, tiny):
    model = make(tiny).fit(promoters.data, promoters.target)
    effects = saturation_mutagenesis(model, promoters.data[:2], start=12, end=14, batch_size=4)
    expected = naive(model, promoters.data[:2], 12, 14)
    np.testing.assert_allclose(effects, expected, atol=1e-5)
    assert effects.any()


def test_one_of_two_outputs(promoters, tiny):
    """By the compiled kernels, in the units of that output."""
    y = np.stack([promoters.target, 5 - 3 * promoters.target], axis=1)
    model = make_xpresso_pipeline(**tiny).fit(promoters.data, y)
    alone = single_output(model, 1)
    assert read_model(alone, promoters.data[:1]).networks
    effects = saturation_mutagenesis(alone, promoters.data[:2], start=12, end=17)
    np.testing.assert_allclose(effects, naive(alone, promoters.data[:2], 12, 17), atol=1e-5)
    mutated = promoters.data[:2].assign(promoter=lambda X: "A" + X["promoter"].str[1:])
    expected = (model.predict(mutated) - model.predict(promoters.data[:2]))[:, 1]
    found = saturation_mutagenesis(alone, promoters.data[:2], start=0, end=1)[:, 0, 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_list_of_sequences(promoters):
    sequences = promoters.data["promoter"].tolist()
    model = kmer_baseline(k=2).fit(sequences, promoters.target)
    effects = saturation_mutagenesis(model, sequences[:2], start=0, end=3)
    mutant = [("A" if s[0] != "A" else "C") + s[1:] for s in sequences[:2]]
    base = [0 if s[0] != "A" else 1 for s in sequences[:2]]
    change = model.predict(mutant) - model.predict(sequences[:2])
    np.testing.assert_allclose(effects[[0, 1], 0, base], change, atol=1e-6)


def test_a_bar_is_shown_only_when_asked_for(pipeline, promoters, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes any stream for a terminal then
    saturation_mutagenesis(pipeline, promoters.data[:1])
    assert capsys.readouterr().err == ""
    saturation_mutagenesis(pipeline, promoters.data[:1], verbose=1)
    assert "1/1" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)


def test_names_that_come_twice_are_no_obstacle(pipeline, promoters):
    table = promoters.data[:2].set_axis(["same", "same"])
    expected = saturation_mutagenesis(pipeline, promoters.data[:2])
    np.testing.assert_array_equal(saturation_mutagenesis(pipeline, table), expected)


# a clumsy user


def test_a_pipeline_that_is_not_fitted(promoters, tiny):
    with pytest.raises(NotFittedError):
        saturation_mutagenesis(make_xpresso_pipeline(**tiny), promoters.data)


def test_what_cannot_predict():
    with pytest.raises(TypeError, match="model must be an estimator with predict, got str"):
        saturation_mutagenesis("model", ["ACGT"])


def test_a_network_without_promoters(promoters, tiny):
    halflife = promoters.data.drop(columns="promoter").to_numpy()
    model = XpressoRegressor(**tiny | {"promoter_length": 0})
    model.fit(halflife / halflife.std(axis=0), promoters.target)
    with pytest.raises(ValueError, match="reads no promoter, only 8 half-life feature"):
        saturation_mutagenesis(model, halflife)


def test_a_table_without_promoters(promoters):
    table = promoters.data.drop(columns="promoter")
    model = halflife_baseline().fit(table, promoters.target)
    with pytest.raises(TypeError, match="X must have a column 'promoter'"):
        saturation_mutagenesis(model, table)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (0, 31), (12, 3)])
def test_a_stretch_outside_of_the_window(pipeline, promoters, start, end):
    with pytest.raises(ValueError, match=rf"start={start} and end={end} must satisfy .* <= 30"):
        saturation_mutagenesis(pipeline, promoters.data[:1], start=start, end=end)


def test_a_stretch_that_is_no_integer(pipeline, promoters):
    with pytest.raises(TypeError, match=r"end must be an integer or None, got 7\.5"):
        saturation_mutagenesis(pipeline, promoters.data[:1], end=7.5)


@pytest.mark.parametrize("explain", [saturation_mutagenesis, attribute])
def test_more_genes_than_there_is_memory(pipeline, promoters, explain, monkeypatch):
    monkeypatch.setattr("skxpresso.interpret._windows._memory", lambda: 2.0**15)
    words = "80 genes at 30 positions would take 0.[01] GiB, but this machine has 0.0 GiB.*in parts"
    with pytest.raises(ValueError, match=words):
        explain(pipeline, promoters.data)
    assert len(explain(pipeline, promoters.data[:10])) == 10


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (None, TypeError, "X must be a DataFrame with a column 'promoter'.*got None"),
        ("ACGT", TypeError, "1-D sequences, got 'ACGT'"),
        ([], ValueError, "X is empty: there are no genes to explain"),
    ],
)
def test_what_holds_no_genes(pipeline, X, error, words):
    with pytest.raises(error, match=words):
        saturation_mutagenesis(pipeline, X)


def test_a_batch_of_nothing(pipeline, promoters):
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        saturation_mutagenesis(pipeline, promoters.data[:1], batch_size=0)


# the published network


def test_published_network_on_a_real_promoter(shared_data):
    """1,000 random substitutions of a real human promoter against the package's predictor."""
    weights = shared_data / "xpresso" / "human_trainepoch.11-0.426.h5"
    genome = shared_data / "genome" / "hg38_chr22_32000000_32300000.fa"
    if not (weights.exists() and genome.exists()):
        pytest.skip("the published weights or the slice of chromosome 22 are missing")
    sequence = "".join(genome.read_text().splitlines()[1:])
    promoter = sequence[100_000:110_500]
    model = load_pretrained(weights, tss=7000)
    effects = saturation_mutagenesis(model, [promoter])[0]
    rng = np.random.default_rng(0)
    positions = np.append([0, 10_499], rng.integers(0, 10_500, 998))
    bases = rng.integers(0, 4, 1000)
    mutants = [
        promoter[:p] + "ACGT"[b] + promoter[p + 1 :] for p, b in zip(positions, bases, strict=True)
    ]
    expected = model.predict(mutants) - model.predict([promoter])
    assert np.abs(effects[positions, bases] - expected).max() <= 1e-5
    assert np.abs(expected).max() > 0.01


def test_promoters_that_are_encoded_in_full_are_explained_in_the_window(promoters, tiny):
    table = promoters.data[["promoter"]]
    model = make_xpresso_pipeline(upstream=10, downstream=8, **tiny).fit(table, promoters.target)
    matrix = OneHotPromoterEncoder().fit_transform(table[:2])
    assert read_model(model, matrix).length == 18
    expected = saturation_mutagenesis(model, table[:2])
    np.testing.assert_allclose(saturation_mutagenesis(model, matrix), expected, atol=1e-6)
