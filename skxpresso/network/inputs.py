"""X of any form, read as base codes and half-life features; learned once, at fit."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn import config_context

from skxpresso._utils.frames import as_pandas
from skxpresso._utils.table import row_labels, shorten
from skxpresso._utils.target_leak import follows_target
from skxpresso.network._plain import learn_columns, read_columns
from skxpresso.network.genes import Genes
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.sequence.promoters import (
    check_not_empty,
    holds_sequences,
    match_covariates,
    remember_columns,
)

if TYPE_CHECKING:
    from skxpresso.network._base import PromoterRegressor

__all__ = ["Inputs"]


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
    def learn(cls, regressor: PromoterRegressor, X: Any, y: Any) -> tuple[Inputs, Genes]:
        """Learn the form of X, and read it; y serves to notice if it is among the features.

        `n_features_in_` and `feature_names_in_` of the regressor are set.
        """
        _check_given(X)
        X = as_pandas(X)
        encoder = None
        if isinstance(X, OneHotMatrix):
            matrix = X
            remember_columns(regressor, X)
        elif holds_sequences(X) or (isinstance(X, pd.DataFrame) and "promoter" in X.columns):
            remember_columns(regressor, X)
            encoder = OneHotPromoterEncoder()
            with config_context(transform_output="default"):  # base codes, not a table
                matrix = encoder.fit_transform(X, y)
        elif getattr(X, "ndim", 2) == 3:
            matrix = OneHotMatrix.from_dense(X)
            remember_columns(regressor, matrix)
        else:
            matrix = learn_columns(regressor, X)
        _check_length(regressor, matrix)
        if encoder is None:
            _warn_of_target(matrix, y)
        inputs = cls(matrix.promoter_length, matrix.n_covariates, matrix.covariate_names, encoder)
        return inputs, _as_genes(matrix, X)

    def read(self, regressor: PromoterRegressor, X: Any) -> Genes:
        """Read rows that must look like those of `learn`."""
        _check_given(X)
        X = as_pandas(X)
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
        return read_columns(regressor, X, self.promoter_length)


def _check_given(X: Any) -> None:
    if X is None:
        raise ValueError("X must be given, got None")


def _check_length(regressor: PromoterRegressor, matrix: OneHotMatrix) -> None:
    """Raise if X holds promoters of another length than the parameter says."""
    wanted = regressor.promoter_length
    if wanted is not None and wanted != matrix.promoter_length:
        raise ValueError(
            f"promoter_length={wanted}, but X has promoters of {matrix.promoter_length} nt; only "
            "a plain array needs promoter_length"
        )


def _warn_of_target(matrix: OneHotMatrix, y: Any) -> None:
    place = follows_target(matrix.covariates, y)
    if place is not None:
        name = matrix.covariate_names[place] if matrix.covariate_names else place
        warnings.warn(
            f"column {shorten(name)} of the half-life features follows y (correlation above "
            "0.999); is it what is to be predicted?",
            UserWarning,
            stacklevel=6,  # past scikit-learn's wrapper of fit
        )


def _as_genes(matrix: OneHotMatrix, X: Any) -> Genes:
    check_not_empty(len(matrix))
    _check_finite(matrix, row_labels(X))
    return Genes(matrix.code_rows, matrix.covariates)


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
