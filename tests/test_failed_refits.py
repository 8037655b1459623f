"""A fit that fails leaves nothing of the fit before: no estimator is half old and half new."""

import pytest
from sklearn.base import clone, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from skxpresso import HyperoptSearchCV, XpressoRegressor, make_xpresso_pipeline
from skxpresso._utils.discovery import all_estimators
from skxpresso.sequence import KmerCountEncoder
from tests.search.toys import LOG_ALPHA, X, Y
from tests.toys import BRIEF, TINY, genes

CLASSES = dict(all_estimators())
#: Networks that take the fit of XpressoRegressor, and the search, which is tested below.
ELSEWHERE = {"DenoisingAutoencoderRegressor", "LSTMRegressor", "HyperoptSearchCV"}
#: A parameter that makes the next fit fail.
WRONG = {
    "CompositionEncoder": {"window_size": 0},
    "HalfLifeTransformer": {"missing": "what"},
    "KmerCountEncoder": {"k": 0},
    "OneHotPromoterEncoder": {"upstream": -1},
    "PromoterShuffler": {"kind": "what"},
    "ZeroHalfLife": {"n_features": 0},
}


LAYERS = dict.fromkeys(["filters", "kernel_sizes", "dilation_rates", "pool_sizes"], ())


def test_networks_share_one_fit():
    for name in ELSEWHERE - {"HyperoptSearchCV"}:
        assert CLASSES[name].fit is XpressoRegressor.fit


@pytest.mark.parametrize("name", sorted(CLASSES.keys() - ELSEWHERE))
@pytest.mark.parametrize("how", ["a parameter", "no rows"])
def test_a_failed_fit_leaves_nothing(name, how):
    table, y = genes()[["promoter"]], None
    estimator = CLASSES[name]()
    if is_regressor(estimator):  # numbers are enough
        table, y = X, Y
        estimator.set_params(**LAYERS, **BRIEF)
    fitted = clone(estimator).fit(table, y)
    ask = fitted.predict if is_regressor(fitted) else fitted.transform
    assert ask(table).shape[0] == len(table)
    if how == "a parameter":
        fitted.set_params(**WRONG.get(name, {"epochs": 0}))
    else:
        table = table[:0]
    with pytest.raises(ValueError):
        fitted.fit(table, y)
    with pytest.raises(NotFittedError):
        ask(genes()[["promoter"]] if y is None else X)
    if how == "a parameter":
        assert not [attribute for attribute in vars(fitted) if attribute.endswith("_")]


@pytest.mark.parametrize(
    "wrong", [{"encoder__upstream": -1}, {"halflife__missing": "what"}, {"xpresso__epochs": 0}]
)
def test_a_pipeline_whose_step_fails_does_not_predict(wrong, promoters):
    pipeline = make_xpresso_pipeline(**TINY).fit(promoters.data, promoters.target)
    pipeline.set_params(**wrong)
    other = promoters.data.assign(CDSLEN=promoters.data.CDSLEN * 100)
    with pytest.raises(ValueError):
        pipeline.fit(other, 100 * promoters.target)
    with pytest.raises(NotFittedError):
        pipeline.predict(promoters.data)


def test_a_first_step_that_fails_takes_the_rest_with_it(promoters):
    pipeline = make_pipeline(KmerCountEncoder(2), Ridge()).fit(promoters.data, promoters.target)
    pipeline.set_params(kmercountencoder__k=0)
    with pytest.raises(ValueError):
        pipeline.fit(promoters.data, promoters.target)
    with pytest.raises(NotFittedError):
        pipeline.predict(promoters.data)


class Stop(Ridge):
    """Somebody presses Ctrl-C."""

    def fit(self, X, y, sample_weight=None):
        if self.tol == 7:
            raise KeyboardInterrupt
        return super().fit(X, y, sample_weight)


def test_a_second_search_that_is_interrupted_answers_with_nothing():
    search = HyperoptSearchCV(Stop(), LOG_ALPHA, n_iter=4, cv=2, random_state=0).fit(X, Y)
    assert search.best_trial_["tid"] == search.best_index_
    search.set_params(estimator__tol=7)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    for ask in (lambda: search.best_trial_, lambda: search.predict(X), search.plot_convergence):
        with pytest.raises(NotFittedError):
            ask()
    assert not hasattr(search, "best_params_")
    search.set_params(estimator__tol=1e-4).fit(X, Y)
    assert search.best_params_ == search.cv_results_["params"][search.best_index_]


def test_a_second_search_with_a_wrong_setting_answers_with_nothing():
    search = HyperoptSearchCV(Ridge(), LOG_ALPHA, n_iter=4, cv=2, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="'n_iter' parameter"):
        search.set_params(n_iter=0).fit(X, Y)
    with pytest.raises(NotFittedError):
        search.predict(X)
