"""What surrounds the bases that a model reads: names of genes, the TSS, bases beside the window."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skxpresso._utils.table import row_labels, shorten
from skxpresso.exceptions import PromoterWarning
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.onehot import UNKNOWN, OneHotMatrix

__all__ = [
    "bases_beside",
    "check_at_least_one",
    "check_memory",
    "check_stretch",
    "gene_index",
    "tss_of",
]


def gene_index(X: Any) -> pd.Index:
    """Return what the user calls the genes: the index of a table, or 0, 1, 2, ..."""
    if isinstance(X, (pd.DataFrame, pd.Series)):
        return X.index
    return pd.RangeIndex(len(row_labels(X)))


def tss_of(model: Any, X: Any, length: int) -> int:
    """Return the place of the TSS in the window of a fitted model, 0-based.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : DataFrame, OneHotMatrix or 1-D sequences
        What it predicts from.
    length : int
        Width of the window, in nt. Where nothing tells the TSS, it is the middle.

    Returns
    -------
    int
    """
    for step, given in _encoders(model, X):
        if step.promoter_length_ == length:
            return int(step.tss_)
        if not isinstance(given, OneHotMatrix) and step.tss is not None:
            return int(step.tss)
    if isinstance(X, OneHotMatrix) and X.tss is not None:
        return int(X.tss)
    return length // 2


def bases_beside(
    model: Any, X: Any, shape: tuple[int, int], width: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return the bases before and behind the window, where the user's sequences go on there.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : DataFrame, OneHotMatrix or 1-D sequences
        What it predicts from.
    shape : tuple of int
        Number of genes, and width of the window in nt.
    width : int
        How many bases on either side.

    Returns
    -------
    before, behind : ndarray of shape (n, width), uint8
        Base codes on the gene's strand; 4 beyond the end of a sequence.
    """
    n, length = shape
    for step, given in _encoders(model, X):
        if step.promoter_length_ != length:
            continue
        wide = clone(step).set_params(
            upstream=step.tss_ + width,
            downstream=length - step.tss_ + width,
            short="pad",
            covariates=[] if hasattr(given, "columns") else None,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PromoterWarning)  # said once, by the window
            codes = wide.set_output(transform="default").fit_transform(given).codes
        return codes[:, :width], codes[:, width + length :]
    nothing = np.full((n, width), UNKNOWN, np.uint8)
    return nothing, nothing


def _encoders(model: Any, X: Any) -> Iterator[tuple[OneHotPromoterEncoder, Any]]:
    """Yield the encoders of a fitted pipeline, each with what it is given."""
    for name in ("best_estimator_", "regressor_"):
        model = getattr(model, name, model)
    if not isinstance(model, Pipeline):
        return
    for _, step in model.steps[:-1]:
        if isinstance(step, OneHotPromoterEncoder):
            yield step, X
        if step is not None and step != "passthrough":
            X = step.transform(X)


def check_stretch(start: int | None, end: int | None, length: int) -> tuple[int, int]:
    """Return ``[start, end)``, where None is an end of the window; raise if it is outside."""
    first = 0 if start is None else start
    last = length if end is None else end
    for name, value in (("start", first), ("end", last)):
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise TypeError(f"{name} must be an integer or None, got {shorten(value)}")
    if not 0 <= first < last <= length:
        raise ValueError(
            f"start={first} and end={last} must satisfy 0 <= start < end <= {length}, the width "
            "of the window that the model reads, in nt"
        )
    return int(first), int(last)


def check_memory(n_genes: int, n_positions: int, n_bytes: int) -> None:
    """Raise where `n_bytes` for each position and gene are more than this machine has."""
    size, most = n_genes * n_positions * n_bytes, _memory()
    if size > most:
        raise ValueError(
            f"{n_genes:,} genes at {n_positions:,} positions would take {size / 2**30:,.1f} GiB, "
            f"but this machine has {most / 2**30:,.1f} GiB of memory; take genes in parts or a "
            "stretch, from start to end; skxpresso explain goes through files of any length"
        )


def _memory() -> float:
    """Return how many bytes of memory there are; infinity where the system does not say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return math.inf


def check_at_least_one(**numbers: Any) -> None:
    """Raise for a parameter that is not an integer of at least 1."""
    for name, value in numbers.items():
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise TypeError(f"{name} must be an integer, got {shorten(value)}")
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
