"""OneHotPromoterEncoder on a OneHotMatrix: the same windows, as views, and covariates by name."""

import warnings

import numpy as np
import pandas as pd
import pytest

from skxpresso.exceptions import PromoterWarning
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from tests.toys import encode, genes

# a OneHotMatrix as input


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"upstream": 2, "downstream": 3},
        {"upstream": 1},
        {"tss": 1, "downstream": 2},
        {"upstream": 6, "downstream": 6, "short": "pad"},
        {"upstream": 0, "downstream": 9, "tss": 7, "short": "pad"},
    ],
    ids=str,
)
def test_windowing_codes_equals_windowing_letters(parameters):
    X = genes(promoter=["ACGTTGCA", "NGTACCAT"])
    whole = OneHotPromoterEncoder().fit_transform(X)
    encoder = OneHotPromoterEncoder(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromoterWarning)
        expected = encoder.fit_transform(X)
        got = encoder.fit_transform(whole)
    np.testing.assert_array_equal(got.codes, expected.codes)
    np.testing.assert_array_equal(got.covariates, expected.covariates)
    assert got.covariate_names == expected.covariate_names


def test_window_of_a_onehotmatrix_is_a_view():
    whole = OneHotPromoterEncoder().fit_transform(genes(promoter=["ACGTTGCA", "NGTACCAT"]))
    encoder = OneHotPromoterEncoder(upstream=2, downstream=3).fit(whole)
    for got in (encoder.transform(whole), encoder.fit_transform(whole)):
        assert np.shares_memory(got.codes, whole.codes)
        assert np.shares_memory(got.covariates, whole.covariates)
        assert got.tss == 2


def test_window_counts_from_the_tss_that_a_onehotmatrix_remembers():
    first = OneHotPromoterEncoder(upstream=1, downstream=6).fit_transform(["AACCGGTTACGT"])
    assert encode(first, upstream=1, downstream=1) == ["GT"]  # the TSS is the T at 6
    assert encode(first, upstream=1, downstream=1, tss=3) == ["TA"]


@pytest.mark.parametrize("tss", [None, 3])
def test_window_of_a_onehotmatrix_remembers_the_tss_it_was_cut_at(tss):
    whole = OneHotMatrix(np.array([[0, 1, 2, 3, 0, 1, 2, 3]], dtype=np.uint8))
    encoder = OneHotPromoterEncoder(upstream=3, downstream=1, tss=tss)
    assert encoder.fit_transform(whole).tss == encoder.tss_ == 3


@pytest.mark.parametrize("tss", [-2, 5])
def test_a_matrix_whose_tss_lies_outside_is_encoded_whole(tss):
    matrix = OneHotMatrix(np.array([[0, 1, 2]], dtype=np.uint8), tss=tss)
    encoder = OneHotPromoterEncoder()
    assert encoder.inverse_transform(encoder.fit_transform(matrix)).tolist() == ["ACG"]
    assert encoder.get_feature_names_out()[0] == f"promoter_{-tss}_A"


def test_covariates_of_a_matrix_are_matched_by_name():
    frame = pd.DataFrame({"promoter": ["ACGT", "CCGT"], "a": [1.0, 2.0], "b": [10.0, 20.0]})
    encoder = OneHotPromoterEncoder().fit(frame)
    matrix = encoder.transform(frame)
    turned = matrix.with_covariates(matrix.covariates[:, ::-1], ["b", "a"])
    np.testing.assert_array_equal(np.asarray(encoder.transform(turned)), np.asarray(matrix))
    renamed = matrix.with_covariates(matrix.covariates, ["a", "c"])
    with pytest.raises(ValueError, match="X has the covariates 'a', 'c', but OneHotPromoterE"):
        encoder.transform(renamed)


def test_covariates_of_a_matrix_are_selected_by_name():
    matrix = OneHotPromoterEncoder().fit_transform(genes(GC=[0.5, 0.25]))
    for names in ([], ["GC"], ["GC", "CDSLEN"]):
        encoder = OneHotPromoterEncoder(covariates=names)
        got = encoder.fit_transform(matrix)
        assert encoder.covariate_names_ == names
        expected = OneHotPromoterEncoder(covariates=names).fit_transform(genes(GC=[0.5, 0.25]))
        np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))
        np.testing.assert_array_equal(np.asarray(encoder.transform(matrix)), np.asarray(got))
    with pytest.raises(ValueError, match="covariates names 'UTR5GC', but the OneHotMatrix"):
        OneHotPromoterEncoder(covariates=["GC", "UTR5GC"]).fit(matrix)


def test_covariates_without_names_stay_where_their_number_fits():
    matrix = OneHotMatrix(np.zeros((2, 3), dtype=np.uint8), [[1.0], [2.0]])
    assert OneHotPromoterEncoder(covariates=["GC"]).fit_transform(matrix).shape == (2, 13)
    assert OneHotPromoterEncoder(covariates=[]).fit_transform(matrix).shape == (2, 12)
    with pytest.raises(ValueError, match=r"but the OneHotMatrix has 1 covariate\(s\)"):
        OneHotPromoterEncoder(covariates=["a", "b"]).fit(matrix)
