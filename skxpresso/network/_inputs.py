"""X of any form, read as base codes and half-life features; learned once, at fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import config_context
from sklearn.utils.validation import validate_data

from skxpresso._utils.table import check_unique_columns, numeric_columns, row_labels, shorten
from skxpresso.network.genes import Genes
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.sequence.promoters import holds_sequences, match_covariates, remember_columns

if TYPE_CHECKING:
    from skxpresso.network._base import PromoterRegressor

__all__ = ["Inputs"]

_ENCODED_NAME = re.compile(r"promoter_-?\d+_[ACGT]")


@dataclass(frozen=True)
class Inputs:
    """What X looked like at fit, and how rows that look so are read.

    Parameters
    ----------
    promoter_length, n_halflife : int
        Width of the window in nt, and number of half-life features.
    halflife_names : tuple of str or None
        Names of the features, where X had names.
    encoder : OneHotPromoterEncoder or None
        Fitted, where X held sequences.
    """

    promoter_length: int
    n_halflife: int
    halflife_names: tuple[str, ...] | None = None
    encoder: OneHotPromoterEncoder | None = None

    @classmethod
    def learn(cls, regressor: PromoterRegressor, X: Any) -> tuple[Inputs, Genes]:
        """Learn the form of X, and read it.

        `n_features_in_` and `feature_names_in_` of the regressor are set.
        """
        _check_given(X)
        encoder = None
        if isinstance(X, OneHotMatrix):
            matrix = X
            remember_columns(regressor, X)
        elif holds_sequences(X) or (isinstance(X, pd.DataFrame) and "promoter" in X.columns):
            remember_columns(regressor, X)
            encoder = OneHotPromoterEncoder()
            with config_context(transform_output="default"):  # base codes, not a table
                matrix = encoder.fit_transform(X)
        elif getattr(X, "ndim", 2) == 3:
            matrix = OneHotMatrix.from_dense(X)
            remember_columns(regressor, matrix)
        else:
            width = _count_bases(X, regressor.promoter_length)
            matrix = _split_columns(_read_columns(regressor, X, reset=True), width)
        inputs = cls(matrix.promoter_length, matrix.n_covariates, matrix.covariate_names, encoder)
        return inputs, _as_genes(matrix, X)

    def read(self, regressor: PromoterRegressor, X: Any) -> Genes:
        """Read rows that must look like those of `learn`."""
        _check_given(X)
        who = type(regressor).__name__
        matrix = self._to_matrix(regressor, X, who)
        if matrix.promoter_length != self.promoter_length:
            raise ValueError(
                f"X has promoters of {matrix.promoter_length} nt, but {who} was fitted with "
                f"promoters of {self.promoter_length} nt"
            )
        matrix = match_covariates(
            matrix, self.n_halflife, self.halflife_names, "half-life feature", who
        )
        return _as_genes(matrix, X)

    def _to_matrix(self, regressor: PromoterRegressor, X: Any, who: str) -> OneHotMatrix:
        if isinstance(X, OneHotMatrix):
            return X
        is_table = isinstance(X, pd.DataFrame)
        if self.encoder is not None and (is_table or holds_sequences(X)):
            with config_context(transform_output="default"):
                return self.encoder.transform(X)
        if holds_sequences(X):
            raise ValueError(
                f"{who} was fitted on encoded promoters or numbers, but X is a "
                f"{type(X).__name__} of sequences"
            )
        if getattr(X, "ndim", 2) == 3:
            return OneHotMatrix.from_dense(X)
        return _split_columns(_read_columns(regressor, X, reset=False), self.promoter_length)


def _check_given(X: Any) -> None:
    if X is None:
        raise ValueError("X must be given, got None")


def _count_bases(X: Any, promoter_length: int | None) -> int:
    """Count the bases among the columns of a 2-D X."""
    if promoter_length is None and isinstance(X, pd.DataFrame):
        # what OneHotPromoterEncoder gives under set_output(transform="pandas")
        return sum(bool(_ENCODED_NAME.fullmatch(str(name))) for name in X.columns) // 4
    return int(promoter_length or 0)


def _read_columns(regressor: PromoterRegressor, X: Any, *, reset: bool) -> npt.NDArray[np.float32]:
    """Read a 2-D X of numbers, in the order of columns seen at fit unless `reset`."""
    if isinstance(X, pd.DataFrame):
        check_unique_columns(X)
        known = [] if reset else getattr(regressor, "feature_names_in_", [])
        if set(known) == set(X.columns):
            X = X[list(known)]
        numeric_columns(X, X.columns)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused
        return validate_data(regressor, X, reset=reset, dtype=np.float32)


def _split_columns(X: npt.NDArray[np.float32], width: int) -> OneHotMatrix:
    """Read a one-hot promoter of `width` nt, then half-life features."""
    if 4 * width > X.shape[1]:
        raise ValueError(
            f"promoter_length={width} needs {4 * width} one-hot columns, but X has {X.shape[1]}"
        )
    onehot = X[:, : 4 * width].reshape(len(X), width, 4)
    return OneHotMatrix.from_dense(onehot, X[:, 4 * width :])


def _as_genes(matrix: OneHotMatrix, X: Any) -> Genes:
    _check_finite(matrix, row_labels(X))
    return Genes(matrix.codes, matrix.covariates)


def _check_finite(X: OneHotMatrix, labels: Sequence[Any]) -> None:
    """Raise for NaN and infinity among the half-life features, naming row and column."""
    halflife, names = X.covariates, X.covariate_names
    bad = ~np.isfinite(halflife)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        name = names[column] if names else column
        raise ValueError(
            f"column {shorten(name)} of the half-life features must be finite, got "
            f"{halflife[row, column]} in row {shorten(labels[row])}; "
            "HalfLifeTransformer(missing='mean') fills missing values"
        )
