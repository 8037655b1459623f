"""One network of several outputs against a network for each, and what 56 outputs cost at 10.5 kb.

Synthetic promoters: what all cell types share is that of `make_promoters`; a motif of its own, in
half of the promoters, raises expression in one cell type alone.

Run: python benchmarks/outputs.py
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score

from skxpresso import OneHotPromoterEncoder, XpressoRegressor
from skxpresso.datasets import make_promoters
from skxpresso.sequence.onehot import OneHotMatrix

SETTINGS: dict[str, Any] = {
    "filters": (64, 32),
    "kernel_sizes": (12, 5),
    "dilation_rates": (1, 1),
    "pool_sizes": (10, 4),
    "dense_units": (64,),
    "dropout_rates": (0.1,),
    "optimizer": "adam",
    "learning_rate": 5e-3,
    "schedule": "one-cycle",
    "patience": None,
    "batch_size": 64,
}


def plant(n: int, n_types: int, length: int, seed: int) -> tuple[OneHotMatrix, np.ndarray]:
    """Make promoters and expression in several cell types, each with a motif of its own."""
    rng = np.random.default_rng(seed)
    data = make_promoters(n, length, grammar_share=0.6, halflife_share=0.0, random_state=seed)
    letters = np.array([list(sequence) for sequence in data.data["promoter"]])
    Y = np.repeat(data.target[:, None], n_types, axis=1)
    for j in range(n_types):
        motif = rng.choice(list("ACGT"), 8)
        has = rng.random(n) < 0.5
        for row in np.flatnonzero(has):
            start = rng.integers(0, length - 8)
            letters[row, start : start + 8] = motif
        Y[:, j] += has
    sequences = pd.Series(["".join(row) for row in letters])
    return OneHotPromoterEncoder().fit_transform(sequences), Y


def timed(network: XpressoRegressor, X: Any, y: Any) -> tuple[XpressoRegressor, float]:
    """Fit, and return the seconds on the processor."""
    start = time.process_time()
    network.fit(X, y)
    return network, time.process_time() - start


def compare(n: int, n_types: int, length: int, epochs: int, seed: int) -> pd.DataFrame:
    """Print r2 of both ways, and the time; return the scores of every cell type."""
    X, Y = plant(n, n_types, length, seed)
    train, test = slice(None, n * 4 // 5), slice(n * 4 // 5, None)
    network = XpressoRegressor(**SETTINGS, epochs=epochs, random_state=seed)
    network.set_params(epochs=1).fit(X[:200], Y[:200, 0])  # compile
    network.set_params(epochs=epochs)
    together, seconds = timed(network, X[train], Y[train])
    predicted = together.predict(X[test])
    rows = []
    for j in range(n_types):
        alone, own = timed(network, X[train], Y[train, j])
        rows.append(
            {
                "cell type": j,
                "r2 together": r2_score(Y[test, j], predicted[:, j]),
                "r2 alone": r2_score(Y[test, j], alone.predict(X[test])),
                "seconds alone": own,
            }
        )
    print(f"seed {seed}")
    print(pd.DataFrame(rows).to_string(index=False, float_format="{:.3f}".format))
    alone = np.mean([row["seconds alone"] for row in rows])
    print(f"together {seconds:.1f} s, {seconds / alone:.2f} times one alone", flush=True)
    return pd.DataFrame(rows)


def cost(n: int, n_outputs: int) -> None:
    """Print the time of an epoch of the published network, for one output and for many."""
    rng = np.random.default_rng(0)
    X = OneHotMatrix(rng.integers(0, 4, (n, 10_500)).astype(np.uint8))
    Y = rng.normal(size=(n, n_outputs))
    network = XpressoRegressor(
        epochs=1, patience=None, validation_fraction=0, random_state=0, max_restarts=0
    )
    network.set_params(activation="relu", dense_units=(64, 32), dropout_rates=(0.0, 0.0))
    network.fit(X[:128], Y[:128])  # compile
    seconds: dict[str, list[float]] = {}
    for _ in range(3):
        for name, y in {"one": Y[:, 0], "many": Y}.items():
            _, took = timed(network, X, y)
            seconds.setdefault(name, []).append(took)
    one, many = (min(seconds[name]) for name in ("one", "many"))
    print(f"10.5 kb, {n} genes, one epoch: 1 output {one:.1f} s, {n_outputs} outputs {many:.1f} s")
    print(f"{many / one:.2f} times as long, the least of 3 runs on the processor")


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=16_000)
    parser.add_argument("--cell-types", type=int, default=3)
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--genes", type=int, default=512, help="of 10.5 kb; 0: none")
    parser.add_argument("--seeds", type=int, default=3, help="of promoters and networks; 0: none")
    arguments = parser.parse_args()
    if arguments.genes:
        cost(arguments.genes, 56)
    if not arguments.seeds:
        return
    shape = arguments.n, arguments.cell_types, arguments.length, arguments.epochs
    rows = pd.concat([compare(*shape, seed) for seed in range(arguments.seeds)])
    difference = rows["r2 together"] - rows["r2 alone"]
    print(
        f"{len(rows)} pairs: r2 together {rows['r2 together'].mean():.3f}, alone "
        f"{rows['r2 alone'].mean():.3f}; difference {difference.mean():+.3f}, "
        f"standard error {difference.sem():.3f}"
    )


if __name__ == "__main__":
    main()
