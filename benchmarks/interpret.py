"""What explaining costs: mutagenesis of a 10.5 kb promoter, derivatives of many, and predictions.

The network has the published sizes; with a published weight file as argument it has those
weights. Run: python benchmarks/interpret.py [WEIGHTS.h5]
"""

import sys
import time

import numpy as np

from skxpresso._kernels.input_gradient import input_gradient, path_gradient
from skxpresso._kernels.mutate import substitution_effects
from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network

LENGTH, N_HALFLIFE, BATCH = 10_500, 6, 1_000


def random_network(rng):
    """Return a network of the published sizes."""

    def weights(*shape):
        return rng.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape).astype(np.float32)

    def bias(n):
        return np.full(n, 0.1, np.float32)

    return Network(
        (
            Convolution(weights(6, 4, 128), bias(128), 1, 30),
            Convolution(weights(9, 128, 32), bias(32), 1, 10),
        ),
        (
            Dense(weights(1120 + N_HALFLIFE, 64), bias(64)),
            Dense(weights(64, 2), bias(2)),
            Dense(weights(2, 1), bias(1)),
        ),
    )


def published_network(path):
    """Return the network of a published weight file."""
    from skxpresso import load_pretrained
    from skxpresso.interpret._models import read_model

    return read_model(load_pretrained(path, tss=7000), ["ACGTA" * (LENGTH // 5)]).network


def used(work):
    """Return the processor time of all threads, in seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


def best(work, repeats):
    """Return the shortest time, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    """Print the table."""
    rng = np.random.default_rng(0)
    network = published_network(sys.argv[1]) if len(sys.argv) > 1 else random_network(rng)
    codes = rng.integers(0, 4, (BATCH, LENGTH), dtype=np.uint8)
    halflife = np.zeros((BATCH, N_HALFLIFE), np.float32)
    one = codes[:1], halflife[:1]
    substitution_effects(network, *one, 0, 60)  # compiles
    predict_network(network, *one)
    print(f"{3 * LENGTH:,} substitutions of one promoter of {LENGTH:,} nt, seconds")
    print("threads  mutagenesis  all mutants predicted  times faster")
    for n_threads in (1, 2):
        options = {"n_threads": n_threads}
        fast = best(lambda o=options: substitution_effects(network, *one, 0, LENGTH, **o), 5)
        batch = best(lambda o=options: predict_network(network, codes, halflife, **o), 2)
        slow = batch * 3 * LENGTH / BATCH
        print(f"{n_threads:7}  {fast:11.4f}  {slow:21.1f}  {slow / fast:12.0f}")
    print(f"predictions of {3 * LENGTH:,} mutants follow from one batch of {BATCH:,}")
    derive(network, codes, halflife)


def derive(network, codes, halflife):
    """Print what derivatives of a batch cost beside its predictions, in processor time."""
    input_gradient(network, codes[:2], halflife[:2])  # compiles
    print(f"derivatives by all bases of {BATCH:,} promoters, milliseconds of processor each")
    print("threads  predictions  derivatives  times longer")
    for n_threads in (1, 2):
        options = {"n_threads": n_threads}
        rounds = [
            (
                used(lambda o=options: predict_network(network, codes, halflife, **o)),
                used(lambda o=options: input_gradient(network, codes, halflife, **o)),
            )
            for _ in range(3)
        ]
        value, slope = (1e3 * min(each) / BATCH for each in zip(*rounds, strict=True))
        print(f"{n_threads:7}  {value:11.3f}  {slope:11.3f}  {slope / value:12.2f}")
    references = np.full((4, LENGTH, 4), 0.25, np.float32)
    ends = codes[:4], halflife[:4], references, halflife[:4]
    for n_steps in (1, 50):
        places = np.tile(np.linspace(0, 1, n_steps + 1), (4, 1))
        path_gradient(network, *ends, places)
        seconds = used(lambda p=places: path_gradient(network, *ends, p)) / 4
        print(f"one path of {n_steps} step(s): {1e3 * seconds:.1f} milliseconds")


if __name__ == "__main__":
    main()
