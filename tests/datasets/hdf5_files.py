"""HDF5 files as the published script wrote them, with content of your own."""

import h5py
import numpy as np

from skxpresso import OneHotMatrix

RNG = np.random.default_rng(0)


def random_matrix(n=7, length=9, n_features=2, **settings):
    codes = RNG.integers(0, 5, (n, length), dtype=np.uint8)
    return OneHotMatrix(codes, RNG.standard_normal((n, n_features)), **settings)


def names_of(n):
    return [f"ENSG{i}" for i in range(n)]


def naive_onehot(codes):
    onehot = np.zeros((*codes.shape, 4), dtype=bool)
    for i, row in enumerate(codes):
        for j, code in enumerate(row):
            if code < 4:
                onehot[i, j, code] = True
    return onehot


def write_as_the_original(path, codes, features, labels, names, **change):
    """Write the four data sets as the published script did: h5py's own chunks, gzip 1."""
    content = {
        "data": features,
        "promoter": naive_onehot(codes),
        "label": labels,
        "geneName": np.array(names, dtype="S"),
    }
    with h5py.File(path, "w") as file:
        for name, values in (content | change).items():
            if values is not None:
                file.create_dataset(name, data=values, compression="gzip", compression_opts=1)
    return path


def good_parts(n=4, length=6):
    matrix = random_matrix(n, length)
    return {
        "codes": matrix.codes,
        "features": matrix.covariates,
        "labels": np.arange(n, dtype=float),
        "names": names_of(n),
    }
