"""What an hour of each way of searching finds on yeast promoters.

Runs the search of `examples/tune_yeast.py` for so many seconds, by halving or with every candidate
in full, and reads the best candidates at each of `--marks` off its table: the best among those
that had the most epochs by then. They are trained on all of the training fragments, as the example
does, and their mean is scored on the test tenth, which no search sees. With OMP_NUM_THREADS=1, two
ways may run at the same time, a core each.

Run: PYTHONPATH=examples python benchmarks/search_hour.py --way halving --marks 900 3600
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tune_yeast
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

from skxpresso import HyperoptSearchCV
from skxpresso.datasets import load_yeast_promoters
from skxpresso.metrics import pearson_r2_score


def best_at(search: HyperoptSearchCV, seconds: float) -> tuple[int, list[int]]:
    """Return how many fits were done by then, and the best of those with the most epochs."""
    table = search.cv_results_
    score, took = table["mean_test_score"], table["mean_fit_time"] + table["mean_score_time"]
    done = (np.nancumsum(took) <= seconds) & np.isfinite(score)
    amounts = np.asarray(table.get("n_resources", np.ones(len(score))))
    most = np.flatnonzero(done & (amounts == amounts[done].max()))
    return int(done.sum()), most[np.argsort(-score[most])][: tune_yeast.N_BEST].tolist()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=["in-full", "halving"], required=True)
    parser.add_argument("--algo", default="tpe")
    parser.add_argument(
        "--rungs",
        type=int,
        nargs=3,
        default=[3, 9, 3],
        metavar=("MIN", "MAX", "FACTOR"),
        help="epochs of halving, least and most, and the factor between",
    )
    parser.add_argument("--marks", type=float, nargs="+", default=[900, 3600], help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint", type=Path)
    arguments = parser.parse_args()
    yeast = load_yeast_promoters()
    X, X_test, y, y_test = train_test_split(
        yeast.data, yeast.target, test_size=0.1, random_state=arguments.seed
    )
    least, most, factor = arguments.rungs
    rungs = {"min_resource": least, "max_resource": most, "reduction_factor": factor}
    search = tune_yeast.make_search(
        arguments.seed,
        algo=arguments.algo,
        n_iter=10_000,
        timeout=max(arguments.marks),
        checkpoint=arguments.checkpoint,
        **{**tune_yeast.HALVING, **rungs} if arguments.way == "halving" else {},
    )
    start = time.perf_counter()
    search.fit(X[: tune_yeast.SEARCH_ROWS], y[: tune_yeast.SEARCH_ROWS])
    wall = time.perf_counter() - start
    table = search.cv_results_
    took = np.nansum(table["mean_fit_time"] + table["mean_score_time"])
    print(f"{arguments.way}, {arguments.algo}, seed {arguments.seed}: {wall:.0f} s,")
    print(f"of which fits {took:.0f} s; {len(search.trials_.trials)} candidates", flush=True)
    for mark in arguments.marks:
        n_done, best = best_at(search, mark * took / wall)
        found = [table["params"][index] for index in best]
        scores = ", ".join(f"{table['mean_test_score'][index]:.3f}" for index in best)
        print(f"{mark:6.0f} s: {n_done} fits, r2 {scores}", end=" ", flush=True)
        tuned = tune_yeast.make_tuned(arguments.seed, found, verbose=0)
        start = time.perf_counter()
        predicted = tuned.fit(X, y).predict(X_test)
        print(f"trained on all in {time.perf_counter() - start:.0f} s:", end=" ")
        for scorer in (r2_score, pearson_r2_score):
            print(f"{scorer.__name__} {scorer(y_test, predicted):.3f} on the test tenth,", end=" ")
        print(*found, sep="\n", flush=True)


if __name__ == "__main__":
    main()
