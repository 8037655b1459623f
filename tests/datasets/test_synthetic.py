"""make_promoters holds what it promises: planted motifs, shares of variance, a ceiling."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.metrics import r2_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

from skxpresso.datasets import make_promoters
from skxpresso.halflife import HALF_LIFE_COLUMNS, HalfLifeTransformer
from skxpresso.sequence.kmers import KmerCountEncoder


def gc_content(promoters):
    return promoters.str.count("[GC]").to_numpy() / promoters.str.len().to_numpy()


@pytest.fixture(scope="module", name="mixed")
def fixture_mixed():
    """All parts together, as they are by default."""
    return make_promoters(3000, length=100, random_state=0)


@pytest.fixture(scope="module", name="grammar")
def fixture_grammar():
    """Nothing but grammar and noise."""
    return make_promoters(
        2000,
        length=100,
        motif_length=6,
        grammar_share=0.8,
        halflife_share=0,
        composition_share=0,
        random_state=0,
    )


# what comes


def test_what_comes(mixed):
    assert mixed.data.columns.tolist() == ["promoter", *HALF_LIFE_COLUMNS]
    assert mixed.data.shape == (3000, 9)
    assert mixed.data.index.is_unique
    assert mixed.data.index[0] == "gene0"
    assert mixed.data["promoter"].str.fullmatch("[ACGT]{100}").all()
    assert mixed.target.shape == mixed.signal.shape == (3000,)
    assert mixed.positions.shape == (3000, 3)
    assert len(set(mixed.motifs)) == 3
    assert {len(motif) for motif in mixed.motifs} == {8}


def test_halflife_columns_are_in_natural_units(mixed):
    gc = mixed.data[["UTR5GC", "CDSGC", "UTR3GC"]]
    assert gc.ge(0).all(axis=None)
    assert gc.le(1).all(axis=None)
    lengths = mixed.data.drop(columns=["promoter", *gc.columns])
    assert lengths.ge(0).all(axis=None)
    assert 500 < lengths["CDSLEN"].median() < 5000  # nt, not their logarithm
    HalfLifeTransformer().fit(mixed.data)


# motifs


@pytest.mark.parametrize("n_motifs", [1, 3, 5])
def test_motifs_are_planted_at_their_positions(n_motifs):
    data = make_promoters(200, length=60, n_motifs=n_motifs, motif_length=9, random_state=1)
    for promoter, starts in zip(data.data["promoter"], data.positions, strict=True):
        assert [promoter[start : start + 9] for start in starts] == data.motifs
        assert (np.diff(np.sort(starts)) >= 9).all()  # none on another
        assert starts.min() >= 0
        assert starts.max() <= 60 - 9


def test_motifs_turn_up_everywhere_and_in_any_order(grammar):
    for starts in grammar.positions.T:
        assert starts.min() == 0
        assert starts.max() == 100 - 6
    assert len({tuple(np.argsort(starts)) for starts in grammar.positions}) == 6  # 3!


def test_positions_tell_the_signal(grammar):
    # the effect is a sum of smooth functions of the three positions
    model = make_pipeline(SplineTransformer(12), Ridge(1e-6))
    score = cross_val_score(model, grammar.positions, grammar.target, cv=3).mean()
    assert score == pytest.approx(grammar.ceiling, abs=0.04)


@pytest.mark.slow
def test_counts_of_words_do_not_tell_the_grammar(grammar):
    counts = KmerCountEncoder(3, sparse_output=False).fit_transform(grammar.data["promoter"])
    model = RidgeCV(np.logspace(-6, 0, 4))
    assert cross_val_score(model, counts, grammar.target, cv=3).mean() < 0.05


# shares of the variance


def test_perfect_model_reaches_the_ceiling(mixed):
    assert mixed.ceiling == pytest.approx(0.8)
    assert r2_score(mixed.target, mixed.signal) == pytest.approx(mixed.ceiling, abs=0.03)


def test_target_has_mean_0_and_variance_1(mixed):
    assert mixed.target.mean() == pytest.approx(0, abs=0.05)
    assert mixed.target.var() == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6])
def test_ridge_on_half_life_gets_its_share(share):
    data = make_promoters(
        3000, length=40, grammar_share=0.2, halflife_share=share, random_state=int(10 * share)
    )
    X = HalfLifeTransformer().fit_transform(data.data)[list(HALF_LIFE_COLUMNS)]
    score = cross_val_score(Ridge(), X, data.target, cv=5).mean()
    assert score == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_gc_content_gets_its_share(share):
    data = make_promoters(
        3000, length=60, composition_share=share, grammar_share=0.3, random_state=2
    )
    gc = gc_content(data.data["promoter"])[:, np.newaxis]
    score = LinearRegression().fit(gc, data.target).score(gc, data.target)
    assert score == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("name", ["grammar", "halflife", "composition"])
def test_one_part_alone_is_all_of_the_signal(name):
    shares = dict.fromkeys(["grammar_share", "halflife_share", "composition_share"], 0.0)
    data = make_promoters(500, length=60, random_state=3, **shares | {f"{name}_share": 1.0})
    np.testing.assert_allclose(data.target, data.signal)
    assert data.target.var() == pytest.approx(1)
    assert data.ceiling == 1
    assert data.shares == {"grammar": 0, "halflife": 0, "composition": 0, "noise": 0, name: 1}


def test_shares_sum_to_1(mixed):
    assert mixed.shares.keys() == {"grammar", "halflife", "composition", "noise"}
    assert sum(mixed.shares.values()) == pytest.approx(1)
    assert mixed.shares["noise"] == pytest.approx(1 - mixed.ceiling)


def test_noise_alone_has_no_signal():
    data = make_promoters(
        100, 60, grammar_share=0, halflife_share=0, composition_share=0, random_state=0
    )
    assert not data.signal.any()
    assert data.ceiling == 0
    assert data.target.std() > 0.5


@pytest.mark.parametrize("setting", [{"length": 24}, {"length": 8, "n_motifs": 1}])
def test_motifs_that_fill_the_promoter_leave_nothing_to_vary(setting):
    with pytest.raises(ValueError, match=r"fill length=[0-9]+.*their shares must be 0"):
        make_promoters(20, random_state=0, **setting)
    shares = {"composition_share": 0, "grammar_share": 0}
    data = make_promoters(2000, random_state=0, **setting, **shares)
    assert data.signal.var() == pytest.approx(data.ceiling, abs=0.04)


# seeds and sizes


def assert_same(a, b):
    pd.testing.assert_frame_equal(a.data, b.data)
    for name in ("target", "signal", "positions"):
        np.testing.assert_array_equal(a[name], b[name])
    assert a.motifs == b.motifs


def test_same_seed_same_data():
    assert_same(make_promoters(20, 40, random_state=5), make_promoters(20, 40, random_state=5))
    first, again = np.random.RandomState(5), np.random.RandomState(5)
    assert_same(
        make_promoters(20, 40, random_state=first), make_promoters(20, 40, random_state=again)
    )


def test_other_seeds_other_data():
    rng = np.random.RandomState(5)
    sets = [make_promoters(20, 40, random_state=seed) for seed in (0, 1, None, None, rng, rng)]
    assert len({tuple(data.data["promoter"]) for data in sets}) == 6
    assert len({tuple(data.target) for data in sets}) == 6


def test_global_random_state_is_left_alone():
    state = np.random.mtrand._rand.get_state()[1].copy()
    make_promoters(20, 40, random_state=0)
    np.testing.assert_array_equal(np.random.mtrand._rand.get_state()[1], state)


@pytest.mark.parametrize(
    ("n", "setting"),
    [
        (2, {"length": 25}),
        (5, {"length": 2, "n_motifs": 1, "motif_length": 1}),
        (5, {"length": 17, "n_motifs": 2}),
        (3, {"length": 10_500}),
        (50, {"length": 20_000}),
    ],
    ids=str,
)
def test_any_number_and_length(n, setting):
    data = make_promoters(n, random_state=0, **setting)
    assert data.data["promoter"].str.len().tolist() == [setting["length"]] * n
    assert np.isfinite(data.target).all()


@pytest.mark.parametrize(
    ("setting", "match"),
    [
        ({"n_samples": 1}, "'n_samples' parameter of make_promoters must be an int.* Got 1 "),
        ({"n_samples": 2.5}, "'n_samples' parameter .* Got 2.5"),
        ({"length": 0}, "'length' parameter .* Got 0"),
        ({"length": "600"}, "'length' parameter .* Got '600'"),
        ({"n_motifs": 0}, "'n_motifs' parameter .* Got 0"),
        ({"motif_length": 0}, "'motif_length' parameter .* Got 0"),
        ({"grammar_share": 1.5}, "'grammar_share' parameter .* Got 1.5"),
        ({"halflife_share": -0.1}, "'halflife_share' parameter .* Got -0.1"),
        ({"composition_share": None}, "'composition_share' parameter .* Got None"),
        ({"random_state": "seed"}, "'random_state' parameter .* Got 'seed'"),
        ({"random_state": -1}, "'random_state' parameter .* Got -1"),
        (
            {"grammar_share": 0.9},
            "shares must sum to 1 at most, got .*'grammar': 0.9.* together 1.2",
        ),
        ({"length": 20}, "n_motifs=3 of motif_length=8 nt do not fit in length=20"),
    ],
    ids=str,
)
def test_bad_parameters(setting, match):
    with pytest.raises(ValueError, match=match):
        make_promoters(**setting)
