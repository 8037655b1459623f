"""HalfLifeTransformer against hand-computed numbers, StandardScaler and its own inverse."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

from skxpresso.halflife import HALF_LIFE_COLUMNS, LOG_COLUMNS, HalfLifeTransformer
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.onehot import OneHotMatrix

GC_COLUMNS = ["UTR5GC", "CDSGC", "UTR3GC"]


@pytest.fixture(name="X")
def fixture_x():
    """Six genes with the published columns."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({name: 10 ** rng.uniform(0, 4, 6) for name in HALF_LIFE_COLUMNS})
    X[GC_COLUMNS] = rng.uniform(0, 1, (6, 3))
    X.insert(0, "promoter", ["ACGT", "TTTT", "GGGG", "CATG", "NNAC", "TGCA"])
    X.index = [f"gene{i}" for i in range(6)]
    return X


def put(X, column, value, row="gene1"):
    X = X.astype({column: object}) if isinstance(value, str) else X.copy()
    X.loc[row, column] = value
    return X


# numbers


def test_columns_are_those_of_the_paper_in_its_order():
    assert " ".join(HALF_LIFE_COLUMNS) == (
        "UTR5LEN CDSLEN INTRONLEN UTR3LEN UTR5GC CDSGC UTR3GC ORFEXONDENSITY"
    )
    assert set(HALF_LIFE_COLUMNS) - set(LOG_COLUMNS) == set(GC_COLUMNS)


def test_by_hand():
    X = pd.DataFrame({"CDSLEN": [99.9, 9999.9, 99.9, 9999.9], "CDSGC": [0.2, 0.4, 0.6, 0.8]})
    transformer = HalfLifeTransformer().fit(X)
    np.testing.assert_allclose(transformer.mean_, [3.0, 0.5])
    np.testing.assert_allclose(transformer.scale_, [1.0, np.sqrt(0.05)])
    got = transformer.transform(X)
    np.testing.assert_allclose(got["CDSLEN"], [-1, 1, -1, 1])
    np.testing.assert_allclose(got["CDSGC"], np.array([-3, -1, 1, 3]) / np.sqrt(5))


def test_zero_length_has_a_logarithm():
    transformer = HalfLifeTransformer().fit(pd.DataFrame({"INTRONLEN": [0.0, 0.9]}))
    np.testing.assert_allclose(transformer.mean_, [-0.5])  # log10 of 0.1 and of 1


def test_equals_standard_scaler_after_the_logarithm(X):
    values = X[list(HALF_LIFE_COLUMNS)].copy()
    values[list(LOG_COLUMNS)] = np.log10(values[list(LOG_COLUMNS)] + 0.1)
    got = HalfLifeTransformer().fit_transform(X)
    np.testing.assert_allclose(
        got[list(HALF_LIFE_COLUMNS)], StandardScaler().fit_transform(values), rtol=1e-10
    )


def test_mean_and_scale_come_from_the_training_rows_only(X):
    train, test = X.iloc[:4], X.iloc[4:]
    logged = np.log10(train["CDSLEN"] + 0.1)
    got = HalfLifeTransformer().fit(train).transform(test)
    expected = (np.log10(test["CDSLEN"] + 0.1) - logged.mean()) / logged.std(ddof=0)
    np.testing.assert_allclose(got["CDSLEN"], expected)


