"""Genes per second on a GPU, single and mixed precision: the package against plain Keras.

Published network, 10.5 kb, one process, on the GPU that Keras sees (TensorFlow, JAX or PyTorch
behind it). Plain Keras reads a float one-hot from memory, as the original script has it; the
package sends codes to the GPU and makes the one-hot there.

Run: ``python benchmarks/gpu.py [--genes 4096] [--batch 128]``; ``--allow-cpu --genes 64`` tries it
without a GPU.
"""

import argparse
import sys
import time

import numpy as np
from contestants import NETWORKS, Package, Plain

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


def genes_per_second(call, genes, repeats):
    """Return the median of some calls, the first left out: it compiles."""
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return genes / np.median(seconds[1:])


def main():
    """Read the options and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--genes", type=int, default=4096)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--allow-cpu", action="store_true")
    options = parser.parse_args()
    import keras

    from skxpresso.network._keras.backend import sees_gpu

    backend = keras.backend.backend()
    has_gpu = sees_gpu()
    if not has_gpu and not options.allow_cpu:
        sys.exit(f"Keras (backend {backend!r}) sees no GPU; --allow-cpu runs on the CPU")
    network = NETWORKS["10.5 kb"]
    sizes = (network, options.batch, options.genes)
    contestants = {"plain float32": Plain(*sizes)}
    for precision in PRECISIONS:
        contestants[f"package {precision}"] = Package(*sizes, precision)
    where = "a GPU" if has_gpu else "the CPU"
    print(f"{backend} on {where}, {options.genes} genes, batch {options.batch}")
    print("engine                   train genes/s   ratio   predict genes/s   ratio")
    base = None
    for name, contestant in contestants.items():
        speeds = np.array(
            [
                genes_per_second(call, options.genes, options.repeats)
                for call in (contestant.train, contestant.predict)
            ]
        )
        base = speeds if base is None else base
        (train, predict), (more, most) = speeds, speeds / base
        print(f"{name:24} {train:13.0f} {more:7.2f} {predict:17.0f} {most:7.2f}", flush=True)


if __name__ == "__main__":
    main()
