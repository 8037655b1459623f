"""Fit the published network on 16,000 promoters of 10.5 kb: peak memory of the process.

The one-hot of the whole set would be 16,000 * 10,500 * 4 floats, 2.7 GB; the codes are
168 MB, and batches are drawn from them.

Run: python benchmarks/memory.py [parameter=value ...], for instance engine=keras
"""

from __future__ import annotations

import ast
import contextlib
import resource
import sys

import numpy as np

from skxpresso import OneHotMatrix, XpressoRegressor

N_GENES, LENGTH, N_HALFLIFE = 16_000, 10_500, 8


def peak_gb() -> float:
    """Return the highest resident memory so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def main() -> None:
    """Fit one epoch and print the peaks."""
    settings = dict(argument.split("=", 1) for argument in sys.argv[1:])
    for name, value in settings.items():
        with contextlib.suppress(ValueError):  # a plain word stays one
            settings[name] = ast.literal_eval(value)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (N_GENES, LENGTH), dtype=np.uint8)
    X = OneHotMatrix(codes, rng.normal(size=(N_GENES, N_HALFLIFE)))
    y = rng.normal(size=N_GENES)
    model = XpressoRegressor(epochs=1, random_state=0, **settings)
    before = peak_gb()
    model.fit(X, y)
    print(f"{settings or 'defaults'}: base codes {X.nbytes / 1e9:.2f} GB")
    print(f"peak {before:.2f} GB with the data loaded, {peak_gb():.2f} GB after fit")


if __name__ == "__main__":
    main()
