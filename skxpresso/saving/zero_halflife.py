"""ZeroHalfLife: zeros for half-life inputs whose meaning is not documented."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from numbers import Integral
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _num_samples, check_is_fitted

from skxpresso._utils.fitted import check_settings, forget, note_settings
from skxpresso._utils.parameters import ShortMessages
from skxpresso._utils.table import quote, require_columns, row_labels
from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.sequence.onehot import OneHotMatrix, dense_if_asked
from skxpresso.sequence.promoters import as_sequence, check_not_empty, remember_columns

__all__ = ["ZeroHalfLife"]


class ZeroHalfLife(TransformerMixin, ShortMessages, BaseEstimator):
    """Add half-life features that are zero, the mean of z-scores, for every gene.

    The published networks have six half-life inputs whose order was never published, so
    they are commonly given zeros.

    Parameters
    ----------
    n_features : int, default=6
        Number of features to add.
    sequence_column : str, default="promoter"
        The column of a DataFrame that holds the sequences.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen during fit; 1 for a list of sequences.
    feature_names_in_ : ndarray of str
        Names of the columns, for a DataFrame.

    See Also
    --------
    load_pretrained : Makes a pipeline with this as its first step.
    HalfLifeTransformer : For half-life features that are known.

    Notes
    -----
    The features are called ``halflife1``, ``halflife2``, ... A table that already has all
    of these columns is passed through unchanged, for those who know what they mean. The
    columns must be z-scores.

    Examples
    --------
    >>> from skxpresso.saving.zero_halflife import ZeroHalfLife
    >>> ZeroHalfLife(n_features=2).fit_transform(["ACGT", "CCCC"])
      promoter  halflife1  halflife2
    0     ACGT        0.0        0.0
    1     CCCC        0.0        0.0
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "sequence_column": [str],
    }

    def __init__(self, n_features: int = 6, *, sequence_column: str = "promoter") -> None:
        self.n_features = n_features
        self.sequence_column = sequence_column

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check X; there is nothing to learn.

        Parameters
        ----------
        X : DataFrame, OneHotMatrix, or 1-D sequences
            Promoters.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        forget(self)  # a failed fit is no fit
        self._validate_params()
        check_not_empty(_num_samples(X))
        if not isinstance(X, (pd.DataFrame, OneHotMatrix)):
            as_sequence(X)
        remember_columns(self, X)
        note_settings(self, "n_features", "sequence_column")
        return self

    def transform(self, X: Any) -> pd.DataFrame | OneHotMatrix:
        """Add the features.

        Parameters
        ----------
        X : DataFrame, OneHotMatrix, or 1-D sequences
            Promoters.

        Returns
        -------
        DataFrame or OneHotMatrix
            X with the features: float64 columns of a table, or the only covariates of a
            `OneHotMatrix`.

        Raises
        ------
        ValueError
            If a table has only some of the features, or no sequences.

        Warns
        -----
        UserWarning
            If X has half-life columns under their published names, which are not used.
        """
        check_is_fitted(self, "n_features_in_")
        check_settings(self)
        names = self.feature_names
        if isinstance(X, OneHotMatrix):
            if X.covariate_names == tuple(names):
                return dense_if_asked(X, self)
            _warn_of_unused_columns(X.covariate_names or ())
            zeros = np.zeros((len(X), len(names)), np.float32)
            return dense_if_asked(X.with_covariates(zeros, names), self)
        if not isinstance(X, pd.DataFrame):
            X = pd.DataFrame({self.sequence_column: as_sequence(X)}, index=list(row_labels(X)))
        _warn_of_unused_columns(X.columns)
        if any(name in X.columns for name in names):
            require_columns(X, [self.sequence_column, *names], type(self).__name__)
            return dense_if_asked(X, self)
        require_columns(X, [self.sequence_column], type(self).__name__)
        return dense_if_asked(X.assign(**dict.fromkeys(names, 0.0)), self)

    @property
    def feature_names(self) -> list[str]:
        """Names of the features that are added."""
        return [f"halflife{i}" for i in range(1, self.n_features + 1)]

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the sequence column and the features.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
        """
        return np.array([self.sequence_column, *self.feature_names], dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


def _warn_of_unused_columns(names: Iterable[Any]) -> None:
    unused = [name for name in HALF_LIFE_COLUMNS if name in set(names)]
    if unused:
        warnings.warn(
            f"the half-life columns {quote(unused, 8)} are not used: this network's half-life "
            "inputs have an unknown order and stay zero; "
            "load_pretrained(..., halflife_columns=...) adds inputs that can be trained",
            UserWarning,
            stacklevel=3,
        )
