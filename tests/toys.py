"""Small networks, tables and sequences that tests share."""

import warnings

import numpy as np
import pandas as pd
from hypothesis import settings

from skxpresso import OneHotPromoterEncoder
from skxpresso.exceptions import PromoterWarning

#: Parameters of training that ends in a moment, for every network regressor.
BRIEF = {"learning_rate": 0.01, "batch_size": 16, "epochs": 2, "patience": None}

#: Parameters of an XpressoRegressor that trains in a moment on promoters of 30 nt.
TINY = {
    "filters": (6,),
    "kernel_sizes": (5,),
    "dilation_rates": (1,),
    "pool_sizes": (6,),
    "dense_units": (6,),
    "dropout_rates": (0.0,),
    "optimizer": "adam",
    "random_state": 0,
    **BRIEF,
}

#: The letters of DNA that a promoter may hold: four bases, and what stands for several.
LETTERS = "ACGTNRYSWKMBDHV"

#: Settings of hypothesis: some sixty examples, in however much time they need.
fast = settings(max_examples=60, deadline=None, database=None)


def genes(**columns):
    """Return a table of two genes: a promoter of 4 nt, a half-life column, and `columns`."""
    columns = {"promoter": ["ACGT", "TTGA"], "CDSLEN": [10.0, 20.0]} | columns
    return pd.DataFrame(columns, index=["geneA", "geneB"])


def random_codes(n, width, n_letters=5, seed=0):
    """Return base codes (n, width), uint8; with five letters the last is the unknown one."""
    return np.random.default_rng(seed).integers(0, n_letters, (n, width)).astype(np.uint8)


def one_hot(codes):
    """One-hot encode codes (…,) as (…, 4), float32; an unknown base is a row of zeros."""
    return np.eye(5, 4, dtype=np.float32)[codes]


def numbers(n=40, width=3):
    """Return random X (n, width) and its sums, for regressors of numbers alone."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, width))
    return X, X.sum(axis=1)


def encode(sequences, **parameters):
    """Encode and read back, N where nothing is known."""
    encoder = OneHotPromoterEncoder(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromoterWarning)
        return encoder.inverse_transform(encoder.fit_transform(sequences)).tolist()


def write_table(path, data, expression):
    """Write a training table of promoters and their expression, tab by tab."""
    data.assign(EXPRESSION=expression).to_csv(path, sep="\t", index_label="ENSID")
    return path
