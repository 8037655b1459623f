"""OneHotPromoterEncoder: from promoter sequences to one-hot bases."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.fitted import check_settings, forget, note_settings
from skxpresso._utils.frames import as_pandas
from skxpresso._utils.parameters import ShortMessages
from skxpresso._utils.table import check_unique_names, is_numeric, shorten
from skxpresso.sequence._windows import check_long_enough, cut
from skxpresso.sequence.letters import decode, encode_windows, reverse_complement
from skxpresso.sequence.onehot import OneHotMatrix, dense_if_asked
from skxpresso.sequence.promoters import (
    Promoters,
    covariates_as_float32,
    read_matrix,
    read_sequences,
    read_table,
    refuse_strands,
    refuse_target,
    remember_columns,
    require_sequences,
    select_covariates,
    sequence_tags,
    warn_of_unknown_rows,
)

__all__ = ["OneHotPromoterEncoder", "reverse_complement"]

_LONGEST_WINDOW = 2**31  # nt


class OneHotPromoterEncoder(TransformerMixin, ShortMessages, BaseEstimator):
    """Encode promoter sequences as a one-hot matrix.

    Parameters
    ----------
    upstream, downstream : int or None, default=None
        The window, in nt before and after the transcription start site (TSS):
        positions ``[tss - upstream, tss + downstream)``, 0-based and half-open.
        None keeps everything on that side.
    tss : int or None, default=None
        0-based index of the TSS in every sequence as it reads on the gene's strand
        (after the reverse complement, where one is taken). None: the middle,
        ``len // 2``; for a `OneHotMatrix`, its own `tss`.
    sequence_column : str, default="promoter"
        The column of a DataFrame that holds the sequences.
    covariates : list of str or None, default=None
        Numeric columns of a DataFrame, or covariates of a `OneHotMatrix`, to append
        after the bases. None: all columns except sequence and strand.
    strand : {"+", "-"}, str or None, default=None
        Strand of all genes, or the column of a DataFrame that holds "+" or "-".
        Sequences on "-" are first replaced by their reverse complement. None means "+".
        A `OneHotMatrix` is already on the gene's strand and is never reversed.
    unknown : {"error", "zero"}, default="error"
        How to treat characters other than the IUPAC nucleotide letters. N and the
        other ambiguous letters are always encoded as zeros.
    short : {"error", "pad"}, default="error"
        How to treat sequences that do not fill the window, or whose length differs
        from the others where the TSS or the end of the window depends on it.
        "pad" aligns them at the TSS and fills the gaps with N.

    Attributes
    ----------
    promoter_length_ : int
        Width of the window, in nt.
    tss_ : int
        0-based index of the TSS in the window.
    sequence_length_ : int
        Length of the first sequence seen during fit, in nt.
    covariate_names_ : list of str
        The columns that are passed on.
    n_features_in_ : int
        Number of columns seen during fit; 1 for a list of sequences.
    feature_names_in_ : ndarray of str
        Names of the columns, for a DataFrame.

    See Also
    --------
    KmerCountEncoder : Frequencies of short words instead of bases.

    Notes
    -----
    Columns are matched by name: their order at `transform` does not matter, and
    columns that were not present at `fit` are ignored. Letters outside the window
    are not checked.

    Examples
    --------
    >>> from skxpresso import OneHotPromoterEncoder
    >>> encoder = OneHotPromoterEncoder(upstream=2, downstream=1)
    >>> X = encoder.fit_transform(["ccAAGTcc", "ggTTCNgg"])
    >>> X
    OneHotMatrix(n=2, promoter_length=3, n_covariates=0)
    >>> encoder.inverse_transform(X).tolist()
    ['AAG', 'TTC']
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "upstream": [Interval(Integral, 0, None, closed="left"), None],
        "downstream": [Interval(Integral, 0, None, closed="left"), None],
        "tss": [Interval(Integral, 0, None, closed="left"), None],
        "sequence_column": [str],
        "covariates": ["array-like", None],
        "strand": [str, None],
        "unknown": [StrOptions({"error", "zero"})],
        "short": [StrOptions({"error", "pad"})],
    }

    def __init__(
        self,
        upstream: int | None = None,
        downstream: int | None = None,
        tss: int | None = None,
        *,
        sequence_column: str = "promoter",
        covariates: Sequence[str] | None = None,
        strand: str | None = None,
        unknown: str = "error",
        short: str = "error",
    ) -> None:
        self.upstream = upstream
        self.downstream = downstream
        self.tss = tss
        self.sequence_column = sequence_column
        self.covariates = covariates
        self.strand = strand
        self.unknown = unknown
        self.short = short

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the window and the columns.

        Parameters
        ----------
        X : DataFrame, OneHotMatrix, or 1-D sequence of str, bytes, Seq or SeqRecord
            Promoters, one per gene, 5' to 3' on the strand given by `strand`. A DataFrame
            is one of pandas, polars, pyarrow or any library that narwhals knows.
        y : array-like of shape (n,), optional
            Expression, to notice if it stands among the covariates.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If X, or one of its sequences, is of another type.
        ValueError
            If X is empty, a sequence is missing, empty, too short or of another
            length, or a covariate is not a number, in which case the message names the
            row; or if a column that `covariates` does not list is expression, by its name
            or because it follows y.
        """
        self._fit(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> OneHotMatrix:
        """Learn the window and encode.

        Parameters
        ----------
        X : DataFrame, OneHotMatrix, or 1-D sequence of str, bytes, Seq or SeqRecord
            As in `fit`.
        y : array-like of shape (n,), optional
            As in `fit`.

        Returns
        -------
        OneHotMatrix
            As from `transform`.
        """
        return dense_if_asked(self._encode(self._fit(X, y)), self)

    def transform(self, X: Any) -> OneHotMatrix:
        """Encode promoters.

        Parameters
        ----------
        X : DataFrame, OneHotMatrix, or 1-D sequence of str, bytes, Seq or SeqRecord
            As in `fit`, with the same columns.

        Returns
        -------
        OneHotMatrix of shape (n, 4 * width + n_covariates), float32
            A view where X is a `OneHotMatrix`. A table of four columns a base after
            ``set_output(transform="pandas")`` or ``"polars"``.

        Raises
        ------
        TypeError, ValueError
            As in `fit`, and for characters that are not nucleotides.

        Warns
        -----
        PromoterWarning
            If no base of a promoter is known.
        """
        check_is_fitted(self, "promoter_length_")
        check_settings(self)
        return dense_if_asked(self._encode(self._read(X)), self)

    def _encode_whole(self, X: Any) -> OneHotMatrix:
        """Encode promoters in their own length, whatever the window seen at `fit`."""
        whole = copy.copy(self)
        promoters = whole._read(X)
        whole._learn_window(promoters)
        return whole._encode(promoters)

    def inverse_transform(self, X: Any) -> npt.NDArray[Any] | pd.DataFrame:
        """Decode the sequences of the window.

        Parameters
        ----------
        X : OneHotMatrix or array-like of shape (n, 4 * width + n_covariates)
            Output of `transform`.

        Returns
        -------
        ndarray of shape (n,), object, or DataFrame
            Sequences, with N for unknown bases; a DataFrame that also holds the
            covariates if there are any.
        """
        check_is_fitted(self, "promoter_length_")
        if not isinstance(X, OneHotMatrix):
            X = self._from_dense(np.asarray(X))
        shape = X.promoter_length, X.n_covariates
        if shape != (self.promoter_length_, len(self.covariate_names_)):
            raise ValueError(
                f"X has promoters of {shape[0]} nt and {shape[1]} covariate(s), but transform "
                f"gives {self.promoter_length_} nt and {len(self.covariate_names_)}"
            )
        sequences = np.array(decode(X.codes), dtype=object)
        if not self.covariate_names_:
            return sequences
        frame = pd.DataFrame(X.covariates, columns=self.covariate_names_)
        frame.insert(0, self.sequence_column, sequences)
        return frame

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Name the columns of the dense matrix.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
            ``promoter_<position>_<base>`` with the position relative to the TSS, then
            the covariates.
        """
        check_is_fitted(self, "promoter_length_")
        positions = np.arange(self.promoter_length_) - self.tss_
        bases = [f"promoter_{position}_{base}" for position in positions for base in "ACGT"]
        return np.array(bases + self.covariate_names_, dtype=object)

    def _fit(self, X: Any, y: Any) -> Promoters:
        forget(self)  # a failed fit is no fit
        self._validate_params()
        X = as_pandas(X)
        if self.upstream == 0 and self.downstream == 0:
            raise ValueError("upstream=0 and downstream=0 leave no position to encode")
        self._learn_columns(X)
        promoters = self._read(X)
        if self.covariates is None and isinstance(X, pd.DataFrame):
            refuse_target(self.covariate_names_, promoters.covariates, y)
        self._learn_window(promoters)
        return promoters

    def _learn_columns(self, X: Any) -> None:
        remember_columns(self, X)
        self.covariate_names_: list[str] = []
        if isinstance(X, pd.DataFrame):
            self.covariate_names_ = self._choose_covariates(X)
        elif isinstance(X, OneHotMatrix):
            X = select_covariates(X, self.covariates)
            names = X.covariate_names or [f"x{j}" for j in range(X.n_covariates)]
            self.covariate_names_ = list(names)

    def _choose_covariates(self, X: pd.DataFrame) -> list[str]:
        require_sequences(X, self.sequence_column, type(self).__name__)
        if self.covariates is not None:
            check_unique_names(self.covariates, "covariates")
            return list(self.covariates)
        others = X.columns.drop([self.sequence_column, self.strand], errors="ignore")
        text = [name for name in others if not is_numeric(X[name])]
        if text:
            raise ValueError(
                f"column {shorten(text[0])} must hold numbers to be passed on as a covariate, "
                f"got {shorten(X[text[0]].iloc[:1].tolist())}; make it the index, drop it, or list "
                "the columns to pass on in covariates"
            )
        refuse_strands(X, others.tolist())
        return others.tolist()

    def _read(self, X: Any) -> Promoters:
        who, X = type(self).__name__, as_pandas(X)
        if isinstance(X, OneHotMatrix):
            X = select_covariates(X, self.covariates)
            return read_matrix(X, self.covariate_names_, who)
        if isinstance(X, pd.DataFrame):
            return read_table(X, self.sequence_column, self.covariate_names_, self.strand, who)
        if self.covariates is not None and len(self.covariates):
            raise ValueError(
                f"covariates={shorten(list(self.covariates))} names columns, so X must be a "
                f"DataFrame, got {type(X).__name__}"
            )
        return read_sequences(X, self.covariate_names_, self.strand, who)

    def _known_tss(self, promoters: Promoters) -> int | None:
        """Return the TSS where it is more than the middle."""
        if self.tss is None and isinstance(promoters.sequences, OneHotMatrix):
            return promoters.sequences.tss
        return None if self.tss is None else int(self.tss)

    def _tss_of(self, promoters: Promoters) -> npt.NDArray[np.int64]:
        """0-based TSS of each sequence on the gene's strand."""
        tss = self._known_tss(promoters)
        return promoters.lengths // 2 if tss is None else np.full(len(promoters.lengths), tss)

    def _learn_window(self, promoters: Promoters) -> None:
        self.sequence_length_ = int(promoters.lengths[0])
        if self.short == "error":
            self._check_lengths(promoters)
        tss = self._tss_of(promoters)
        if self.tss is not None and np.any(tss > promoters.lengths):
            row = int(np.argmax(tss > promoters.lengths))
            raise ValueError(
                f"row {shorten(promoters.labels[row])}: tss={tss[row]} lies beyond the sequence, "
                f"which has {promoters.lengths[row]} nt"
            )
        # built-in integers, since NumPy's small ones overflow in sums
        before = int(tss.max() if self.upstream is None else self.upstream)
        after = int((promoters.lengths - tss).max() if self.downstream is None else self.downstream)
        if before + after > _LONGEST_WINDOW:
            raise ValueError(
                f"upstream={shorten(self.upstream)} and downstream={shorten(self.downstream)} make "
                f"a window of more than {_LONGEST_WINDOW:,} nt, longer than any chromosome"
            )
        if before + after < 1:
            raise ValueError(
                f"upstream={self.upstream} and downstream={self.downstream} leave no position "
                f"to encode around tss={tss[0]}"
            )
        if self.short == "error":
            check_long_enough(promoters, tss - before, before, after)
        note_settings(self, "strand", "sequence_column")
        self.tss_ = before
        self.promoter_length_ = before + after

    def _check_lengths(self, promoters: Promoters) -> None:
        """Raise for another length than at fit, where TSS or window depend on it."""
        is_open = self.upstream is None or self.downstream is None
        if self._known_tss(promoters) is not None and not is_open:
            return
        differs = promoters.lengths != self.sequence_length_
        if differs.any():
            row = int(np.argmax(differs))
            raise ValueError(
                f"row {shorten(promoters.labels[row])}: the sequence has "
                f"{promoters.lengths[row]} nt, but the others (or those seen at fit) have "
                f"{self.sequence_length_} nt; short='pad' aligns sequences at the TSS, cuts long "
                "ones and fills short ones with N"
            )

    def _encode(self, promoters: Promoters) -> OneHotMatrix:
        starts = self._tss_of(promoters) - self.tss_
        if self.short == "error":
            after = self.promoter_length_ - self.tss_
            check_long_enough(promoters, starts, self.tss_, after)
            self._check_lengths(promoters)
        sequences = promoters.sequences
        if isinstance(sequences, OneHotMatrix):
            matrix = cut(sequences, int(starts[0]), self.promoter_length_)
            if promoters.covariates is not sequences.covariates:  # of a table
                values: Any = covariates_as_float32(promoters, self.covariate_names_)
                matrix = matrix.with_covariates(values, self.covariate_names_)
            matrix.tss = self.tss_
        else:
            matrix = OneHotMatrix(
                self._encode_sequences(sequences, promoters, starts),
                covariates_as_float32(promoters, self.covariate_names_),
                self.covariate_names_,
                self.tss_,
            )
        warn_of_unknown_rows(matrix, promoters.labels)
        return matrix

    def _encode_sequences(
        self, sequences: Sequence[Any], promoters: Promoters, starts: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.uint8]:
        ends = starts + self.promoter_length_
        # on the minus strand the window is counted from the other end of the letters given
        given_starts = np.where(promoters.minus, promoters.lengths - ends, starts)
        codes = encode_windows(
            sequences, given_starts, self.promoter_length_, promoters.labels, self.unknown
        )
        if promoters.minus.any():
            codes[promoters.minus] = reverse_complement(codes[promoters.minus])
        return codes

    def _from_dense(self, X: npt.NDArray[Any]) -> OneHotMatrix:
        boundary = 4 * self.promoter_length_
        width = boundary + len(self.covariate_names_)
        if X.ndim != 2 or X.shape[1] != width:
            raise ValueError(f"X must have shape (n, {width}), got {X.shape}")
        onehot = X[:, :boundary].reshape(len(X), -1, 4)
        return OneHotMatrix.from_dense(onehot, X[:, boundary:], self.covariate_names_, self.tss_)

    def __sklearn_tags__(self) -> Tags:
        return sequence_tags(super().__sklearn_tags__())


def encode(X: Any, **parameters: Any) -> OneHotMatrix:
    """Fit an encoder and encode, to base codes whatever `transform_output` is configured."""
    encoder = OneHotPromoterEncoder(**parameters).set_output(transform="default")
    return encoder.fit_transform(X)
