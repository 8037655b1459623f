"""attribute: its methods on fitted models against Keras, predictions of edited tables, and sums."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from skxpresso import XpressoRegressor, make_xpresso_pipeline
from skxpresso.baselines import halflife_baseline, kmer_baseline
from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.interpret import attribute, saturation_mutagenesis
from skxpresso.saving import load_pretrained
from tests.toys import one_hot

GRADIENTS = ("gradient", "gradient_x_input", "integrated_gradients", "expected_gradients")


@pytest.fixture(scope="module")
def pipeline(promoters, tiny):
    return make_xpresso_pipeline(**tiny).fit(promoters.data, promoters.target * 3 + 1)


def keras_gradient(regressor, matrix):
    """Derivatives of to_keras() by TensorFlow, (n, W, 4) and (n, h)."""
    import tensorflow as tf

    model = regressor.to_keras()
    inputs = {
        "promoter": tf.constant(one_hot(matrix.codes)),
        "halflife": tf.constant(matrix.covariates),
    }
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = tf.reduce_sum(model(inputs, training=False))
    found = tape.gradient(total, inputs)
    return found["promoter"].numpy(), found["halflife"].numpy()


def test_gradients_are_those_of_keras(pipeline, promoters):
    table = promoters.data[:10]
    found = attribute(pipeline, table, method="gradient")
    by_base, by_number = keras_gradient(pipeline[-1], pipeline[:-1].transform(table))
    scale = np.abs(by_base).max()
    assert scale > 0
    np.testing.assert_allclose(found.hypothetical, by_base, atol=1e-5 * scale)
    np.testing.assert_allclose(found.halflife, by_number, rtol=1e-5, atol=1e-6)
    assert list(found.halflife) == list(HALF_LIFE_COLUMNS)
    assert found.completeness_error is None


def test_slopes_are_per_unit_of_the_table(pipeline, promoters):
    table = promoters.data[:6]
    found = attribute(pipeline, table, method="gradient").halflife_per_unit
    for name in HALF_LIFE_COLUMNS:
        step = 0.002 * table[name].to_numpy()
        high = pipeline.predict(table.assign(**{name: table[name] + step}))
        low = pipeline.predict(table.assign(**{name: table[name] - step}))
        # in float32, so that a small step is rough; a kink in between is rare
        slopes = found[name].to_numpy() * step * 2
        np.testing.assert_allclose(slopes, high - low, atol=2e-6 + 0.02 * np.abs(slopes).max())


@pytest.mark.parametrize("reference", ["dinucleotide", "uniform", "published", "composition"])
def test_integrated_gradients_are_complete(pipeline, promoters, reference):
    options = {"method": "integrated_gradients", "reference": reference, "n_steps": 20}
    found = attribute(pipeline, promoters.data[:8], **options)
    sums = found.contributions.sum(axis=1) + found.halflife.sum(axis=1).to_numpy()
    difference = found.predictions - found.reference_predictions
    np.testing.assert_allclose(sums, difference, atol=0.02 * np.abs(difference).max())
    np.testing.assert_allclose(found.completeness_error, sums - difference, atol=1e-5)
    np.testing.assert_allclose(found.predictions, pipeline.predict(promoters.data[:8]))


def test_reference_predictions_are_those_of_given_promoters(pipeline, promoters):
    references = promoters.data["promoter"].tolist()[20:25]
    numbers = (
        pipeline[0].transform(promoters.data[:1]).assign(**dict.fromkeys(HALF_LIFE_COLUMNS, 0))
    )
    means = pipeline[0].inverse_transform(numbers)
    options = {"method": "integrated_gradients", "reference": references}
    found = attribute(pipeline, promoters.data[:2], **options)
    table = pd.concat([means] * 5, ignore_index=True).assign(promoter=references)
    expected = pipeline.predict(table[promoters.data.columns]).mean()
    np.testing.assert_allclose(found.reference_predictions, expected, atol=1e-5)


def test_a_promoter_that_is_its_own_reference_gets_nothing(pipeline, promoters):
    options = {"method": "integrated_gradients", "reference": promoters.data["promoter"][:1]}
    found = attribute(pipeline, promoters.data[:1], **options)
    np.testing.assert_allclose(found.contributions, 0, atol=1e-6)


def test_expected_gradients_come_near_integrated_ones(pipeline, promoters):
    references = promoters.data["promoter"].tolist()[20:24]
    table = promoters.data[:5]
    options = {"reference": references, "n_steps": 400}
    integrated = attribute(pipeline, table, method="integrated_gradients", **options)
    options = {"reference": references, "n_references": 1600}
    expected = attribute(pipeline, table, method="expected_gradients", **options)
    scale = np.abs(integrated.contributions).max()
    np.testing.assert_allclose(expected.contributions, integrated.contributions, atol=0.05 * scale)


def test_gradient_times_input_is_relative_to_the_reference(pipeline, promoters):
    table = promoters.data[:4]
    slopes = attribute(pipeline, table, method="gradient")
    plain = attribute(pipeline, table, method="gradient_x_input")
    np.testing.assert_array_equal(plain.hypothetical, slopes.hypothetical)
    numbers = pipeline[:-1].transform(table).covariates
    np.testing.assert_allclose(plain.halflife, slopes.halflife * numbers, rtol=1e-5)
    uniform = attribute(pipeline, table, method="gradient_x_input", reference="uniform")
    centred = slopes.hypothetical - slopes.hypothetical.mean(axis=2, keepdims=True)
    np.testing.assert_allclose(uniform.hypothetical, centred, atol=1e-6)


def test_contributions_stand_at_the_base_that_is_there(pipeline, promoters):
    for method in ("mutagenesis", *GRADIENTS):
        found = attribute(pipeline, promoters.data[:3], method=method, n_references=4)
        there = np.take_along_axis(found.hypothetical, found.codes[..., None], axis=2)[..., 0]
        np.testing.assert_allclose(found.contributions, there, atol=1e-6)
        assert found.contributions.any()
        assert (found.method, found.tss) == (method, 15)


def test_unknown_bases_have_the_contribution_of_no_base(promoters, tiny):
    model = make_xpresso_pipeline(unknown="zero", **tiny).fit(promoters.data, promoters.target)
    table = promoters.data[:1].assign(promoter=["N" * 5 + promoters.data["promoter"].iloc[0][5:]])
    found = attribute(model, table, method="integrated_gradients", reference="uniform")
    assert abs(found.completeness_error[0]) < 0.01
    by_mutagenesis = attribute(model, table)
    assert not by_mutagenesis.contributions[0, :5].any()
    np.testing.assert_allclose(
        by_mutagenesis.effects, saturation_mutagenesis(model, table), atol=1e-6
    )


def test_mutagenesis_has_the_effects_and_puts_numbers_at_their_mean(pipeline, promoters):
    table = promoters.data[:5]
    found = attribute(pipeline, table)
    effects = saturation_mutagenesis(pipeline, table)
    np.testing.assert_allclose(found.effects, effects, atol=1e-6)
    np.testing.assert_allclose(found.hypothetical.mean(axis=2), 0, atol=1e-6)
    means = 10 ** pipeline[0].mean_[1] - 0.1
    assert list(HALF_LIFE_COLUMNS)[1] == "CDSLEN"
    expected = pipeline.predict(table) - pipeline.predict(table.assign(CDSLEN=means))
    np.testing.assert_allclose(found.halflife["CDSLEN"], expected, atol=1e-6)
    per_unit = expected / (table["CDSLEN"] - means)
    np.testing.assert_allclose(found.halflife_per_unit["CDSLEN"], per_unit, rtol=1e-3)


def test_half_life_references_are_in_the_units_of_the_table(pipeline, promoters):
    table = promoters.data[:5]
    found = attribute(pipeline, table, halflife_reference={"CDSLEN": 3000.0})
    expected = pipeline.predict(table) - pipeline.predict(table.assign(CDSLEN=3000.0))
    np.testing.assert_allclose(found.halflife["CDSLEN"], expected, atol=1e-6)
    with pytest.raises(ValueError, match="'CDSLENGTH', but the half-life columns are 'UTR5LEN'"):
        attribute(pipeline, table, halflife_reference={"CDSLENGTH": 3000.0})


def test_models_that_encode_in_their_own_way(promoters):
    """A transformed target over words: bases and numbers by predicting edited tables."""
    model = TransformedTargetRegressor(kmer_baseline(k=2), func=np.sinh, inverse_func=np.arcsinh)
    model.fit(promoters.data, promoters.target)
    table = promoters.data[:3].assign(start=5, note=7)
    found = attribute(model, table, start=4, end=9)
    assert list(found.halflife) == list(HALF_LIFE_COLUMNS)
    np.testing.assert_allclose(
        found.effects, saturation_mutagenesis(model, table, start=4, end=9), atol=1e-6
    )
    mean = model.regressor_[0].mean_[4]
    expected = model.predict(table) - model.predict(table.assign(UTR5GC=mean))
    np.testing.assert_allclose(found.halflife["UTR5GC"], expected, atol=1e-9)
    with pytest.raises(ValueError, match=r"method='gradient'.*TransformedTarget.*mutagenesis"):
        attribute(model, table, method="gradient")


def test_a_baseline_of_words_in_a_pipeline(promoters):
    model = kmer_baseline(k=2).fit(promoters.data, promoters.target)
    found = attribute(model, promoters.data[:2])
    mean = model[0].mean_[4]
    table = promoters.data[:2]
    expected = model.predict(table) - model.predict(table.assign(UTR5GC=mean))
    np.testing.assert_allclose(found.halflife["UTR5GC"], expected, atol=1e-5)
    with pytest.raises(ValueError, match="no XpressoRegressor; method='mutagenesis'"):
        attribute(model, table, method="integrated_gradients")


@pytest.mark.parametrize("kind", ["search", "stacking"])
def test_models_around_models(promoters, kind):
    words, numbers = kmer_baseline(k=1), halflife_baseline()
    model = {
        "search": GridSearchCV(words, {"kmercountencoder__k": [1, 2]}, cv=2),
        "stacking": StackingRegressor([("words", words), ("numbers", numbers)], cv=2),
    }[kind].fit(promoters.data, promoters.target)
    table = promoters.data[:2]
    found = attribute(model, table, start=0, end=4)
    mutated = table.assign(promoter="A" + table["promoter"].str[1:])
    expected = model.predict(mutated) - model.predict(table)
    np.testing.assert_allclose(found.effects[:, 0, 0], expected, atol=1e-5)
    found = attribute(model, table, end=1, halflife_reference={"UTR5GC": 0.25, "CDSLEN": 900.0})
    expected = model.predict(table) - model.predict(table.assign(UTR5GC=0.25))
    np.testing.assert_allclose(found.halflife["UTR5GC"], expected, atol=1e-5)


@pytest.mark.parametrize("method", ["integrated_gradients", "expected_gradients"])
def test_a_gene_has_its_own_references(pipeline, promoters, method):
    options = {"method": method, "n_references": 3}
    whole = attribute(pipeline, promoters.data[:6], **options)
    part = attribute(pipeline, promoters.data[3:5], **options)
    np.testing.assert_array_equal(part.contributions, whole.contributions[3:5])
    other = attribute(pipeline, promoters.data[3:5], random_state=1, **options)
    assert not np.array_equal(part.contributions, other.contributions)


@pytest.mark.parametrize("method", ["mutagenesis", "gradient", "integrated_gradients"])
def test_a_stretch_is_a_part_of_the_whole(pipeline, promoters, method):
    options = {"method": method, "n_references": 2}
    whole = attribute(pipeline, promoters.data[:3], **options).stretch(5, 12)
    part = attribute(pipeline, promoters.data[:3], start=5, end=12, **options)
    np.testing.assert_array_equal(part.hypothetical, whole.hypothetical)
    np.testing.assert_array_equal(part.codes, whole.codes)
    assert (part.start, part.tss) == (whole.start, whole.tss) == (5, 15)


def test_places_name_the_bases_of_the_genome(promoters, tiny):
    """On either strand, through a window that is cut, the letter at `place` is the base."""
    rng = np.random.default_rng(0)
    genome = "".join(rng.choice(list("ACGT"), 300))
    turn = str.maketrans("ACGT", "TGCA")
    starts, strands = np.array([10, 100, 200]), ["+", "-", "-"]
    letters = [genome[s : s + 30] for s in starts]
    read = [
        x if s == "+" else x.translate(turn)[::-1] for x, s in zip(letters, strands, strict=True)
    ]
    halflife = promoters.data[:3].drop(columns="promoter")
    places = {"chrom": "chr1", "start": starts, "end": starts + 30, "strand": strands}
    model = make_xpresso_pipeline(upstream=12, downstream=8, **tiny)
    model.fit(promoters.data, promoters.target)
    table = halflife.assign(promoter=read, **places)
    found = attribute(model, table, method="gradient", start=2, end=19).to_frame()
    assert found["from_tss"].iloc[0] == -10
    for _, row in found.iterrows():
        base = genome[row["place"]]
        assert row["base"] == (base if row["strand"] == "+" else base.translate(turn))
    given = make_xpresso_pipeline(upstream=12, downstream=8, strand="strand", **tiny)
    given.fit(promoters.data.assign(strand="+"), promoters.target)
    same = attribute(given, table.assign(promoter=letters), method="gradient", start=2, end=19)
    pd.testing.assert_frame_equal(
        same.to_frame()[["base", "chrom", "place"]], found[["base", "chrom", "place"]]
    )
    with pytest.warns(UserWarning, match="another place; places are left out"):
        found = attribute(model, table.assign(end=starts + 500), method="gradient")
    assert found.places is None


def test_published_network(shared_data):
    """On real promoters: derivatives as Keras has them, integrated gradients complete to 1 %."""
    weights = shared_data / "xpresso" / "human_trainepoch.11-0.426.h5"
    genome = shared_data / "genome" / "hg38_chr22_32000000_32300000.fa"
    if not (weights.exists() and genome.exists()):
        pytest.skip("the published weights or the slice of chromosome 22 are missing")
    sequence = "".join(genome.read_text().splitlines()[1:])
    promoters = [sequence[at : at + 10_500] for at in (0, 100_000, 150_000)]
    model = load_pretrained(weights, tss=7000)
    found = attribute(model, promoters[:2], method="gradient")
    matrix = model[:-1].transform(promoters[:2])
    by_base, _ = keras_gradient(model[-1], matrix)
    error = np.abs(found.hypothetical - by_base).max()
    assert error <= 1e-5 * np.abs(by_base).max()
    found = attribute(model, promoters, method="integrated_gradients")
    difference = found.predictions - found.reference_predictions
    missed = np.sqrt(np.mean(found.completeness_error**2) / np.mean(difference**2))
    assert missed < 0.01


# clumsy users


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "deeplift"}, "method must be one of 'mutagenesis'.*got 'deeplift'"),
        ({"method": ["gradient"]}, "method must be one of"),
        ({"reference": "uniform"}, "reference must be None: method='mutagenesis'"),
        ({"method": "gradient", "halflife_reference": {}}, "halflife_reference must be None"),
        ({"method": "integrated_gradients", "reference": "shuffled"}, "one of 'dinucleotide'"),
        (
            {"method": "integrated_gradients", "reference": np.ones((29, 4))},
            r"shape \(references, 30, 4\).*got \(1, 29, 4\)",
        ),
        ({"method": "integrated_gradients", "reference": np.full((30, 4), np.nan)}, "got NaN"),
        ({"method": "integrated_gradients", "n_steps": 0}, "n_steps must be at least 1"),
        ({"method": "expected_gradients", "n_references": 0}, "n_references must be at least 1"),
        ({"start": 20, "end": 31}, "end <= 30"),
        ({"halflife_reference": {"CDSLEN": -5}}, r"\['CDSLEN'\] must be 0 or more, got -5"),
        ({"halflife_reference": {"CDSLEN": "long"}}, r"\['CDSLEN'\] must be a number, got 'long'"),
    ],
)
def test_parameters_that_cannot_be(pipeline, promoters, options, words):
    with pytest.raises(ValueError, match=words):
        attribute(pipeline, promoters.data[:2], **options)


def test_an_ensemble_is_the_mean_of_its_networks(promoters, tiny):
    model = make_xpresso_pipeline(**tiny, n_estimators=2).fit(promoters.data, promoters.target)
    table = promoters.data[:3]
    by_base, by_number = keras_gradient(model[-1], model[:-1].transform(table))
    found = attribute(model, table, method="gradient")
    np.testing.assert_allclose(found.hypothetical, by_base, atol=1e-5 * np.abs(by_base).max())
    np.testing.assert_allclose(found.halflife, by_number, rtol=1e-5, atol=1e-6)
    found = attribute(model, table, method="integrated_gradients")
    difference = found.predictions - found.reference_predictions
    assert np.abs(found.completeness_error).max() < 0.02 * np.abs(difference).max()
    mutated = table.assign(promoter="A" + table["promoter"].str[1:])
    expected = model.predict(mutated) - model.predict(table)
    found = attribute(model, table, end=4)
    np.testing.assert_allclose(found.effects[:, 0, 0], expected, atol=1e-5)


def test_models_that_cannot_be_explained(promoters, tiny):
    with pytest.raises(NotFittedError):
        attribute(make_xpresso_pipeline(), promoters.data, method="gradient")
    with pytest.raises(TypeError, match="model must be an estimator"):
        attribute("human_median", promoters.data)
    numbers = promoters.data.drop(columns="promoter")
    model = halflife_baseline().fit(numbers, promoters.target)
    with pytest.raises(TypeError, match="column 'promoter'"):
        attribute(model, numbers)
    network = XpressoRegressor(
        **tiny | {"filters": (), "kernel_sizes": (), "dilation_rates": (), "pool_sizes": ()}
    )
    network.fit(numbers.to_numpy(), promoters.target)
    with pytest.raises(ValueError, match="reads no promoter"):
        attribute(network, numbers.to_numpy(), method="gradient")


def test_networks_that_the_kernels_do_not_take(promoters, tiny):
    model = make_xpresso_pipeline(**tiny | {"activation": "elu"})
    model.fit(promoters.data, promoters.target)
    with pytest.raises(ValueError, match="activation is 'elu'.*method='mutagenesis'"):
        attribute(model, promoters.data[:2], method="gradient")
    assert attribute(model, promoters.data[:2], start=0, end=3).contributions.any()


def test_names_that_come_twice_are_kept(pipeline, promoters):
    table = promoters.data[:3].set_axis(["a", "b", "a"])
    found = attribute(pipeline, table, method="gradient")
    assert found.names == ("a", "b", "a")
    with pytest.raises(ValueError, match="comes 2 times"):
        found["a"]


def test_sums_that_miss_are_told(pipeline, promoters, monkeypatch):
    options = {"method": "integrated_gradients", "n_steps": 1, "n_references": 1}
    attribute(pipeline, promoters.data[:3], **options | {"n_steps": 50})
    monkeypatch.setattr("skxpresso.interpret.methods.TOLERATED", 1e-6)
    with pytest.warns(UserWarning, match=r"miss the difference of predictions by \d+ %.*n_steps=1"):
        attribute(pipeline, promoters.data[:3], **options)


def test_what_cannot_be_explained_is_said(promoters):
    table, both = promoters.data[:3], np.c_[promoters.target, promoters.target]
    model = kmer_baseline(k=1).fit(promoters.data, both)
    with pytest.raises(ValueError, match=r"one number for each gene, got predictions of shape \("):
        attribute(model, table)
    with pytest.raises(ValueError, match=r"needs the column\(s\) 'promoter'"):
        attribute(model, table.drop(columns="promoter"))
