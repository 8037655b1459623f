"""KmerCountEncoder against loops, a count by numpy alone, and hand-made answers."""

import itertools
import warnings

import numpy as np
import pytest
from Bio.Seq import reverse_complement
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.pipeline import make_pipeline

from skxpresso.exceptions import PromoterWarning
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.encoder import reverse_complement as turn
from skxpresso.sequence.kmers import KmerCountEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from tests.toys import fast, genes


def kmer_loop(sequence, k):
    """Count words of 1 to k nt one by one, and divide by how many are known."""
    frequencies = []
    for length in range(1, k + 1):
        words = [sequence[i : i + length] for i in range(len(sequence) - length + 1)]
        known = [word for word in words if set(word) <= set("ACGT")]
        for word in map("".join, itertools.product("ACGT", repeat=length)):
            frequencies.append(known.count(word) / max(len(known), 1))
    return frequencies


@fast
@given(st.lists(st.text("ACGTN", min_size=1, max_size=9), min_size=1, max_size=4))
def test_kmer_frequencies_equal_a_loop(sequences):
    encoder = KmerCountEncoder(3, sparse_output=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromoterWarning)
        got = encoder.fit_transform(sequences)
    expected = [kmer_loop(sequence, 3) for sequence in sequences]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_kmer_names_follow_length_and_alphabet_then_covariates():
    encoder = KmerCountEncoder(3).fit(genes())
    words = ["".join(w) for k in (1, 2, 3) for w in itertools.product("ACGT", repeat=k)]
    assert encoder.get_feature_names_out().tolist() == [*words, "CDSLEN"]


def test_kmers_pass_covariates_on():
    got = KmerCountEncoder(1, sparse_output=False).fit_transform(genes())
    np.testing.assert_allclose(got, [[0.25] * 4 + [10], [0.25, 0, 0.25, 0.5, 20]])
    assert got.dtype == np.float32


def test_sparse_and_dense_kmers_agree():
    rng = np.random.default_rng(0)
    sequences = ["".join(row) for row in rng.choice(list("ACGT"), (5, 30))]
    dense = KmerCountEncoder(4, sparse_output=False).fit_transform(sequences)
    got = KmerCountEncoder(4).fit_transform(sequences)
    assert sparse.issparse(got)
    assert got.format == "csr"
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got.toarray(), dense)


def test_kmers_of_many_rows_are_those_of_each():
    rng = np.random.default_rng(0)
    sequences = ["".join(row) for row in rng.choice(list("ACGT"), (70, 12))]  # 64 rows a chunk
    encoder = KmerCountEncoder(8).fit(sequences)
    together, last = encoder.transform(sequences), encoder.transform(sequences[63:66])
    assert (together[63:66] != last).nnz == 0


def test_kmers_of_a_window():
    pipeline = make_pipeline(
        OneHotPromoterEncoder(upstream=1, downstream=2), KmerCountEncoder(1, sparse_output=False)
    )
    np.testing.assert_allclose(pipeline.fit_transform(["GGACCTT"]), [[1 / 3, 2 / 3, 0, 0]])


def test_kmers_of_letters_equal_those_of_codes():
    X = genes(promoter=["ACGTTGCA", "NGTACCAT"])
    from_codes = KmerCountEncoder(2).fit_transform(OneHotPromoterEncoder().fit_transform(X))
    assert (KmerCountEncoder(2).fit_transform(X) != from_codes).nnz == 0


@pytest.mark.parametrize("as_codes", [False, True])
def test_kmers_count_the_whole_of_a_longer_sequence(as_codes):
    first, longer = ["AACC"], ["AACCGGGG"]
    if as_codes:
        first = OneHotPromoterEncoder().fit_transform(first)
        longer = OneHotPromoterEncoder().fit_transform(longer)
    encoder = KmerCountEncoder(1, sparse_output=False).fit(first)
    np.testing.assert_allclose(encoder.transform(longer), [[0.25, 0.25, 0.5, 0]])


@pytest.mark.parametrize("k", [0, 9, 2.0, "6"])
def test_bad_k(k):
    with pytest.raises(ValueError, match="'k' parameter of KmerCountEncoder must be an int in"):
        KmerCountEncoder(k).fit(["ACGT"])


# many bases


