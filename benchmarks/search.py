"""Measure the search algorithms on a surrogate of the authors' own search, and their overhead.

The surrogate is a random forest fitted on the losses of the authors' trials; a
trial costs a millisecond instead of a minute. Prints the best loss after so
many trials, over seeds, per algorithm and batch size, and the time that
HyperoptSearchCV itself takes per trial.

    python benchmarks/search.py ../shared/data/xpresso/published_trials.tsv
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from hyperopt import space_eval
from hyperopt.base import spec_from_misc
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline
from surrogates import Network, Window

from skxpresso.search._search import HyperoptSearchCV
from skxpresso.search.published_trials import load_published_trials
from skxpresso.search.spaces import xpresso_is_feasible, xpresso_search_space

METHODS = [("random", 5), ("anneal", 5), ("tpe", 1), ("tpe", 5), ("tpe", 20)]
X, Y = np.zeros((2, 1)), np.zeros(2)
ONE_FOLD = [(np.array([0]), np.array([1]))]


def features_of(params):
    """List the settings of a network, -1 for layers that it does not have."""

    def padded(name, n):
        values = params[f"xpresso__{name}"]
        return [*values, *[-1] * (n - len(values))]

    return [
        params["encoder__upstream"],
        params["encoder__downstream"],
        params["xpresso__batch_size"],
        len(params["xpresso__filters"]),
        len(params["xpresso__dense_units"]),
        *(
            v
            for name in ("filters", "kernel_sizes", "dilation_rates", "pool_sizes")
            for v in padded(name, 4)
        ),
        *(v for name in ("dense_units", "dropout_rates") for v in padded(name, 2)),
    ]


def fit_surrogate(path):
    """Fit a forest on the trials that worked; print how well it predicts held-out ones."""
    trials = load_published_trials(path)
    features, losses = [], []
    for record in trials.trials:
        if record["result"]["status"] == "ok":
            drawn = space_eval(xpresso_search_space(), spec_from_misc(record["misc"]))
            features.append(features_of(drawn | drawn["_convolutions"] | drawn["_dense"]))
            losses.append(record["result"]["loss"])
    forest = RandomForestRegressor(60, min_samples_leaf=2, random_state=0)
    held_out = cross_val_predict(forest, features, losses, cv=5)
    print(
        f"surrogate: {len(losses)} trials, held-out r = {np.corrcoef(held_out, losses)[0, 1]:.2f}"
    )
    print(f"the authors' best of {len(trials.trials)} trials: {min(losses):.4f}\n")
    return forest.fit(features, losses)


def search(scoring, seed, **kwargs):
    """Run one search over the published space."""
    pipeline = Pipeline([("encoder", Window()), ("xpresso", Network())])
    return HyperoptSearchCV(
        pipeline,
        xpresso_search_space(),
        scoring=scoring,
        cv=ONE_FOLD,
        is_feasible=xpresso_is_feasible,
        random_state=seed,
        **kwargs,
    ).fit(X, Y)


def compare(forest, n_iter, n_seeds):
    """Print the best loss per algorithm and batch size."""

    def score(pipeline, X, y):
        return -forest.predict([features_of(pipeline.get_params())])[0]

    print(f"best loss after {n_iter} trials, {n_seeds} seeds")
    print(f"{'algo':8}{'batch':>6}{'mean':>9}{'sd':>9}{'worst':>9}{'to tpe 1':>10}")
    best = {
        (algo, size): [
            -search(score, seed, algo=algo, batch_size=size, n_iter=n_iter).best_score_
            for seed in range(n_seeds)
        ]
        for algo, size in METHODS
    }
    reference = np.mean(best["tpe", 1])
    for (algo, size), losses in best.items():
        mean, sd, worst = np.mean(losses), np.std(losses), np.max(losses)
        percent = 100 * mean / reference - 100
        print(f"{algo:8}{size:6}{mean:9.4f}{sd:9.4f}{worst:9.4f}{percent:+9.1f}%")


def measure_overhead(n_iter):
    """Print the time per trial where the fits take none, checkpoint included."""

    def score(pipeline, X, y):
        return pipeline.get_params()["xpresso__dropout_rates"][0]

    print(f"\nseconds per trial of a search of {n_iter} trials whose fits take no time")
    for size in (1, None):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            path = Path(folder) / "search.safetensors"
            search(score, 0, batch_size=size, n_iter=n_iter, checkpoint=path)
            seconds = (time.perf_counter() - start) / n_iter
        print(f"tpe, batch_size={size}: {seconds:.3f}")


def main():
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trials", help="the authors' trials")
    parser.add_argument("--n-iter", type=int, default=100)
    parser.add_argument("--n-seeds", type=int, default=10)
    arguments = parser.parse_args()
    compare(fit_surrogate(arguments.trials), arguments.n_iter, arguments.n_seeds)
    measure_overhead(200)


if __name__ == "__main__":
    main()
