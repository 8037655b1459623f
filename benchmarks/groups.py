"""Group promoters that share sequence: intervals by the thousand, and the yeast fragments.

For the fragments (80 nt beside 40 constant ones) the table says how many groups there are for
each length of a shared segment, how large they are, and what five random folds leak.

Run: python benchmarks/groups.py
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from skxpresso.datasets import load_yeast_promoters
from skxpresso.model_selection.groups import overlap_groups, shared_sequence_groups
from skxpresso.model_selection.leakage import leakage_report


def random_intervals(n: int) -> pd.DataFrame:
    """Draw windows of 10.5 kb on 24 chromosomes of 100 Mb."""
    rng = np.random.default_rng(0)
    start = rng.integers(0, 100_000_000, n)
    chrom = rng.choice([f"chr{i}" for i in range(24)], n)
    return pd.DataFrame({"chrom": chrom, "start": start, "end": start + 10_500})


def group_fragments(sequences: pd.Series) -> pd.DataFrame:
    """Return one row per strandedness and length of the shared segment."""
    folds = list(KFold(5, shuffle=True, random_state=0).split(sequences))
    rows = []
    for both_strands in (False, True):
        for min_shared in (16, 20, 25, 30, 40, 60):
            start = time.perf_counter()
            groups = shared_sequence_groups(sequences, min_shared, both_strands=both_strands)
            seconds = time.perf_counter() - start
            sizes = np.bincount(groups)
            leaks = [leakage_report(groups, train, test).share for train, test in folds]
            rows.append(
                {
                    "both strands": both_strands,
                    "nt": min_shared,
                    "groups": len(sizes),
                    "median": int(np.median(sizes)),
                    "largest": sizes.max(),
                    "overlap another": sizes[sizes > 1].sum() / len(groups),
                    "random folds leak": np.mean(leaks),
                    "seconds": seconds,
                }
            )
    return pd.DataFrame(rows)


def main() -> None:
    """Print time and table."""
    intervals = random_intervals(20_000)
    start = time.perf_counter()
    n_groups = overlap_groups(intervals).max() + 1
    seconds = time.perf_counter() - start
    print(f"overlap_groups: 20,000 intervals, {n_groups:,} groups, {seconds:.2f} s")
    yeast = load_yeast_promoters()
    table = group_fragments(yeast.data["promoter"].str[yeast.flank : -yeast.flank])
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3f}"))


if __name__ == "__main__":
    main()
