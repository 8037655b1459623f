"""Where a published network looks: the size of contributions along the window, as in Figure 6.

Nine real human promoters, by mutagenesis and by integrated gradients from the composition of silent
genes, which is the paper's reference. A picture is drawn where its name is given.
Run: python benchmarks/attribution_profile.py WEIGHTS.h5 [PICTURE.png]
"""

import sys
import time

import numpy as np

from skxpresso import load_pretrained
from skxpresso.datasets import load_human_promoters
from skxpresso.interpret import attribute

METHODS = {
    "mutagenesis": {"method": "mutagenesis"},
    "integrated gradients": {"method": "integrated_gradients", "reference": "published"},
}
BIN = 500


def profile(found):
    """Return distances from the TSS, and the mean size of contributions in bins of BIN nt."""
    sizes = np.abs(found.contributions).mean(axis=0)
    return np.arange(0, found.width, BIN) - found.tss, sizes.reshape(-1, BIN).mean(axis=1)


def main():
    """Print the table, draw the picture."""
    data = load_human_promoters()
    model = load_pretrained(sys.argv[1], tss=data.tss)
    profiles = {}
    for name, options in METHODS.items():
        start = time.process_time()
        found = attribute(model, data.data, **options)
        seconds = time.process_time() - start
        profiles[name] = profile(found)
        print(f"{name}: {len(found)} promoters, {seconds:.1f} s of processor time")
        if found.completeness_error is not None:
            difference = found.predictions - found.reference_predictions
            missed = np.sqrt(np.mean(found.completeness_error**2) / np.mean(difference**2))
            print(f"  sums miss the difference of predictions by {100 * missed:.2f} %")
    print("from the TSS, nt   " + "   ".join(profiles))
    (starts, first), (_, second) = profiles.values()
    for start, one, other in zip(starts, first, second, strict=True):
        print(f"{start:6} to {start + BIN:5}  {1e5 * one:9.1f}e-5  {1e5 * other:12.1f}e-5")
    if len(sys.argv) > 2:
        draw(profiles, sys.argv[2])


def draw(profiles, path):
    """Draw the profiles, each as a share of its mean."""
    from matplotlib.figure import Figure

    ax = Figure(figsize=(8, 3.5), layout="constrained").subplots()
    for name, (starts, sizes) in profiles.items():
        edges = np.append(starts, starts[-1] + BIN)
        ax.stairs(sizes / sizes.mean(), edges, label=name, linewidth=1.5, baseline=None)
    ax.axvline(0, color="0.3", linestyle="--", linewidth=1)
    ax.set(xlabel="position from the TSS, nt", ylabel="size of contributions, mean 1")
    ax.legend()
    ax.figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
