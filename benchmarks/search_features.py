"""Try each feature of a search class on each of the tools, and print the table of the docs.

Tools that cannot be installed together (hyperopt-sklearn wants an old hyperopt)
are tried one environment after the other; the file collects the answers:

    python benchmarks/search_features.py features.json

Every cell is the outcome of running code: "no" also stands for an error.
"""

import json
import os
import signal
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import numpy as np
from scipy import sparse, stats
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.datasets import make_regression
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

X, Y = make_regression(60, 5, noise=5.0, random_state=0)
TEXTS = np.array([f"up {i % 5} down {i % 3}" for i in range(60)])


# The tools: one parameter between two numbers, n trials


def grid(estimator, name, low, high, n, **kwargs):
    """GridSearchCV of scikit-learn."""
    return GridSearchCV(estimator, {name: np.linspace(low, high, n).tolist()}, **kwargs)


def optuna(estimator, name, low, high, n, **kwargs):
    """OptunaSearchCV of optuna-integration."""
    import optuna as package
    from optuna_integration import OptunaSearchCV

    package.logging.set_verbosity(package.logging.ERROR)
    space = {name: package.distributions.FloatDistribution(low, high)}
    return OptunaSearchCV(estimator, space, n_trials=n, random_state=0, **kwargs)


def skopt(estimator, name, low, high, n, **kwargs):
    """BayesSearchCV of scikit-optimize."""
    from skopt import BayesSearchCV

    kwargs = {"error_score": np.nan, **kwargs}
    return BayesSearchCV(estimator, {name: (low, high)}, n_iter=n, random_state=0, **kwargs)


def hyperopt(estimator, name, low, high, n, **kwargs):
    """HyperoptSearchCV of hyperopt."""
    from hyperopt import hp, tpe
    from hyperopt.sklearn import HyperoptSearchCV

    space = {name: hp.uniform(name, low, high)}
    kwargs = {"algo": tpe.suggest, "random_state": 0, "max_evals": n, **kwargs}
    return HyperoptSearchCV(estimator, space, **kwargs)


def build(estimator, name, value):
    """Build what HyperoptEstimator fits."""
    return clone(estimator).set_params(**{name: value})


def hpsklearn(estimator, name, low, high, n, **kwargs):
    """HyperoptEstimator of hyperopt-sklearn."""
    from hpsklearn import HyperoptEstimator
    from hyperopt import hp, tpe
    from hyperopt.pyll import scope

    value = hp.uniform(name, low, high)
    model = scope.call(build, (scope.identity(estimator), name, value))
    kwargs = {"preprocessing": [], "algo": tpe.suggest, "max_evals": n, "seed": 0, **kwargs}
    return HyperoptEstimator(regressor=model, **kwargs)


def ours(estimator, name, low, high, n, **kwargs):
    """HyperoptSearchCV of skxpresso."""
    from hyperopt import hp

    from skxpresso.search._search import HyperoptSearchCV

    space = {name: hp.uniform(name, low, high)}
    return HyperoptSearchCV(estimator, space, n_iter=n, random_state=0, **kwargs)


TOOLS = {
    "GridSearchCV": grid,
    "OptunaSearchCV": optuna,
    "BayesSearchCV": skopt,
    "hyperopt's HyperoptSearchCV": hyperopt,
    "HyperoptEstimator": hpsklearn,
    "ours": ours,
}


# Estimators


class Fragile(RegressorMixin, BaseEstimator):
    """Fails where alpha is above 5; the best alpha is 2."""

    def __init__(self, alpha=1.0, seconds=0.0):
        self.alpha = alpha
        self.seconds = seconds

    def fit(self, X, y, sample_weight=None):
        """Fail, or not."""
        time.sleep(self.seconds)
        if self.alpha > 5:
            raise ValueError("alpha is too high")
        self.mean_ = np.mean(y)
        return self

    def predict(self, X):
        """Predict the mean, shifted."""
        return np.full(len(X), self.mean_ + (self.alpha - 2) * 100)


