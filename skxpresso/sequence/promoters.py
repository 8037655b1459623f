"""Take the input of an encoder apart: sequences, lengths, strands, covariates, row labels."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import Tags

from skxpresso._utils.table import (
    check_unique_columns,
    is_numeric,
    numeric_columns,
    quote,
    require_columns,
    row_labels,
    shorten,
)
from skxpresso._utils.target_leak import follows_target, named_like_target
from skxpresso.exceptions import PromoterWarning
from skxpresso.sequence.letters import check_sequence, is_sequence
from skxpresso.sequence.onehot import UNKNOWN, OneHotMatrix, row_chunks
from skxpresso.sequence.packed import packed_codes


@dataclass(frozen=True)
class Promoters:
    """Checked input, one entry per gene."""

    sequences: Sequence[Any] | OneHotMatrix
    lengths: npt.NDArray[np.int64]
    minus: npt.NDArray[np.bool_]
    covariates: npt.NDArray[np.float64] | npt.NDArray[np.float32] | None
    labels: Sequence[Any]


def read_table(
    X: pd.DataFrame, sequence_column: str, covariates: list[str], strand: str | None, who: str
) -> Promoters:
    """Read sequences and covariates from the named columns of a DataFrame."""
    require_sequences(X, sequence_column, who)
    require_columns(X, covariates, who)
    if strand not in (None, "+", "-"):
        require_columns(X, [strand], who)
    labels = row_labels(X)
    minus = _minus_rows(X[strand], labels) if strand in X.columns else _all(X, strand)
    codes = packed_codes(X[sequence_column])
    sequences: Any
    if codes is not None and len(codes) and not minus.any():
        sequences, lengths = OneHotMatrix.of_codes(codes), np.full(len(codes), codes.shape[1])
    else:
        sequences = X[sequence_column].tolist()
        lengths = _lengths(sequences, labels)
    return Promoters(sequences, lengths, minus, numeric_columns(X, covariates), labels)


def read_sequences(X: Any, covariates: list[str], strand: str | None, who: str) -> Promoters:
    """Read a 1-D container of sequences."""
    sequences = as_sequence(X)
    if covariates:
        raise ValueError(
            f"{who} was fitted with sequences and the column(s) {quote(covariates, 8)}, "
            f"got a {type(X).__name__} of sequences only"
        )
    if strand not in (None, "+", "-"):
        raise ValueError(
            f"strand={shorten(strand)} names a column, so X must be a DataFrame, got "
            f"{type(X).__name__}; without a DataFrame, strand must be '+', '-' or None"
        )
    labels = row_labels(X)
    return Promoters(sequences, _lengths(sequences, labels), _all(X, strand), None, labels)


def read_matrix(X: OneHotMatrix, covariates: list[str], who: str) -> Promoters:
    """Read promoters that are encoded already, on the gene's strand."""
    check_not_empty(len(X))
    X = match_covariates(X, len(covariates), covariates, "covariate", who)
    lengths = np.full(len(X), X.promoter_length)
    return Promoters(X, lengths, _all(X, "+"), X.covariates, range(len(X)))


def match_covariates(
    X: OneHotMatrix, n_fitted: int, names: Sequence[str] | None, what: str, who: str
) -> OneHotMatrix:
    """Put covariates in the order seen at fit, by name where both sides have names."""
    if X.n_covariates != n_fitted:
        got = f" ({quote(X.covariate_names, 8)})" if X.covariate_names else ""
        raise ValueError(
            f"X has {X.n_covariates} {what}(s){got}, but {who} was fitted with {n_fitted}"
            f"{f' ({quote(names, 8)})' if names else ''}"
        )
    if names is None or X.covariate_names is None or X.covariate_names == tuple(names):
        return X
    if set(names) != set(X.covariate_names):
        raise ValueError(
            f"X has the {what}s {quote(X.covariate_names, 8)}, "
            f"but {who} was fitted with {quote(names, 8)}"
        )
    order = [X.covariate_names.index(name) for name in names]
    return X.with_covariates(X.covariates[:, order], names)


def as_sequence(X: Any) -> list[Any]:
    """Turn a 1-D container of sequences into a list; anything else raises."""
    wanted = (
        "X must be a DataFrame, a OneHotMatrix, or a 1-D sequence of str, bytes, "
        "Bio.Seq.Seq or SeqRecord"
    )
    if is_sequence(X):
        raise TypeError(f"{wanted}, got one bare {type(X).__name__}; wrap it in a list: [sequence]")
    if isinstance(X, np.ndarray):
        if X.ndim == 2 and X.shape[1] == 1:
            X = X[:, 0]
        if X.ndim != 1:
            raise ValueError(f"{wanted}, got an array of shape {X.shape}")
    if not _is_container(X):
        raise TypeError(f"{wanted}, got {type(X).__name__}")
    return list(X)


def holds_sequences(X: Any) -> bool:
    """Tell whether X is a 1-D container of sequences, or one bare sequence."""
    if isinstance(X, (pd.DataFrame, OneHotMatrix)) or getattr(X, "ndim", 1) != 1:
        return False
    return _is_container(X) and any(is_sequence(x) for x in X)


def _is_container(X: Any) -> bool:
    has_order = not isinstance(X, (Mapping, Set)) and not hasattr(X, "nnz")
    return has_order and hasattr(X, "__len__") and hasattr(X, "__iter__")


def _lengths(sequences: list[Any], labels: Sequence[Any]) -> npt.NDArray[np.int64]:
    check_not_empty(len(sequences))
    return np.fromiter(map(check_sequence, sequences, labels), np.int64, len(sequences))


