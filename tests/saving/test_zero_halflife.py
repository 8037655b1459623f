"""ZeroHalfLife: zeros for who has no numbers, and never in silence for who has."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skxpresso import OneHotPromoterEncoder
from skxpresso.saving.zero_halflife import ZeroHalfLife

SEQUENCES = ["ACGT", "CCCC", "GATC"]
NAMES = ["halflife1", "halflife2", "halflife3"]


@pytest.fixture
def zeros():
    return ZeroHalfLife(3).fit(SEQUENCES)


@pytest.mark.parametrize(
    "X",
    [
        SEQUENCES,
        np.array(SEQUENCES),
        pd.Series(SEQUENCES, index=list("abc")),
        pd.DataFrame({"promoter": SEQUENCES, "NOTE": "x"}, index=list("abc")),
    ],
)
def test_zeros_beside_sequences(X, zeros):
    found = zeros.transform(X)
    assert found["promoter"].tolist() == SEQUENCES
    np.testing.assert_array_equal(found[NAMES], np.zeros((3, 3)))
    assert list(found.index) == (
        list("abc") if isinstance(X, (pd.Series, pd.DataFrame)) else [0, 1, 2]
    )


def test_encoded_promoters(zeros):
    found = zeros.transform(OneHotPromoterEncoder().fit_transform(SEQUENCES))
    assert found.covariate_names == tuple(NAMES)
    np.testing.assert_array_equal(found.covariates, np.zeros((3, 3)))
    ones = found.with_covariates(np.ones((3, 3)), NAMES)
    assert zeros.transform(ones) is ones


def test_numbers_of_ones_own_pass(zeros):
    table = pd.DataFrame({"promoter": SEQUENCES}).assign(**dict.fromkeys(NAMES, 0.5))
    pd.testing.assert_frame_equal(zeros.transform(table), table)
    with pytest.raises(ValueError, match="ZeroHalfLife needs the column.s. 'halflife2'"):
        zeros.transform(table.drop(columns="halflife2"))


def test_known_halflife_is_left_out_with_a_warning(zeros):
    table = pd.DataFrame({"promoter": SEQUENCES, "CDSLEN": 100.0})
    with pytest.warns(UserWarning, match="columns 'CDSLEN' are not used"):
        zeros.transform(table)
    encoded = OneHotPromoterEncoder().fit_transform(table)
    with pytest.warns(UserWarning, match="columns 'CDSLEN' are not used"):
        found = zeros.transform(encoded)
    assert found.covariate_names == tuple(NAMES)


def test_input_is_not_changed(zeros):
    table = pd.DataFrame({"promoter": SEQUENCES})
    zeros.transform(table)
    assert table.columns.tolist() == ["promoter"]


def test_estimator():
    zeros = ZeroHalfLife(2, sequence_column="seq")
    assert clone(zeros).get_params() == {"n_features": 2, "sequence_column": "seq"}
    table = pd.DataFrame({"seq": SEQUENCES})
    found = zeros.fit_transform(table)
    assert found.columns.tolist() == zeros.get_feature_names_out().tolist()
    assert zeros.n_features_in_ == 1
    assert zeros.feature_names_in_.tolist() == ["seq"]


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([], ValueError, "X is empty"),
        (np.zeros((3, 2)), ValueError, "got an array of shape"),
        ({"promoter": "ACGT"}, TypeError, "got dict"),
        ("ACGT", TypeError, "one bare str"),
    ],
)
def test_bad_input(X, error, message):
    with pytest.raises(error, match=message):
        ZeroHalfLife().fit(X)


def test_bad_parameters_and_tables(zeros):
    with pytest.raises(ValueError, match="'n_features' parameter"):
        ZeroHalfLife(0).fit(SEQUENCES)
    with pytest.raises(ValueError, match="needs the column.s. 'promoter'"):
        zeros.transform(pd.DataFrame({"sequence": SEQUENCES}))
