"""Yeast, folds without overlap: one network, the best of several, their mean, and what lifts them.

Every seed trains ten networks (`--members`) on four fifths of the groups of fragments that share no
30 nt, of which a tenth stops the training, and predicts the last fifth: another one for every seed;
with `--random-tenth` a tenth of the fragments, drawn one by one. Single networks, the best by
validation loss and their means are read from the same ten. Intervals are 95 %, of a bootstrap over
groups. Every network is kept in `--out` when it is trained, and a run that was stopped goes on.

Run: python benchmarks/yeast_ensembles.py [--n 61236] [--seeds 3] [--settings adam cosine ...]
Quick: python benchmarks/yeast_ensembles.py --n 4000 --epochs 12 --settings adam
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold, train_test_split

from skxpresso import XpressoRegressor, xpresso_settings
from skxpresso.datasets import load_yeast_promoters
from skxpresso.model_selection import shared_sequence_groups
from skxpresso.sequence.encoder import OneHotPromoterEncoder

SECOND = Path("../shared/data/yeast/vaishnav2022_native_complex.tsv.gz")
N_BOOTSTRAP = 1000

#: Three convolutions in place of two.
DEEPER = {
    "filters": (128, 64, 64),
    "kernel_sizes": (11, 7, 5),
    "dilation_rates": (1, 1, 1),
    "pool_sizes": (2, 2, 2),
}
ONE_CYCLE = {"schedule": "one-cycle", "learning_rate": 2.5e-3, "patience": None}

#: What is changed, each alone; the last is all that pays. "weighted" and "both strands" change the
#: rows, not the network; "either strand" reads one of the two, "both" both in every epoch.
SETTINGS: dict[str, dict[str, Any]] = {
    "adam": {},
    "adamw": {"optimizer": "adamw"},
    "lion": {"optimizer": "lion", "learning_rate": 1e-4},
    "cosine": {"schedule": "cosine"},
    "one-cycle": ONE_CYCLE,
    "averaged weights": {"optimizer__use_ema": True},
    "deeper": DEEPER,
    "either strand": {"augment": "reverse_complement"},
    "weighted": {},
    "both strands": {},
    "deeper, one-cycle, adamw": DEEPER | ONE_CYCLE | {"optimizer": "adamw"},
}


class Yeast:
    """Encoded fragments, their expression, and groups that share 30 nt on either strand."""

    def __init__(self, n: int) -> None:
        data = load_yeast_promoters(n)
        self.sequences = data.data["promoter"]
        self.X = OneHotPromoterEncoder().fit_transform(self.sequences)
        self.y = data.target.to_numpy()
        self.noise = data.replicates.to_numpy().var(axis=1, ddof=1)
        varying = self.sequences.str[data.flank : -data.flank]  # the ends are the same in all
        self.groups = shared_sequence_groups(varying)

    def fold(self, seed: int, random: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return training, validation and test rows; no group is in two of them.

        If `random`, they are drawn row by row, and the test tenth of seed 1 is that of
        `examples/yeast_promoters.py`.
        """
        if random:
            rest, test = train_test_split(np.arange(len(self.y)), test_size=0.1, random_state=seed)
            return *train_test_split(rest, test_size=1 / 9, random_state=seed), test
        outer = GroupKFold(5, shuffle=True, random_state=0).split(self.y, groups=self.groups)
        rest, test = list(outer)[seed % 5]
        inner = GroupKFold(10, shuffle=True, random_state=seed)
        train, valid = next(inner.split(rest, groups=self.groups[rest]))
        return rest[train], rest[valid], test

    def second_laboratory(self) -> tuple[Any, pd.DataFrame] | None:
        """Return the promoters of Vaishnav et al. between the constant ends of this assay."""
        if not SECOND.is_file():
            return None
        table = pd.read_csv(SECOND, sep="\t")
        ends = self.sequences.iloc[0][:20], self.sequences.iloc[0][-20:]
        cores = table["sequence"].str[17:97]
        return OneHotPromoterEncoder().fit_transform(ends[0] + cores + ends[1]), table


