"""Encode 1,000 promoters of 20 kb: the package against a nested loop over genes and bases.

The loop does what the original script does: look every letter up in a dictionary and
set one entry of a boolean array. It runs on a part of the genes, since time grows in
proportion; the table says on how many.

Run: python benchmarks/encoding.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from skxpresso import OneHotPromoterEncoder

N_GENES, LENGTH, LOOP_GENES = 1000, 20_000, 20


def nested_loop(sequences: list[str]) -> np.ndarray:
    """Encode base by base."""
    column = {"A": 0, "C": 1, "G": 2, "T": 3}
    onehot = np.zeros((len(sequences), len(sequences[0]), 4), dtype=bool)
    for i, sequence in enumerate(sequences):
        for j, letter in enumerate(sequence):
            if letter in column:
                onehot[i, j, column[letter]] = True
    return onehot


def seconds(run: Callable[[], object], repeats: int) -> float:
    """Return the median time of `repeats` runs after one that does not count."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    letters = np.array(list("ACGTN"))[rng.choice(5, (N_GENES, LENGTH), p=[0.24] * 4 + [0.04])]
    sequences = ["".join(row) for row in letters]
    encoder = OneHotPromoterEncoder()
    encoded = encoder.fit_transform(sequences)
    np.testing.assert_array_equal(
        encoded[:LOOP_GENES].to_onehot(bool), nested_loop(sequences[:LOOP_GENES])
    )
    window = OneHotPromoterEncoder(upstream=7000, downstream=3500)
    ways = {
        "nested loop": (lambda: nested_loop(sequences[:LOOP_GENES]), LOOP_GENES, 3),
        "OneHotPromoterEncoder": (lambda: encoder.fit_transform(sequences), N_GENES, 9),
        "OneHotPromoterEncoder, 10.5 kb of them": (
            lambda: window.fit_transform(sequences),
            N_GENES,
            9,
        ),
        "the same from a OneHotMatrix": (lambda: window.fit_transform(encoded), N_GENES, 9),
        "dense float32 of the whole": (lambda: np.asarray(encoded[:100]), 100, 3),
    }
    rows = []
    for name, (run, n, repeats) in ways.items():
        rows.append({"": name, "genes": n, "ms per gene": 1000 * seconds(run, repeats) / n})
    table = pd.DataFrame(rows)
    table["times faster than the loop"] = table["ms per gene"].iloc[0] / table["ms per gene"]
    print(table.to_string(index=False, float_format=lambda x: f"{x:,.4g}"))


if __name__ == "__main__":
    main()
