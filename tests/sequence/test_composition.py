"""CompositionEncoder against a loop over windows and numbers by hand."""

import warnings

import numpy as np
import pandas as pd
import pytest
from Bio.SeqUtils import gc_fraction
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from skxpresso.exceptions import PromoterWarning
from skxpresso.sequence.composition import CompositionEncoder
from skxpresso.sequence.encoder import OneHotPromoterEncoder, reverse_complement
from skxpresso.sequence.onehot import OneHotMatrix
from tests.toys import fast


def by_loop(sequence, size):
    """GC content and CpG ratio of window after window."""
    features = []
    for start in range(0, len(sequence), size):
        window = sequence[start : start + size]
        known = len(window) - window.count("N")
        product = window.count("C") * window.count("G")
        features.append(gc_fraction(window) if known else 0)
        features.append(window.count("CG") * known / product if product else 0)
    return features


@fast
@given(st.text("ACGTN", min_size=1, max_size=40), st.integers(1, 15))
def test_windows_equal_a_loop(sequence, size):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromoterWarning)
        got = CompositionEncoder(size).fit_transform([sequence, sequence])
    np.testing.assert_allclose(got, [by_loop(sequence, size)] * 2, rtol=1e-6)


def test_many_rows_equal_a_loop():
    rng = np.random.default_rng(0)
    sequences = ["".join(row) for row in rng.choice(list("ACGTN"), (30, 1234))]
    got = CompositionEncoder().fit_transform(sequences)
    np.testing.assert_allclose(got, [by_loop(s, 500) for s in sequences], rtol=1e-5)
    assert got.dtype == np.float32


def test_by_hand():
    # 4 C, 4 G, 3 CG in 13 known bases
    got = CompositionEncoder(99).fit_transform(["ACGCGCGTTNGCAA"])
    np.testing.assert_allclose(got, [[8 / 13, 3 * 13 / 16]])


def test_cpg_across_the_border_of_two_windows_is_in_neither():
    np.testing.assert_allclose(CompositionEncoder(2).fit_transform(["ACGT"])[:, 1::2], 0)


def test_random_sequence_has_the_cpg_that_is_expected():
    codes = np.random.default_rng(0).integers(0, 4, (20, 10_000)).astype(np.uint8)
    features = CompositionEncoder(5000).fit_transform(OneHotMatrix(codes))
    assert features[:, ::2].mean() == pytest.approx(0.5, abs=0.01)
    assert features[:, 1::2].mean() == pytest.approx(1, abs=0.02)


def test_other_strand_has_the_windows_in_reverse():
    codes = np.random.default_rng(0).integers(0, 5, (5, 60)).astype(np.uint8)
    encoder = CompositionEncoder(20)
    got = encoder.fit_transform(OneHotMatrix(codes)).reshape(5, 3, 2)
    turned = encoder.transform(OneHotMatrix(reverse_complement(codes))).reshape(5, 3, 2)
    np.testing.assert_allclose(turned, got[:, ::-1], rtol=1e-6)


def test_windows_and_names_are_relative_to_the_tss():
    X = OneHotPromoterEncoder(upstream=6, downstream=3).fit_transform(["ACGT" * 5])
    encoder = CompositionEncoder(4).fit(X)
    assert encoder.windows_.tolist() == [[-6, -2], [-2, 2], [2, 3]]
    names = encoder.get_feature_names_out().tolist()
    assert names == ["gc_-6_-2", "cpg_-6_-2", "gc_-2_2", "cpg_-2_2", "gc_2_3", "cpg_2_3"]


def test_covariates_are_passed_on_and_pandas_output_is_named():
    X = pd.DataFrame({"promoter": ["ACGT", "TTGA"], "CDSLEN": [10.0, 20.0]}, index=["g1", "g2"])
    encoder = CompositionEncoder(4).set_output(transform="pandas")
    got = encoder.fit_transform(X)
    assert got.columns.tolist() == ["gc_-2_2", "cpg_-2_2", "CDSLEN"]
    assert got.index.tolist() == ["g1", "g2"]
    np.testing.assert_allclose(got, [[0.5, 4, 10], [0.25, 0, 20]])


def test_other_length_at_transform_is_an_error():
    encoder = CompositionEncoder(2).fit(["ACGT"])
    with pytest.raises(ValueError, match="row 0: the sequence has 5 nt, but the others"):
        encoder.transform(["ACGTA"])


@pytest.mark.parametrize("size", [0, -1, 2.5, "4"])
def test_bad_window_size(size):
    with pytest.raises(ValueError, match="'window_size' parameter of CompositionEncoder must be"):
        CompositionEncoder(size).fit(["ACGT"])


def test_no_fit_and_failed_fit():
    encoder = CompositionEncoder()
    with pytest.raises(NotFittedError):
        encoder.transform(["ACGT"])
    encoder.fit(["ACGT"])
    with pytest.raises(ValueError, match="row 1: the sequence is empty"):
        encoder.fit(["ACGT", ""])
    with pytest.raises(NotFittedError):
        encoder.get_feature_names_out()