def train(
    yeast: Yeast, name: str, seed: int, number: int, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Train one network of a setting and seed, and predict the test rows."""
    rows, valid, test = yeast.fold(seed, arguments.random_tenth)
    X, y, weight = yeast.X[rows], yeast.y[rows], None
    if name == "weighted":  # the replicates' own difference says little of one fragment alone
        weight = 1 / (yeast.noise[rows] + np.median(yeast.noise[rows]))
    if name == "both strands":
        sequences = yeast.sequences.iloc[rows]
        turned = sequences.str[::-1].str.translate(str.maketrans("ACGT", "TGCA"))
        both = pd.concat([sequences, turned], ignore_index=True)
        X, y = OneHotPromoterEncoder().fit_transform(both), np.tile(y, 2)
    settings = xpresso_settings(120, len(rows)) | {"epochs": arguments.epochs, "patience": 7}
    network = XpressoRegressor(**settings | SETTINGS[name], random_state=1000 * seed + number)
    if name == "averaged weights":
        import keras

        network.set_params(callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=True)])
    start = time.process_time()
    network.fit(X, y, sample_weight=weight, X_val=yeast.X[valid], y_val=yeast.y[valid])
    seconds = time.process_time() - start
    second = yeast.second_laboratory()
    return {
        "test": test,
        "each": network.predict(yeast.X[test]),
        "second": np.zeros(0) if second is None else network.predict(second[0]),
        "losses": min(network.history_["val_loss"]),
        "seconds": seconds,
    }


def trained(yeast: Yeast, name: str, seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Read the networks that an earlier run left, train the others; every one is kept at once."""
    arguments.out.mkdir(parents=True, exist_ok=True)
    fold = "tenth" if arguments.random_tenth else "groups"
    parts = (fold, name.replace(", ", "-"), arguments.n, arguments.epochs, seed)
    start = "-".join(map(str, parts)).replace(" ", "-")
    paths = [arguments.out / f"{start}-{number}.npz" for number in range(arguments.members)]
    Parallel(arguments.n_jobs)(
        delayed(keep_network)(yeast, name, seed, number, path, arguments)
        for number, path in enumerate(paths)
        if not path.is_file()
    )
    networks = [dict(np.load(path)) for path in paths]
    together = {key: np.stack([each[key] for each in networks]) for key in networks[0]}
    return together | {"test": networks[0]["test"]}


def keep_network(
    yeast: Yeast, name: str, seed: int, number: int, path: Path, arguments: argparse.Namespace
) -> None:
    """Train one network and keep what it predicts."""
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, **train(yeast, name, seed, number, arguments))
    unfinished.rename(path)


