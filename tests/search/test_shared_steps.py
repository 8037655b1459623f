"""Steps that the space leaves alone are fitted once on a fold, and nothing else changes."""

import numpy as np
import pytest
from hyperopt import hp
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skxpresso import (
    KmerCountEncoder,
    OneHotMatrix,
    OneHotPromoterEncoder,
    make_xpresso_pipeline,
)
from skxpresso.datasets import make_promoters
from skxpresso.search import HyperoptSearchCV
from skxpresso.search import _shared_steps as shared_steps
from skxpresso.search._shared_steps import n_shared_steps
from tests.search.toys import LOG_ALPHA, X, Y, assert_same_results
from tests.toys import TINY, random_codes

ALPHA = {"ridge__alpha": LOG_ALPHA["alpha"]}
N_ITER, N_FOLDS = 6, 3


class Counting(TransformerMixin, BaseEstimator):
    """Centres the columns, adds `shift`, and counts its fits."""

    fits = 0

    def __init__(self, shift=0.0):
        self.shift = shift

    def fit(self, X, y=None):
        type(self).fits += 1
        self.mean_ = X.mean(axis=0) - self.shift
        return self

    def transform(self, X):
        return X - self.mean_


class CountingToo(Counting):
    """Another, with a count of its own."""


def pipeline(*between, last=None, **options):
    """Return a pipeline of two steps that count, and what is between them and the last."""
    first = [("first", Counting()), ("second", CountingToo())]
    return Pipeline([*first, *between, last or ("ridge", Ridge())], **options)


def fits_of(search, X=X, Y=Y):
    """Fit a search; return it, and how often the two steps were fitted before the refit."""
    Counting.fits = CountingToo.fits = 0
    search.fit(X, Y)
    return search, (Counting.fits - 1, CountingToo.fits - 1)


def search_of(estimator, space=ALPHA, **settings):
    """Return a search of six candidates on three folds."""
    settings = {"n_iter": N_ITER, "cv": N_FOLDS, "random_state": 0} | settings
    return HyperoptSearchCV(estimator, space, **settings)


def test_fitted_once_on_each_fold_and_same_numbers():
    search, fits = fits_of(search_of(pipeline(), return_train_score=True))
    assert fits == (N_FOLDS, N_FOLDS)
    alphas = search.cv_results_["param_ridge__alpha"].tolist()
    for candidate, alpha in enumerate(alphas):  # scikit-learn, one candidate at a time
        grid = GridSearchCV(
            pipeline(), {"ridge__alpha": [alpha]}, cv=N_FOLDS, return_train_score=True
        ).fit(X, Y)
        for name in ("mean_test_score", "std_test_score", "mean_train_score"):
            assert search.cv_results_[name][candidate] == grid.cv_results_[name][0]
    assert search.best_estimator_.memory is None


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        (ALPHA | {"second__shift": hp.uniform("shift", 0, 1)}, (N_FOLDS, N_FOLDS * N_ITER)),
        (ALPHA | {"first__shift": hp.uniform("shift", 0, 1)}, (N_FOLDS * N_ITER,) * 2),
        (ALPHA | {"first": [Counting(), Counting(1.0)]}, (N_FOLDS * N_ITER,) * 2),
    ],
)
def test_what_the_space_touches_is_fitted_for_every_candidate(space, expected):
    assert fits_of(search_of(pipeline(), space))[1] == expected


def test_a_pipeline_with_a_memory_keeps_it(tmp_path):
    assert n_shared_steps(pipeline(memory=str(tmp_path)), {"ridge__alpha"}) == 0
    assert n_shared_steps(Ridge(), {"alpha"}) == 0
    assert n_shared_steps(pipeline(("third", "passthrough")), {"ridge__alpha"}) == 2
    search, _ = fits_of(search_of(pipeline(memory=str(tmp_path))))
    assert search.best_estimator_.memory == str(tmp_path)


def test_what_takes_too_much_room_is_fitted_anew(monkeypatch):
    search, _ = fits_of(search_of(pipeline()))
    monkeypatch.setattr(shared_steps, "MOST_BYTES", 100)
    again, fits = fits_of(search_of(pipeline()))
    assert fits == (N_FOLDS * N_ITER,) * 2
    assert_same_results(again.cv_results_, search.cv_results_)


