"""How many epochs a search spends until it has found a good network, on a surrogate of yeast.

The surrogate is a random forest from settings to learning curves, fitted on `learning_curves.py`'s
(`benchmarks/data/yeast_curves.jsonl`); an epoch of it costs nothing. The best epoch so far counts,
as where training keeps the best weights. The target is within 1 % of the best of 200 random
settings trained in full, over all seeds. Prints the median of epochs until a network trained in
full reaches it, and the share of seeds that did within `--budget` trainings in full. Where Optuna
is installed, its multivariate TPE with groups is among the methods; its trials are all in full.

Run: PYTHONPATH=examples python benchmarks/halving.py [--seeds 20] [--budget 200]
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
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline
from surrogates import Network, Window
from tune_yeast import SPACE

from skxpresso.search import HyperoptSearchCV, xpresso_is_feasible

CURVES = Path(__file__).parent / "data" / "yeast_curves.jsonl"
X, Y = np.zeros((2, 1)), np.zeros(2)
ONE_FOLD = [(np.array([0]), np.array([1]))]
LAYERS = ("filters", "kernel_sizes", "pool_sizes"), ("dense_units", "dropout_rates")
Losses = list[tuple[int, float]]  # epochs spent so far, loss of a network trained in full


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

    def __init__(self, path: Path) -> None:
        records = [json.loads(line) for line in path.read_text().splitlines()]
        worked = [record for record in records if isinstance(record["losses"], list)]
        features = np.array([features_of(record["params"]) for record in worked])
        curves = np.minimum.accumulate([record["losses"] for record in worked], axis=1)
        self.forest = RandomForestRegressor(100, min_samples_leaf=2, random_state=0)
        held_out = cross_val_predict(self.forest, features, curves, cv=5)
        r = np.corrcoef(held_out[:, -1], curves[:, -1])[0, 1]
        print(f"surrogate: {len(worked)} curves of {len(records)} networks, held-out r = {r:.2f}")
        self.forest.fit(features, curves)
        self.n_epochs = curves.shape[1]
        self.known: dict[tuple[float, ...], np.ndarray] = {}

    def curve(self, settings: dict[str, Any]) -> np.ndarray:
        """Return the losses after 1, 2, ... epochs."""
        features = tuple(features_of(settings))
        if features not in self.known:
            self.known[features] = self.forest.predict([features])[0]
        return self.known[features]

    def score(self, pipeline: Pipeline, X: Any = None, y: Any = None) -> float:
        """Return minus the loss of a candidate."""
        network = pipeline.named_steps["xpresso"]
        return -float(self.curve(network.get_params())[network.max_iter - 1])


def search(surrogate: Surrogate, seed: int, budget: int, *, algo: str, halving: bool) -> Losses:
    """Search with our class, and return what networks trained in full had cost and reached."""
    n, more = surrogate.n_epochs, {}
    if halving:
        more = {"resource": "xpresso__max_iter", "max_resource": n, "min_resource": 1}
    found = HyperoptSearchCV(
        Pipeline([("encoder", Window()), ("xpresso", Network(max_iter=n))]),
        SPACE,
        n_iter=budget * (4 if halving else 1),
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
    amounts = np.array(table["n_resources"]) if halving else np.full(len(losses), n)
    resumed = np.array(table["n_resumed"]) if halving else np.zeros(len(losses), int)
    spent = np.cumsum(np.where(np.isnan(losses), 0, amounts - resumed))
    full = (amounts == n) & ~np.isnan(losses)
    return list(zip(spent[full].tolist(), losses[full].tolist(), strict=True))


def optuna_trials(surrogate: Surrogate, seed: int, budget: int) -> Losses:
    """Search with Optuna's TPE, multivariate and by groups of parameters that occur together."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def settings_of(trial: Any) -> dict[str, Any]:
        def layers(kind: str, most: int) -> range:
            return range(trial.suggest_int(f"n {kind}", 2 if kind == "conv" else 1, most))

        conv = [
            (
                2 ** trial.suggest_int(f"filters {i}", 5, 7),
                trial.suggest_int(f"kernel {i}", 4, 14),
                trial.suggest_int(f"pool {i}", 1, 4),
            )
            for i in layers("conv", 3)
        ]
        units = [2 ** trial.suggest_int(f"units {i}", 4, 7) for i in layers("dense", 2)]
        dropout = [trial.suggest_float(f"dropout {i}", 0, 0.5) for i in range(len(units))]
        return {
            **dict(zip(LAYERS[0], zip(*conv, strict=True), strict=True)),
            "dense_units": units,
            "dropout_rates": dropout,
            "batch_size": 2 ** trial.suggest_int("batch", 6, 7),
            "learning_rate": math.exp(trial.suggest_float("log rate", -8.1, -6.2)),
        }

    sampler = optuna.samplers.TPESampler(multivariate=True, group=True, seed=seed)
    study = optuna.create_study(sampler=sampler)
    study.optimize(lambda trial: surrogate.curve(settings_of(trial))[-1], n_trials=budget)
    losses = [trial.value for trial in study.trials]
    return [((i + 1) * surrogate.n_epochs, loss) for i, loss in enumerate(losses)]


def methods() -> dict[str, Callable[..., Losses]]:
    """Return the searches by name."""
    ours: dict[str, Callable[..., Losses]] = {
        f"{'halving, ' if halving else ''}{algo}": partial(search, algo=algo, halving=halving)
        for halving in (False, True)
        for algo in ("random", "tpe")
    }
    return ours | ({"optuna": optuna_trials} if importlib.util.find_spec("optuna") else {})


def epochs_to(target: float, losses: Losses) -> float:
    """Return the epochs spent until a loss is at most the target; infinity if none is."""
    return min((spent for spent, loss in losses if loss <= target), default=math.inf)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--curves", type=Path, default=CURVES)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--budget", type=int, default=200, help="trainings in full")
    arguments = parser.parse_args()
    surrogate = Surrogate(arguments.curves)
    runs: dict[str, list[Losses]] = {}
    for name, method in methods().items():
        start = time.perf_counter()
        seeds = range(arguments.seeds)
        runs[name] = [method(surrogate, seed, arguments.budget) for seed in seeds]
        print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
    best = min(loss for losses in runs["random"] for _, loss in losses[: arguments.budget])
    target = 1.01 * best
    print(f"target: {target:.4f}\n{'method':18}{'epochs':>9}{'reached':>9}{'to tpe':>8}")
    medians = {n: np.median([epochs_to(target, one) for one in each]) for n, each in runs.items()}
    for name, each in runs.items():
        reached = np.mean([math.isfinite(epochs_to(target, one)) for one in each])
        print(f"{name:18}{medians[name]:9.0f}{reached:9.0%}{medians['tpe'] / medians[name]:8.1f}")


if __name__ == "__main__":
    main()
