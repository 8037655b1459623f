"""The command `explain` on long files: time from start to end, and peak memory.

Promoters of 10.5 kb at random under a published network; every base of a stretch around the TSS is
put in the place of every other. Memory must not depend on the number of promoters.
Run: python benchmarks/explain.py WEIGHTS.h5 [--genes 2000 20000] [--stretch 6500 7500]
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from predict import COMMAND, write_fasta

LENGTH = 10_500


def explain(weights, source, out, options):
    """Run the command; return seconds of wall and processor time, and peak memory in MB."""
    start = time.perf_counter()
    arguments = [*COMMAND, "explain", weights, source, "--out", out, "--tss", "7000", *options]
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawn(
        sys.executable, list(map(str, arguments)), os.environ, file_actions=silent
    )
    _, status, usage = os.wait4(child, 0)
    assert status == 0
    processor = usage.ru_utime + usage.ru_stime
    return time.perf_counter() - start, processor, usage.ru_maxrss / 1024


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights", help="of a published network")
    parser.add_argument("--genes", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--stretch", type=int, nargs=2, default=[6_500, 7_500])
    parser.add_argument("--method", default="mutagenesis")
    options = parser.parse_args()
    start, end = options.stretch
    passed = ["--start", start, "--end", end, "--method", options.method]
    print("| genes | seconds | of processor | peak MB |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        fasta, out = Path(name) / "genes.fa", Path(name) / "why"
        for n_genes in options.genes:
            write_fasta(fasta, n_genes, LENGTH, np.random.default_rng(0))
            seconds, processor, peak = explain(options.weights, fasta, out, passed)
            with (out / "genes.tsv").open("rb") as table:
                assert sum(1 for _ in table) == n_genes + 1
            print(f"| {n_genes:,} | {seconds:.0f} | {processor:.0f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
