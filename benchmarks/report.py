"""All that docs/performance.md quotes, in one run: kernels, training, prediction, first call.

Engines take turns in rounds, each in a process of its own; nothing is pinned. Ratios are plain
Keras' median over an engine's, of wall time and of processor time, which other work on the machine
disturbs less. Kernels run on one thread of this process, in turns with `sgemm`, NumPy's matrix
product of the second convolution's size; `share` is their rate over `sgemm`'s, an addition, a
comparison and a product each counted as one operation.

Run: ``python benchmarks/report.py [--rounds 5] [--trials published_trials.tsv]``. With the table
of the authors' search it also compares ten of their networks.
"""

import argparse
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from contestants import NETWORKS, layers_of, race
from threadpoolctl import threadpool_limits

from skxpresso._kernels.first_gradient import add_table_gradient, tables_shape
from skxpresso._kernels.first_layer import pool_rows, run_lengths
from skxpresso._kernels.later_gradient import add_gradient, by_filter
from skxpresso._kernels.later_layers import pool_inputs
from skxpresso._kernels.memory import aligned_zeros
from skxpresso._kernels.processor import TILE, registers
from skxpresso._kernels.threads import available_threads
from skxpresso._kernels.tower import Convolution, Tower

MOST_POSITIONS = 4096 * 10_500  # of an epoch: what is done once for it must not count for much
ROOT = Path(__file__).parents[1]
FIRST_CALL = """
import sys, time
import numpy as np
from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network
weights = [np.ones(s, np.float32) for s in ((6, 4, 128), 128, (9, 128, 32), 32, (1120, 1), 1)]
convolutions = Convolution(*weights[:2], 1, 30), Convolution(*weights[2:4], 1, 10)
codes = np.zeros((1, 10_500), np.uint8)
start = time.perf_counter()
predict_network(Network(convolutions, (Dense(*weights[4:]),)), codes)
print(time.perf_counter() - start)
"""


def machine():
    """Print processor, vector width, threads, load and versions."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].split(":")[1].strip() if lines else name
    number, floats = registers()
    load = f"; load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{name}: {number} registers of {floats} floats, tile of {TILE} positions")
    print(f"{available_threads()} threads{load}")
    versions = {name: importlib.metadata.version(name) for name in ("numpy", "numba", "tensorflow")}
    print(", ".join(f"{name} {version}" for name, version in versions.items()), end="\n\n")


def kernel_calls(network, n_rows=2):
    """Return name -> (call, operations per gene) for the kernels of two convolutions."""
    rng = np.random.default_rng(0)
    layers, channels = [], 4
    settings = layers_of(network)
    for filters, size, pool in zip(
        settings["filters"], settings["kernel_sizes"], settings["pool_sizes"], strict=True
    ):
        kernel = rng.normal(size=(size, channels, filters), scale=(2 / size / channels) ** 0.5)
        layers.append(
            Convolution(kernel.astype(np.float32), np.zeros(filters, np.float32), 1, pool)
        )
        channels = filters
    codes = rng.integers(0, 4, (n_rows, network["length"]), dtype=np.uint8)
    tower = Tower(tuple(layers), network["length"])
    (first, second), ((x, y), (x_at, y_at)) = layers, tower.empty(n_rows)
    packed = by_filter(second.kernel)
    grown = np.zeros_like(packed), np.zeros_like(second.bias)
    below = np.zeros_like(x)
    tables = aligned_zeros(tables_shape(first.geometry, x.shape[-1]), x.dtype)
    pool_rows(codes, tower.tables, first.geometry, x, x_at)
    pool_inputs(x, tower.packed[0], second.geometry, y, y_at)
    matrix = rng.normal(size=(channels_of(second), second.kernel.size // channels_of(second)))
    left, right = x[0, :, : first.filters].copy(), matrix.astype(np.float32)
    positions = [n * layer.pool_size for n, layer in zip(tower.windows, layers, strict=True)]
    looked_up = len(run_lengths(first.geometry.kernel_size))
    won = [int((at >= 0).sum()) / n_rows for at in (x_at, y_at)]
    macs = second.kernel.size
    return {
        "sgemm": (lambda: left @ right, 2 * len(left) * right.size / n_rows),
        "first": (
            lambda: pool_rows(codes, tower.tables, first.geometry, x, x_at),
            positions[0] * first.filters * (looked_up + 1),
        ),
        "first, predicting": (
            lambda: pool_rows(codes, tower.tables, first.geometry, x),
            positions[0] * first.filters * looked_up,
        ),
        "second": (
            lambda: pool_inputs(x, tower.packed[0], second.geometry, y, y_at),
            2 * positions[1] * macs,
        ),
        "second, gradient": (
            lambda: add_gradient(x, y_at, y, packed, second.geometry, below, *grown),
            4 * won[1] * macs / second.filters,
        ),
        "first, gradient": (
            lambda: add_table_gradient(codes, x_at, x, first.geometry, tables),
            won[0] * looked_up,
        ),
    }


def channels_of(layer):
    """Return how many channels a convolution reads."""
    return layer.kernel.shape[1]


def kernels(rounds, n_rows=2):
    """Print milliseconds per gene, rate and share of `sgemm`'s rate of every kernel."""
    print("network   kernel              ms/gene  Gop/s  share")
    for title in ("10.5 kb", "yeast"):
        calls = kernel_calls(NETWORKS[title], n_rows)
        took = {name: [] for name in calls}
        with threadpool_limits(1):
            for _ in range(20 * rounds):
                for name, (call, _) in calls.items():
                    start = time.thread_time()
                    for _ in range(10):
                        call()
                    took[name].append((time.thread_time() - start) / 10 / n_rows)
        rates = {name: calls[name][1] / np.median(took[name]) / 1e9 for name in calls}
        for name, rate in rates.items():
            share = rate / rates["sgemm"]
            print(
                f"{title:8}  {name:18} {np.median(took[name]) * 1e3:8.3f} {rate:6.1f} {share:6.2f}"
            )
    print()


