"""What explaining a 10.5 kb promoter costs, beside predicting every mutant of it.

Substitutions, blocks, pairs, deletions and insertions are timed through the public functions, each
against the compiled predictor and against Keras' own `predict`, whose times for all mutants follow
from those for some thousands. Keras' layers (see `contestants.py`) are in a process of their own,
so that TensorFlow is not loaded in this one. Then where the time of substitutions goes, and what
derivatives cost.
Run: python benchmarks/interpret.py WEIGHTS.h5 [--repeats 3] [--mutants 4000]
"""

import argparse
import sys
import time
from typing import NamedTuple

import numpy as np
from contestants import NETWORKS, Worker

from skxpresso import load_pretrained
from skxpresso._kernels import mutate
from skxpresso._kernels.input_gradient import input_gradient, path_gradient
from skxpresso._kernels.mutate import substitution_effects
from skxpresso._kernels.predict import predict_network
from skxpresso._kernels.processor import registers
from skxpresso._kernels.threads import available_threads
from skxpresso.interpret import deletions, epistasis, insertions, occlusion, saturation_mutagenesis
from skxpresso.interpret._models import read_model

LENGTH, BATCH, KERAS_BATCH = 10_500, 1_000, 128
STRETCH = {"start": 6_500, "end": 7_500}  # around the TSS, of what takes long


class Took(NamedTuple):
    """Seconds of wall time, and of processor time of all threads."""

    wall: float
    processor: float

    def times(self, factor):
        """Return the times for so many as much."""
        return Took(self.wall * factor, self.processor * factor)


