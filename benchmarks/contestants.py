"""The engines that the other benchmarks compare, each in a process of its own.

- plain: Keras' layers on a float one-hot in memory, as the original script has it.
- keras: the package, engine="keras": codes in memory, one-hot inside of the graph.
- fused: the package, engine="fused": the compiled kernels.
- torch: the same network in plain PyTorch on a float one-hot in memory, where torch is installed;
  with the max-pool before the ReLU, which gives the same numbers and is faster.

A process is told on its standard input what to do, so that the engines take turns and the load of
the machine falls on all of them: quote the ratios of a run, not its milliseconds. Processor time
next to wall time tells how much of a wait is the machine's other work.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import importlib.util
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

PUBLISHED = {"filters": (128, 32), "kernel_sizes": (6, 9), "pool_sizes": (30, 10)}
NETWORKS = {
    "10.5 kb": {"length": 10_500, "genes": 1024, **PUBLISHED},
    "3 kb": {"length": 3_000, "genes": 2048, **PUBLISHED},
    "120 nt": {"length": 120, "genes": 16_384, **PUBLISHED, "pool_sizes": (6, 4)},
    "yeast": {
        "length": 120,
        "genes": 16_384,
        "filters": (128, 64),
        "kernel_sizes": (13, 9),
        "pool_sizes": (2, 4),
        "dense_units": (128, 32),
        "dropout_rates": (0.2, 0.0),
        "optimizer": "adam",
    },
}
N_HALFLIFE = 8
SETTINGS = (
    "filters",
    "kernel_sizes",
    "dilation_rates",
    "pool_sizes",
    "dense_units",
    "dropout_rates",
)
DEFAULTS = {"dense_units": (64, 2), "dropout_rates": (0.00099, 0.01546)}


def contestants():
    """Return the names of those that can run here, plain Keras first."""
    names = ["plain", "keras", "fused"]
    return names + ["torch"] * bool(importlib.util.find_spec("torch"))


def data(network, genes):
    """Return random codes, half-life features and expression."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (genes, network["length"]), dtype=np.uint8)
    halflife = rng.normal(size=(genes, N_HALFLIFE)).astype(np.float32)
    return codes, halflife, rng.normal(size=genes).astype(np.float32)


def one_hot(codes):
    """Return (genes, positions, 4) float32."""
    return np.eye(4, dtype=np.float32)[codes]


def layers_of(network):
    """Return the settings of the layers that `build_xpresso` takes."""
    settings = {"dilation_rates": (1,) * len(network["filters"])} | DEFAULTS | network
    return {name: settings[name] for name in SETTINGS}


class Plain:
    """Keras' layers, float one-hot."""

    def __init__(self, network, batch, genes):
        from skxpresso.network._keras.xpresso import build_xpresso

        codes, halflife, self.y = data(network, genes)
        self.x = {"promoter": one_hot(codes), "halflife": halflife}
        self.batch = batch
        self.model = build_xpresso(
            network["length"],
            N_HALFLIFE,
            seed=0,
            reads="onehot",
            optimizer=network.get("optimizer", "sgd"),
            **layers_of(network),
        )

    def train(self):
        """Run one epoch."""
        self.model.fit(self.x, self.y, batch_size=self.batch, verbose=0)

    def predict(self):
        """Predict every gene."""
        self.model.predict(self.x, batch_size=self.batch, verbose=0)


class Package:
    """The package's network, batches and predictions."""

    engine = "keras"

    def __init__(self, network, batch, genes, precision="float32"):
        import keras

        from skxpresso.network._keras.batches import Batches, EpochRows
        from skxpresso.network._keras.training import STEPS_PER_EXECUTION
        from skxpresso.network._keras.xpresso import build_xpresso
        from skxpresso.network.architecture import Architecture
        from skxpresso.network.fitted import FittedXpresso
        from skxpresso.network.genes import Genes

        codes, halflife, y = data(network, genes)
        self.genes, self.batch = Genes(codes, halflife, y), batch
        self.batches = Batches(self.genes, batch, EpochRows(genes, np.random.default_rng(0)))
        settings = layers_of(network)
        options = {"engine": self.engine, "precision": precision}
        on_tensorflow = keras.backend.backend() == "tensorflow"
        self.model = build_xpresso(
            network["length"],
            N_HALFLIFE,
            seed=0,
            steps_per_execution=STEPS_PER_EXECUTION if on_tensorflow else 1,
            optimizer=network.get("optimizer", "sgd"),
            **settings,
            **options,
        )
        self.network = FittedXpresso(
            Architecture(**settings),
            network["length"],
            N_HALFLIFE,
            self.model.get_weights(),
            model=self.model,
            **options,
        )

    def train(self):
        """Run one epoch."""
        self.model.fit(self.batches, shuffle=False, verbose=0)

    def predict(self):
        """Predict every gene."""
        self.network.predict(self.genes, self.batch, "auto")