def predictions(run: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return predictions of the test rows by name: rows of networks, or their mean."""
    each, losses = run["each"], run["losses"]
    some = min(5, len(each))
    named = {
        "one network": each,
        f"best of {some}": each[[int(np.argmin(losses[:some]))]],
        f"mean of {some}": each[:some].mean(axis=0, keepdims=True),
    }
    if len(each) > some:
        named[f"mean of {len(each)}"] = each.mean(axis=0, keepdims=True)
    return named


def score(y: np.ndarray, rows: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the mean r2 of the predictions in `rows`."""
    return float(np.mean([r2_score(y, row, sample_weight=weight) for row in rows]))


def draws(yeast: Yeast, runs: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Score every kind of prediction on the test rows, and on bootstrap draws of their groups.

    The first number of each is the score itself; means over seeds.
    """
    scores: dict[str, list[Any]] = {name: [] for name in predictions(runs[0])}
    for seed, run in enumerate(runs):
        y = yeast.y[run["test"]]
        units = np.unique(yeast.groups[run["test"]], return_inverse=True)[1]
        rng = np.random.default_rng(seed)
        counts = [
            rng.multinomial(units.max() + 1, np.full(units.max() + 1, 1 / (units.max() + 1)))
            for _ in range(N_BOOTSTRAP)
        ]
        for name, rows in predictions(run).items():
            drawn = [
                score(y, rows[:1] if name == "one network" else rows, c[units]) for c in counts
            ]
            scores[name].append([score(y, rows), *drawn])
    return {name: np.mean(values, axis=0) for name, values in scores.items()}


def interval(values: np.ndarray) -> str:
    """Write a score with its interval."""
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return f"{values[0]:.4f} [{low:.4f}, {high:.4f}]"


def show_setting(yeast: Yeast, name: str, runs: list[dict[str, Any]]) -> np.ndarray:
    """Print the table of one setting; return score and draws of its single networks."""
    drawn = draws(yeast, runs)
    reference = next(values for key, values in drawn.items() if key.startswith("best"))
    table = pd.DataFrame(
        {
            "r2": {key: interval(values) for key, values in drawn.items()},
            "above the best": {key: interval(v - reference) for key, v in drawn.items()},
            "each seed": {
                key: " ".join(f"{score(yeast.y[r['test']], predictions(r)[key]):.3f}" for r in runs)
                for key in drawn
            },
        }
    )
    seconds = np.mean([run["seconds"] for run in runs])
    print(f"\n{name}: {seconds:.0f} s of processor time per network\n{table.to_string()}")
    return drawn["one network"]


def show_differences(drawn: dict[str, np.ndarray]) -> None:
    """Print how far single networks of the settings are above those of the first."""
    first, *others = drawn
    print(f"\none network, above {first}")
    for name in others:
        print(f"{name:>30}: {interval(drawn[name] - drawn[first])}")


def show_spread(yeast: Yeast, runs: list[dict[str, Any]]) -> None:
    """Print the error of the fragments with the largest spread and with the smallest."""
    errors = {"lowest": [], "highest": []}
    for run in runs:
        each = run["each"]
        error = np.abs(each.mean(axis=0) - yeast.y[run["test"]])
        order = np.argsort(each.std(axis=0, ddof=1))
        tenth = len(order) // 10
        errors["lowest"].append(error[order[:tenth]].mean())
        errors["highest"].append(error[order[-tenth:]].mean())
    for name, values in errors.items():
        seeds = " ".join(f"{value:.3f}" for value in values)
        print(f"mean absolute error, {name} tenth of spread: {np.mean(values):.3f} ({seeds})")


def show_second(yeast: Yeast, runs: list[dict[str, Any]]) -> None:
    """Print the squared correlation with another laboratory's measurement."""
    second = yeast.second_laboratory()
    if second is None:
        print(f"{SECOND} is not there: no second laboratory")
        return
    table = second[1]
    measured = table["measured"]
    found = [np.corrcoef(run["second"].mean(axis=0), measured)[0, 1] ** 2 for run in runs]
    published = np.corrcoef(table["predicted"], measured)[0, 1] ** 2
    print(
        f"second laboratory, {len(table):,} promoters, squared Pearson: {np.mean(found):.3f}; "
        f"published transformer {published:.3f}"
    )


def main() -> None:
    """Train what is missing, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=61_236, help="fragments")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--members", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--n-jobs", type=int, default=1, help="networks at once")
    parser.add_argument("--random-tenth", action="store_true", help="as in the example")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--settings", nargs="+", default=["adam"], choices=SETTINGS)
    parser.add_argument("--out", type=Path, default=Path("yeast-ensembles"))
    arguments = parser.parse_args()
    yeast = Yeast(arguments.n)
    print(f"{len(yeast.y):,} fragments in {yeast.groups.max() + 1:,} groups")
    singles = {}
    for name in arguments.settings:
        seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        runs = [trained(yeast, name, seed, arguments) for seed in seeds]
        singles[name] = show_setting(yeast, name, runs)
        if arguments.members > 1:
            show_spread(yeast, runs)
        show_second(yeast, runs)
    if len(singles) > 1:
        show_differences(singles)


if __name__ == "__main__":
    main()
