"""Arrays that were a OneHotMatrix never become a network without convolutions in silence."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline

from skxpresso import HalfLifeTransformer, OneHotPromoterEncoder, XpressoRegressor
from skxpresso.datasets import make_promoters
from tests.toys import numbers, one_hot, random_codes

ENCODED = OneHotPromoterEncoder()


@pytest.fixture(scope="module")
def genes():
    data = make_promoters(60, 30, random_state=0)
    return data.data.assign(promoter=data.data["promoter"].str[9:21]), data.target


def small(**parameters):
    layers = {"filters": (3,), "kernel_sizes": (3,), "dilation_rates": (1,), "pool_sizes": (4,)}
    head = {"dense_units": (3,), "dropout_rates": (0.0,), "epochs": 1, "patience": None}
    return XpressoRegressor(**layers, **head, random_state=0, **parameters)


def same_as_onehot(model, X, y, dense, order=None):
    """Fit on a OneHotMatrix and on the same dense: the same predictions."""
    expected = small().fit(X, y).predict(X)
    np.testing.assert_array_equal(model.fit(dense, y).predict(dense), expected)


def test_a_dense_array_wants_its_length(genes):
    table, y = genes
    X = ENCODED.fit_transform(table[["promoter"]])
    with pytest.raises(
        ValueError,
        match="columns 0 to 47 of X look like one-hot bases of 12 nt, .*: set promoter_length=12, "
        "or 0 if they are numbers",
    ):
        small().fit(np.asarray(X), y)
    same_as_onehot(small(promoter_length=12), X, y, np.asarray(X))


@pytest.mark.parametrize("before", [1, 2, 3, 8])
def test_a_promoter_behind_other_columns_is_found(genes, before):
    table, y = genes
    onehot = np.asarray(ENCODED.fit_transform(table["promoter"].tolist()))
    X = np.hstack([np.random.default_rng(0).normal(size=(len(y), before)), onehot])
    with pytest.raises(
        ValueError,
        match=f"columns {before} to {before + 47} .* promoter_length=12, with these columns first",
    ):
        small().fit(X, y)


def test_a_wrong_length_is_an_error(genes):
    table, y = genes
    X = ENCODED.fit_transform(table[["promoter"]])
    with pytest.raises(
        ValueError, match=r"columns 24 to 47 .* promoter_length=6 takes them .*; is it 12\?"
    ):
        small(promoter_length=6).fit(np.asarray(X), y)
    for form in (X, X.to_onehot(), table["promoter"].tolist(), table[["promoter"]]):
        with pytest.raises(ValueError, match="promoter_length=6, but X has promoters of 12 nt"):
            small(promoter_length=6).fit(form, y)


def test_bagging_loses_the_matrix_and_is_told(genes):
    table, y = genes
    X = ENCODED.fit_transform(table[["promoter"]])
    with pytest.raises(ValueError, match="set promoter_length=12"):
        BaggingRegressor(small(), n_estimators=1, random_state=0).fit(X, y)
    bagged = BaggingRegressor(small(promoter_length=12), n_estimators=2, random_state=0).fit(X, y)
    assert [each.promoter_length_ for each in bagged.estimators_] == [12, 12]
    assert np.ptp(bagged.predict(X)) > 0


def test_column_transformer_and_feature_union(genes):
    table, y = genes
    encoder = OneHotPromoterEncoder()
    X = ENCODED.fit_transform(table[["promoter"]])
    transformer = ColumnTransformer(
        [("n", "passthrough", ["UTR5GC", "CDSGC"]), ("p", encoder, ["promoter"])]
    )
    with pytest.raises(ValueError, match="columns 2 to 49 of X .* with these columns first"):
        make_pipeline(transformer, small()).fit(table, y)
    named = make_pipeline(transformer, small())
    named[0].set_output(transform="pandas")
    expected = small().fit(X.with_covariates(table[["UTR5GC", "CDSGC"]]), y)
    predicted = named.fit(table, y).predict(table)  # by names, whatever comes first
    assert named[-1].promoter_length_ == 12
    assert named[-1].n_halflife_ == 2
    np.testing.assert_array_equal(
        predicted, expected.predict(X.with_covariates(table[["UTR5GC", "CDSGC"]]))
    )
    union = make_pipeline(FeatureUnion([("p", encoder)]), small())
    with pytest.raises(ValueError, match="set promoter_length=12"):
        union.fit(table[["promoter"]], y)


def test_named_columns_must_be_whole(genes):
    table, y = genes
    frame = pd.DataFrame(
        np.asarray(ENCODED.fit_transform(table[["promoter"]])),
        columns=ENCODED.get_feature_names_out(),
    )
    shuffled = frame.sample(frac=1, axis=1, random_state=0)
    expected = small().fit(frame, y).predict(frame)
    np.testing.assert_array_equal(small().fit(shuffled, y).predict(shuffled), expected)
    with pytest.raises(ValueError, match="47 one-hot columns of 12 positions"):
        small().fit(frame.iloc[:, 1:], y)
    two = pd.concat([frame.add_prefix("a__"), frame.add_prefix("b__")], axis=1)
    with pytest.raises(ValueError, match="columns of 2 promoters, 'a__', 'b__'"):
        small().fit(two, y)


def test_numbers_alone_warn_where_filters_are_set():
    X, y = numbers()
    with pytest.warns(UserWarning, match=r"no promoter is found .* 3 column.* filters=\(3,\)") as w:
        small().fit(X, y)
    assert w[0].filename == __file__  # it points at the call of fit
    none = {"filters": (), "kernel_sizes": (), "dilation_rates": (), "pool_sizes": ()}
    for model in (small(promoter_length=0), small().set_params(**none)):
        model.fit(X, y)


def test_binary_features_are_no_promoter():
    bits = np.random.default_rng(0).integers(0, 2, (50, 48)).astype(float)
    small(promoter_length=None).fit(bits, bits.sum(axis=1))
    onehot = one_hot(random_codes(50, 12, 4)).reshape(50, 48)
    small(promoter_length=0).fit(onehot, np.arange(50.0))  # said to be numbers


def test_a_feature_that_follows_y_warns(genes):
    table, y = genes
    X = ENCODED.fit_transform(table[["promoter"]])
    for values, names in [(2 - 3 * y, None), (y, ["copy"])]:
        with pytest.warns(UserWarning, match=f"column {names[0]!r}" if names else "column 0"):
            small().fit(X.with_covariates(np.array(values)[:, None], names), y)
    noisy = y + np.random.default_rng(0).normal(size=len(y)) * 0.1 * np.std(y)
    small().fit(X.with_covariates(np.array(noisy)[:, None]), y)


def test_a_table_of_sequences_under_another_name_is_told(genes):
    table, y = genes
    other = table[["promoter"]].rename(columns={"promoter": "dna"})
    with pytest.raises(ValueError, match=r"make_xpresso_pipeline\(sequence_column='dna'\)"):
        small().fit(other, y)
    with pytest.raises(ValueError, match="has only 'dna'; sequence_column='dna' names"):
        make_pipeline(HalfLifeTransformer(), OneHotPromoterEncoder()).fit(other)
