"""Transformers of the baselines on as many promoters as a genome has, and on short ones.

The first call, which compiles, does not count. numpy alone is the way it was done before: a
base-4 number per position and length, and bincount; it runs on a part of the genes.

Run: python benchmarks/transformers.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from skxpresso import CompositionEncoder, KmerCountEncoder, OneHotMatrix, PromoterShuffler


def random_promoters(n: int, width: int, seed: int = 0) -> OneHotMatrix:
    """Draw promoters with 1 % unknown bases."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, width), dtype=np.uint8)
    codes[rng.random((n, width), dtype=np.float32) < 0.01] = 4
    return OneHotMatrix(codes)


def count_with_numpy(codes: np.ndarray, k: int) -> np.ndarray:
    """Count the words of each length on their own."""
    n, width = codes.shape
    rows = np.arange(n)[:, None]
    word = np.zeros((n, width), dtype=np.int64)
    known = np.ones((n, width), dtype=bool)
    frequencies = []
    for length in range(1, k + 1):
        last = codes[:, length - 1 :]
        word = word[:, : width - length + 1] * 4 + last
        known = known[:, : width - length + 1] & (last != 4)
        counts = np.bincount((word + rows * 4**length)[known], minlength=n * 4**length)
        frequencies.append(counts.reshape(n, -1) / known.sum(axis=1)[:, None])
    return np.hstack(frequencies).astype(np.float32)


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that it takes, and those of them on the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Print the table."""
    rows = []
    for n, width in ((18_000, 10_500), (61_236, 120)):
        X = random_promoters(n, width)
        part = X[: n // 20]
        encoder = KmerCountEncoder(6, sparse_output=False).fit(part)
        np.testing.assert_array_equal(encoder.transform(part), count_with_numpy(part.codes, 6))
        seconds = timed(lambda part=part: count_with_numpy(part.codes, 6))
        rows.append((n, width, "numpy alone, 6 nt", *(20 * x for x in seconds)))
        for transformer in (
            KmerCountEncoder(),
            KmerCountEncoder(sparse_output=False),
            KmerCountEncoder(reverse_complement=True),
            KmerCountEncoder(8),
            CompositionEncoder(),
            PromoterShuffler("mononucleotide", random_state=0),
            PromoterShuffler("dinucleotide", random_state=0),
        ):
            transformer.fit(part).transform(part[:1])
            seconds = timed(lambda X=X, transformer=transformer: transformer.transform(X))
            rows.append((n, width, repr(transformer), *seconds))
    table = pd.DataFrame(rows, columns=["genes", "nt", "", "seconds", "CPU seconds"])
    print(table.to_string(index=False, float_format=lambda x: f"{x:,.2f}"))


if __name__ == "__main__":
    main()
