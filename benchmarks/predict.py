"""Prediction: the package against Keras' `predict` and PyTorch; one row; two processes at once.

Medians of interleaved repeats, each engine in a process of its own; `ratio` is plain Keras' time
over the engine's.

Run: ``python benchmarks/predict.py [--repeats 5] [--network "10.5 kb"] [--batch 128]``,
``--one`` for a single row, ``--two`` for two processes at once.
"""

import argparse

import numpy as np
from contestants import HEADER, NETWORKS, Worker, print_rows, race


def two(network, genes, repeats):
    """Print how fast two processes are together, in units of one alone."""
    workers = [Worker("fused", "predict", network, 128, genes) for _ in range(2)]
    for worker in workers:
        worker.run()
    ratios = []
    for _ in range(repeats):
        alone = workers[0].run()[0]
        for worker in workers:
            worker.start()
        together = max(worker.result()[0] for worker in workers)
        ratios.append(2 * alone / together)
    for worker in workers:
        worker.close()
    print(f"two processes predict {np.median(ratios):.2f} times as many genes as one alone")


def main():
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--network", choices=NETWORKS, nargs="*", default=list(NETWORKS))
    parser.add_argument("--batch", type=int, nargs="*", default=[32, 128])
    parser.add_argument("--one", action="store_true")
    parser.add_argument("--two", action="store_true")
    options = parser.parse_args()
    if options.two:
        two(NETWORKS["10.5 kb"], 2048, options.repeats)
        return
    print(HEADER)
    for title in options.network:
        network = NETWORKS[title]
        for batch in [1] if options.one else options.batch:
            genes = 1 if options.one else network["genes"]
            repeats = 20 * options.repeats if options.one else options.repeats
            medians, _ = race("predict", network, batch, genes, repeats)
            print_rows(title, batch, genes, medians)


if __name__ == "__main__":
    main()
