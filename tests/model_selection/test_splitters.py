"""The published splits through scikit-learn."""

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import cross_validate

from skxpresso.model_selection.published import (
    PublishedKFold,
    PublishedSplit,
    published_folds,
    published_split,
)

# the published splits


def test_published_split_is_that_of_the_files():
    X = np.zeros((50, 1))
    train, valid, test = published_split(50, n_test=9, n_valid=6)
    cv = PublishedSplit(9, 6)
    [(got_train, got_test)] = cv.split(X)
    np.testing.assert_array_equal(got_train, train)
    np.testing.assert_array_equal(got_test, test)
    [(_, got_valid, _)] = cv.split_with_validation(X)
    np.testing.assert_array_equal(got_valid, valid)
    assert cv.get_n_splits() == 1


def test_published_folds_are_those_of_the_files():
    cv = PublishedKFold(4, 5)
    for got, expected in zip(
        cv.split_with_validation(np.zeros(30)), published_folds(30, 4, n_valid=5), strict=True
    ):
        for mine, theirs in zip(got, expected, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert cv.get_n_splits() == 4
    tested = np.concatenate([test for _, test in cv.split(np.zeros(30))])
    assert sorted(tested) == list(range(30))


@pytest.mark.parametrize("make", [lambda v: PublishedSplit(9, 6, validation=v), None])
def test_validation_rows_are_left_out_or_trained_on(make):
    make = make or (lambda v: PublishedKFold(4, 6, validation=v))
    X = np.zeros(50)
    triples = list(make("leave_out").split_with_validation(X))
    for validation in ("leave_out", "train"):
        splits = list(make(validation).split(X))
        assert len(splits) == len(triples)
        for (train, test), (only_train, valid, only_test) in zip(splits, triples, strict=True):
            expected = {*only_train} | ({*valid} if validation == "train" else set())
            assert set(train) == expected
            assert len(train) == len(expected)
            np.testing.assert_array_equal(test, only_test)
    with pytest.raises(ValueError, match="validation must be 'leave_out' or 'train', got 'drop'"):
        next(make("drop").split(X))


def test_published_splitters_in_cross_validate():
    rng = np.random.default_rng(0)
    X, y = rng.random((40, 1)), rng.random(40)
    for cv, n in ((PublishedSplit(9, 6), 1), (PublishedKFold(4, 5), 4)):
        result = cross_validate(DummyRegressor(), X, y, cv=cv, return_indices=True)
        assert len(result["test_score"]) == n
        train, _ = next(cv.split(X, y))
        np.testing.assert_array_equal(result["indices"]["train"][0], train)


def test_published_splitters_read_like_scikit_learns():
    cv = PublishedSplit(9, random_state=2)
    expected = "PublishedSplit(n_test=9, n_valid=1000, random_state=2, validation='leave_out')"
    assert " ".join(repr(cv).split()) == expected
    expected = "PublishedKFold(n_splits=10, n_valid=1000, random_state=1, validation='leave_out')"
    assert " ".join(repr(PublishedKFold()).split()) == expected


def test_splitters_refuse_too_few_rows_and_unequal_lengths():
    with pytest.raises(ValueError, match="30 rows cannot be split into 1000 for testing"):
        next(PublishedSplit().split(np.zeros(30)))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        next(PublishedKFold(3, 1).split(np.zeros(30), np.zeros(29)))
