"""How many epochs a search spends until it has found a good network, on a surrogate of yeast.

The surrogate is a random forest from settings to learning curves, fitted on `learning_curves.py`'s
(`benchmarks/data/yeast_curves.jsonl`); an epoch of it costs nothing. The best epoch so far counts,
as where training keeps the best weights. The target is within 1 % of the best of 200 random
settings trained in full, over all seeds. Prints the median of epochs until a network trained in
full reaches it, the share of seeds that did within `--budget` trainings in full or two and a half
times as many candidates by halving, and the best loss after an hour of training, at the seconds per
epoch of such networks with one thread. Where Optuna is installed, `algo="optuna"` is a method, too.

`--narrow` takes the curves of the narrow space of `examples/tune_yeast.py`, of which 3,000 rows an
epoch tell less.

Run: PYTHONPATH=examples python benchmarks/halving.py [--seeds 20] [--budget 200] [--narrow]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from learning_curves import NARROW_SPACE, SPACE
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline
from surrogates import Network, Window

from skxpresso.search import HyperoptSearchCV, xpresso_is_feasible

CURVES = Path(__file__).parent / "data"
X, Y = np.zeros((2, 1)), np.zeros(2)
ONE_FOLD = [(np.array([0]), np.array([1]))]
LAYERS = ("filters", "kernel_sizes", "pool_sizes"), ("dense_units", "dropout_rates")
# Ranks of the curves after three epochs correlate with those at the end by 0.85, after one by 0.70
HALVING = {"min_resource": 3, "n_brackets": 1}
HOUR = 3600.0
# Epochs and seconds spent so far, loss of a network trained in full
Losses = list[tuple[float, float, float]]


def features_of(settings: dict[str, Any]) -> list[float]:
    """List the settings of a network, -1 for layers that it does not have."""
    padded = [
        [*settings[name], -1, -1, -1][:n]
        for names, n in zip(LAYERS, (3, 2), strict=True)
        for name in names
    ]
    numbers = [value for values in padded for value in values]
    return [settings["batch_size"], math.log(settings["learning_rate"]), *numbers]


class Surrogate:
    """A forest that tells a network's best loss so far after every epoch."""

    def __init__(self, path: Path, space: dict[str, Any]) -> None:
        self.space = space
        records = [json.loads(line) for line in path.read_text().splitlines()]
        worked = [record for record in records if isinstance(record["losses"], list)]
        features = np.array([features_of(record["params"]) for record in worked])
        n = max(len(record["losses"]) for record in worked)
        # The fit of a network that is dead ends there
        losses = [np.pad(r["losses"], (0, n - len(r["losses"])), mode="edge") for r in worked]
        curves = np.minimum.accumulate(losses, axis=1)
        self.forest = RandomForestRegressor(100, min_samples_leaf=2, random_state=0)
        held_out = cross_val_predict(self.forest, features, curves, cv=5)
        r = np.corrcoef(held_out[:, -1], curves[:, -1])[0, 1]
        print(f"surrogate: {len(worked)} curves of {len(records)} networks, held-out r = {r:.2f}")
        seconds = [[record["seconds"]] for record in worked]
        self.forest.fit(features, np.hstack([curves, seconds]))
        self.n_epochs = curves.shape[1]
        self.known: dict[tuple[float, ...], np.ndarray] = {}

    def about(self, settings: dict[str, Any]) -> np.ndarray:
        """Return the losses after 1, 2, ... epochs, and the seconds that an epoch takes."""
        features = tuple(features_of(settings))
        if features not in self.known:
            self.known[features] = self.forest.predict([features])[0]
        return self.known[features]

    def score(self, pipeline: Pipeline, X: Any = None, y: Any = None) -> float:
        """Return minus the loss of a candidate."""
        network = pipeline.named_steps["xpresso"]
        return -float(self.about(network.get_params())[network.max_iter - 1])


