"""The columns beside the sequences: covariates found by name, or an error that says which."""

import numpy as np
import pandas as pd
import pytest

from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from tests.toys import genes

# columns


def test_numeric_columns_become_covariates():
    encoder = OneHotPromoterEncoder()
    X = encoder.fit_transform(genes(n_exons=[1, 2], coding=[True, False]))
    np.testing.assert_array_equal(X.covariates, [[10, 1, 1], [20, 2, 0]])
    assert X.covariate_names == ("CDSLEN", "n_exons", "coding")
    assert encoder.covariate_names_ == ["CDSLEN", "n_exons", "coding"]
    assert X.shape == (2, 4 * 4 + 3)


def test_covariates_parameter_chooses_and_orders():
    X = genes(name=["x", "y"], b=[3.0, 4.0])
    got = OneHotPromoterEncoder(covariates=["b", "CDSLEN"]).fit_transform(X)
    np.testing.assert_array_equal(got.covariates, [[3, 10], [4, 20]])
    assert OneHotPromoterEncoder(covariates=[]).fit_transform(X).n_covariates == 0


def test_sequence_column_may_have_another_name():
    X = genes().rename(columns={"promoter": "seq"})
    assert OneHotPromoterEncoder(sequence_column="seq").fit_transform(X).shape == (2, 17)


def test_columns_are_matched_by_name():
    X = genes(b=[3.0, 4.0])
    encoder = OneHotPromoterEncoder().fit(X)
    other = X[["b", "CDSLEN", "promoter"]].assign(extra=[5.0, 6.0], note=["x", "y"])
    np.testing.assert_array_equal(encoder.transform(other), encoder.transform(X))


def test_fitted_column_attributes():
    encoder = OneHotPromoterEncoder().fit(genes())
    assert encoder.n_features_in_ == 2
    assert encoder.feature_names_in_.tolist() == ["promoter", "CDSLEN"]
    encoder.fit(["ACGT"])
    assert encoder.n_features_in_ == 1
    assert not hasattr(encoder, "feature_names_in_")


def two_columns_of_one_name():
    return pd.DataFrame([["ACGT", 1.0, 2.0]], columns=["promoter", "x", "x"])


@pytest.mark.parametrize(
    ("parameters", "X", "match"),
    [
        (
            {},
            genes().drop(columns="promoter"),
            r"needs the column\(s\) 'promoter'.* has only 'CDSLEN'",
        ),
        (
            {"covariates": ["zz"]},
            genes(),
            r"needs the column\(s\) 'zz', but X has only 'pr",
        ),
        (
            {"covariates": ["n"]},
            genes(n=["a", "b"]),
            "'n' must hold numbers, got 'a' in row 'gen",
        ),
        ({}, genes(n=[1, "b"]), "column 'n' must hold numbers to be passed on as a covariate"),
        ({}, genes(n=[1j, 2j]), "column 'n' must hold numbers to be passed on as a covariate"),
        ({}, genes(n=[1.0, 1e60]), r"'n' must fit float32, got 1e\+60 in row 'geneB'"),
        ({}, two_columns_of_one_name(), "column names of X must be unique, got 'x' more than"),
    ],
)
def test_bad_columns(parameters, X, match):
    with pytest.raises(ValueError, match=match):
        OneHotPromoterEncoder(**parameters).fit_transform(X)


def test_misnamed_sequence_column_is_called_missing():
    X = genes().rename(columns={"promoter": "sequence"})
    with pytest.raises(ValueError, match=r"needs the column\(s\) 'promoter', but X has only"):
        OneHotPromoterEncoder().fit(X)


@pytest.mark.parametrize(
    ("X", "match"),
    [
        (genes().drop(columns="CDSLEN"), r"needs the column\(s\) 'CDSLEN', but X has only"),
        (genes().drop(columns="promoter"), r"needs the column\(s\) 'promoter', but X has only"),
        (
            genes(CDSLEN=["long", 1]),
            "column 'CDSLEN' must hold numbers, got 'long' in row 'geneA",
        ),
        (
            ["ACGT"],
            r"fitted with sequences and the column\(s\) 'CDSLEN', got a list of sequences only",
        ),
        (OneHotMatrix(np.zeros((1, 4), np.uint8)), r"X has 0 covariate\(s\), but .* with 1 \('CDS"),
    ],
    ids=["covariate", "promoter", "text", "list", "OneHotMatrix"],
)
def test_columns_that_are_gone_at_transform(X, match):
    encoder = OneHotPromoterEncoder().fit(genes())
    with pytest.raises(ValueError, match=match):
        encoder.transform(X)


def test_doubled_column_at_transform_is_named():
    encoder = OneHotPromoterEncoder().fit(genes())
    with pytest.raises(ValueError, match="column names of X must be unique, got 'CDSLEN'"):
        encoder.transform(pd.concat([genes(), genes()[["CDSLEN"]]], axis=1))


def test_covariates_need_a_table():
    with pytest.raises(ValueError, match="covariates"):
        OneHotPromoterEncoder(covariates=["CDSLEN"]).fit(["ACGT"])


@pytest.mark.parametrize("container", [dict.fromkeys, set], ids=["dict", "set"])
def test_dict_and_set_are_no_sequences(container):
    with pytest.raises(TypeError, match="X must be a DataFrame"):
        OneHotPromoterEncoder().fit(container(["ACGT", "GGGG"]))
