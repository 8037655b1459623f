"""Prediction: the package against Keras' `predict` and PyTorch; one row; two processes at once.

Medians of interleaved repeats, each engine in a process of its own; `ratio` is plain Keras' time
over the engine's.

Run: ``python benchmarks/predict.py [--repeats 5] [--network "10.5 kb"] [--batch 128]``,
``--one`` for a single row, ``--two`` for two processes at once, ``--fasta 2000 20000`` for the
command on files of so many promoters of 10.5 kb: time from start to end, and peak memory.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from contestants import HEADER, NETWORKS, Worker, print_rows, race

COMMAND = [sys.executable, "-c", "from skxpresso.cli import main; main()"]


def two(network, genes, repeats):
    """Print how fast two processes are together, in units of one alone."""
    workers = [Worker("fused", network, 128, genes) for _ in range(2)]
    for worker in workers:
        worker.run("predict")
    ratios = []
    for _ in range(repeats):
        alone = workers[0].run("predict").wall
        for worker in workers:
            worker.start("predict")
        together = max(worker.result().wall for worker in workers)
        ratios.append(2 * alone / together)
    for worker in workers:
        worker.close()
    print(f"two processes predict {np.median(ratios):.2f} times as many genes as one alone")


def write_fasta(path, n_records, length, rng):
    """Write random promoters."""
    letters = np.frombuffer(b"ACGT", np.uint8)
    with path.open("wb") as file:
        for i in range(n_records):
            sequence = letters[rng.integers(0, 4, length)].tobytes()
            file.write(b">promoter%d\n%s\n" % (i, sequence))


def write_model(path, length, rng):
    """Write the published network, trained for one step."""
    from skxpresso import make_xpresso_pipeline, save_pipeline

    promoters = ["".join(rng.choice(list("ACGT"), length)) for _ in range(16)]
    options = {"epochs": 1, "patience": None, "validation_fraction": 0, "max_restarts": 0}
    pipeline = make_xpresso_pipeline(random_state=0, **options)
    save_pipeline(pipeline.fit(promoters, rng.normal(size=16)), path)


def command(sizes):
    """Print time and peak memory of `skxpresso predict` for FASTA files of these sizes."""
    length, rng = NETWORKS["10.5 kb"]["length"], np.random.default_rng(0)
    print("| records | seconds | records per second | peak MB |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, fasta, out = folder / "a.model", folder / "genes.fa", folder / "scores.tsv"
        write_model(model, length, rng)
        for n_records in sizes:
            write_fasta(fasta, n_records, length, rng)
            start = time.perf_counter()
            arguments = [*COMMAND, "predict", model, fasta, "--out", out]
            silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
            child = os.posix_spawn(sys.executable, arguments, os.environ, file_actions=silent)
            _, status, usage = os.wait4(child, 0)
            seconds = time.perf_counter() - start
            assert status == 0
            assert out.read_bytes().count(b"\n") == n_records + 1
            peak = usage.ru_maxrss / 1024
            print(f"| {n_records:,} | {seconds:.1f} | {n_records / seconds:.0f} | {peak:.0f} |")


def main():
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--network", choices=NETWORKS, nargs="*", default=list(NETWORKS))
    parser.add_argument("--batch", type=int, nargs="*", default=[32, 128])
    parser.add_argument("--one", action="store_true")
    parser.add_argument("--two", action="store_true")
    parser.add_argument("--fasta", type=int, nargs="+", metavar="RECORDS")
    options = parser.parse_args()
    if options.fasta:
        command(options.fasta)
        return
    if options.two:
        two(NETWORKS["10.5 kb"], 2048, options.repeats)
        return
    print(HEADER)
    for title in options.network:
        network = NETWORKS[title]
        for batch in [1] if options.one else options.batch:
            genes = 1 if options.one else network["genes"]
            repeats = 20 * options.repeats if options.one else options.repeats
            medians = race(["predict"], network, batch, genes, repeats)
            print_rows(title, batch, genes, medians["predict"])


if __name__ == "__main__":
    main()
