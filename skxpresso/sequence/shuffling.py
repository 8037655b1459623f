"""Shuffled promoters: what a network learns from composition alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.fitted import check_settings, note_settings
from skxpresso._utils.table import shorten
from skxpresso.sequence._encoded import EncodedTransformer
from skxpresso.sequence.onehot import OneHotMatrix, dense_if_asked, row_chunks

__all__ = ["PromoterShuffler", "shuffle_promoters"]

_KINDS = ("dinucleotide", "mononucleotide")


def shuffle_promoters(
    codes: npt.NDArray[np.uint8], kind: str = "dinucleotide", *, random_state: Any = None
) -> npt.NDArray[np.uint8]:
    """Shuffle the bases of every promoter on its own.

    Parameters
    ----------
    codes : ndarray of shape (n, width), uint8
        Base codes 0 to 4, as in `OneHotMatrix.codes`.
    kind : {"dinucleotide", "mononucleotide"}, default="dinucleotide"
        "dinucleotide" draws one of all sequences with the same counts of all pairs of
        neighbours and the same first and last base, each with the same probability.
        "mononucleotide" draws one of all orders of the bases.
    random_state : int, RandomState or None, default=None
        Seed of the shuffles. Every row has its own, so equal rows are shuffled
        differently.

    Returns
    -------
    ndarray of shape (n, width), uint8

    Raises
    ------
    TypeError
        If `codes` is not an array of uint8.
    ValueError
        If `codes` does not have two dimensions or holds a code above 4, or `kind` is unknown.

    Notes
    -----
    An unknown base is a fifth letter: counts stay exact, and unknown bases move.

    References
    ----------
    Altschul SF, Erickson BW (1985). Significance of nucleotide sequence alignments: a
    method for random sequence permutation that preserves dinucleotide and codon usage.
    Molecular Biology and Evolution 2:526-538.

    Kandel D, Matias Y, Unger R, Winkler P (1996). Shuffling biological sequences.
    Discrete Applied Mathematics 71:171-185.

    Lemire D (2019). Fast random integer generation in an interval. ACM Transactions on
    Modeling and Computer Simulation 29:3.

    Wilson DB (1996). Generating random spanning trees more quickly than the cover time.
    STOC '96:296-303.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.sequence.shuffling import shuffle_promoters
    >>> codes = np.array([[0, 0, 1, 0, 2, 0, 3, 0]], dtype=np.uint8)  # AACAGATA
    >>> shuffle_promoters(np.repeat(codes, 3, axis=0), random_state=0)
    array([[0, 3, 0, 2, 0, 0, 1, 0],
           [0, 1, 0, 3, 0, 2, 0, 0],
           [0, 0, 3, 0, 2, 0, 1, 0]], dtype=uint8)
    """
    _check_kind(kind)
    codes = OneHotMatrix(codes).codes  # checks them
    rng = check_random_state(random_state)
    seeds = rng.randint(0, 2**64, size=len(codes), dtype=np.uint64)
    return _shuffle(codes, kind, seeds)


class PromoterShuffler(EncodedTransformer):
    """Shuffle the bases of promoters, as a control for networks that read them.

    A network trained on shuffled promoters sees how often each base, or each pair of
    neighbours, occurs in a promoter, and nothing else. Where it predicts less well
    than a network trained on intact promoters, motifs and their positions matter.

    Parameters
    ----------
    kind : {"dinucleotide", "mononucleotide"}, default="dinucleotide"
        Whose counts are preserved, as in `shuffle_promoters`.
    random_state : int, RandomState or None, default=None
        Source of the seed, drawn once at `fit`.

    Attributes
    ----------
    seed_ : int
        Seed of all shuffles.
    n_features_in_ : int
        Number of columns seen during fit; 1 for a list of sequences.
    feature_names_in_ : ndarray of str
        Names of the columns, for a DataFrame.

    See Also
    --------
    shuffle_promoters : The function behind it.
    skxpresso.baselines.shuffled_baseline : The network on shuffled promoters.

    Notes
    -----
    A promoter's shuffle depends only on the seed and its bases: it is the same in
    training and prediction, whatever the other rows are. Equal promoters get
    equal shuffles. Covariates pass through.

    Examples
    --------
    >>> from skxpresso import OneHotPromoterEncoder, PromoterShuffler
    >>> encoder = OneHotPromoterEncoder()
    >>> X = encoder.fit_transform(["AACAGATTAGACA"])
    >>> shuffled = PromoterShuffler(random_state=0).fit_transform(X)
    >>> shuffled
    OneHotMatrix(n=1, promoter_length=13, n_covariates=0)
    >>> encoder.inverse_transform(shuffled).tolist()
    ['ACAGAGATTAACA']
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "kind": [StrOptions(set(_KINDS))],
        "random_state": ["random_state"],
    }

    def __init__(self, kind: str = "dinucleotide", *, random_state: Any = None) -> None:
        self.kind = kind
        self.random_state = random_state

    def _learn(self) -> None:
        rng = check_random_state(self.random_state)
        note_settings(self, "kind")
        self.seed_ = int(rng.randint(0, 2**64, dtype=np.uint64))

    def transform(self, X: Any) -> OneHotMatrix:
        """Shuffle the bases of every promoter.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, or 1-D sequence of str, bytes, Seq or SeqRecord
            As in `fit`.

        Returns
        -------
        OneHotMatrix
            Of the same length, with the same covariates.
        """
        check_is_fitted(self, "encoder_")
        check_settings(self)
        encoded = self.encoder_._encode_whole(X)
        shuffled = np.empty((len(encoded), encoded.promoter_length), np.uint8)
        for rows in row_chunks(*shuffled.shape):
            codes = np.ascontiguousarray(encoded[rows].codes)
            shuffled[rows] = _shuffle(codes, self.kind, _seeds_of(codes, self.seed_))
        return dense_if_asked(encoded._derive(shuffled, encoded.covariates, encoded.tss), self)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Name the columns of the dense matrix, as `OneHotPromoterEncoder`.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self, "encoder_")
        return self.encoder_.get_feature_names_out()


def _check_kind(kind: Any) -> None:
    if kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(map(repr, _KINDS))}, got {shorten(kind)}")


def _shuffle(
    codes: npt.NDArray[np.uint8], kind: str, seeds: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint8]:
    from skxpresso._kernels.shuffle import shuffle_rows  # numba takes half a second to import

    codes = np.ascontiguousarray(codes)  # one memory layout, so that numba compiles once
    shuffled = np.empty_like(codes)
    if codes.size:
        shuffle_rows(codes, seeds, kind == "dinucleotide", shuffled)
    return shuffled


def _seeds_of(codes: npt.NDArray[np.uint8], seed: int) -> npt.NDArray[np.uint64]:
    """Return a seed for each row, the same for equal rows."""
    from skxpresso._kernels.shuffle import hash_rows

    hashes = np.empty(len(codes), dtype=np.uint64)
    hash_rows(codes, np.uint64(seed), hashes)
    return hashes