class Counting(Fragile):
    """Counts how many of its fits run at the same time."""

    lock, running, most = threading.Lock(), 0, 0

    def fit(self, X, y):
        """Take a while."""
        with Counting.lock:
            Counting.running += 1
            Counting.most = max(Counting.most, Counting.running)
        time.sleep(0.1)
        with Counting.lock:
            Counting.running -= 1
        return super().fit(X, y)


class Flat(RegressorMixin, BaseEstimator):
    """Takes 3-D X."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        """Fit on the flattened X."""
        assert X.ndim == 3
        self.ridge_ = Ridge(self.alpha).fit(X.reshape(len(X), -1), y)
        return self

    def predict(self, X):
        """Predict."""
        return self.ridge_.predict(X.reshape(len(X), -1))


def fit(search, X=X, y=Y, **params):
    """Fit; HyperoptEstimator.fit returns None."""
    search.fit(X, y, **params)
    return search


def scores_of(search):
    """List the scores of all trials."""
    return (
        search.trials.losses()
        if hasattr(search, "trials") and not hasattr(search, "cv_results_")
        else search.cv_results_["mean_test_score"]
    )


# The features: functions that return True where a tool has it


def pipeline_parameters(make):
    """Parameters of pipeline steps."""
    search = fit(make(make_pipeline(Ridge()), "ridge__alpha", 0.1, 9.0, 4))
    return len(search.predict(X)) == 60


def same_columns(make):
    """`cv_results_` with the columns of GridSearchCV."""
    expected = grid(Ridge(), "alpha", 0.1, 9.0, 4).fit(X, Y).cv_results_
    return expected.keys() <= fit(make(Ridge(), "alpha", 0.1, 9.0, 4)).cv_results_.keys()


def several_metrics(make):
    """Several metrics, `refit` names one."""
    metrics = ["r2", "neg_mean_squared_error"]
    search = fit(make(Ridge(), "alpha", 0.1, 9.0, 4, scoring=metrics, refit="r2"))
    return "mean_test_neg_mean_squared_error" in search.cv_results_ and len(search.predict(X)) == 60


def callable_refit(make):
    """`refit` by a callable."""
    return fit(make(Ridge(), "alpha", 0.1, 9.0, 4, refit=lambda r: 2)).best_index_ == 2


def groups(make):
    """Splitters get groups."""
    labels = np.repeat(np.arange(6), 10)
    if make is hpsklearn:
        fit(make(Ridge(), "alpha", 0.1, 9.0, 4), n_folds=3, kfolds_group=labels)
    else:
        fit(make(Ridge(), "alpha", 0.1, 9.0, 4, cv=GroupKFold(3)), groups=labels)
    return True


def routing(make):
    """Sample weights by metadata routing."""
    with config_context(enable_metadata_routing=True):
        ridge = Ridge().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        fit(make(ridge, "alpha", 0.1, 9.0, 4), X, Y, sample_weight=np.ones(60))
    return True


def sparse_data(make):
    """Sparse X."""
    fit(make(Ridge(), "alpha", 0.1, 9.0, 4), sparse.csr_matrix(X), Y)
    return True


def three_dimensions(make):
    """3-D X."""
    fit(make(Flat(), "alpha", 0.1, 9.0, 4), X[:, :, None], Y)
    return True


def strings(make):
    """X of strings."""
    fit(make(make_pipeline(CountVectorizer(), Ridge()), "ridge__alpha", 0.1, 9.0, 4), TEXTS, Y)
    return True


def nested_cv(make):
    """Cloned and scored by cross_val_score."""
    search = make(Ridge(), "alpha", 0.1, 9.0, 4)
    return np.isfinite(cross_val_score(search, X, Y, cv=2)).all()


def repeats(make):
    """Repeat exactly with the same seed."""
    fits = [fit(make(Ridge(), "alpha", 0.1, 9.0, 6)) for _ in range(2)]
    return np.array_equal(*map(scores_of, fits))


def misspelt(make):
    """Refuse a misspelt parameter before the first fit, tell the right name."""
    try:
        fit(make(Ridge(), "alhpa", 0.1, 9.0, 4))
    except Exception as error:
        return "nearest" in str(error)
    return False


def failing_candidate(make):
    """Survive a candidate that fails."""
    search = fit(make(Fragile(), "alpha", 0.0, 9.0, 12))
    return len(search.predict(X)) == 60


def reason(make):
    """Keep the reason of a failure in the results."""
    results = fit(make(Fragile(), "alpha", 0.0, 9.0, 12)).cv_results_
    return any("too high" in str(value) for column in results.values() for value in column)


def failing_batch(make):
    """Survive if nine of ten candidates fail."""
    search = fit(make(Fragile(), "alpha", 4.0, 40.0, 30))
    return len(search.predict(X)) == 60


def tuples(make):
    """Parameters that are tuples of searched values."""
    if make is not ours:
        return False  # none of the others has an expression for it
    from hyperopt import hp

    search = make(Ridge(), "alpha", 0.1, 9.0, 4)
    space = {"ngram_range": (1, hp.quniform("n", 1, 3, 1))}
    pipeline = make_pipeline(CountVectorizer(), Ridge())
    space = {f"countvectorizer__{name}": value for name, value in space.items()}
    search.set_params(estimator=pipeline, space=space).fit(TEXTS, Y)
    return search.best_params_["countvectorizer__ngram_range"][0] == 1


def conditional(make):
    """Parameters that exist on one branch only."""
    from hyperopt import hp

    search = make(Ridge(), "alpha", 0.1, 9.0, 8)
    one, two = {"alpha": [1.0, 2.0]}, {"fit_intercept": [False], "tol": [0.1, 0.2]}
    if make is grid:
        search.set_params(param_grid=[one, two])
    elif make is skopt:
        search.set_params(search_spaces=[{"alpha": (0.1, 9.0)}, {"tol": (0.1, 0.2)}])
    elif make in (hyperopt, ours):
        branches = [{"alpha": 1.0}, {"fit_intercept": False, "tol": hp.uniform("tol", 0.1, 0.2)}]
        search.set_params(space={"_branch": hp.choice("branch", branches)})
    else:
        return False
    params = search.fit(X, Y).cv_results_["params"]
    return any("alpha" in p for p in params) and any("alpha" not in p for p in params)


def scipy_distributions(make):
    """Distributions of scipy.stats."""
    search, space = make(Ridge(), "alpha", 0.1, 9.0, 4), {"alpha": stats.loguniform(0.1, 9)}
    names = {grid: "param_grid", optuna: "param_distributions", skopt: "search_spaces"}
    return (
        search.set_params(**{names.get(make, "space"): space}).fit(X, Y).best_params_["alpha"] > 0
    )


def candidates_in_parallel(make):
    """Fit several candidates at the same time."""
    from joblib import parallel_config

    # Two folds: more than two fits at a time are fits of several candidates
    options = {"n_points": 4} if make is skopt else {}
    options |= {} if make is hpsklearn else {"cv": 2}
    Counting.most = 0
    with parallel_config("threading"):
        fit(make(Counting(), "alpha", 0.0, 4.0, 16, n_jobs=8, **options))
    return Counting.most > 2


def workers_do_not_matter(make):
    """Give the same results with any number of workers."""
    fits = [fit(make(Ridge(), "alpha", 0.1, 9.0, 16, n_jobs=n)) for n in (1, 3)]
    return np.array_equal(*map(scores_of, fits))


def timeout(make):
    """Keep to a time limit for the search."""
    start = time.perf_counter()
    if make is skopt:
        from skopt.callbacks import DeadlineStopper

        search = make(Fragile(seconds=0.05), "alpha", 0.0, 4.0, 200)
        fit(search, callback=DeadlineStopper(0.5))
    else:
        fit(make(Fragile(seconds=0.05), "alpha", 0.0, 4.0, 200, timeout=0.5))
    return time.perf_counter() - start < 5


def patience(make):
    """Stop when the score gets no better."""
    if make is skopt:
        from skopt.callbacks import HollowIterationsStopper

        search = make(Ridge(), "alpha", 0.1, 9.0, 60)
        fit(search, callback=HollowIterationsStopper(10))
        return len(search.cv_results_["params"]) < 60
    search = fit(make(Ridge(), "alpha", 0.1, 9.0, 500, patience=10))
    return len(search.cv_results_["params"]) < 500


def checkpoint(make):
    """Go on from a file as if it had never stopped."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "search.safetensors"
        if make is optuna:
            first, straight = ({"study": optuna_study(f"sqlite:///{path}.{i}")} for i in range(2))
            again = {"study": optuna_study(f"sqlite:///{path}.0")}
            fit(make(Ridge(), "alpha", 0.1, 9.0, 8, **first))
            fit(make(Ridge(), "alpha", 0.1, 9.0, 16, **again))
            fit(make(Ridge(), "alpha", 0.1, 9.0, 24, **straight))
            params = [[t.params for t in s["study"].trials] for s in (again, straight)]
            return params[0] == params[1]
        fit(make(Ridge(), "alpha", 0.1, 9.0, 8, checkpoint=path))
        resumed = fit(make(Ridge(), "alpha", 0.1, 9.0, 24, checkpoint=path))
    straight = fit(make(Ridge(), "alpha", 0.1, 9.0, 24))
    return resumed.cv_results_["params"] == straight.cv_results_["params"]


