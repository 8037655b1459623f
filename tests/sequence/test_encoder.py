"""OneHotPromoterEncoder as an estimator: names, inverse, containers; habits of all encoders."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn.utils.estimator_checks as checks
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skxpresso.sequence.composition import CompositionEncoder
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.kmers import KmerCountEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.sequence.shuffling import PromoterShuffler
from tests.toys import encode, fast, genes

# names, inverse, containers


def test_feature_names_count_from_the_tss():
    encoder = OneHotPromoterEncoder(upstream=1, downstream=1).fit(genes())
    assert encoder.get_feature_names_out().tolist() == [
        *(f"promoter_-1_{base}" for base in "ACGT"),
        *(f"promoter_0_{base}" for base in "ACGT"),
        "CDSLEN",
    ]
    assert encoder.get_feature_names_out().dtype == object


def test_inverse_gives_sequences_and_covariates_back():
    X = genes(promoter=["ACGN", "TTGA"])
    encoder = OneHotPromoterEncoder()
    encoded = encoder.fit_transform(X)
    for form in (encoded, np.asarray(encoded), pd.DataFrame(np.asarray(encoded))):
        got = encoder.inverse_transform(form)
        assert got["promoter"].tolist() == ["ACGN", "TTGA"]
        assert got["CDSLEN"].tolist() == [10, 20]


@fast
@given(st.lists(st.text("ACGTN", min_size=6, max_size=6), min_size=1, max_size=5))
def test_inverse_of_transform_is_the_sequence(sequences):
    assert encode(sequences) == sequences


def test_inverse_refuses_what_transform_cannot_have_given():
    encoder = OneHotPromoterEncoder().fit(["AC"])
    with pytest.raises(ValueError, match=r"X must have shape \(n, 8\), got \(1, 9\)"):
        encoder.inverse_transform(np.zeros((1, 9)))
    with pytest.raises(ValueError, match="row 0, position 0: expected a one-hot base"):
        encoder.inverse_transform(np.full((1, 8), 0.5))


def test_inverse_refuses_a_onehotmatrix_of_another_shape():
    encoder = OneHotPromoterEncoder().fit(["AC"])
    with pytest.raises(ValueError, match="X has promoters of 9 nt and 0 cov"):
        encoder.inverse_transform(OneHotMatrix(np.zeros((1, 9), dtype=np.uint8)))


def test_windows_that_are_cut_already_hear_which_tss_to_set():
    encoder = OneHotPromoterEncoder(3, 1)
    with pytest.raises(ValueError, match=r"Set tss=3 if the sequences are cut to this window al"):
        encoder.fit(["ACGT", "TTTT"])
    assert encoder.set_params(tss=3).fit_transform(["ACGT"]).shape == (1, 16)
    with pytest.raises(ValueError, match="Set tss if the TSS lies elsewhere"):
        OneHotPromoterEncoder(9, 1).fit(["ACGT", "TTTT"])


@pytest.mark.parametrize("encoder", [OneHotPromoterEncoder(), KmerCountEncoder(2)], ids=repr)
def test_set_output_pandas(encoder):
    encoder = clone(encoder)
    if isinstance(encoder, KmerCountEncoder):
        encoder.set_params(sparse_output=False)
    expected = np.asarray(encoder.fit_transform(genes()))
    frame = encoder.set_output(transform="pandas").fit_transform(genes())
    assert isinstance(frame, pd.DataFrame)
    assert frame.index.tolist() == ["geneA", "geneB"]
    assert frame.columns.tolist() == encoder.get_feature_names_out().tolist()
    np.testing.assert_array_equal(frame.to_numpy(), expected)
    pd.testing.assert_frame_equal(encoder.transform(genes()), frame)


def test_ridge_in_a_pipeline_with_pandas_output():
    sequences = ["ACGT", "TTGA", "GGCA", "CATG"]
    plain = make_pipeline(OneHotPromoterEncoder(), Ridge())
    framed = make_pipeline(OneHotPromoterEncoder(), Ridge()).set_output(transform="pandas")
    y = np.arange(4.0)
    np.testing.assert_allclose(
        framed.fit(sequences, y).predict(sequences),
        plain.fit(sequences, y).predict(sequences),
        rtol=1e-5,
    )


# estimator habits

ENCODERS = [
    OneHotPromoterEncoder(1, 2, 1, covariates=["CDSLEN"], strand="-", unknown="zero", short="pad"),
    OneHotPromoterEncoder(),
    KmerCountEncoder(),
    KmerCountEncoder(2, sparse_output=False),
    KmerCountEncoder(3, reverse_complement=True),
    CompositionEncoder(3),
    PromoterShuffler(random_state=0),
]
# scikit-learn skips these for transformers of strings; none of them needs a numeric X
CHECKS = [
    checks.check_do_not_raise_errors_in_init_or_set_params,
    checks.check_estimator_cloneable,
    checks.check_estimator_repr,
    checks.check_estimator_tags_renamed,
    checks.check_get_feature_names_out_error,
    checks.check_get_params_invariance,
    checks.check_mixin_order,
    checks.check_no_attributes_set_in_init,
    checks.check_param_validation,
    checks.check_parameters_default_constructible,
    checks.check_set_params,
    checks.check_transformers_unfitted,
    checks.check_valid_tag_types,
]


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_checks_of_scikit_learn(encoder, check):
    check(type(encoder).__name__, clone(encoder))


def dense_output(encoder, X):
    output = encoder.transform(X)
    return output.toarray() if sparse.issparse(output) else np.asarray(output)


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
def test_habits_of_an_estimator(encoder):
    X = genes()
    before = X.copy()
    encoder = clone(encoder)
    assert encoder.fit(X) is encoder
    state = dict(vars(encoder))
    output = dense_output(encoder, X)
    assert vars(encoder) == state  # transform changes nothing
    pd.testing.assert_frame_equal(X, before)
    revived = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(dense_output(revived, X), output)
    np.testing.assert_array_equal(dense_output(clone(encoder).fit(X), X), output)
    np.testing.assert_array_equal(dense_output(encoder.fit(X), X), output)  # idempotent
    np.testing.assert_array_equal(dense_output(encoder, X.iloc[::-1]), output[::-1])
    np.testing.assert_array_equal(dense_output(encoder, X.iloc[[1]]), output[[1]])
    assert output.shape == (2, len(encoder.get_feature_names_out()))
    assert encoder.__sklearn_tags__().input_tags.string


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
def test_transform_before_fit(encoder):
    for call in (lambda e: e.transform(["AC"]), lambda e: e.get_feature_names_out()):
        with pytest.raises(NotFittedError, match=type(encoder).__name__):
            call(clone(encoder))


def test_kmer_encoder_after_a_failed_fit_is_not_fitted():
    encoder = KmerCountEncoder()
    with pytest.raises(ValueError, match="row 1: the sequence is empty"):
        encoder.fit(["AC", ""])
    with pytest.raises(NotFittedError):
        encoder.transform(["AC"])


@pytest.mark.parametrize(
    ("parameters", "X"), [({}, ["AC", ""]), ({"tss": 9}, ["ACGT"])], ids=["reading", "window"]
)
def test_onehot_encoder_after_a_failed_fit_is_not_fitted(parameters, X):
    encoder = OneHotPromoterEncoder(**parameters)
    with pytest.raises(ValueError, match="row"):
        encoder.fit(X)
    with pytest.raises(NotFittedError):
        encoder.transform(["AC"])


def test_failed_second_fit_leaves_nothing_that_encodes():
    encoder = OneHotPromoterEncoder().fit(["ACGT"])
    with pytest.raises(ValueError, match="row 'geneB': the sequence is empty"):
        encoder.fit(genes(promoter=["ACGT", ""]))
    with pytest.raises(NotFittedError):
        encoder.transform(["ACGT"])


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"upstream": -1}, "'upstream' parameter of OneHotPromoterEncoder .* Got -1"),
        ({"downstream": 1.5}, "'downstream' parameter of OneHotPromoterEncoder .* Got 1.5"),
        ({"tss": "mid"}, "'tss' parameter of OneHotPromoterEncoder .* Got 'mid'"),
        ({"sequence_column": 0}, "'sequence_column' parameter .* Got 0"),
        ({"covariates": "CDSLEN"}, "'covariates' parameter .* Got 'CDSLEN'"),
        ({"strand": 1}, "'strand' parameter .* Got 1"),
        ({"unknown": "ignore"}, "'unknown' parameter .*'error', 'zero'|'zero', 'error'"),
        ({"short": "cut"}, "'short' parameter .* Got 'cut'"),
    ],
    ids=str,
)
def test_bad_parameters_of_the_onehot_encoder(parameters, match):
    with pytest.raises(ValueError, match=match):
        OneHotPromoterEncoder(**parameters).fit(genes())


@pytest.mark.parametrize("encoder", [OneHotPromoterEncoder(), KmerCountEncoder(2)], ids=repr)
def test_ridge_cross_validates_on_sequences(encoder):
    rng = np.random.default_rng(0)
    sequences = np.array(["".join(row) for row in rng.choice(list("ACGT"), (60, 10))])
    y = np.char.count(sequences, "G").astype(float)
    scores = cross_val_score(
        make_pipeline(encoder, Ridge(1e-3)), sequences, y, cv=3, error_score="raise"
    )
    assert scores.min() > 0.9  # the number of G is linear in both
