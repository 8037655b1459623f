"""How many epochs a search spends until it has found a good network, on a surrogate of yeast.

The surrogate is a random forest from settings to learning curves, fitted on `learning_curves.py`'s
(`benchmarks/data/yeast_curves.jsonl`); an epoch of it costs nothing. The best epoch so far counts,
as where training keeps the best weights. The target is within 1 % of the best of 200 random
settings trained in full, over all seeds. Prints the median of epochs until a network trained in
full reaches it, the share of seeds that did within `--budget` trainings in full, and the best loss
after an hour of training at the seconds per epoch of such networks, with one thread. Where Optuna
is installed, its multivariate TPE with groups is among the methods; its trials are all in full.

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
from learning_curves import BOUNDS, NARROW_SPACE, SPACE
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline
from surrogates import Network, Window

from skxpresso.search import HyperoptSearchCV, xpresso_is_feasible

CURVES = Path(__file__).parent / "data"
X, Y = np.zeros((2, 1)), np.zeros(2)
ONE_FOLD = [(np.array([0]), np.array([1]))]
LAYERS = ("filters", "kernel_sizes", "pool_sizes"), ("dense_units", "dropout_rates")
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
        more = {"resource": "xpresso__max_iter", "max_resource": n, "min_resource": 1}
    found = HyperoptSearchCV(
        Pipeline([("encoder", Window()), ("xpresso", Network(max_iter=n))]),
        surrogate.space,
        n_iter=budget * 3 // 2 if halving else budget,
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


def optuna_trials(surrogate: Surrogate, seed: int, budget: int) -> Losses:
    """Search with Optuna's TPE, multivariate and by groups of parameters that occur together."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    low, high = (
        dict(zip(BOUNDS, ends, strict=True)) for ends in zip(*BOUNDS.values(), strict=True)
    )

    def whole(trial: Any, name: str, label: str) -> int:
        return trial.suggest_int(label, low[name], high[name])

    def power(trial: Any, name: str, label: str) -> int:
        return 2 ** trial.suggest_int(label, int(math.log2(low[name])), int(math.log2(high[name])))

    def settings_of(trial: Any) -> dict[str, Any]:
        conv = [
            (
                power(trial, "filters", f"filters {i}"),
                whole(trial, "kernel_size", f"kernel {i}"),
                whole(trial, "pool_size", f"pool {i}"),
            )
            for i in range(whole(trial, "n_conv_layers", "layers"))
        ]
        dense = [
            (
                power(trial, "dense_units", f"units {i}"),
                trial.suggest_float(f"dropout {i}", low["dropout_rate"], high["dropout_rate"]),
            )
            for i in range(whole(trial, "n_dense_layers", "dense"))
        ]
        rate = trial.suggest_float("rate", low["learning_rate"], high["learning_rate"], log=True)
        return {
            **dict(zip(LAYERS[0], zip(*conv, strict=True), strict=True)),
            **dict(zip(LAYERS[1], zip(*dense, strict=True), strict=True)),
            "batch_size": power(trial, "batch_size", "batch"),
            "learning_rate": rate,
        }

    sampler = optuna.samplers.TPESampler(multivariate=True, group=True, seed=seed)
    study = optuna.create_study(sampler=sampler)
    known: list[np.ndarray] = []

    def loss(trial: Any) -> float:
        known.append(surrogate.about(settings_of(trial)))
        return float(known[-1][-2])

    study.optimize(loss, n_trials=budget)
    n = surrogate.n_epochs
    seconds = np.cumsum([n * about[-1] for about in known])
    return [((i + 1) * n, seconds[i], about[-2]) for i, about in enumerate(known)]


def methods(*, narrow: bool) -> dict[str, Callable[..., Losses]]:
    """Return the searches by name."""
    ours: dict[str, Callable[..., Losses]] = {
        f"{'halving, ' if halving else ''}{algo}": partial(search, algo=algo, halving=halving)
        for halving in (False, True)
        for algo in ("random", "tpe")
    }
    with_optuna = not narrow and importlib.util.find_spec("optuna")
    return ours | ({"optuna": optuna_trials} if with_optuna else {})


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
    names = methods(narrow=arguments.narrow)
    each = Parallel(arguments.jobs)(
        delayed(run_method)(surrogate, name, method, arguments.seeds, arguments.budget)
        for name, method in reversed(names.items())
    )
    runs = dict(zip(reversed(names), each, strict=True))
    target = 1.01 * min(loss for losses in runs["random"] for _, _, loss in losses)
    medians = {
        name: np.median([epochs_to(target, losses) for losses in runs[name]]) for name in names
    }
    print(f"target: {target:.4f}")
    print(f"{'method':18}{'epochs':>9}{'reached':>9}{'tpe / it':>9}{'after an hour':>15}")
    for name, epochs in medians.items():
        reached = np.mean([math.isfinite(epochs_to(target, losses)) for losses in runs[name]])
        hour = np.median([after_hour(losses) for losses in runs[name]])
        ratio = medians["tpe"] / epochs
        print(f"{name:18}{epochs:9.0f}{reached:9.0%}{ratio:9.1f}{hour:15.4f}")


if __name__ == "__main__":
    main()
