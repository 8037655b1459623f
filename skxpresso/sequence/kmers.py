"""KmerCountEncoder: frequencies of the words of a promoter, whatever their place."""

from __future__ import annotations

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.fitted import check_settings, note_settings
from skxpresso.sequence._encoded import EncodedTransformer
from skxpresso.sequence.letters import decode, reverse_complement
from skxpresso.sequence.onehot import OneHotMatrix, row_chunks

__all__ = ["KmerCountEncoder"]


class KmerCountEncoder(EncodedTransformer):
    """Encode promoters as frequencies of k-mers, the usual input of baseline models.

    Parameters
    ----------
    k : int, default=6
        Longest word, 1 to 8. All words of 1 to `k` nt become features.
    reverse_complement : bool, default=False
        Count a word and its reverse complement as one feature, named by the one that
        comes first in the alphabet, so that a promoter and its other strand have the
        same features.
    sparse_output : bool, default=True
        Give a CSR matrix; False gives an ndarray.

    Attributes
    ----------
    k_ : int
        Longest word.
    n_features_in_ : int
        Number of columns seen during fit; 1 for a list of sequences.
    feature_names_in_ : ndarray of str
        Names of the columns, for a DataFrame.

    See Also
    --------
    OneHotPromoterEncoder : Cuts the window; put it before this one in a pipeline.

    Notes
    -----
    A word's frequency is its count divided by the number of words of the same length
    that hold no unknown base, or 0 if there are none. A word that is its own reverse
    complement is counted once per occurrence, like any other. Covariates are appended
    after the k-mers. Input other than a `OneHotMatrix` is encoded at full length.

    Examples
    --------
    >>> from skxpresso import KmerCountEncoder
    >>> encoder = KmerCountEncoder(k=2, sparse_output=False)
    >>> counts = encoder.fit_transform(["AACA"])
    >>> names = encoder.get_feature_names_out()
    >>> {str(name): float(x) for name, x in zip(names, counts[0]) if x}  # doctest: +ELLIPSIS
    {'A': 0.75, 'C': 0.25, 'AA': 0.333..., 'AC': 0.333..., 'CA': 0.333...}

    Both strands as one:

    >>> encoder = KmerCountEncoder(k=1, reverse_complement=True, sparse_output=False)
    >>> encoder.fit_transform(["AACA", "TGTT"])
    array([[0.75, 0.25],
           [0.75, 0.25]], dtype=float32)
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "k": [Interval(Integral, 1, 8, closed="both")],
        "reverse_complement": ["boolean"],
        "sparse_output": ["boolean"],
    }

    def __init__(
        self, k: int = 6, *, reverse_complement: bool = False, sparse_output: bool = True
    ) -> None:
        self.k = k
        self.reverse_complement = reverse_complement
        self.sparse_output = sparse_output

    def _learn(self) -> None:
        self.k_ = int(self.k)
        note_settings(self, "reverse_complement")

    def transform(self, X: Any) -> sparse.csr_matrix | npt.NDArray[np.float32]:
        """Count the words of every promoter.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, or 1-D sequence of str, bytes, Seq or SeqRecord
            As in `fit`.

        Returns
        -------
        csr_matrix or ndarray of shape (n, n_words + n_covariates), float32
            4 + 16 + ... + 4**k words, or some half of them with `reverse_complement`.
        """
        check_is_fitted(self, "encoder_")
        check_settings(self)
        encoded = self.encoder_._encode_whole(X)
        features = _Features.up_to(self.k_, self.reverse_complement)
        n_words = len(features.words)
        chunks = list(row_chunks(len(encoded), max(encoded.promoter_length, n_words)))
        parts = (_word_frequencies(encoded[rows], features) for rows in chunks)
        if self.sparse_output:
            return sparse.vstack(list(parts), format="csr")
        dense = np.zeros((len(encoded), n_words + encoded.n_covariates), dtype=np.float32)
        for rows, part in zip(chunks, parts, strict=True):
            part.toarray(out=dense[rows])
        return dense

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Name the columns: the words in the order of length and alphabet, then the covariates.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self, "encoder_")
        check_settings(self)
        names = [
            name
            for length in range(1, self.k_ + 1)
            for name in decode(_letters(_words(length, self.reverse_complement)[0], length))
        ]
        return np.array(names + self.encoder_.covariate_names_, dtype=object)


class _Features(NamedTuple):
    """Which words each feature counts, (n_features,) each; numbers count through all lengths."""

    words: npt.NDArray[np.int64]
    others: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]

    @classmethod
    def up_to(cls, k: int, fold: bool) -> _Features:
        words, others, lengths = [], [], []
        n_shorter = 0
        for length in range(1, k + 1):
            first, second = _words(length, fold)
            words.append(n_shorter + first)
            others.append(n_shorter + second)
            lengths.append(np.full(len(first), length))
            n_shorter += 4**length
        return cls(np.concatenate(words), np.concatenate(others), np.concatenate(lengths))


def _word_frequencies(chunk: OneHotMatrix, features: _Features) -> sparse.csr_matrix:
    from skxpresso._kernels.words import fill_rows  # numba takes half a second to import

    n = len(chunk)
    n_features = len(features.words) + chunk.n_covariates
    most = min(features.lengths[-1] * chunk.promoter_length + chunk.n_covariates, n_features)
    indptr = np.zeros(n + 1, dtype=np.int32)
    indices = np.empty(n * most, dtype=np.int32)
    data = np.empty(n * most, dtype=np.float32)
    # one memory layout, so that numba compiles once
    inputs = np.ascontiguousarray(chunk.codes), np.ascontiguousarray(chunk.covariates)
    fill_rows(*inputs, *features, indptr, indices, data)
    filled = indptr[-1]
    return sparse.csr_matrix((data[:filled], indices[:filled], indptr), shape=(n, n_features))


def _words(length: int, fold: bool) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the words that are features, as base-4 numbers, and their reverse complements.

    Without `fold` the others are the words themselves.
    """
    words = np.arange(4**length)
    if not fold:
        return words, words
    turned = reverse_complement(_letters(words, length)) @ 4 ** np.arange(length)[::-1]
    first = words <= turned
    return words[first], turned[first]


def _letters(words: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.uint8]:
    """Turn base-4 numbers (n,) into base codes (n, length)."""
    return (words[:, None] // 4 ** np.arange(length)[::-1] % 4).astype(np.uint8)