def optuna_study(storage=None):
    """Make a study, which optuna takes for memory."""
    import optuna as package

    sampler = package.samplers.TPESampler(seed=0)
    return package.create_study(
        storage=storage,
        sampler=sampler,
        direction="maximize",
        study_name="search",
        load_if_exists=True,
    )


def more_trials(make):
    """Go on in memory, with the trials before."""
    if make is optuna:
        study = optuna_study()
        for _ in range(2):
            fit(make(Ridge(), "alpha", 0.1, 9.0, 6, study=study))
        return len(study.trials) == 12
    search = make(Ridge(), "alpha", 0.1, 9.0, 6)
    if make is hpsklearn:
        fit(fit(search), warm_start=True)
        return len(search.trials.trials) > 6
    search.set_params(warm_start=True).fit(X, Y)
    search.set_params(**{{hyperopt: "max_evals"}.get(make, "n_iter"): 12}).fit(X, Y)
    return len(search.trials_.trials) == 12


def interrupt(make):
    """Keep what was found on Ctrl-C."""
    timer = threading.Timer(2.5, os.kill, (os.getpid(), signal.SIGINT))
    search = make(Fragile(seconds=0.05), "alpha", 0.0, 4.0, 100)
    timer.start()
    try:
        search.fit(X, Y)
    except KeyboardInterrupt:
        return False
    finally:
        timer.cancel()
    return len(search.predict(X)) == 60