def test_what_cannot_be_pickled_is_fitted_anew():
    step = ("third", FunctionTransformer(lambda X: X))
    assert fits_of(search_of(pipeline(step)))[1] == (N_FOLDS * N_ITER,) * 2


def test_without_room_on_the_disk_steps_are_fitted_anew(monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shared_steps.joblib, "dump", full)
    assert fits_of(search_of(pipeline()))[1] == (N_FOLDS * N_ITER,) * 2


def test_steps_after_a_failure_are_fitted_again():
    class Broken(Counting):
        def fit(self, X, y=None):
            raise ValueError("no fit")

    with pytest.raises(ValueError, match="no fit"):
        search_of(Pipeline([("first", Broken()), ("ridge", Ridge())])).fit(X, Y)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_rungs_of_rounds_share_and_rungs_of_rows_do_not(n_jobs):
    forest = pipeline(last=("forest", RandomForestRegressor(random_state=0)))
    space = {"forest__max_depth": hp.randint("depth", 1, 40)}
    common = {"n_iter": 9, "cv": 2, "n_brackets": 1, "n_jobs": n_jobs}
    rounds = {"resource": "forest__n_estimators", "max_resource": 9, "min_resource": 1}
    search, fits = fits_of(search_of(forest, space, **common, **rounds))
    assert len(search.cv_results_["params"]) == 13
    if n_jobs == 1:
        assert fits == (2, 2)
    rows = {"resource": "n_samples", "max_resource": 60, "min_resource": 20}
    search, fits = fits_of(search_of(forest, space, **common, **rows))
    amounts = set(search.cv_results_["n_resources"])
    if n_jobs == 1:
        assert fits == (2 * len(amounts),) * 2


def test_weights_that_are_routed_reach_the_steps_once():
    weights = np.arange(1.0, len(Y) + 1)
    scaled = Pipeline([("scale", StandardScaler()), ("ridge", Ridge())])
    search = search_of(scaled).fit(X, Y, scale__sample_weight=weights)
    alpha = search.best_params_["ridge__alpha"]
    grid = GridSearchCV(scaled, {"ridge__alpha": [alpha]}, cv=N_FOLDS)
    assert search.best_score_ == grid.fit(X, Y, scale__sample_weight=weights).best_score_


def test_nothing_is_left_beside_a_checkpoint(tmp_path):
    left = tmp_path / "search.steps"
    left.mkdir()
    (left / "fold0-all.steps").write_bytes(b"of a search that was killed")
    search_of(pipeline(), checkpoint=tmp_path / "search").fit(X, Y)
    assert [path.name for path in tmp_path.iterdir()] == ["search"]


def test_selected_promoters_are_not_written_and_their_words_are(monkeypatch):
    written = []
    monkeypatch.setattr(
        shared_steps._FoldMemory, "_write", lambda self, made: written.append(type(made[1]))
    )
    promoters = OneHotMatrix(random_codes(30, 8, n_letters=4))
    y = np.random.default_rng(0).normal(size=30)
    encoder, words = OneHotPromoterEncoder(), KmerCountEncoder(2)
    search_of(make_pipeline(encoder, Ridge()), n_iter=1).fit(promoters, y)
    assert written == []
    search_of(make_pipeline(encoder, words, Ridge()), n_iter=1).fit(promoters, y)
    assert written == [csr_matrix] * N_FOLDS


@pytest.mark.slow
def test_networks_train_on_shared_codes_as_on_their_own(monkeypatch):
    genes = make_promoters(40, length=60, random_state=0)
    space = {"xpresso__learning_rate": hp.loguniform("rate", -7, -4)}
    network = make_xpresso_pipeline(**TINY)
    one = search_of(network, space, n_iter=2, cv=2).fit(genes.data, genes.target)
    two = search_of(network, space, n_iter=2, cv=2, n_jobs=2).fit(genes.data, genes.target)
    monkeypatch.setattr(shared_steps, "MOST_BYTES", 0)
    apart = search_of(network, space, n_iter=2, cv=2).fit(genes.data, genes.target)
    assert_same_results(one.cv_results_, apart.cv_results_)
    assert_same_results(two.cv_results_, apart.cv_results_)