def took(work):
    """Return what a call took."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - wall, time.process_time() - processor)


def least(each):
    """Return the shortest times."""
    return Took(*map(min, zip(*each, strict=True)))


def random_promoters(n, rng):
    """Return random base codes and half-life numbers of zero."""
    return rng.integers(0, 4, (n, LENGTH), dtype=np.uint8), np.zeros((n, 6), np.float32)


def every_mutant(network, repeats, n_mutants):
    """Return what one prediction takes: of the compiled predictor and of Keras, in turns."""
    codes, halflife = random_promoters(BATCH, np.random.default_rng(0))
    keras = Worker("plain", NETWORKS["10.5 kb"], KERAS_BATCH, n_mutants)
    keras.run("predict")  # compiles
    predict_network(network, codes[:1], halflife[:1])
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(took(lambda: predict_network(network, codes, halflife)))
        theirs.append(Took(*keras.run("predict")[:2]))
    keras.close()
    return least(ours).times(1 / BATCH), least(theirs).times(1 / n_mutants)


def edits(model, table):
    """Return what each kind of edit is called, how many there are, and the call that makes them."""
    stretch = STRETCH["end"] - STRETCH["start"]
    centre = {"start": 6_985, "end": 7_015}
    return [
        (
            "all substitutions",
            3 * LENGTH,
            lambda: saturation_mutagenesis(model, table),
        ),
        (
            "blocks of 10 N side by side",
            LENGTH // 10,
            lambda: occlusion(model, table, width=10),
        ),
        (
            "blocks of 10 N, step 1",
            LENGTH - 9,
            lambda: occlusion(model, table, width=10, step=1),
        ),
        (
            "blocks of 10 shuffled, 10 draws",
            LENGTH,
            lambda: occlusion(model, table, width=10, by="dinucleotide"),
        ),
        (
            "pairs in 30 nt",
            9 * 30 * 29 // 2,
            lambda: epistasis(model, table, **centre),
        ),
        (
            f"deletions of 10 in {stretch} nt",
            stretch - 9,
            lambda: deletions(model, table, width=10, **STRETCH),
        ),
        (
            f"insertions of 10 in {stretch} nt",
            stretch,
            lambda: insertions(model, table, 10, **STRETCH),
        ),
    ]


def compare(model, network, repeats, n_mutants):
    """Print every kind of edit beside predicting all of its mutants."""
    codes, _ = random_promoters(1, np.random.default_rng(1))
    table = np.array(["".join("ACGT"[code] for code in codes[0])])
    ours, keras = every_mutant(network, repeats, n_mutants)
    print(
        f"one mutant predicted, milliseconds (processor): {1e3 * ours.wall:.3f} "
        f"({1e3 * ours.processor:.3f}) compiled, {1e3 * keras.wall:.2f} "
        f"({1e3 * keras.processor:.2f}) by Keras, batches of {BATCH:,} and {KERAS_BATCH}, "
        f"{BATCH:,} and {n_mutants:,} mutants; the mutants below follow from these"
    )
    head = ("seconds", "processor", "predictor", "times", "(processor)", "Keras", "times")
    print(f"{'':33} edits " + " ".join(f"{name:>11}" for name in (*head, "(processor)")))
    for name, n_edits, call in edits(model, table):
        call()  # compiles
        fast = least([took(call) for _ in range(repeats)])
        row = [f"{fast.wall:11.4f}", f"{fast.processor:11.4f}"]
        for slow in (ours.times(n_edits), keras.times(n_edits)):
            row += [f"{slow.wall:10.1f}s", f"{slow.wall / fast.wall:11.1f}"]
            row += [f"{slow.processor / fast.processor:11.1f}"]
        print(f"{name:32} {n_edits:6} " + " ".join(row), flush=True)


def bound(network, repeats):
    """Print what arithmetic substitutions need at least, and where their time goes."""
    codes, halflife = random_promoters(1, np.random.default_rng(1))
    shares, changed = {}, {}

    def substitute():
        substitution_effects(network, codes, halflife, 0, LENGTH, n_threads=1)

    whole = [took(substitute) for _ in range(repeats)]
    for name in ("edit_first", "edit_later", "edit_head"):
        setattr(mutate, name, _watched(getattr(mutate, name), name, shares, changed))
    for _ in range(repeats):
        substitute()
    reference = mutate.Mutator(network, LENGTH)
    single = [took(lambda: reference.reference(codes[0], halflife[0])) for _ in range(repeats)]
    n_edits = 4 * LENGTH * repeats  # a fourth, of the base that is there, costs nothing
    first, later = network.convolutions
    units = network.dense[0].kernel.shape[1]
    sums = {
        "edit_first": first.geometry.kernel_size * first.filters * 3 * LENGTH,
        "edit_later": changed["edit_first"] / repeats * later.geometry.kernel_size * later.filters,
        "edit_head": changed["edit_later"] / repeats * units,
    }
    matrices = np.ones((2, 1024, 1024), np.float32)
    rate = 1024**3 / least([took(lambda: matrices[0] @ matrices[1]) for _ in range(9)]).processor
    print(
        f"one thread: {1e3 * least(whole).processor:.1f} ms, of which the promoter itself "
        f"{1e3 * least(single).processor:.1f}; additions that cannot be saved: "
        f"{sum(sums.values()) / 1e6:,.0f} million, {1e3 * sum(sums.values()) / rate:.1f} ms at the "
        f"rate of a matrix product, {rate / 1e9:.0f} thousand million per second of processor time"
    )
    for name, seconds in shares.items():
        print(
            f"  {name:11} {1e3 * seconds / repeats:6.1f} ms, {sums[name] / 1e6:6.0f} million, "
            f"maxima changed by each edit {changed.get(name, 0) / n_edits * 4 / 3:.1f}"
        )


def _watched(kernel, name, shares, changed):
    """Return the kernel, which adds up its time and the maxima that it changed."""

    def run(*arguments):
        start = time.thread_time()
        kernel(*arguments)
        shares[name] = shares.get(name, 0) + time.thread_time() - start
        if name != "edit_head":
            *_, count, delta = arguments
            there = np.arange(delta.shape[1]) < count[:, None]
            changed[name] = changed.get(name, 0) + np.count_nonzero(delta[there])

    return run


def derive(network, repeats):
    """Print what derivatives of a batch cost beside its predictions, in processor time."""
    codes, halflife = random_promoters(BATCH, np.random.default_rng(0))
    input_gradient(network, codes[:2], halflife[:2])  # compiles
    print(f"derivatives by all bases of {BATCH:,} promoters, milliseconds of processor each")
    print("threads  predictions  derivatives  times longer")
    for n_threads in (1, 2):
        options = {"n_threads": n_threads}
        rounds = [
            (
                took(lambda o=options: predict_network(network, codes, halflife, **o)).processor,
                took(lambda o=options: input_gradient(network, codes, halflife, **o)).processor,
            )
            for _ in range(repeats)
        ]
        value, slope = (1e3 * min(each) / BATCH for each in zip(*rounds, strict=True))
        print(f"{n_threads:7}  {value:11.3f}  {slope:11.3f}  {slope / value:12.2f}")
    references = np.full((4, LENGTH, 4), 0.25, np.float32)
    ends = codes[:4], halflife[:4], references, halflife[:4]
    for n_steps in (1, 50):
        places = np.tile(np.linspace(0, 1, n_steps + 1), (4, 1))
        path_gradient(network, *ends, places)
        seconds = took(lambda p=places: path_gradient(network, *ends, p)).processor / 4
        print(f"one path of {n_steps} step(s): {1e3 * seconds:.1f} milliseconds")


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights", help="of a published network")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--mutants", type=int, default=4_000, help="that Keras predicts")
    options = parser.parse_args()
    model = load_pretrained(options.weights, tss=7000)
    [network] = read_model(model, ["ACGTA" * (LENGTH // 5)]).networks
    print(f"vector registers: {8 * 4 * registers().floats} bits, threads: {available_threads()}")
    compare(model, network, options.repeats, options.mutants)
    derive(network, options.repeats)
    bound(network, options.repeats)
    assert "tensorflow" not in sys.modules
    print("TensorFlow was not loaded in this process")


if __name__ == "__main__":
    main()
