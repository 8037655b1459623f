"""Motifs put into promoters, and destroyed there, against predicting the edited sequences."""

import numpy as np
import pandas as pd
import pytest
from Bio import motifs as bio

from skxpresso.baselines import kmer_baseline
from skxpresso.interpret import Motif, ablate, effect_by_distance, plant
from skxpresso.interpret.planting import _sites


def predict(model, table, promoters):
    return model.predict(table.assign(promoter=promoters))


def put(promoter, at, letters):
    return promoter[:at] + letters + promoter[at + len(letters) :]


@pytest.mark.parametrize(("kind", "offset", "tss"), [
    ("network", 0, 15), ("windowed", 5, 10), ("words", 0, 15)
])  # fmt: skip
@pytest.mark.parametrize(("strand", "letters"), [("+", "GATTAC"), ("-", "GTAATC")])
def test_planted_motifs_are_predicted(request, promoters, kind, offset, tss, strand, letters):
    model, table = request.getfixturevalue(kind), promoters.data[:4]
    places = [0, 7, 12]
    effects = plant(model, table, "GATTAC", positions=places, strand=strand, n_controls=0)
    assert effects["gene"].tolist() == np.repeat(table.index, 3).tolist()
    assert effects["start"].tolist() == places * 4
    assert effects["distance"].tolist() == [place - tss for place in places] * 4
    assert (effects["strand"] == strand).all()
    assert effects["control"].isna().all()
    reference = model.predict(table)
    for place, group in effects.groupby("start"):
        edited = [put(p, offset + place, letters) for p in table["promoter"]]
        expected = predict(model, table, edited) - reference
        np.testing.assert_allclose(group["effect"], expected, atol=1e-5)
    assert effects["effect"].abs().max() > 0.01


def test_controls_are_shuffles_of_the_site(network, promoters):
    alike = plant(network, promoters.data[:3], "AAAAAA", positions=[3, 9], n_controls=4)
    np.testing.assert_allclose(alike["control"], alike["effect"], atol=1e-6)
    other = plant(network, promoters.data[:3], "GATTACA", positions=[3, 9], n_controls=4)
    assert (other["control"] != other["effect"]).any()


def test_all_places_of_a_short_window(network, promoters):
    effects = plant(network, promoters.data[:1], "GATTACA", n_controls=0)
    assert effects["start"].tolist() == list(range(24))
    assert effects["end"].tolist() == list(range(7, 31))


def test_sites_are_drawn_from_the_frequencies(network, promoters):
    motif = Motif("W", np.tile([0.3, 0, 0, 0.7], (6, 1)))
    drawn = plant(network, promoters.data[:2], motif, positions=[9], n_draws=40, n_controls=1)
    best = plant(network, promoters.data[:2], motif, positions=[9], n_controls=0)
    expected = plant(network, promoters.data[:2], "TTTTTT", positions=[9], n_controls=0)
    np.testing.assert_array_equal(best["effect"], expected["effect"])
    assert (drawn["effect"] != best["effect"]).any()
    # draws are A or T at each place, seven in ten of them T
    sites = _sites(motif, 500, 0, "+", 0)
    assert set(np.unique(sites)) == {0, 3}
    assert (sites == 3).mean() == pytest.approx(0.7, abs=0.03)
    everything = Motif("N", np.tile([0.1, 0.2, 0.3, 0.4], (6, 1)))
    shares = np.bincount(_sites(everything, 500, 0, "+", 0).ravel(), minlength=4) / 3000
    np.testing.assert_allclose(shares, [0.1, 0.2, 0.3, 0.4], atol=0.03)


def test_a_motif_of_biopython(network, promoters):
    motif = bio.create(["GATTACA", "GATTACA"])
    one = plant(network, promoters.data[:2], motif, positions=[3])
    pd.testing.assert_frame_equal(one, plant(network, promoters.data[:2], "GATTACA", positions=[3]))


