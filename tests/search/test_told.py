"""A scorer that raises: the trial fails, and says why, wherever the scorer ran."""

import pickle

import numpy as np
import pytest
from sklearn import config_context
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer, mean_squared_error
from sklearn.model_selection import BaseCrossValidator, GridSearchCV, KFold

from skxpresso.search import HyperoptSearchCV
from skxpresso.search._told import FailedScore
from tests.search.toys import Fragile, X, Y

ALPHAS = {"alpha": [0.1, 1.0, 10.0]}
pytestmark = pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")


def picky(estimator, X, y):
    if estimator.alpha > 5:
        raise RuntimeError("alpha is too large")
    return estimator.score(X, y)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("many", [False, True])
def test_the_cause_is_told(n_jobs, many):
    scoring = {"r2": "r2", "picky": picky} if many else picky
    search = HyperoptSearchCV(
        Ridge(), ALPHAS, scoring=scoring, refit="picky" if many else True, cv=2, n_jobs=n_jobs
    ).fit(X, Y)
    for params, failure in zip(
        search.cv_results_["params"], search.cv_results_["failure"], strict=True
    ):
        wanted = "scoring failed in 2 cases: RuntimeError: alpha is too large"
        assert failure == (wanted if params["alpha"] > 5 else None)
    name = "mean_test_picky" if many else "mean_test_score"
    assert np.isnan(search.cv_results_[name]).sum() == 1
    assert search.scorer_ == (scoring if not many else search.scorer_)
    assert not any(isinstance(x, FailedScore) for x in search.cv_results_[name])


def test_nothing_worked_says_why():
    with pytest.raises(ValueError, match="none of the 1 trials worked(.|\n)*alpha is too large"):
        HyperoptSearchCV(Ridge(), {"alpha": 9.0}, scoring=picky, cv=2).fit(X, Y)


def test_a_numeric_error_score_is_in_the_table():
    kwargs = {"scoring": picky, "cv": 2, "error_score": -7.0}
    search = HyperoptSearchCV(Ridge(), ALPHAS, **kwargs).fit(X, Y)
    assert -7.0 in search.cv_results_["mean_test_score"]
    assert search.best_params_["alpha"] < 5
    with pytest.raises(RuntimeError, match="^alpha is too large$"):
        HyperoptSearchCV(Ridge(), ALPHAS, scoring=picky, cv=2, error_score="raise").fit(X, Y)


def test_wrapped_scorers_see_sample_weight_and_routing():
    def weighted(y, p, sample_weight=None):
        return mean_squared_error(y, p, sample_weight=sample_weight)

    weights = np.linspace(0.1, 5, 60)
    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(weighted, greater_is_better=False).set_score_request(
            sample_weight=True
        )
        ridge = Ridge().set_fit_request(sample_weight=True)
        data = {"sample_weight": weights}
        grid = GridSearchCV(ridge, ALPHAS, scoring=scorer, cv=2).fit(X, Y, **data)
        search = HyperoptSearchCV(ridge, ALPHAS, scoring=scorer, cv=2).fit(X, Y, **data)
    assert search.best_score_ == grid.best_score_
    assert search.score(X, Y) == grid.score(X, Y)


class Tagged(BaseCrossValidator):
    """A splitter that wants metadata of its own."""

    __metadata_request__split = {"tags": True}  # noqa: RUF012 - scikit-learn's own form

    def get_n_splits(self, X=None, y=None, groups=None, tags=None):
        return 2

    def split(self, X, y=None, groups=None, tags=None):
        for part in (0, 1):
            yield np.flatnonzero(tags != part), np.flatnonzero(tags == part)


def test_a_splitter_that_requests_metadata():
    tags = np.arange(60) % 2
    with config_context(enable_metadata_routing=True):
        grid = GridSearchCV(Ridge(), ALPHAS, cv=Tagged()).fit(X, Y, tags=tags)
        search = HyperoptSearchCV(Ridge(), ALPHAS, cv=Tagged()).fit(X, Y, tags=tags)
    assert search.best_score_ == grid.best_score_
    with_kfold = GridSearchCV(Ridge(), ALPHAS, cv=KFold(2)).fit(X, Y)
    assert search.best_score_ != with_kfold.best_score_


def test_a_failed_score_is_a_number_that_pickles():
    score = pickle.loads(pickle.dumps(FailedScore(np.nan, "no reason")))
    assert np.isnan(score)
    assert score.cause == "no reason"


def test_what_is_nan_without_an_error_stays_that():
    search = HyperoptSearchCV(Fragile(), {"fault": [None, "nan"]}, cv=2).fit(X, Y)
    assert set(search.cv_results_["failure"]) == {None, "the score is nan"}