def pictures(make):
    """Draw its own plots."""
    search = fit(make(Ridge(), "alpha", 0.1, 9.0, 4))
    return any(name.startswith("plot") for name in dir(search))


FEATURES = [
    pipeline_parameters,
    same_columns,
    several_metrics,
    callable_refit,
    groups,
    routing,
    sparse_data,
    three_dimensions,
    strings,
    nested_cv,
    repeats,
    conditional,
    tuples,
    scipy_distributions,
    misspelt,
    failing_candidate,
    failing_batch,
    reason,
    candidates_in_parallel,
    workers_do_not_matter,
    timeout,
    patience,
    checkpoint,
    more_trials,
    interrupt,
    pictures,
]


def answer(feature, make):
    """Try it."""
    try:
        return "yes" if feature(make) else "no"
    except Exception as error:
        print(f"    {make.__name__}, {feature.__name__}: {error!r:.110}", file=sys.stderr)
        return "no"


def main(path):
    """Try all on the tools that are installed, add to the file, print the table."""
    warnings.simplefilter("ignore")
    answers = json.loads(Path(path).read_text()) if Path(path).exists() else {}
    for name, make in TOOLS.items():
        try:
            make(Ridge(), "alpha", 0.1, 9.0, 2)
        except ImportError:
            continue
        answers[name] = {f.__name__: answer(f, make) for f in FEATURES}
        Path(path).write_text(json.dumps(answers))
    print("| | " + " | ".join(TOOLS) + " |")
    print("|---" * (len(TOOLS) + 1) + "|")
    for feature in FEATURES:
        row = [answers.get(name, {}).get(feature.__name__, "?") for name in TOOLS]
        print(f"| {feature.__doc__.rstrip('.')} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main(sys.argv[1])
