"""Shuffles: exact counts by a loop, and all results equally likely where they can be listed."""

import itertools
import pickle
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skxpresso.sequence.composition import CompositionEncoder
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.kmers import KmerCountEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.sequence.shuffling import PromoterShuffler, shuffle_promoters
from tests.toys import fast, random_codes

kinds = pytest.mark.parametrize("kind", ["dinucleotide", "mononucleotide"])


def codes_of(letters):
    return np.array(["ACGTN".index(letter) for letter in letters], dtype=np.uint8)


def letters_of(codes):
    return "".join("ACGTN"[code] for code in codes)


def pairs(letters):
    return Counter(itertools.pairwise(letters))


# counts


@fast
@given(st.text("ACGTN", min_size=1, max_size=30), st.integers(0, 99))
def test_dinucleotide_counts_and_ends_are_kept(letters, seed):
    shuffled = letters_of(shuffle_promoters(codes_of(letters)[None], random_state=seed)[0])
    assert pairs(shuffled) == pairs(letters)
    assert (shuffled[0], shuffled[-1]) == (letters[0], letters[-1])


@fast
@given(st.text("ACGTN", min_size=1, max_size=30), st.integers(0, 99))
def test_mononucleotide_counts_are_kept(letters, seed):
    codes = codes_of(letters)[None]
    shuffled = letters_of(shuffle_promoters(codes, "mononucleotide", random_state=seed)[0])
    assert Counter(shuffled) == Counter(letters)


def test_counts_of_long_promoters_are_kept():
    codes = random_codes(4, 10_500)
    shuffled = shuffle_promoters(codes, random_state=0)
    for before, after in zip(codes, shuffled, strict=True):
        assert pairs(after.tolist()) == pairs(before.tolist())
        assert (before == after).mean() < 0.25  # a fifth by chance


def test_rare_last_base_ends_the_walk():
    codes = np.zeros((1, 5000), dtype=np.uint8)
    codes[0, 1000:1003] = [1, 2, 1]
    codes[0, -1] = 3  # reached once in five thousand steps
    shuffled = shuffle_promoters(codes, random_state=0)
    assert pairs(shuffled[0].tolist()) == pairs(codes[0].tolist())


@kinds
@pytest.mark.parametrize("width", [0, 1, 2])
def test_short_promoters(kind, width):
    codes = np.array([[0, 3], [2, 2]], dtype=np.uint8)[:, :width]
    shuffled = shuffle_promoters(codes, kind, random_state=0)
    np.testing.assert_array_equal(np.sort(shuffled), np.sort(codes))
    if kind == "dinucleotide":
        np.testing.assert_array_equal(shuffled, codes)


# probabilities


def all_shuffles(letters, kind):
    found = {"".join(order) for order in itertools.permutations(letters)}
    if kind == "mononucleotide":
        return found
    return {
        order
        for order in found
        if pairs(order) == pairs(letters) and (order[0], order[-1]) == (letters[0], letters[-1])
    }


@pytest.mark.parametrize(
    ("letters", "kind"),
    [
        ("AACAGATA", "dinucleotide"),  # three letters around one
        ("ACAGCATCA", "dinucleotide"),  # first base is last base
        ("ACGTGCAGT", "dinucleotide"),  # last exits that depend on each other
        ("AACCAACCG", "dinucleotide"),  # pairs that are there twice, and runs
        ("ANCNANGA", "dinucleotide"),  # unknown bases
        ("TTTCTCTC", "dinucleotide"),
        ("AACGN", "mononucleotide"),
        ("AAACC", "mononucleotide"),
    ],
)
def test_all_shuffles_are_equally_likely(letters, kind):
    expected = all_shuffles(letters, kind)
    n = 1000 * len(expected)
    drawn = shuffle_promoters(np.tile(codes_of(letters), (n, 1)), kind, random_state=7)
    counts = Counter(map(letters_of, drawn))
    assert set(counts) == expected
    assert len(expected) > 3
    assert chisquare(list(counts.values())).pvalue > 1e-3


@kinds
def test_all_shuffles_are_equally_likely_over_seeds_of_the_transformer(kind):
    letters = "AACAGATA" if kind == "dinucleotide" else "AACG"
    expected = all_shuffles(letters, kind)
    X = OneHotMatrix(codes_of(letters)[None])
    counts = Counter(
        letters_of(PromoterShuffler(kind, random_state=seed).fit_transform(X).codes[0])
        for seed in range(40 * len(expected))
    )
    assert set(counts) == expected
    assert chisquare(list(counts.values())).pvalue > 1e-3


# the function


@kinds
def test_seed_repeats_and_rows_differ(kind):
    codes = np.tile(random_codes(1, 60), (3, 1))
    first = shuffle_promoters(codes, kind, random_state=1)
    np.testing.assert_array_equal(first, shuffle_promoters(codes, kind, random_state=1))
    assert (first != shuffle_promoters(codes, kind, random_state=2)).any()
    assert (first[0] != first[1]).any()
    rng = np.random.RandomState(1)
    np.testing.assert_array_equal(first, shuffle_promoters(codes, kind, random_state=rng))
    assert (first != shuffle_promoters(codes, kind, random_state=rng)).any()