@settings(max_examples=50, deadline=None, database=None)
@given(
    npst.arrays(
        float,
        st.tuples(st.integers(1, 6), st.just(2)),
        elements=st.floats(0, 1e6, allow_subnormal=False),
    )
)
def test_inverse_gives_the_values_back(values):
    X = pd.DataFrame(values, columns=["CDSLEN", "other"])
    transformer = HalfLifeTransformer(columns=["CDSLEN", "other"])
    got = transformer.inverse_transform(transformer.fit_transform(X))
    np.testing.assert_allclose(got, X, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("form", ["DataFrame", "OneHotMatrix"])
def test_inverse_in_the_same_form(X, form):
    X = OneHotPromoterEncoder().fit_transform(X) if form == "OneHotMatrix" else X
    transformer = HalfLifeTransformer()
    got = transformer.inverse_transform(transformer.fit_transform(X))
    if form == "DataFrame":
        pd.testing.assert_frame_equal(got, X)
    else:
        np.testing.assert_allclose(got.covariates, X.covariates, rtol=1e-5)
        assert got.codes is X.codes


@pytest.mark.parametrize("value", [0.0, 0.3, 1e6])
def test_column_without_spread_becomes_zero(value):
    X = pd.DataFrame({"CDSLEN": [value] * 7})
    transformer = HalfLifeTransformer().fit(X)
    assert transformer.scale_.tolist() == [1.0]
    np.testing.assert_allclose(transformer.transform(X), 0, atol=1e-9)


def test_single_row_becomes_zeros(X):
    got = HalfLifeTransformer().fit_transform(X.iloc[:1])
    assert not got[list(HALF_LIFE_COLUMNS)].to_numpy().any()


def test_missing_values_become_the_training_mean(X):
    holes = put(put(X, "CDSLEN", np.nan), "CDSGC", np.nan, "gene3")
    transformer = HalfLifeTransformer(missing="mean").fit(holes)
    logged = np.log10(X["CDSLEN"].drop("gene1") + 0.1)
    np.testing.assert_allclose(transformer.mean_[1], logged.mean())
    np.testing.assert_allclose(transformer.scale_[1], logged.std(ddof=0))
    got = transformer.transform(holes)
    assert got.loc["gene1", "CDSLEN"] == 0
    assert got.loc["gene3", "CDSGC"] == 0
    assert not got.isna().any(axis=None)
    filled = transformer.inverse_transform(got)
    np.testing.assert_allclose(filled.loc["gene3", "CDSGC"], X["CDSGC"].drop("gene3").mean())


# columns


def test_everything_else_passes_through_untouched(X):
    X = X.assign(TF=1.5, name="x")
    got = HalfLifeTransformer().fit_transform(X)
    assert got.columns.tolist() == X.columns.tolist()
    assert got.index.tolist() == X.index.tolist()
    pd.testing.assert_frame_equal(got[["promoter", "TF", "name"]], X[["promoter", "TF", "name"]])


def test_input_is_not_changed(X):
    before = X.copy()
    transformer = HalfLifeTransformer().fit(X)
    transformer.inverse_transform(transformer.transform(X))
    pd.testing.assert_frame_equal(X, before)


def test_reordered_columns_are_matched_by_name(X):
    transformer = HalfLifeTransformer().fit(X)
    got = transformer.transform(X[X.columns[::-1]].assign(extra=1))
    pd.testing.assert_frame_equal(got, transformer.transform(X))


def test_order_of_the_columns_at_fit_is_kept(X):
    X = X[["CDSGC", "promoter", "CDSLEN"]]
    transformer = HalfLifeTransformer().fit(X)
    assert transformer.transform(X).columns.tolist() == ["CDSGC", "promoter", "CDSLEN"]
    assert transformer.columns_ == ["CDSLEN", "CDSGC"]
    assert transformer.n_features_in_ == 3
    assert transformer.feature_names_in_.tolist() == ["CDSGC", "promoter", "CDSLEN"]
    assert transformer.get_feature_names_out().tolist() == ["CDSGC", "promoter", "CDSLEN"]


def test_columns_and_log_columns_may_be_chosen():
    X = pd.DataFrame({"a": [9.9, 999.9], "b": [9.9, 999.9], "CDSLEN": [1.0, 2.0]})
    transformer = HalfLifeTransformer(columns=["b", "a"], log_columns=["b"]).fit(X)
    np.testing.assert_allclose(transformer.mean_, [2, (9.9 + 999.9) / 2])
    assert transformer.transform(X)["CDSLEN"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("columns", [("CDSLEN",), pd.Index(["CDSLEN"]), np.array(["CDSLEN"])])
def test_columns_may_be_any_list(X, columns):
    assert HalfLifeTransformer(columns=columns).fit(X).columns_ == ["CDSLEN"]


@pytest.mark.parametrize(
    "dtype", ["int64", "Int64", "float32", object, "Float64"], ids=lambda d: str(d)
)
def test_numbers_of_any_dtype(dtype):
    X = pd.DataFrame({"CDSLEN": pd.Series([1, 10, 100], dtype=dtype)})
    expected = HalfLifeTransformer().fit_transform(X.astype(float))
    pd.testing.assert_frame_equal(HalfLifeTransformer().fit_transform(X), expected)


# kinds of input


def test_table_of_sequences_alone_passes_through(X):
    X = X[["promoter"]]
    pd.testing.assert_frame_equal(HalfLifeTransformer().fit_transform(X), X)


@pytest.mark.parametrize("container", [list, tuple, np.array, pd.Series])
def test_sequences_alone_pass_through(container):
    sequences = container(["ACGT", "TTTT"])
    transformer = HalfLifeTransformer().fit(sequences)
    got = transformer.transform(sequences)
    assert type(got) is type(sequences)
    assert list(got) == ["ACGT", "TTTT"]
    assert (transformer.n_features_in_, transformer.columns_) == (1, [])


def test_covariates_of_a_onehotmatrix_are_found_by_name(X):
    encoded = OneHotPromoterEncoder().fit_transform(X)
    got = HalfLifeTransformer().fit_transform(encoded)
    assert isinstance(got, OneHotMatrix)
    assert got.codes is encoded.codes
    assert got.covariate_names == encoded.covariate_names
    expected = HalfLifeTransformer().fit_transform(X)[list(HALF_LIFE_COLUMNS)]
    np.testing.assert_allclose(got.covariates, expected, rtol=1e-4, atol=1e-5)


def test_onehotmatrix_without_covariates_passes_through(X):
    encoded = OneHotPromoterEncoder().fit_transform(X[["promoter"]])
    assert HalfLifeTransformer().fit_transform(encoded).shape == encoded.shape


def test_columns_of_an_array_get_no_logarithm_unless_named():
    X = np.array([[9.9, 0.2], [999.9, 0.4]])
    plain = HalfLifeTransformer().fit(X)
    np.testing.assert_allclose(plain.mean_, [(9.9 + 999.9) / 2, 0.3])
    assert plain.get_feature_names_out().tolist() == ["x0", "x1"]
    named = HalfLifeTransformer(columns=["CDSLEN", "CDSGC"]).fit(X)
    np.testing.assert_allclose(named.mean_, [2, 0.3])


@pytest.mark.parametrize("n_columns", [1, 3])
def test_names_must_fit_the_array(n_columns):
    names = list(HALF_LIFE_COLUMNS[:n_columns])
    with pytest.raises(ValueError, match=f"columns has {n_columns} names, but X is an array"):
        HalfLifeTransformer(columns=names).fit(np.ones((3, 2)))


def test_table_after_sequences_keeps_the_promoter(X):
    transformer = HalfLifeTransformer().fit(["ACGT"])
    assert "promoter" in transformer.transform(X[["promoter"]])


def test_table_after_a_onehotmatrix_keeps_the_promoter(X):
    transformer = HalfLifeTransformer().fit(OneHotPromoterEncoder().fit_transform(X))
    assert "promoter" in transformer.transform(X)


# bad input


@pytest.mark.parametrize("step", ["fit", "transform"])
@pytest.mark.parametrize(
    ("column", "value", "match"),
    [
        (
            "CDSLEN",
            np.nan,
            r"must hold no missing values such as NaN \(missing='mean' fills them\)",
        ),
        ("CDSGC", np.nan, "must hold no missing values"),
        ("CDSLEN", np.inf, "must hold finite values, got inf"),
        ("CDSLEN", -np.inf, "must hold finite values, got -inf"),
        ("CDSGC", np.inf, "must hold finite values, got inf"),
        ("UTR5LEN", -1.0, "must hold values of 0 or more, got -1.0"),
        ("ORFEXONDENSITY", -0.5, "must hold values of 0 or more, got -0.5"),
        ("UTR3GC", 1.2, "must hold fractions from 0 to 1, got 1.2"),
        ("UTR5GC", -0.2, "must hold fractions from 0 to 1, got -0.2"),
        ("CDSLEN", "long", "must hold numbers, got 'long'"),
        ("CDSGC", "0.5", "must hold numbers, got '0.5'"),
    ],
)
def test_bad_value_is_an_error_that_names_column_and_row(X, step, column, value, match):
    transformer = HalfLifeTransformer().fit(X)
    with pytest.raises(ValueError, match=f"column '{column}' {match}.* in row 'gene1'$"):
        getattr(transformer, step)(put(X, column, value))


@pytest.mark.parametrize(
    ("column", "value"), [("CDSLEN", np.inf), ("CDSLEN", -1.0), ("CDSGC", 1.5)]
)
def test_filling_in_the_mean_forgives_nothing_else(X, column, value):
    X = put(X, "UTR5GC", np.nan)
    with pytest.raises(ValueError, match=f"column '{column}' must hold .* in row 'gene1'"):
        HalfLifeTransformer(missing="mean").fit(put(X, column, value))


@pytest.mark.parametrize("none", [None, pd.NA, np.nan], ids=str)
def test_every_kind_of_missing_value_is_one(none):
    X = pd.DataFrame({"CDSLEN": pd.Series([1.0, none, 3.0], dtype=object)})
    with pytest.raises(ValueError, match="'CDSLEN' must hold no missing values .* in row 1"):
        HalfLifeTransformer().fit(X)
    assert HalfLifeTransformer(missing="mean").fit_transform(X)["CDSLEN"][1] == 0


def test_rows_at_fault_are_listed_briefly(X):
    X = pd.concat([X, X.add_suffix("", axis=1).rename(index=lambda i: i + "b")])
    X["CDSLEN"] = -1.0
    with pytest.raises(ValueError, match="'gene0', 'gene1', 'gene2', 'gene3', 'gene4' and 7 more"):
        HalfLifeTransformer().fit(X)


def two_columns_of_one_name():
    return pd.DataFrame([[1.0, 2.0]], columns=["CDSLEN", "CDSLEN"])


@pytest.mark.parametrize(
    ("parameters", "X", "error", "match"),
    [
        ({"columns": ["zz"]}, pd.DataFrame({"a": [1]}), ValueError, "needs the column.* 'zz'"),
        ({"columns": ["promoter"]}, pd.DataFrame({"promoter": ["AC"]}), ValueError, "got 'AC' in"),
        ({"columns": ["CDSLEN"]}, ["ACGT"], ValueError, "needs the column.* 'CDSLEN'"),
        ({"columns": "CDSLEN"}, pd.DataFrame({"CDSLEN": [1]}), ValueError, "'columns' parameter"),
        ({"log_columns": "a"}, pd.DataFrame({"a": [1]}), ValueError, "'log_columns' parameter"),
        ({"missing": "drop"}, pd.DataFrame({"a": [1]}), ValueError, "'missing' parameter.*'drop'"),
        ({}, two_columns_of_one_name(), ValueError, "must be unique, got 'CDSLEN' more than once"),
        (
            {"missing": "mean"},
            pd.DataFrame({"CDSLEN": [np.nan]}),
            ValueError,
            "'CDSLEN' hold only missing v",
        ),
        ({}, pd.DataFrame({"CDSLEN": [1j]}), ValueError, "'CDSLEN' must hold numbers, got 1j"),
        ({}, sparse.eye(3).tocsr(), TypeError, "Sparse data was passed for X"),
        ({}, np.empty((0, 2)), ValueError, r"0 sample\(s\)"),
        ({}, np.arange(3.0), ValueError, "Expected 2D array"),
        ({}, np.array([["a"]], dtype=object), ValueError, "could not convert string"),
    ],
)
def test_bad_input(parameters, X, error, match):
    with pytest.raises(error, match=match):
        HalfLifeTransformer(**parameters).fit(X)


@pytest.mark.parametrize("column", ["CDSLEN", "promoter"])
def test_column_that_is_gone_at_transform_is_named(X, column):
    transformer = HalfLifeTransformer().fit(X)
    with pytest.raises(ValueError, match=rf"needs the column\(s\) '{column}', but X has only"):
        transformer.transform(X.drop(columns=column))
    with pytest.raises(ValueError, match=rf"needs the column\(s\) '{column}', but X has only"):
        transformer.transform(X.rename(columns={column: "other"}))


def test_sequences_alone_after_a_table_lack_its_columns(X):
    with pytest.raises(ValueError, match=r"needs the column\(s\) 'UTR5LEN', 'CDSLEN'"):
        HalfLifeTransformer().fit(X).transform(["ACGT"])


def test_transform_before_fit(X):
    with pytest.raises(NotFittedError, match="HalfLifeTransformer"):
        HalfLifeTransformer().transform(X)


def test_after_a_failed_fit_it_is_not_fitted(X):
    transformer = HalfLifeTransformer()
    with pytest.raises(ValueError, match="'CDSLEN' must hold values of 0 or more"):
        transformer.fit(put(X, "CDSLEN", -1.0))
    with pytest.raises(NotFittedError):
        transformer.transform(X)


def test_failed_second_fit_leaves_nothing_that_transforms(X):
    transformer = HalfLifeTransformer().fit(X)
    with pytest.raises(ValueError, match="'CDSLEN' must hold values of 0 or more"):
        transformer.fit(put(X, "CDSLEN", -1.0)[["promoter", "CDSLEN"]])
    with pytest.raises(NotFittedError):
        transformer.transform(X)


@pytest.mark.parametrize("missing", ["error", "mean"])
def test_empty_table_is_called_empty(X, missing):
    with pytest.raises(ValueError, match=r"X is empty|0 sample\(s\)"):
        HalfLifeTransformer(missing=missing).fit(X.iloc[:0])


def test_empty_list_is_called_empty():
    with pytest.raises(ValueError, match=r"X is empty|0 sample\(s\)"):
        HalfLifeTransformer().fit([])


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA], ids=str)
def test_missing_first_sequence_passes_on_to_the_encoder_or_is_called_missing(missing):
    sequences = [missing, "ACGT"]
    with pytest.raises(ValueError, match="row 0: the sequence is missing"):
        OneHotPromoterEncoder().fit(HalfLifeTransformer().fit_transform(sequences))


