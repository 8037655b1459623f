"""An ensemble predicts in one pass over the bases: processor time per network, against one alone.

On one thread, the least of some runs; no deep-learning framework is loaded.

Run: python benchmarks/members.py [--members 10] [--repeats 4]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from skxpresso._kernels.predict import Network, predict_network, predict_networks
from skxpresso.network.architecture import Architecture
from skxpresso.network.fitted import FittedXpresso

SHORT = Architecture((128, 64), (11, 9), (1, 1), (2, 4), (64, 16), (0.0, 0.0))
CASES = {"10.5 kb, published": (Architecture(), 10_500, 100), "120 nt": (SHORT, 120, 3000)}


def random_network(settings: Architecture, length: int, seed: int) -> Network:
    """Draw the weights of a network."""
    rng = np.random.default_rng(seed)
    shapes = settings.weight_shapes(length, 0).values()
    weights = [rng.normal(0, 0.05, shape).astype(np.float32) for shape in shapes]
    return FittedXpresso(settings, length, 0, weights).plain()


def least(runs: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Return the least processor time of each, in milliseconds; they take turns."""
    best = dict.fromkeys(runs, np.inf)
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.process_time()
            run()
            best[name] = min(best[name], 1000 * (time.process_time() - start))
    return best


def race(settings: Architecture, length: int, n: int, n_members: int, repeats: int) -> str:
    """Return the cells of one row of the table."""
    networks = [random_network(settings, length, i) for i in range(n_members)]
    codes = np.random.default_rng(0).integers(0, 4, (n, length)).astype(np.uint8)
    predict_networks(networks, codes[:2], n_threads=1)  # compile
    took = least(
        {
            "one": lambda: predict_network(networks[0], codes, n_threads=1),
            "apart": lambda: [predict_network(each, codes, n_threads=1) for each in networks],
            "pass": lambda: predict_networks(networks, codes, n_threads=1),
        },
        repeats,
    )
    share = took["pass"] / n_members / took["one"]
    return f"{took['one']:.0f} | {took['apart']:.0f} | {took['pass']:.0f} | {share:.2f}"


def main() -> None:
    """Race one network, several apart, and several in one pass."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=4)
    arguments = parser.parse_args()
    print("| network | one, ms | all apart | in one pass | per member, of one alone |")
    print("|---|---|---|---|---|")
    for title, case in CASES.items():
        print(f"| {title} | {race(*case, arguments.members, arguments.repeats)} |")


if __name__ == "__main__":
    main()
