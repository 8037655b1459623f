"""How fast a genome is scanned and variants are scored: the published network on two cores.

CPU seconds are counted, too, since other work on the machine does not lengthen them.

Run: python benchmarks/genome.py NETWORK.h5 GENOME.fa CHROMOSOME [--dask]
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from joblib import parallel_config

from skxpresso import load_pretrained
from skxpresso.genome import Genome, scan, variant_effects

WINDOW = 10_500


def alone(model, genome, chrom, n):
    """Windows per CPU second and per second, each predicted by itself."""
    promoters = [genome.fetch(chrom, 100 * i, 100 * i + 20_000) for i in range(n)]
    model.predict(promoters[:10])
    codes = model[:-1].transform(promoters)
    start, cpu = time.perf_counter(), time.process_time()
    model[-1].predict(codes)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return n / cpu, n / seconds


def scanned(model, genome, chrom):
    """Windows per CPU second and per second of a chromosome, both strands."""
    scan(model, genome, f"{chrom}:0-50000")
    start, cpu = time.perf_counter(), time.process_time()
    track = scan(model, genome, chrom)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    n = len(track.to_frame())
    return n, n / cpu, n / seconds


def scored(model, genome, chrom, n_genes, n):
    """Pairs of substitution and gene per CPU second and per second."""
    rng = np.random.default_rng(0)
    tss = np.sort(rng.integers(20_000, genome.lengths[chrom] - 20_000, n_genes))
    genes = pd.DataFrame({"chrom": chrom, "tss": tss, "strand": "+"}, index=tss.astype(str))
    start = np.sort(rng.choice(tss, n) + rng.integers(-7000, 3500, n))
    ref = [genome.fetch(chrom, int(s), int(s) + 1) for s in start]
    alt = [{"A": "C", "C": "G", "G": "T", "T": "A"}[letter] for letter in ref]
    variants = pd.DataFrame({"chrom": chrom, "start": start, "ref": ref, "alt": alt})
    begin, cpu = time.perf_counter(), time.process_time()
    effects = variant_effects(model, variants, genes, genome)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return len(effects), len(effects) / cpu, len(effects) / seconds


def on_a_cluster(model, genome, chrom):
    """Seconds of a scan of the whole genome, at a step of 20, on a LocalCluster of processes."""
    from distributed import Client, LocalCluster

    for workers in (1, 2):
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1) as cluster,
            Client(cluster),
            parallel_config("dask"),
        ):
            scan(model, genome, chrom, n_jobs=-1)  # imports, compiled code
            seconds = []
            for _ in range(3):
                start = time.perf_counter()
                scan(model, genome, step=20, n_jobs=-1)
                seconds.append(time.perf_counter() - start)
            print(f"LocalCluster, {workers} workers: {sorted(seconds)[1]:.1f} s, median of 3")


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network")
    parser.add_argument("genome")
    parser.add_argument("chromosome")
    parser.add_argument("--dask", action="store_true", help="time a LocalCluster, too")
    arguments = parser.parse_args()
    model, genome = load_pretrained(arguments.network), Genome(arguments.genome)
    chrom = arguments.chromosome
    by_itself, by_itself_second = alone(model, genome, chrom, 2000)
    n, per_cpu, per_second = scanned(model, genome, chrom)
    print(f"alone: {by_itself:,.0f} windows per CPU second, {by_itself_second:,.0f} per second")
    print(f"scan: {n:,} windows, {per_cpu:,.0f} per CPU second ({per_cpu / by_itself:.1f} times)")
    print(f"      {per_second:,.0f} per second ({per_second / by_itself_second:.1f} times)")
    print(f"      62 million in {62e6 / per_second / 60:.0f} minutes, {62e6 / per_cpu / 120:.0f}")
    print("      of two cores without other work")
    n, per_cpu, per_second = scored(model, genome, chrom, 300, 1000)
    print(f"variants: {n:,} pairs, {per_cpu:,.0f} per CPU second, {per_second:,.0f} per second")
    if arguments.dask:
        on_a_cluster(model, genome, chrom)


if __name__ == "__main__":
    main()