def kmers_by_numpy(codes, k):
    """Count every length on its own, with base-4 numbers and bincount."""
    n, width = codes.shape
    rows = np.arange(n)[:, None]
    word = np.zeros((n, width), dtype=np.int64)
    valid = np.ones((n, width), dtype=bool)
    frequencies = []
    for length in range(1, k + 1):
        last = codes[:, length - 1 :]
        size = max(width - length + 1, 0)
        word = word[:, :size] * 4 + last
        valid = valid[:, :size] & (last != 4)
        bins = (word + rows * 4**length)[valid]
        counts = np.bincount(bins, minlength=n * 4**length).reshape(n, -1)
        frequencies.append(counts / np.maximum(valid.sum(axis=1), 1)[:, None])
    return np.hstack(frequencies).astype(np.float32)


@pytest.mark.parametrize("k", range(1, 9))
@pytest.mark.parametrize("width", [1, 5, 700])
def test_kmers_of_many_bases_equal_numpy(k, width):
    rng = np.random.default_rng(k)
    codes = rng.choice(5, (3, width), p=[0.2, 0.3, 0.22, 0.26, 0.02]).astype(np.uint8)
    codes[:, 0] = [0, 1, 2]
    encoder = KmerCountEncoder(k, sparse_output=False)
    got = encoder.fit_transform(OneHotMatrix(codes))
    np.testing.assert_array_equal(got, kmers_by_numpy(codes, k))


# both strands as one


def folded_loop(sequence, k):
    """Add up the frequencies of a word and its reverse complement, by name."""
    words = ["".join(w) for n in range(1, k + 1) for w in itertools.product("ACGT", repeat=n)]
    found = {}
    for word, frequency in zip(words, kmer_loop(sequence, k), strict=True):
        name = min(word, str(reverse_complement(word)))
        found[name] = found.get(name, 0) + frequency
    return found


@fast
@given(st.lists(st.text("ACGTN", min_size=1, max_size=9), min_size=1, max_size=4))
def test_folded_kmers_equal_a_loop(sequences):
    encoder = KmerCountEncoder(3, reverse_complement=True, sparse_output=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromoterWarning)
        got = encoder.fit_transform(sequences)
    expected = [folded_loop(sequence, 3) for sequence in sequences]
    names = encoder.get_feature_names_out().tolist()
    assert names == list(expected[0])
    np.testing.assert_allclose(got, [list(row.values()) for row in expected], rtol=1e-6)


@pytest.mark.parametrize("k", range(1, 9))
def test_number_of_folded_words(k):
    encoder = KmerCountEncoder(k, reverse_complement=True).fit(["ACGT"])
    # words of even length may be palindromes, of which there are 4 ** (length / 2)
    lengths = range(1, k + 1)
    expected = sum((4**n + (4 ** (n // 2) if n % 2 == 0 else 0)) // 2 for n in lengths)
    names = encoder.get_feature_names_out().tolist()
    assert len(names) == len(set(names)) == expected == encoder.transform(["ACGT"]).shape[1]
    assert all(name <= str(reverse_complement(name)) for name in names)


def test_palindrome_counts_once():
    encoder = KmerCountEncoder(2, reverse_complement=True, sparse_output=False)
    counts = encoder.fit_transform(["ATGC"])[0]
    found = dict(zip(encoder.get_feature_names_out(), counts, strict=True))
    assert {name: x for name, x in found.items() if x and len(name) == 2} == {
        "AT": pytest.approx(1 / 3),
        "CA": pytest.approx(1 / 3),  # TG
        "GC": pytest.approx(1 / 3),
    }


def test_folded_kmers_are_those_of_the_other_strand():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (6, 200)).astype(np.uint8)
    encoder = KmerCountEncoder(5, reverse_complement=True, sparse_output=False)
    np.testing.assert_array_equal(
        encoder.fit_transform(OneHotMatrix(codes)), encoder.transform(OneHotMatrix(turn(codes)))
    )


def test_folded_kmers_pass_covariates_on():
    encoder = KmerCountEncoder(1, reverse_complement=True, sparse_output=False)
    np.testing.assert_allclose(encoder.fit_transform(genes())[:, -1], [10, 20])
    assert encoder.get_feature_names_out().tolist() == ["A", "C", "CDSLEN"]


def test_covariates_of_zero_take_no_room():
    got = KmerCountEncoder(1).fit_transform(genes(CDSLEN=[0.0, 20.0]))
    assert (got.nnz, got[1, 4]) == (8, 20)
    got = KmerCountEncoder(1).fit_transform(genes(CDSLEN=[0.0, 20.0]).iloc[:1])
    assert (got.nnz, got[0, 4]) == (4, 0)
