"""Learning curves of networks on yeast promoters: what `halving.py` takes its surrogate from.

Settings are drawn from a space like that of `examples/tune_yeast.py`, of smaller networks, for the
sake of time, and with learning rates over two decades, as of somebody who does not know yet.
`--narrow` takes that of the example itself. Each network trains on `--train` fragments for
`--epochs` epochs, without early stopping, and is scored on `--valid` others that share no 30 nt
with them after every epoch. A line per network is added to `--out`: its settings, its mean squared
errors (of y with variance 1), and seconds of processor time per epoch. A run that was stopped goes
on.

Run: PYTHONPATH=examples python benchmarks/learning_curves.py [--settings 80]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from hyperopt import Trials, rand
from hyperopt.base import spec_from_misc
from sklearn.model_selection import GroupShuffleSplit
from tune_yeast import SPACE as NARROW_SPACE

from skxpresso import (
    OneHotPromoterEncoder,
    XpressoRegressor,
    xpresso_is_feasible,
    xpresso_search_space,
)
from skxpresso.datasets import load_yeast_promoters
from skxpresso.model_selection import shared_sequence_groups
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.search._space import compile_space, draw_params, fit_types

OUT = Path(__file__).parent / "data" / "yeast_curves.jsonl"
BOUNDS = {
    "n_conv_layers": (1, 3),
    "filters": (16, 64),
    "kernel_size": (3, 14),
    "pool_size": (1, 5),
    "n_dense_layers": (1, 2),
    "dense_units": (16, 64),
    "dropout_rate": (0.0, 0.7),
    "batch_size": (32, 128),
    "learning_rate": (math.exp(-9.2), math.exp(-4.6)),
}
SPACE = xpresso_search_space(
    120, upstream=(60, 60), downstream=(60, 60), dilation_rate=(1, 1), **BOUNDS
)


def drawn(space: dict[str, Any], n: int, seed: int) -> list[dict[str, Any]]:
    """Draw settings of the network from a space, of those that can be built."""
    pipeline = make_xpresso_pipeline()
    domain = compile_space(space, pipeline)
    records = rand.suggest(range(10 * n), domain, Trials(), seed)
    every = (draw_params(domain, spec_from_misc(record["misc"])) for record in records)
    able = (params for params in every if xpresso_is_feasible(params))
    return [fit_types(params, pipeline) for params, _ in zip(able, range(n), strict=False)]


def split(n_train: int, n_valid: int) -> tuple[Any, ...]:
    """Return encoded fragments and standardised expression, to train on and to score on."""
    yeast = load_yeast_promoters(2 * (n_train + n_valid))
    groups = shared_sequence_groups(yeast.data["promoter"].str[yeast.flank : -yeast.flank])
    parts = GroupShuffleSplit(1, test_size=n_valid / (n_train + n_valid), random_state=0)
    rows, valid = next(parts.split(groups, groups=groups))
    rows, valid = rows[:n_train], valid[:n_valid]
    X, y = OneHotPromoterEncoder().fit_transform(yeast.data), yeast.target.to_numpy()
    y = (y - y[rows].mean()) / y[rows].std()
    return X[rows], y[rows], X[valid], y[valid]


def curve(params: dict[str, Any], data: tuple[Any, ...], epochs: int) -> dict[str, Any]:
    """Train one network, and return its settings and its losses."""
    X, y, X_valid, y_valid = data
    own = {n.removeprefix("xpresso__"): v for n, v in params.items() if n.startswith("xpresso__")}
    network = XpressoRegressor(
        **{"optimizer": "adam", **own},
        epochs=epochs,
        patience=None,
        max_restarts=0,
        standardize_y=False,
        random_state=0,
    )
    start = time.process_time()
    try:
        network.fit(X, y, X_val=X_valid, y_val=y_valid)
        losses = [float(loss) for loss in network.history_["val_loss"]]
    except ValueError as error:  # a network that dies or diverges has no curve, as in a search
        losses = f"{type(error).__name__}"
    seconds = (time.process_time() - start) / epochs
    return {"params": own, "losses": losses, "seconds": round(seconds, 3)}


def main() -> None:
    """Read the options and train what is not trained yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--settings", type=int, default=80)
    parser.add_argument("--train", type=int, default=12_000)
    parser.add_argument("--valid", type=int, default=3000)
    parser.add_argument("--epochs", type=int, default=27)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--narrow", action="store_true", help="the space of the example")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    n_done = len(arguments.out.read_text().splitlines()) if arguments.out.exists() else 0
    data = split(arguments.train, arguments.valid)
    space = NARROW_SPACE if arguments.narrow else SPACE
    for params in drawn(space, arguments.settings, arguments.seed)[n_done:]:
        line = json.dumps(curve(params, data, arguments.epochs))
        with arguments.out.open("a") as file:
            file.write(line + "\n")
        print(line, flush=True)


if __name__ == "__main__":
    main()
