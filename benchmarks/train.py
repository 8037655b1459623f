"""One epoch of training: the package against plain Keras and PyTorch, and a human-sized epoch.

Medians of interleaved repeats, each engine in a process of its own; `ratio` is plain Keras' time
over the engine's.

Run: ``python benchmarks/train.py [--repeats 5] [--network "10.5 kb"] [--batch 128]`` or
``python benchmarks/train.py --human``, which takes minutes and 13 GB.
"""

import argparse

from contestants import HEADER, NETWORKS, print_rows, race

HUMAN_GENES = 16_377


def human():
    """Print seconds and peak memory of one epoch of 16,377 genes, batch 128, compiling left out."""
    network = NETWORKS["10.5 kb"]
    print(HEADER)
    medians = {}
    for name in ("plain", "keras", "fused"):  # one after the other, for memory
        medians |= race(["train"], network, 128, HUMAN_GENES, 1, [name])["train"]
        print(f"{name}: {medians[name].wall:.1f} s", flush=True)
    print_rows("human", 128, HUMAN_GENES, medians)


def main():
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--network", choices=NETWORKS, nargs="*", default=list(NETWORKS))
    parser.add_argument("--batch", type=int, nargs="*", default=[32, 128])
    parser.add_argument("--human", action="store_true")
    options = parser.parse_args()
    if options.human:
        human()
        return
    print(HEADER)
    for title in options.network:
        network = NETWORKS[title]
        for batch in options.batch:
            medians = race(["train"], network, batch, network["genes"], options.repeats)
            print_rows(title, batch, network["genes"], medians["train"])


if __name__ == "__main__":
    main()
