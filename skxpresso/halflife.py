"""HalfLifeTransformer: put the eight numbers that stand for mRNA half-life on one scale."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _num_samples, check_is_fitted, validate_data

from skxpresso._utils.fitted import check_settings, forget, note_settings
from skxpresso._utils.frames import as_pandas, with_columns
from skxpresso._utils.parameters import ShortMessages
from skxpresso._utils.table import (
    check_unique_names,
    is_numeric,
    numeric_columns,
    quote,
    require_columns,
    row_labels,
    shorten,
)
from skxpresso.sequence.onehot import OneHotMatrix, dense_if_asked
from skxpresso.sequence.promoters import (
    as_sequence,
    check_not_empty,
    holds_sequences,
    remember_columns,
)

__all__ = ["HALF_LIFE_COLUMNS", "LOG_COLUMNS", "HalfLifeTransformer"]

#: The half-life columns in the order of the published data sets.
HALF_LIFE_COLUMNS = (
    "UTR5LEN",
    "CDSLEN",
    "INTRONLEN",
    "UTR3LEN",
    "UTR5GC",
    "CDSGC",
    "UTR3GC",
    "ORFEXONDENSITY",
)

#: Lengths (nt) and coding exons per 1,000 nt of CDS: zero or more, spread over decades.
LOG_COLUMNS = ("UTR5LEN", "CDSLEN", "INTRONLEN", "UTR3LEN", "ORFEXONDENSITY")

_GC_COLUMNS = ("UTR5GC", "CDSGC", "UTR3GC")
#: What is added before a logarithm is taken, of half-life numbers and of expression.
PSEUDOCOUNT = 0.1


class HalfLifeTransformer(OneToOneFeatureMixin, TransformerMixin, ShortMessages, BaseEstimator):
    """Take logarithms of lengths and z-scores of all half-life columns.

    All other columns of the table, such as the promoter, pass through unchanged.

    Parameters
    ----------
    columns : list of str or None, default=None
        The columns to transform. None: those of `HALF_LIFE_COLUMNS` that a table has,
        or all columns of an array. For an array, the names of its columns in order.
    log_columns : list of str or None, default=None
        Which of them are first replaced by ``log10(x + 0.1)``. None: those of `LOG_COLUMNS`.
    missing : {"error", "mean"}, default="error"
        How to treat missing values: raise an error, or fill in the training mean.

    Attributes
    ----------
    columns_ : list of str
        The columns that are transformed.
    mean_, scale_ : ndarray of shape (n_columns,), float64
        Mean and standard deviation on the training rows, after the logarithm. A
        column without spread has scale 1.
    n_features_in_ : int
        Number of columns seen during fit; 1 for a list of sequences.
    feature_names_in_ : ndarray of str
        Names of the columns, for a DataFrame.

    See Also
    --------
    OneHotPromoterEncoder : The next step, which passes these columns on.

    Notes
    -----
    The transformation is that of Agarwal & Shendure (2020), with one difference: mean
    and standard deviation come from the rows given to `fit`, not from all genes, so
    that nothing leaks from test to training rows.

    Columns are matched by name: their order at `transform` does not matter, and the
    result has the order seen at `fit`. Columns that were not present at `fit` are
    dropped. The columns of an array have no names, so no logarithm is taken unless
    `columns` names them.

    References
    ----------
    Agarwal V, Shendure J (2020). Predicting mRNA abundance directly from genomic
    sequence using deep convolutional neural networks. Cell Reports 31:107663.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso import HalfLifeTransformer
    >>> X = pd.DataFrame({"promoter": ["ACGT", "CCCC"], "CDSLEN": [99.9, 9999.9]})
    >>> HalfLifeTransformer().fit_transform(X)
      promoter  CDSLEN
    0     ACGT    -1.0
    1     CCCC     1.0
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "columns": ["array-like", None],
        "log_columns": ["array-like", None],
        "missing": [StrOptions({"error", "mean"})],
    }

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        *,
        log_columns: Sequence[str] | None = None,
        missing: str = "error",
    ) -> None:
        self.columns = columns
        self.log_columns = log_columns
        self.missing = missing

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn mean and standard deviation.

        Parameters
        ----------
        X : DataFrame, OneHotMatrix, array-like of shape (n, n_columns), or 1-D sequences
            A DataFrame is one of pandas, polars, pyarrow or any library that narwhals
            knows. Sequences alone have no half-life columns and pass through.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a column is missing, or a value is missing, infinite, not a number, a
            negative length or density, or a GC content outside 0 to 1. The message
            names the column and the row.
        """
        forget(self)  # a failed fit is no fit
        self._validate_params()
        X = as_pandas(X)
        check_not_empty(_num_samples(X))
        self._learn_columns(X)
        self._check_log_columns()
        values = self._read(X, reset=True)
        missing = np.isnan(values)
        all_missing = missing.all(axis=0)
        if all_missing.any():
            names = [self.columns_[j] for j in np.flatnonzero(all_missing)]
            raise ValueError(f"column(s) {quote(names)} hold only missing values")
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused
            self.mean_ = np.nanmean(values, axis=0) if values.size else np.zeros(0)
            spread = np.nanstd(values, axis=0) if values.size else np.ones(0)
        self._refuse(
            ~np.isfinite(spread) & ~missing & (np.abs(values) > 1e150),
            values,
            row_labels(X),
            "values whose squares fit float64",
        )
        # a spread within rounding of the mean is no spread
        note_settings(self, "columns", "log_columns")
        constant = spread <= 10 * np.finfo(np.float64).eps * np.abs(self.mean_)
        self.scale_ = np.where(constant, 1.0, spread)
        return self

    def transform(self, X: Any) -> Any:
        """Transform the half-life columns.

        Parameters
        ----------
        X : DataFrame, OneHotMatrix, array-like of shape (n, n_columns), or 1-D sequences
            Of the kind seen at `fit`.

        Returns
        -------
        DataFrame, OneHotMatrix, ndarray or the sequences
            As X, of its library, with float64 half-life columns (float32 in a
            `OneHotMatrix`).

        Raises
        ------
        ValueError
            As in `fit`.
        """
        check_is_fitted(self, "scale_")
        check_settings(self)
        values = (self._read(as_pandas(X), reset=False) - self.mean_) / self.scale_
        written = self._write(X, np.where(np.isnan(values), 0.0, values))
        return dense_if_asked(written, self)

    def inverse_transform(self, X: Any) -> Any:
        """Restore lengths, GC contents and densities.

        Parameters
        ----------
        X : DataFrame, OneHotMatrix, array-like or 1-D sequences
            Output of `transform`.

        Returns
        -------
        DataFrame, OneHotMatrix, ndarray or the sequences
        """
        check_is_fitted(self, "scale_")
        check_settings(self)
        values = self._select(as_pandas(X), reset=False) * self.scale_ + self.mean_
        logged = self._is_log()
        values[:, logged] = 10 ** values[:, logged] - PSEUDOCOUNT
        return self._write(X, values)

    def _learn_columns(self, X: Any) -> None:
        remember_columns(self, X)
        if isinstance(X, pd.DataFrame):
            names = X.columns.tolist()
        elif isinstance(X, OneHotMatrix):
            if X.covariate_names is None:
                self.columns_ = self._name_array_columns(X.n_covariates)
                return
            names = list(X.covariate_names)
        elif holds_sequences(X):
            names = []
        else:
            self.columns_ = self._name_array_columns(self._select(X, reset=True).shape[1])
            return
        known = [name for name in HALF_LIFE_COLUMNS if name in names]
        if self.columns is None and not known:
            self._warn_of_other_names(X, names)
        self.columns_ = known if self.columns is None else list(self.columns)
        check_unique_names(self.columns_, "columns")

    def _warn_of_other_names(self, X: Any, names: list[Any]) -> None:
        if isinstance(X, pd.DataFrame):
            names = [name for name in names if is_numeric(X[name])]
        if names:
            warnings.warn(
                f"none of the numeric columns {quote(names)} has the name of a half-life column, "
                "so they pass through unchanged; set columns to the names of those to transform",
                UserWarning,
                stacklevel=4,
            )

    def _name_array_columns(self, width: int) -> list[str]:
        if self.columns is None:
            return [f"x{j}" for j in range(width)]
        if len(self.columns) != width:
            raise ValueError(
                f"columns has {len(self.columns)} names, but X is an array with {width} columns"
            )
        return list(self.columns)

    def _check_log_columns(self) -> None:
        unknown = [
            name
            for name in (() if self.log_columns is None else self.log_columns)
            if name not in self.columns_
        ]
        if unknown:
            raise ValueError(
                f"log_columns names {quote(unknown)}, but the columns to transform are "
                f"{quote(self.columns_, 8) or 'none'}"
            )

    def _is_log(self) -> npt.NDArray[np.bool_]:
        logged = LOG_COLUMNS if self.log_columns is None else self.log_columns
        return np.isin(self.columns_, list(logged)) if self.columns_ else np.zeros(0, bool)

    def _select(self, X: Any, reset: bool) -> npt.NDArray[np.float64]:
        """Return the columns to transform as float64 of shape (n, n_columns)."""
        who = type(self).__name__
        if isinstance(X, pd.DataFrame):
            needed = self.columns_ if reset else self._names_in(X)
            require_columns(X, needed, who)
            return numeric_columns(X, self.columns_)
        if isinstance(X, OneHotMatrix):
            covariates = self._covariates_of(X)
            require_columns(covariates, self.columns_, who)
            return numeric_columns(covariates, self.columns_)
        if holds_sequences(X):
            require_columns(pd.DataFrame(), self.columns_, who)
            return np.empty((len(as_sequence(X)), 0))
        return validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")

    def _covariates_of(self, X: OneHotMatrix) -> pd.DataFrame:
        names = X.covariate_names
        if names is None and X.n_covariates == len(self.columns_):
            names = tuple(self.columns_)
        return pd.DataFrame(X.covariates, columns=names)

    def _names_in(self, X: pd.DataFrame) -> list[str]:
        return list(getattr(self, "feature_names_in_", X.columns))

    def _read(self, X: Any, reset: bool) -> npt.NDArray[np.float64]:
        """Return the columns to transform, checked and with the logarithm taken."""
        values = self._select(X, reset)
        labels = row_labels(X)
        missing = np.isnan(values)
        if self.missing == "error":
            self._refuse(
                missing, values, labels, "no missing values such as NaN (missing='mean' fills them)"
            )
        self._refuse(np.isinf(values), values, labels, "finite values")
        logged = self._is_log()
        self._refuse((values < 0) & logged, values, labels, "values of 0 or more")
        is_gc = np.isin(self.columns_, _GC_COLUMNS)
        outside = ((values < 0) | (values > 1)) & is_gc if len(is_gc) else missing
        self._refuse(outside & ~missing, values, labels, "fractions from 0 to 1")
        return np.log10(values + PSEUDOCOUNT, where=logged, out=values.copy())

    def _refuse(
        self, bad: npt.NDArray[np.bool_], values: Any, labels: Sequence[Any], wanted: str
    ) -> None:
        if not bad.any():
            return
        column = int(np.argmax(bad.any(axis=0)))
        rows = np.flatnonzero(bad[:, column])
        raise ValueError(
            f"column {shorten(self.columns_[column])} must hold {wanted}, got "
            f"{values[rows[0], column]} in row {quote([labels[row] for row in rows.tolist()])}"
        )

    def _write(self, X: Any, values: npt.NDArray[np.float64]) -> Any:
        if hasattr(X, "columns"):  # a table of any library
            names = self._names_in(X)
            return with_columns(X, names, dict(zip(self.columns_, values.T, strict=True)))
        if isinstance(X, OneHotMatrix):
            covariates = self._covariates_of(X)
            covariates[self.columns_] = values
            return X.with_covariates(covariates.to_numpy(), X.covariate_names)
        return X if holds_sequences(X) else values

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "mean"
        return tags