class Fused(Package):
    """The same with the compiled kernels."""

    engine = "fused"


class Torch:
    """PyTorch's layers, float one-hot."""

    def __init__(self, network, batch, genes):
        import torch

        codes, halflife, y = data(network, genes)
        onehot = np.ascontiguousarray(one_hot(codes).transpose(0, 2, 1))
        self.x = [torch.from_numpy(array) for array in (onehot, halflife, y[:, None])]
        self.batch, self.torch = batch, torch
        torch.manual_seed(0)
        settings = layers_of(network)
        blocks, channels, positions = [], 4, network["length"]
        for filters, size, dilation, pool in zip(
            *(settings[name] for name in SETTINGS[:4]), strict=True
        ):
            convolution = torch.nn.Conv1d(
                channels, filters, size, padding="same", dilation=dilation
            )
            blocks += [convolution, torch.nn.MaxPool1d(pool), torch.nn.ReLU()]
            channels, positions = filters, positions // pool
        self.tower = torch.nn.Sequential(*blocks, torch.nn.Flatten())
        head, width = [], channels * positions + N_HALFLIFE
        for units, rate in zip(settings["dense_units"], settings["dropout_rates"], strict=True):
            head += [torch.nn.Linear(width, units), torch.nn.ReLU(), torch.nn.Dropout(rate)]
            width = units
        self.head = torch.nn.Sequential(*head, torch.nn.Linear(width, 1))
        self.model = torch.nn.ModuleList([self.tower, self.head])
        weights = self.model.parameters()
        if network.get("optimizer") == "adam":
            self.optimizer = torch.optim.Adam(weights, lr=5e-4)
        else:
            self.optimizer = torch.optim.SGD(weights, lr=5e-4, momentum=0.9)

    def output(self, rows):
        """Return the predictions of some rows."""
        promoter, halflife, _ = self.x
        return self.head(self.torch.cat([self.tower(promoter[rows]), halflife[rows]], dim=1))

    def train(self):
        """Run one epoch."""
        self.model.train()
        order = self.torch.randperm(len(self.x[0]))
        for rows in order.split(self.batch):
            self.optimizer.zero_grad()
            self.torch.nn.functional.mse_loss(self.output(rows), self.x[2][rows]).backward()
            self.optimizer.step()

    def predict(self):
        """Predict every gene."""
        self.model.eval()
        with self.torch.inference_mode():
            for start in range(0, len(self.x[0]), self.batch):
                self.output(slice(start, start + self.batch))


KINDS = {"plain": Plain, "keras": Package, "fused": Fused, "torch": Torch}


class Measured(NamedTuple):
    """Seconds of wall and processor time, and peak memory in MB."""

    wall: float
    processor: float
    peak: float


def work(name, network, batch, genes):
    """Do the task that each line of standard input names; print what it took."""
    contestant = KINDS[name](network, batch, genes)
    for line in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        getattr(contestant, line.strip())()
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([wall, processor, peak]), flush=True)


class Worker:
    """A process that holds one contestant."""

    def __init__(self, name, network, batch, genes):
        arguments = json.dumps([name, network, batch, genes])
        self.process = subprocess.Popen(
            [sys.executable, __file__, arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )

    def start(self, task):
        """Tell the process to go."""
        self.process.stdin.write(f"{task}\n")
        self.process.stdin.flush()

    def result(self):
        """Wait for what it took."""
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a contestant ended early: {self.process.args}")
        return Measured(*json.loads(line))

    def run(self, task):
        """Go, and wait for the result."""
        self.start(task)
        return self.result()

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def race(tasks, network, batch, genes, repeats, names=None):
    """Let the contestants take turns; return task -> name -> medians of `Measured`."""
    workers = {name: Worker(name, network, batch, genes) for name in names or contestants()}
    for task in tasks:  # compiles
        for worker in workers.values():
            worker.run(task)
    rounds = [
        {(task, name): worker.run(task) for task in tasks for name, worker in workers.items()}
        for _ in range(repeats)
    ]
    for worker in workers.values():
        worker.close()
    return {
        task: {
            name: Measured(*np.median([each[task, name] for each in rounds], axis=0))
            for name in workers
        }
        for task in tasks
    }


def print_rows(title, batch, genes, medians):
    """Print one row for each contestant."""
    base = medians["plain"]
    for name, took in medians.items():
        print(
            f"{title:8} {batch:5}  {name:6} {took.wall / genes * 1e3:8.3f} "
            f"{base.wall / took.wall:7.2f} {base.processor / took.processor:9.2f} "
            f"{took.peak:9.0f}",
            flush=True,
        )


HEADER = "network  batch  engine  ms/gene   ratio processor   peak MB"

if __name__ == "__main__":
    work(*json.loads(sys.argv[1]))