def test_one_bare_sequence_is_an_error():
    with pytest.raises(TypeError, match="wrap it in a list"):
        HalfLifeTransformer().fit("ACGT")


def test_doubled_column_at_transform_is_named(X):
    transformer = HalfLifeTransformer().fit(X)
    with pytest.raises(ValueError, match="column names of X must be unique, got 'CDSLEN'"):
        transformer.transform(pd.concat([X, X[["CDSLEN"]]], axis=1))


def test_log_column_that_is_not_transformed_is_an_error(X):
    with pytest.raises(ValueError, match=r"log_columns.*'CDSLENGTH'"):
        HalfLifeTransformer(log_columns=["CDSLENGTH"]).fit(X)


# estimator habits


def test_pickle_clone_and_refit(X):
    transformer = HalfLifeTransformer(missing="mean")
    expected = transformer.fit_transform(X)
    revived = pickle.loads(pickle.dumps(transformer))
    pd.testing.assert_frame_equal(revived.transform(X), expected)
    fresh = clone(transformer)
    assert fresh.get_params() == transformer.get_params()
    with pytest.raises(NotFittedError):
        fresh.transform(X)
    transformer.fit(X.iloc[:3])
    pd.testing.assert_frame_equal(transformer.fit(X).transform(X), expected)


def test_transform_changes_no_state(X):
    transformer = HalfLifeTransformer().fit(X)
    before = {name: str(value) for name, value in vars(transformer).items()}
    transformer.transform(X[X.columns[::-1]])
    assert {name: str(value) for name, value in vars(transformer).items()} == before


