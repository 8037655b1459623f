"""scikit-learn's own checks, on every estimator of the package."""

import pytest
from sklearn.base import is_regressor
from sklearn.exceptions import SkipTestWarning
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skxpresso import DenoisingAutoencoderRegressor, LSTMRegressor
from skxpresso._utils.discovery import all_estimators
from tests.toys import BRIEF

HEAD = {"dense_units": (16,), "dropout_rates": (0.0,)}
NUMBERS = {"promoter_length": 0}  # what the checks fit
#: Small settings, a list per class; an estimator without an entry is built with its defaults.
SETTINGS = {
    "DenoisingAutoencoderRegressor": [{"pretrain_epochs": 1, **NUMBERS, **HEAD, **BRIEF}],
    "HalfLifeTransformer": [{}, {"missing": "mean"}],
    "LSTMRegressor": [NUMBERS | BRIEF],
    "XpressoRegressor": [{"optimizer": "adam", **NUMBERS, **HEAD, **BRIEF}],
}
#: Estimators that are not checked here, and why.
ELSEWHERE = {
    "HyperoptSearchCV": "it needs an estimator and a space: tests/search/test_search.py",
}
ESTIMATORS = [
    estimator(**settings)
    for name, estimator in all_estimators()
    if name not in ELSEWHERE
    for settings in SETTINGS.get(name, [{}])
]


def takes_strings_alone(estimator):
    """Networks take numbers, too, and pass the checks that need them."""
    return get_tags(estimator).input_tags.string and not is_regressor(estimator)


ENCODERS = [estimator for estimator in ESTIMATORS if takes_strings_alone(estimator)]
NUMERIC = [estimator for estimator in ESTIMATORS if estimator not in ENCODERS]
#: They share their base with XpressoRegressor, and take a minute each.
BASELINES = [
    estimator
    for estimator in NUMERIC
    if isinstance(estimator, LSTMRegressor | DenoisingAutoencoderRegressor)
]
FIRST = [estimator for estimator in NUMERIC if estimator not in BASELINES]


def test_no_estimator_is_forgotten():
    found = dict(all_estimators())
    checked = {type(estimator).__name__ for estimator in [*ENCODERS, *NUMERIC]}
    assert checked | ELSEWHERE.keys() == found.keys()
    assert SETTINGS.keys() <= checked
    # the walk itself sees a transformer, a regressor, a search, and no base class
    assert {"OneHotPromoterEncoder", "XpressoRegressor", *ELSEWHERE} <= found.keys()
    assert not {cls for a in found.values() for cls in a.__bases__} & set(found.values())


def expected_failures(estimator):
    if not is_regressor(estimator):
        return {}
    return {
        "check_sample_weight_equivalence_on_dense_data": (
            "a row of weight 2 is one step of stochastic gradient descent, a row that comes "
            "twice is two; batches and their order differ"
        ),
    }


@parametrize_with_checks(FIRST, expected_failed_checks=expected_failures)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(BASELINES, expected_failed_checks=expected_failures)
def test_checks_of_baselines(estimator, check):
    check(estimator)


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
def test_encoders_of_strings(encoder):
    # scikit-learn has few checks for input of strings, and says so; see sequence/test_encoder.py
    with pytest.warns(SkipTestWarning, match="which requires input"):
        results = check_estimator(encoder)
    assert {result["status"] for result in results} == {"passed"}
