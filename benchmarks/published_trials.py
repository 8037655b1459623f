"""Build the network of every trial of the authors' search, and count what is refused.

    python benchmarks/published_trials.py published_trials.tsv

The table holds their 1,002 trials. 897 succeeded; most of the others had a pooling that left no
position of the promoter. It takes minutes: a network is built for each.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
import collections

import keras
from hyperopt import space_eval
from hyperopt.base import spec_from_misc

from skxpresso import build_xpresso, xpresso_search_space
from skxpresso.exceptions import NetworkShapeError
from skxpresso.search.published_trials import load_published_trials


def build(drawn):
    """Build what a trial describes, or tell why it cannot be."""
    layers = drawn["_convolutions"] | drawn["_dense"]
    layers = {name.removeprefix("xpresso__"): value for name, value in layers.items()}
    length = drawn["encoder__upstream"] + drawn["encoder__downstream"]
    if length == 0:
        return "refused"  # by the encoder; a network of half-life alone is none of the search
    try:
        build_xpresso(length, 8, **layers, engine="fused")
    except NetworkShapeError:
        return "refused"
    return "built"


def main():
    """Print how many networks were built and how many refused."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trials", help="the authors' trials: TSV, or their pickle")
    trials = load_published_trials(parser.parse_args().trials).trials
    space = xpresso_search_space()
    counts = collections.Counter()
    for i, record in enumerate(trials):
        drawn = space_eval(space, spec_from_misc(record["misc"]))
        counts[record["result"]["status"], build(drawn)] += 1
        if i % 100 == 99:
            keras.backend.clear_session()
    print("trial  network  number")
    for (status, fate), n in sorted(counts.items(), reverse=True):
        print(f"{status:<6} {fate:<8} {n:>6}")


if __name__ == "__main__":
    main()