def test_set_output_pandas_names_the_columns_of_an_array():
    transformer = HalfLifeTransformer().set_output(transform="pandas")
    got = transformer.fit_transform(np.array([[1.0, 2.0], [3.0, 4.0]]))
    pd.testing.assert_frame_equal(got, pd.DataFrame({"x0": [-1.0, 1.0], "x1": [-1.0, 1.0]}))


def test_tag_says_whether_missing_values_are_welcome():
    assert not HalfLifeTransformer().__sklearn_tags__().input_tags.allow_nan
    assert HalfLifeTransformer(missing="mean").__sklearn_tags__().input_tags.allow_nan


def test_covariates_of_a_matrix_without_names_are_scaled_like_an_array():
    values = np.array([[1.0, 5.0], [3.0, 9.0]], dtype=np.float32)
    matrix = OneHotMatrix(np.zeros((2, 3), dtype=np.uint8), values)
    got = HalfLifeTransformer().fit_transform(matrix)
    np.testing.assert_allclose(got.covariates, [[-1, -1], [1, 1]])


def test_numbers_under_other_names_warn(X):
    renamed = X.rename(columns=str.lower)
    with pytest.warns(UserWarning, match="none of the numeric columns 'utr5len'.*set columns to"):
        HalfLifeTransformer().fit(renamed)
    HalfLifeTransformer(columns=["utr5len"]).fit(renamed)


@pytest.mark.parametrize("as_table", [True, False])
def test_values_whose_squares_overflow_are_refused(as_table):
    X = np.array([[1.0, 1e200], [2.0, 2e200], [3.0, 0.0]])
    transformer = HalfLifeTransformer(columns=["a", "b"])
    with pytest.raises(
        ValueError, match=r"column 'b' .* squares fit float64, got 1e\+200 in row 0"
    ):
        transformer.fit(pd.DataFrame(X, columns=["a", "b"]) if as_table else X)
    assert not hasattr(transformer, "scale_")


def test_lengths_of_any_size_have_logarithms():
    lengths = pd.DataFrame({"CDSLEN": [1e200, 1e202]})
    np.testing.assert_allclose(HalfLifeTransformer().fit_transform(lengths)["CDSLEN"], [-1, 1])