@kinds
def test_input_is_not_changed_and_its_layout_does_not_matter(kind):
    codes = random_codes(5, 40)
    before = codes.copy()
    window = np.asfortranarray(codes)
    np.testing.assert_array_equal(
        shuffle_promoters(codes, kind, random_state=0),
        shuffle_promoters(window, kind, random_state=0),
    )
    np.testing.assert_array_equal(codes, before)


@pytest.mark.parametrize(
    ("codes", "kind", "error", "match"),
    [
        ([[0, 1]], "dinucleotide", TypeError, "codes must be an ndarray of uint8, got list"),
        (np.zeros(3, np.uint8), "dinucleotide", ValueError, "codes must have 2 dimensions"),
        (np.full((1, 3), 5, np.uint8), "dinucleotide", ValueError, "codes must be 0 to 4, got 5"),
        (np.zeros((1, 3), np.uint8), "triplet", ValueError, "kind must be one of .* got 'triplet'"),
    ],
)
def test_bad_input(codes, kind, error, match):
    with pytest.raises(error, match=match):
        shuffle_promoters(codes, kind)


# the transformer


def table():
    rng = np.random.default_rng(0)
    sequences = ["".join(row) for row in rng.choice(list("ACGTN"), (6, 50))]
    return pd.DataFrame({"promoter": sequences, "CDSLEN": np.arange(6.0)})


@kinds
def test_shuffle_of_a_promoter_depends_on_it_and_the_seed_alone(kind):
    X = OneHotPromoterEncoder(upstream=20, downstream=20).fit_transform(table())
    shuffler = PromoterShuffler(kind, random_state=3).fit(X)
    codes = shuffler.transform(X).codes
    np.testing.assert_array_equal(shuffler.transform(X[[4, 2]]).codes, codes[[4, 2]])
    np.testing.assert_array_equal(shuffler.transform(X[5:]).codes, codes[5:])
    again = PromoterShuffler(kind, random_state=3).fit(X[:1])
    np.testing.assert_array_equal(again.transform(X).codes, codes)
    other = PromoterShuffler(kind, random_state=4).fit_transform(X).codes
    assert ((other != codes).mean(axis=1) > 0.3).all()
    revived = pickle.loads(pickle.dumps(shuffler))
    np.testing.assert_array_equal(revived.transform(X).codes, codes)


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)], ids=["None", "state"])
def test_seed_is_drawn_at_fit(random_state):
    X = OneHotPromoterEncoder().fit_transform(table())
    shuffler = PromoterShuffler(random_state=random_state).fit(X)
    first, seed = shuffler.transform(X).codes, shuffler.seed_
    np.testing.assert_array_equal(shuffler.transform(X).codes, first)
    assert shuffler.fit(X).seed_ != seed


def test_covariates_names_and_tss_pass_through():
    encoder = OneHotPromoterEncoder(upstream=20, downstream=10)
    X = encoder.fit_transform(table())
    shuffler = PromoterShuffler(random_state=0)
    got = shuffler.fit_transform(X)
    assert isinstance(got, OneHotMatrix)
    assert (got.tss, got.covariate_names, got.shape) == (20, ("CDSLEN",), X.shape)
    np.testing.assert_array_equal(got.covariates, X.covariates)
    assert shuffler.get_feature_names_out().tolist() == encoder.get_feature_names_out().tolist()
    assert encoder.inverse_transform(got).columns.tolist() == ["promoter", "CDSLEN"]


@pytest.mark.parametrize("form", ["table", "sequences"])
def test_letters_are_encoded_first(form):
    X = table() if form == "table" else table()["promoter"]
    got = PromoterShuffler(random_state=0).fit_transform(X)
    expected = PromoterShuffler(random_state=0).fit_transform(
        OneHotPromoterEncoder().fit_transform(X)
    )
    np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))


def test_words_of_two_are_kept_and_words_of_three_are_not():
    X = OneHotPromoterEncoder().fit_transform(table())
    before = KmerCountEncoder(3, sparse_output=False).fit(X)
    shuffled = PromoterShuffler(random_state=0).fit_transform(X)
    same = np.isclose(before.transform(X), before.transform(shuffled)).all(axis=0)
    assert same[:20].all()
    assert not same[20:84].all()
    one_window = make_pipeline(PromoterShuffler(random_state=0), CompositionEncoder(50))
    np.testing.assert_allclose(
        one_window.fit_transform(X), CompositionEncoder(50).fit_transform(X), rtol=1e-6
    )


def test_bad_parameters_and_no_fit():
    with pytest.raises(ValueError, match="'kind' parameter of PromoterShuffler must be a str"):
        PromoterShuffler("triplet").fit(["ACGT"])
    with pytest.raises(NotFittedError):
        PromoterShuffler().transform(["ACGT"])
    shuffler = clone(PromoterShuffler("mononucleotide", random_state=5))
    assert shuffler.get_params() == {"kind": "mononucleotide", "random_state": 5}
