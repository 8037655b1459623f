"""A fitted model taken apart: the base codes that it reads, and what predicts from them.

This is the only file of the room that knows how a fitted regressor keeps its network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skxpresso._kernels.mutate import edit_effects
from skxpresso._kernels.predict import Network
from skxpresso._utils.table import is_numeric, numeric_columns, quote, row_labels, shorten
from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.network import count_outputs
from skxpresso.network.engines import why_not_fused
from skxpresso.sequence.encoder import OneHotPromoterEncoder, encode
from skxpresso.sequence.letters import decode
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.sequence.promoters import holds_sequences

__all__ = ["Edits", "ExplainedModel", "read_model"]

#: Of one promoter: starts (edits,) int64, 0-based, and letters (edits, width) uint8.
Edits = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]


_WANTED = "X must be a DataFrame with a column 'promoter', a OneHotMatrix or 1-D sequences"


@dataclass(frozen=True)
class ExplainedModel:
    """Promoters as a model reads them, and the model behind its encoder.

    `codes` (n, W) uint8; `predict(codes, rows)` gives y for edited promoters, `rows` being the
    promoters that they were made from; `predict(codes, rows, halflife)` with other half-life
    numbers, too. `networks` and `scale` are there where the compiled kernels can take the model's
    place: y is `mean` plus `scale` times the mean of their outputs; `obstacle` says why they
    cannot. `is_table` tells whether codes and half-life numbers are those of the user's own table,
    read by the model in its own way.
    """

    codes: npt.NDArray[np.uint8]
    halflife: npt.NDArray[np.floating]
    predict: Callable[..., npt.NDArray[np.float64]]
    networks: tuple[Network, ...] = ()
    scale: float = 1.0
    mean: float = 0.0
    halflife_names: tuple[str, ...] = ()
    obstacle: str | None = None
    is_table: bool = False

    @property
    def length(self) -> int:
        """Width of the window that the model reads, in nt."""
        return int(self.codes.shape[1])

    def effects(
        self, edits: Sequence[Edits], batch_size: int, first_row: int = 0
    ) -> list[npt.NDArray[np.float64]]:
        """Return the change of the prediction for every edit of promoters from `first_row` on.

        All letters have one width.
        """
        rows = slice(first_row, first_row + len(edits))
        if self.networks:
            each = [
                edit_effects(network, self.codes[rows], self.halflife[rows], edits)
                for network in self.networks
            ]
            return [
                np.stack(of_gene).mean(axis=0, dtype=np.float64) * self.scale
                for of_gene in zip(*each, strict=True)
            ]
        references = self.predict(self.codes[rows], np.arange(rows.start, rows.stop))
        sizes = [len(starts) for starts, _ in edits]
        which = np.repeat(np.arange(len(edits)), sizes)
        starts = np.concatenate([starts for starts, _ in edits])
        letters = np.concatenate([letters for _, letters in edits])
        parts = [np.zeros(0)]
        for begin in range(0, len(which), batch_size):
            some = slice(begin, begin + batch_size)
            predicted = self._predict_edited(first_row + which[some], starts[some], letters[some])
            parts.append(predicted - references[which[some]])
        return np.split(np.concatenate(parts), np.cumsum(sizes)[:-1])

    def _predict_edited(
        self,
        rows: npt.NDArray[np.intp],
        starts: npt.NDArray[np.int64],
        letters: npt.NDArray[np.uint8],
    ) -> npt.NDArray[np.float64]:
        codes = self.codes[rows]
        columns = starts[:, None] + np.arange(letters.shape[1])
        np.put_along_axis(codes, columns, letters, axis=1)
        return self.predict(codes, rows)


def read_model(model: Any, X: Any) -> ExplainedModel:
    """Replay a fitted model up to its base codes.

    Parameters
    ----------
    model : estimator
        Fitted, with `predict`; a search is replaced by its best estimator.
    X : DataFrame, OneHotMatrix or 1-D sequences
        What the model predicts from.

    Returns
    -------
    ExplainedModel

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If it cannot predict, or X holds no promoters.
    ValueError
        If the model reads no promoter.
    """
    if not hasattr(model, "predict"):
        raise TypeError(f"model must be an estimator with predict, got {type(model).__name__}")
    check_is_fitted(model)
    if X is None or isinstance(X, (str, bytes)):
        raise TypeError(f"{_WANTED}, got {shorten(X)}")
    if not len(X):
        raise ValueError("X is empty: there are no genes to explain")
    model = getattr(model, "best_estimator_", model)
    if (n_outputs := count_outputs(model)) is not None:
        raise ValueError(
            f"model predicts a y of {n_outputs} column(s), but one number is explained at a time; "
            "skxpresso.network.single_output(model, output) gives a model of one"
        )
    rest, matrix = _replay(model, X)
    if hasattr(rest, "_network"):
        return _of_network(rest, matrix)
    if isinstance(matrix, OneHotMatrix):
        return _of_matrix(rest, matrix)
    return _of_letters(model, X)


def _replay(model: Any, X: Any) -> tuple[Any, Any]:
    """Take X through a pipeline until it is encoded; return what is left of both."""
    if not isinstance(model, Pipeline):
        return model, X
    for index, (_, step) in enumerate(model.steps[:-1]):
        if step is None or step == "passthrough":
            continue
        X = step.transform(X)
        # promoters may have been encoded all along, and are yet to be cut to the window
        if isinstance(X, OneHotMatrix) and not _cuts(model.steps[index + 1][1]):
            rest = model[index + 1 :]
            return (rest[0] if len(rest) == 1 else rest), X
    return model.steps[-1][1], X


def _cuts(step: Any) -> bool:
    return isinstance(step, OneHotPromoterEncoder)


def _of_network(regressor: Any, X: Any) -> ExplainedModel:
    genes = regressor._inputs.read(regressor, X)
    if not genes.codes.shape[1]:
        raise ValueError(
            f"this {type(regressor).__name__} reads no promoter, only {genes.halflife.shape[1]} "
            "half-life feature(s): there are no bases to explain"
        )
    names = regressor._halflife_names
    explained = _of_matrix(regressor, OneHotMatrix(np.asarray(genes.codes), genes.halflife, names))
    fitted = regressor._network
    members = fitted.members
    if not hasattr(members[0], "plain"):
        return explained
    obstacle = why_not_fused(
        fitted.settings, fitted.promoter_length, precision=members[0].precision
    )
    if obstacle:
        return replace(explained, obstacle=obstacle)
    return replace(
        explained,
        networks=tuple(member.plain() for member in members),
        scale=float(regressor.y_scale_),
        mean=float(regressor.y_mean_),
        obstacle=None,
    )


def _of_matrix(rest: Any, matrix: OneHotMatrix) -> ExplainedModel:
    def predict(
        codes: npt.NDArray[np.uint8], rows: npt.NDArray[np.intp], halflife: Any = None
    ) -> npt.NDArray[np.float64]:
        numbers = matrix.covariates[rows] if halflife is None else halflife
        edited = OneHotMatrix(codes, numbers, matrix.covariate_names, matrix.tss)
        return _checked(rest.predict(edited))

    if not matrix.promoter_length:
        raise ValueError("X holds no promoter: there are no bases to explain")
    codes = np.ascontiguousarray(matrix.codes)
    numbers = matrix.covariates
    names = matrix.covariate_names or tuple(f"x{column}" for column in range(numbers.shape[1]))
    return ExplainedModel(
        codes,
        numbers,
        predict,
        halflife_names=names,
        obstacle=f"{type(rest).__name__} is no XpressoRegressor",
    )


def _of_letters(model: Any, X: Any, column: str = "promoter") -> ExplainedModel:
    """Edit the sequences of the user's own table: for models that encode in their own way."""
    if isinstance(X, pd.DataFrame):
        if column not in X.columns:
            raise TypeError(
                f"X must have a column {column!r} of sequences to be explained; "
                f"it has {quote(X.columns, 8)}"
            )
        sequences = X[column].tolist()
    elif holds_sequences(X):
        sequences = list(X)
    else:
        raise TypeError(f"{_WANTED}, got {type(X).__name__}")
    labelled = pd.DataFrame({column: sequences}, index=list(row_labels(X)))
    matrix = encode(labelled, sequence_column=column)
    names = _numeric_names(model, X, column)

    def predict(
        edited: npt.NDArray[np.uint8], rows: npt.NDArray[np.intp], halflife: Any = None
    ) -> npt.NDArray[np.float64]:
        letters = decode(edited)
        if not isinstance(X, pd.DataFrame):
            return _checked(model.predict(letters))
        table = X.iloc[rows].assign(**{column: letters})
        if halflife is not None:
            table[list(names)] = halflife
        return _checked(model.predict(table))

    return ExplainedModel(
        matrix.codes,
        numeric_columns(X, names) if names else np.empty((len(sequences), 0)),
        predict,
        halflife_names=names,
        obstacle=f"{type(model).__name__} encodes promoters in its own way",
        is_table=True,
    )


def _numeric_names(model: Any, X: Any, column: str) -> tuple[str, ...]:
    """Return the columns of numbers that a model reads from a table."""
    if not isinstance(X, pd.DataFrame):
        return ()
    read = getattr(model, "feature_names_in_", HALF_LIFE_COLUMNS)
    return tuple(name for name in read if name in X and name != column and is_numeric(X[name]))


def _checked(predictions: Any) -> npt.NDArray[np.float64]:
    values = np.asarray(predictions, dtype=np.float64)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(
            f"model must predict one number for each gene, got predictions of shape {values.shape}"
        )
    return values