@pytest.fixture
def with_sites(promoters):
    """Promoters that hold CGGGTAA at 4 on the gene's strand, at 17 on the other, both, or not."""
    plain = promoters.data[:4].assign(promoter=["ACTCTGATCTACATGCATTCAGTCAATCTA"] * 4)
    changes = [[(4, "CGGGTAA")], [(17, "TTACCCG")], [(4, "CGGGTAA"), (17, "TTACCCG")], []]
    promoters = []
    for promoter, places in zip(plain["promoter"], changes, strict=True):
        for at, letters in places:
            promoter = put(promoter, at, letters)
        promoters.append(promoter)
    return plain.assign(promoter=promoters)


@pytest.mark.parametrize("kind", ["network", "words"])
def test_sites_that_are_hidden(request, kind, with_sites):
    model = request.getfixturevalue(kind)
    effects = ablate(model, with_sites, "CGGGTAA", by="unknown", n_controls=0)
    names = with_sites.index
    assert effects["gene"].tolist() == [names[0], names[1], names[2], names[2]]
    assert effects["start"].tolist() == [4, 17, 4, 17]
    assert effects["strand"].tolist() == ["+", "-", "+", "-"]
    assert effects["distance"].tolist() == [-11, 2, -11, 2]
    for row in effects.itertuples():
        gene = with_sites.loc[[row.gene]]
        edited = [put(gene["promoter"].iloc[0], row.start, "N" * 7)]
        expected = predict(model, gene, edited) - model.predict(gene)
        assert row.effect == pytest.approx(expected[0], abs=1e-5)
    assert effects["effect"].abs().max() > 0.01


def test_shuffled_sites_keep_their_bases(words, promoters, with_sites):
    """A model of single bases cannot tell a shuffled site from what it was."""
    bases = kmer_baseline(k=1).fit(promoters.data, promoters.target)
    sites = ablate(bases, with_sites, "CGGGTAA", n_controls=0)
    np.testing.assert_allclose(sites["effect"], 0, atol=1e-5)
    assert ablate(words, with_sites, "CGGGTAA")["effect"].abs().max() > 1e-4


def test_controls_are_other_places_of_the_gene(network, with_sites):
    effects = ablate(network, with_sites, "CGGGTAA", n_controls=3)
    by_gene = effects.groupby("gene")["control"].nunique()
    assert (by_gene == 1).all()
    alone = ablate(network, with_sites[1:2], "CGGGTAA", n_controls=3)
    pd.testing.assert_frame_equal(alone, effects[1:2].reset_index(drop=True))


def test_no_site_is_an_empty_table(network, with_sites):
    effects = ablate(network, with_sites[3:], "CGGGTAA")
    assert effects.empty
    assert "effect" in effects


def test_means_by_distance():
    table = pd.DataFrame(
        {"distance": [-11, -11, -1, 0, 9], "effect": [1, 3, 5, 7, 8.0], "control": [0, 1, 2, 3, 4]}
    )
    exact = effect_by_distance(table)
    assert exact.index.tolist() == [-11, -1, 0, 9]
    assert exact["n"].tolist() == [2, 1, 1, 1]
    assert exact.loc[-11].tolist() == [2, 2.0, 1.0, 0.5]  # sqrt(2) / sqrt(2)
    assert effect_by_distance(table, width=10)["effect"].tolist() == [2, 5, 7.5]


# a clumsy user


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"motif": "A" * 31}, ValueError, "of 31 nt must fit in the window of 30 nt"),
        ({"positions": [0, 25]}, ValueError, "positions must be 0 to 23, .* got 25"),
        ({"positions": [-1]}, ValueError, "positions must be 0 to 23, .* got -1"),
        ({"positions": []}, TypeError, r"positions must be a list of integers, got \[\]"),
        ({"positions": [0.5]}, TypeError, r"positions must be a list of integers, got \[0.5\]"),
        ({"strand": "both"}, ValueError, r"strand must be '\+' or '-', got 'both'"),
        ({"n_draws": 0}, ValueError, "n_draws must be at least 1, got 0"),
        ({"n_controls": -1}, ValueError, "n_controls must be at least 1, got -1"),
    ],
)
def test_plants_that_cannot_be(network, promoters, options, error, message):
    arguments = {"motif": "GATTACA"} | options
    with pytest.raises(error, match=message):
        plant(network, promoters.data[:2], **arguments)


def test_a_table_without_distances():
    with pytest.raises(ValueError, match="effect_by_distance needs the column"):
        effect_by_distance(pd.DataFrame({"effect": [1.0]}))
