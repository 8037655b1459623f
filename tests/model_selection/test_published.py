"""The published splits: pandas and scikit-learn, with which they were made, give the same rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from skxpresso.model_selection.published import published_folds, published_split


@pytest.mark.parametrize("n", [3, 50, 18_377, 21_856])
def test_split_is_what_pandas_makes_of_it(n):
    n_test, n_valid = (1, 1) if n < 100 else (1000, 1000)
    shuffled = pd.DataFrame({"row": range(n)}).sample(n, random_state=1)["row"].to_numpy()
    train, valid, test = published_split(n, n_test=n_test, n_valid=n_valid)
    np.testing.assert_array_equal(np.concatenate([train, valid, test]), shuffled)
    assert (len(valid), len(test)) == (n_valid, n_test)


@pytest.mark.parametrize(("n", "train"), [(18_377, 16_377), (21_856, 19_856)])
def test_published_sizes(n, train):
    assert len(published_split(n)[0]) == train


@pytest.mark.parametrize(("n", "k", "n_valid"), [(103, 10, 7), (18_377, 10, 1000), (4, 2, 0)])
def test_folds_are_what_scikit_learn_makes_of_them(n, k, n_valid):
    shuffled = pd.DataFrame({"row": range(n)}).sample(n, random_state=1)["row"].to_numpy()
    folds = published_folds(n, k=k, n_valid=n_valid)
    assert len(folds) == k
    for (train, valid, test), (others, block) in zip(folds, KFold(k).split(shuffled), strict=True):
        np.testing.assert_array_equal(test, shuffled[block])
        np.testing.assert_array_equal(np.concatenate([valid, train]), shuffled[others])
        assert len(valid) == n_valid


def test_other_seeds_give_other_rows_and_none_touches_the_global_state():
    state = np.random.mtrand._rand.get_state()[1].copy()
    rows = {tuple(published_split(50, seed=seed, n_test=5, n_valid=5)[2]) for seed in range(4)}
    assert len(rows) == 4
    np.testing.assert_array_equal(np.random.mtrand._rand.get_state()[1], state)


@pytest.mark.parametrize(
    "call",
    [
        lambda: published_split(2000),
        lambda: published_split(10, n_test=-1, n_valid=1),
        lambda: published_split(0, n_test=0, n_valid=0),
        lambda: published_folds(100),
        lambda: published_folds(10, k=2, n_valid=5),
    ],
)
def test_no_row_left_to_train(call):
    with pytest.raises(ValueError, match="rows cannot be split into .* at least one for training"):
        call()


@pytest.mark.parametrize("k", [1, 11])
def test_number_of_folds(k):
    with pytest.raises(ValueError, match=f"k must be at least 2 .* 10 rows, got {k}"):
        published_folds(10, k=k, n_valid=1)