def print_medians(title, batch, tasks):
    """Print one line for each engine: ratios to plain Keras of wall and processor time."""
    for name in tasks["train"]:
        cells = []
        for medians in tasks.values():
            wall, processor, _ = np.divide(medians["plain"], medians[name])
            cells.append(f"{wall:6.1f} {processor:9.1f}")
        print(f"{title:28} {batch:5}  {name:6}  {'  '.join(cells)}", flush=True)


def engines(rounds, names):
    """Print ratios for the networks of `contestants`."""
    print(f"{'network':28} batch  engine  {'train processor  predict processor'}")
    for title, network in NETWORKS.items():
        for batch in (128, 32):
            genes = min(16_384, MOST_POSITIONS // network["length"])
            print_medians(
                title, batch, race(["train", "predict"], network, batch, genes, rounds, names)
            )
    print()


def trial_networks(path, number=10):
    """Return networks of the authors' search that succeeded, of every depth in turn."""
    from hyperopt import space_eval
    from hyperopt.base import spec_from_misc

    from skxpresso import xpresso_search_space
    from skxpresso.search.published_trials import load_published_trials

    space = xpresso_search_space()
    by_depth = {}
    for record in load_published_trials(path).trials:
        if record["result"]["status"] != "ok":
            continue
        drawn = space_eval(space, spec_from_misc(record["misc"]))
        layers = drawn["_convolutions"] | drawn["_dense"]
        layers = {name.removeprefix("xpresso__"): value for name, value in layers.items()}
        length = drawn["encoder__upstream"] + drawn["encoder__downstream"]
        if length and layers["filters"]:
            by_depth.setdefault(len(layers["filters"]), []).append({"length": length} | layers)
    rng = np.random.default_rng(0)
    chosen = []
    for turn in range(number):
        depths = sorted(by_depth)
        some = by_depth[depths[turn % len(depths)]]
        chosen.append(some.pop(rng.integers(len(some))))
    return sorted(chosen, key=lambda network: len(network["filters"]))


def trials(path, rounds):
    """Print ratios for ten networks of the authors' search."""
    print("networks of the authors' search: length, filters, kernels, dilations, pools")
    for network in trial_networks(path):
        names = ("length", "filters", "kernel_sizes", "dilation_rates", "pool_sizes")
        print(*(network[name] for name in names))
        genes = min(256, MOST_POSITIONS // network["length"])
        tasks = race(["train", "predict"], network, 128, genes, rounds, ["plain", "fused"])
        print_medians("", 128, tasks)
    print()


def first_call(rounds):
    """Print seconds of a process' first prediction, compiling and with compiled kernels on disk."""
    seconds = {"compiling": [], "loading": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"NUMBA_CACHE_DIR": folder, "PYTHONPATH": str(ROOT)}
            for name in seconds:
                out = subprocess.run(
                    [sys.executable, "-c", FIRST_CALL],
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                seconds[name].append(float(out))
    for name, values in seconds.items():
        print(f"first prediction of a process, {name}: {np.median(values):.1f} s")


def main():
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", help="the authors' trials, TSV")
    parser.add_argument("--engines", nargs="*", help="of contestants.py; all that can run")
    options = parser.parse_args()
    machine()
    kernels(options.rounds)
    engines(options.rounds, options.engines)
    if options.trials:
        trials(options.trials, options.rounds)
    first_call(max(1, options.rounds // 2))


if __name__ == "__main__":
    main()
