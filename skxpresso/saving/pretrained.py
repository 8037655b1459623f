"""load_pretrained: the published networks, and saved pipelines, ready to predict."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline

from skxpresso._utils.naming import shown
from skxpresso._utils.table import shorten
from skxpresso.datasets.fetch import PRETRAINED, fetch_pretrained
from skxpresso.halflife import HalfLifeTransformer
from skxpresso.network.architecture import Architecture
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.saving._file import load_pipeline
from skxpresso.saving._published_weights import (
    DOWNSTREAM,
    N_HALFLIFE,
    UPSTREAM,
    read_published_weights,
)
from skxpresso.saving.zero_halflife import ZeroHalfLife
from skxpresso.sequence.encoder import OneHotPromoterEncoder

__all__ = ["load_pretrained"]

_HDF5 = b"\x89HDF\r\n\x1a\n"  # the first bytes of every HDF5 file
_PUBLISHED_SEQUENCE = 20_000  # nt; the TSS is in the middle


def load_pretrained(
    name_or_path: str | os.PathLike[str],
    *,
    tss: int | None = None,
    halflife_columns: Sequence[str] | None = None,
) -> Any:
    """Load a published network, or a saved pipeline, fitted and ready to predict.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a published network, which is downloaded if needed: "human_median",
        "mouse_median", "human_K562", "human_GM12878" or "mouse_ESCs". Or a file: a
        published .h5 file, or a file that `save_pipeline` wrote.
    tss : int or None, default=None
        0-based index of the transcription start site in the sequences to predict. None
        means the middle of sequences of 20,000 nt. Use 7000 for windows that are already
        cut to 10,500 nt. Not for a saved pipeline.
    halflife_columns : list of str or None, default=None
        Half-life columns, for instance `skxpresso.halflife.HALF_LIFE_COLUMNS`, that
        replace the published network's six inputs of unknown order. Their weights are zero,
        so predictions ignore half-life until `fit` trains them. Not for a saved pipeline.

    Returns
    -------
    Pipeline or estimator
        The fitted pipeline or estimator. For a published network, the steps are
        `halflife`, `encoder` (7,000 nt before and 3,500 nt from the TSS) and `xpresso`. It
        reads sequences, or a table with the column `promoter`, and predicts in the
        published units: z-scores of log10 expression over the training genes.

    Raises
    ------
    ValueError
        If the file is of another kind, is damaged, or contains anything that may be code;
        or if `tss` leaves no room for the window.
    OSError
        If the file cannot be read or downloaded.

    See Also
    --------
    skxpresso.datasets.fetch_pretrained : Fetches the file alone; says how to work offline.

    Notes
    -----
    Weights are read as plain arrays from a fixed list of names; no code from the file is
    run.

    `fit` trains from scratch, as everywhere in scikit-learn. Training continues from the
    published weights with ``xpresso__warm_start=True``; ``xpresso__freeze_convolutions=
    True`` then keeps the convolutions. Turn y into z-scores for that, and note that
    `sklearn.base.clone`, and therefore every search and cross-validation, drops the
    weights.

    References
    ----------
    Agarwal V, Shendure J (2020). Predicting mRNA abundance directly from genomic
    sequence using deep convolutional neural networks. Cell Reports 31:107663. Weights:
    https://zenodo.org/record/4075690

    Examples
    --------
    >>> from skxpresso import load_pretrained
    >>> pipeline = load_pretrained("human_median")  # doctest: +SKIP
    >>> pipeline.predict([promoter_of_20_kb])  # doctest: +SKIP
    array([-0.5931182])

    A misspelt name:

    >>> load_pretrained("human_medain")
    Traceback (most recent call last):
        ...
    FileNotFoundError: 'human_medain' is neither a file nor one of human_median, ...
    """
    path = _find(name_or_path)
    with path.open("rb") as file:
        is_hdf5 = file.read(len(_HDF5)) == _HDF5
    if is_hdf5:
        return _published_pipeline(read_published_weights(path), tss, halflife_columns)
    for name, value in {"tss": tss, "halflife_columns": halflife_columns}.items():
        if value is not None:
            raise ValueError(
                f"{name}={shorten(value)} applies only to published networks, and {shown(path)} is "
                "not one; a saved pipeline has its own"
            )
    return load_pipeline(path)


def _find(name_or_path: str | os.PathLike[str]) -> Path:
    if isinstance(name_or_path, str) and name_or_path in PRETRAINED:
        return fetch_pretrained(name_or_path)
    path = Path(name_or_path)
    if not path.exists():
        near = difflib.get_close_matches(str(name_or_path), PRETRAINED, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise FileNotFoundError(
            f"{shorten(str(name_or_path))} is neither a file nor one of "
            f"{', '.join(PRETRAINED)}{hint}"
        )
    return path


def _published_pipeline(
    weights: list[npt.NDArray[np.float32]], tss: int | None, halflife_columns: Sequence[str] | None
) -> Pipeline:
    halflife: ZeroHalfLife | HalfLifeTransformer
    if halflife_columns is None:
        halflife = ZeroHalfLife(N_HALFLIFE)
        names = halflife.feature_names
    else:
        names = _check_names(halflife_columns)
        halflife = HalfLifeTransformer(names)
        weights = _with_other_halflife(weights, len(names))
    encoder = OneHotPromoterEncoder(UPSTREAM, DOWNSTREAM, tss, covariates=names)
    transformers = Pipeline([("halflife", halflife), ("encoder", encoder)])
    # the transformers are fitted on one gene, of which only columns and length matter
    length = _PUBLISHED_SEQUENCE if tss is None else tss + DOWNSTREAM
    gene = pd.DataFrame({"promoter": ["A" * length]} | {name: [0.0] for name in names})
    transformers.fit(gene)
    return Pipeline([*transformers.steps, ("xpresso", _fitted_regressor(weights, names))])


def _check_names(names: Sequence[str]) -> list[str]:
    listed = [names] if isinstance(names, str) else list(names)
    is_text = all(isinstance(name, str) for name in listed)
    if isinstance(names, str) or not listed or not is_text or len(set(listed)) < len(listed):
        raise ValueError(
            f"halflife_columns must be a list of unique column names, got {shorten(names)}"
        )
    return listed


def _with_other_halflife(
    weights: list[npt.NDArray[np.float32]], n_halflife: int
) -> list[npt.NDArray[np.float32]]:
    """Replace the half-life inputs, the last of the first dense layer, by inputs of weight zero."""
    first_dense = 2 * len(Architecture.filters)
    kernel = weights[first_dense]
    new = np.zeros((n_halflife, kernel.shape[1]), kernel.dtype)
    kernel = np.concatenate([kernel[:-N_HALFLIFE], new])
    return [*weights[:first_dense], kernel, *weights[first_dense + 1 :]]


def _fitted_regressor(
    weights: list[npt.NDArray[np.float32]], names: Sequence[str]
) -> XpressoRegressor:
    length = UPSTREAM + DOWNSTREAM
    return XpressoRegressor()._restore(
        weights,
        settings=Architecture(),
        promoter_length=length,
        n_halflife=len(names),
        halflife_names=names,
        n_features_in_=4 * length + len(names),
    )
