"""Memory of cross-validation on a human-sized set in several processes: promoters held how often.

A network of two filters trains one epoch in each of four folds, by `scorecard` or in a search of
one candidate, in as many worker processes as asked for. Sampled is the proportional set size of
the process and its workers, pages that they share divided among them, from the first fit to the
last. The same with 1,000 genes says what Python and TensorFlow take; the rest grows with the genes,
and is given in copies of the base codes.

Run: python benchmarks/memory_workers.py [--data text|matrix|packed] [--of scorecard|search]
     [--workers 1 2 4] [--genes 18000] [--length 10500]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_FEW = 1_000
_NETWORK: dict[str, Any] = {
    "filters": (2,),
    "kernel_sizes": (5,),
    "dilation_rates": (1,),
    "pool_sizes": (500,),
    "dense_units": (4,),
    "dropout_rates": (0.0,),
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "epochs": 1,
    "random_state": 0,
}


def make_data(kind: str, n_genes: int, length: int, folder: str) -> tuple[Any, Any]:
    """Make random promoters with one half-life number, as text, a OneHotMatrix or packed."""
    from skxpresso import OneHotMatrix
    from skxpresso.sequence import decode

    rng = np.random.default_rng(0)
    y = rng.normal(size=n_genes)
    numbers = rng.uniform(size=n_genes)
    codes = rng.integers(0, 4, (n_genes, length), dtype=np.uint8)
    if kind == "matrix":
        return OneHotMatrix(codes, numbers[:, np.newaxis], ["UTR5GC"]), y
    X = pd.DataFrame({"promoter": decode(codes), "UTR5GC": numbers})
    del codes
    if kind == "packed":
        from skxpresso.sequence import pack_promoters

        X = pack_promoters(X, file=Path(folder) / "codes")
    return X, y


def work(kind: str, what: str, n_jobs: int, n_genes: int, length: int) -> None:
    """Cross-validate in this process and its workers, once it has said that data are there."""
    from hyperopt import hp

    from skxpresso import HyperoptSearchCV, make_xpresso_pipeline, scorecard

    network = make_xpresso_pipeline(**_NETWORK)
    with tempfile.TemporaryDirectory() as folder:
        X, y = make_data(kind, n_genes, length, folder)
        if kind == "packed":  # as `evaluate` and `tune` do
            from skxpresso._utils.memory import give_memory_back

            give_memory_back()
        print("ready", flush=True)
        if what == "scorecard":
            scorecard({"network": network}, X, y, cv=4, n_bootstrap=0, n_jobs=n_jobs)
            return
        space = {"xpresso__learning_rate": hp.loguniform("rate", -7, -4)}
        HyperoptSearchCV(
            network, space, n_iter=1, cv=4, n_jobs=n_jobs, refit=False, random_state=0
        ).fit(X, y)


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            )
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def proportional_mb(pid: int) -> float:
    """Return the proportional set size of a process, in MB; 0 if it has gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1e3


def peak_mb(kind: str, what: str, n_jobs: int, n_genes: int, length: int) -> tuple[float, float]:
    """Return the peak of all processes together once data are there, and before the first fit."""
    arguments = map(str, ("--child", kind, what, n_jobs, n_genes, length))
    with subprocess.Popen(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        before = highest = proportional_mb(process.pid)
        while process.poll() is None:
            highest = max(highest, sum(map(proportional_mb, family(process.pid))))
            time.sleep(0.25)
    if process.returncode:
        raise SystemExit(f"{kind}, {what}, {n_jobs} workers: exit status {process.returncode}")
    return highest, before


def main() -> None:
    """Print a line for each number of workers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", choices=["text", "matrix", "packed"], default="packed")
    parser.add_argument("--of", choices=["scorecard", "search"], default="scorecard")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--genes", type=int, default=18_000)
    parser.add_argument("--length", type=int, default=10_500)
    given = parser.parse_args()
    codes = given.genes * given.length / 1e6
    more = (given.genes - _FEW) * given.length / 1e6
    print(f"{given.of} of {given.data}; one copy of the codes takes {codes:.0f} MB")
    for n_jobs in given.workers:
        few, _ = peak_mb(given.data, given.of, n_jobs, _FEW, given.length)
        many, before = peak_mb(given.data, given.of, n_jobs, given.genes, given.length)
        print(
            f"{n_jobs} worker(s): {many:.0f} MB, {few:.0f} MB with {_FEW} genes; the difference is "
            f"{(many - few) / more:.2f} copies ({before:.0f} MB before the first fit)",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        work(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
    else:
        main()