def search(surrogate: Surrogate, seed: int, budget: int, *, algo: str, halving: bool) -> Losses:
    """Search with our class, and return what networks trained in full had cost and reached."""
    n, more = surrogate.n_epochs, {}
    if halving:
        more = {"resource": "xpresso__max_iter", "max_resource": n, **HALVING}
    found = HyperoptSearchCV(
        Pipeline([("encoder", Window()), ("xpresso", Network(max_iter=n))]),
        surrogate.space,
        n_iter=budget * 5 // 2 if halving else budget,
        algo=algo,
        scoring=surrogate.score,
        cv=ONE_FOLD,
        is_feasible=xpresso_is_feasible,
        refit=False,
        random_state=seed,
        **more,
    ).fit(X, Y)
    table = found.cv_results_
    losses = -table["mean_test_score"]
    worked = ~np.isnan(losses)
    amounts = np.array(table["n_resources"]) if halving else np.full(len(losses), n)
    epochs = np.where(worked, amounts - np.array(table["n_resumed"]) if halving else amounts, 0)
    names = [{k.rpartition("__")[2]: v for k, v in params.items()} for params in table["params"]]
    each = [surrogate.about(p)[-1] if ok else 0.0 for p, ok in zip(names, worked, strict=True)]
    rows = np.column_stack([np.cumsum(epochs), np.cumsum(epochs * each), losses])
    return [tuple(row) for row in rows[(amounts == n) & worked].tolist()]


def methods() -> dict[str, Callable[..., Losses]]:
    """Return the searches by name."""
    algorithms = ["random", "tpe", *(["optuna"] if importlib.util.find_spec("optuna") else [])]
    return {
        f"{'halving, ' if halving else ''}{algo}": partial(search, algo=algo, halving=halving)
        for halving in (False, True)
        for algo in algorithms
    }


def epochs_to(target: float, losses: Losses) -> float:
    """Return the epochs spent until a loss is at most the target; infinity if none is."""
    return min((epochs for epochs, _, loss in losses if loss <= target), default=math.inf)


def after_hour(losses: Losses) -> float:
    """Return the best loss after an hour; NaN if the search ended before."""
    best = min((loss for _, seconds, loss in losses if seconds <= HOUR), default=math.nan)
    return best if losses[-1][1] > HOUR else math.nan


def run_method(surrogate: Surrogate, name: str, method: Any, n_seeds: int, budget: int) -> Any:
    """Run one method with all seeds."""
    start = time.perf_counter()
    losses = [method(surrogate, seed, budget) for seed in range(n_seeds)]
    print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
    return losses


def print_table(runs: dict[str, list[Losses]]) -> None:
    """Print what every search needed to reach the target, and what it found in an hour."""
    target = 1.01 * min(loss for losses in runs["random"] for _, _, loss in losses)
    to_target = {name: [epochs_to(target, losses) for losses in runs[name]] for name in runs}
    print(f"target: {target:.4f}")
    print(f"{'method':18}{'epochs':>9}{'reached':>9}{'tpe / it':>9}{'after an hour':>15}")
    for name, epochs in to_target.items():
        median, reached = np.median(epochs), np.mean(np.isfinite(epochs))
        hour = np.median([after_hour(losses) for losses in runs[name]])
        ratio = np.median(to_target["tpe"]) / median
        print(f"{name:18}{median:9.0f}{reached:9.0%}{ratio:9.1f}{hour:15.4f}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--narrow", action="store_true", help="the space of tune_yeast.py")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--budget", type=int, default=200, help="trainings in full")
    parser.add_argument("--jobs", type=int, default=1, help="methods at the same time")
    arguments = parser.parse_args()
    file = CURVES / ("yeast_curves_narrow.jsonl" if arguments.narrow else "yeast_curves.jsonl")
    surrogate = Surrogate(file, NARROW_SPACE if arguments.narrow else SPACE)
    names = methods()
    each = Parallel(arguments.jobs)(
        delayed(run_method)(surrogate, name, method, arguments.seeds, arguments.budget)
        for name, method in reversed(names.items())
    )
    runs = dict(zip(reversed(names), each, strict=True))
    print_table(runs)


if __name__ == "__main__":
    main()