def check_not_empty(n: int) -> None:
    """Raise where X has no row."""
    if n == 0:
        raise ValueError("X is empty (0 sample(s)), but at least one row is required")


def _all(X: Any, strand: str | None) -> npt.NDArray[np.bool_]:
    return np.full(len(X), strand == "-")


def _minus_rows(column: pd.Series, labels: Sequence[Any]) -> npt.NDArray[np.bool_]:
    strands = column.astype(object).to_numpy()
    minus = np.array([_is_one_of(strand, "-", -1) for strand in strands])
    plus = np.array([_is_one_of(strand, "+", 1) for strand in strands])
    wrong = ~(minus | plus)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"column {shorten(column.name)} must hold '+' or '-', or 1 and -1, "
            f"got {shorten(strands[row])} in row {shorten(labels[row])}"
        )
    return minus


def _is_one_of(strand: Any, sign: str, number: int) -> bool:
    if isinstance(strand, str):
        return strand == sign
    return isinstance(strand, Real) and not isinstance(strand, bool) and strand == number


def refuse_strands(X: pd.DataFrame, names: Sequence[Any]) -> None:
    """Raise where strands would be passed on as a number of the gene, and nothing be turned."""
    for name in names:
        if str(name).lower() == "strand" and set(X[name].dropna().unique()) <= {1, -1}:
            raise ValueError(
                f"column {shorten(name)} holds strands, and would be passed on as a covariate; "
                f"strand={shorten(name)} turns the promoters of -1, and covariates lists the "
                "columns to pass on"
            )


def sequence_tags(tags: Tags) -> Tags:
    """Set what scikit-learn is told of the input of a transformer of promoters."""
    tags.input_tags.two_d_array = False
    tags.input_tags.string = True
    tags.input_tags.one_d_array = True
    tags.input_tags.allow_nan = False
    return tags


def remember_columns(estimator: Any, X: Any) -> None:
    """Set `n_features_in_`, 1 for sequences, and `feature_names_in_` where X has names."""
    estimator.__dict__.pop("feature_names_in_", None)
    estimator.n_features_in_ = 1
    if isinstance(X, pd.DataFrame):
        check_unique_columns(X)
        estimator.feature_names_in_ = np.asarray(X.columns, dtype=object)
    if isinstance(X, (pd.DataFrame, OneHotMatrix)):
        estimator.n_features_in_ = X.shape[1]


def select_covariates(X: OneHotMatrix, names: Sequence[str] | None) -> OneHotMatrix:
    """Keep the covariates of these names; None keeps all."""
    if names is None or (X.covariate_names is None and X.n_covariates == len(names)):
        return X
    known = list(X.covariate_names or ())
    missing = [name for name in names if name not in known]
    if missing:
        raise ValueError(
            f"covariates names {quote(missing, 8)}, but the OneHotMatrix has "
            f"{X.n_covariates} covariate(s){f': {quote(known, 8)}' if known else ' without names'}"
        )
    columns = [known.index(name) for name in names]
    return X.with_covariates(X.covariates[:, columns], names)


def covariates_as_float32(promoters: Promoters, names: list[str]) -> npt.NDArray[np.float32] | None:
    """Give the covariates as the network reads them; a value beyond float32 raises."""
    values = promoters.covariates
    if values is None:
        return None
    too_large = np.isfinite(values) & (np.abs(values) > np.finfo(np.float32).max)
    if too_large.any():
        row, column = np.argwhere(too_large)[0]
        raise ValueError(
            f"column {shorten(names[column])} must fit float32, "
            f"got {values[row, column]} in row {shorten(promoters.labels[row])}"
        )
    return values.astype(np.float32)


def warn_of_unknown_rows(X: OneHotMatrix, labels: Sequence[Any]) -> None:
    """Warn if no base of a promoter is known."""
    first = X.window(0, 1).codes[:, 0]
    candidates = np.flatnonzero(first == UNKNOWN)  # few, so that few rows are read whole
    unknown = [
        row
        for some in row_chunks(len(candidates), X.promoter_length)
        for row in candidates[some][X[candidates[some]].codes.min(axis=1) == UNKNOWN].tolist()
    ]
    if unknown:
        names = quote([labels[row] for row in unknown])
        warnings.warn(
            f"no known base in the window of {len(unknown)} promoter(s) (row {names}), "
            "which are encoded as zeros",
            PromoterWarning,
            stacklevel=5,  # past scikit-learn's wrapper of transform
        )


def require_sequences(X: pd.DataFrame, sequence_column: str, who: str) -> None:
    """Raise if the column of sequences is missing, and say how to name another."""
    try:
        require_columns(X, [sequence_column], who)
    except ValueError as error:
        if sequence_column in X.columns:
            raise
        texts = [name for name in X.columns if not is_numeric(X[name])][:1]
        named = shorten(texts[0] if texts else "name")
        raise ValueError(
            f"{error}; sequence_column={named} names the column of sequences"
        ) from None


def refuse_target(names: Sequence[str], values: Any, y: Any) -> None:
    """Raise if columns that are passed on because nobody chose hold what is to be predicted."""
    hint = "drop it from X, or list the columns to pass on in covariates"
    if (name := named_like_target(names, y)) is not None:
        raise ValueError(
            f"column {shorten(name)} has the name of what is to be predicted, and would be passed "
            f"on as a covariate; {hint}"
        )
    if names and (place := follows_target(values, y)) is not None:
        raise ValueError(
            f"column {shorten(names[place])} follows y (correlation above 0.999), and would be "
            f"passed on as a covariate; {hint}"
        )
