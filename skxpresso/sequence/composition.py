"""CompositionEncoder: GC content and CpG dinucleotides along the promoter."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skxpresso.sequence._encoded import EncodedTransformer
from skxpresso.sequence.onehot import UNKNOWN, row_chunks

__all__ = ["CompositionEncoder"]

_C, _G = 1, 2


class CompositionEncoder(EncodedTransformer):
    """Encode promoters as GC content and CpG ratio of windows.

    In mammals, much of what sequence says about expression lies in the CpG islands of
    active promoters; a model that cannot beat these features has learned little else.

    Parameters
    ----------
    window_size : int, default=500
        Width of a window, in nt. Windows lie side by side from the 5' end; the last
        one may be shorter.

    Attributes
    ----------
    windows_ : ndarray of shape (n_windows, 2), int
        Start and end of each window relative to the TSS, 0-based and half-open.
    n_features_in_ : int
        Number of columns seen during fit; 1 for a list of sequences.
    feature_names_in_ : ndarray of str
        Names of the columns, for a DataFrame.

    See Also
    --------
    KmerCountEncoder : Words of the whole promoter.

    Notes
    -----
    GC content is the share of C and G among the known bases of a window. The CpG ratio
    is that of observed to expected CpG dinucleotides, ``n_CpG * n_known / (n_C * n_G)``
    (Gardiner-Garden & Frommer 1987). Each is 0 where it is undefined: without a known
    base, a C or a G. Covariates are appended.

    References
    ----------
    Gardiner-Garden M, Frommer M (1987). CpG islands in vertebrate genomes. Journal of
    Molecular Biology 196:261-282.

    Examples
    --------
    >>> from skxpresso import CompositionEncoder
    >>> encoder = CompositionEncoder(window_size=4)
    >>> encoder.fit_transform(["ACGTCCAT"])
    array([[0.5, 4. , 0.5, 0. ]], dtype=float32)
    >>> encoder.get_feature_names_out().tolist()
    ['gc_-4_0', 'cpg_-4_0', 'gc_0_4', 'cpg_0_4']
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "window_size": [Interval(Integral, 1, None, closed="left")],
    }
    _short = "error"  # windows are places

    def __init__(self, window_size: int = 500) -> None:
        self.window_size = window_size

    def _learn(self) -> None:
        length = self.encoder_.promoter_length_
        starts = np.arange(0, length, self.window_size)
        ends = np.minimum(starts + self.window_size, length)
        self.windows_ = np.stack([starts, ends], axis=1) - self.encoder_.tss_

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Compute GC content and CpG ratio of all windows.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, or 1-D sequence of str, bytes, Seq or SeqRecord
            As in `fit`, of the same length.

        Returns
        -------
        ndarray of shape (n, 2 * n_windows + n_covariates), float32
            GC content and CpG ratio of each window in turn, then the covariates.

        Raises
        ------
        TypeError, ValueError
            As `OneHotPromoterEncoder`.
        """
        check_is_fitted(self, "encoder_")
        with config_context(transform_output="default"):  # base codes, not a table
            encoded = self.encoder_.transform(X)
        starts = self.windows_[:, 0] + self.encoder_.tss_
        features = np.empty((len(encoded), 2 * len(starts)), dtype=np.float32)
        for rows in row_chunks(len(encoded), encoded.promoter_length):
            gc, cpg = _composition(encoded[rows].codes, starts)
            features[rows, ::2], features[rows, 1::2] = gc, cpg
        return np.hstack([features, encoded.covariates])

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Name the columns.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
            ``gc_<start>_<end>`` and ``cpg_<start>_<end>`` of each window, relative to
            the TSS, then the covariates.
        """
        check_is_fitted(self, "encoder_")
        names = [
            f"{what}_{start}_{end}"
            for start, end in self.windows_.tolist()
            for what in ("gc", "cpg")
        ]
        return np.array(names + self.encoder_.covariate_names_, dtype=object)


def _composition(
    codes: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return GC content and CpG ratio, (n, n_windows) each, of windows that follow one another."""
    is_c, is_g = codes == _C, codes == _G
    is_cpg = np.zeros_like(is_c)  # at the G
    is_cpg[:, 1:] = is_c[:, :-1] & is_g[:, 1:]
    is_cpg[:, starts] = False  # the C lies in the window before
    n_c, n_g, n_cpg, n_known = (
        np.add.reduceat(found, starts, axis=1, dtype=np.int64)
        for found in (is_c, is_g, is_cpg, codes != UNKNOWN)
    )
    return (n_c + n_g) / np.maximum(n_known, 1), n_cpg * n_known / np.maximum(n_c * n_g, 1)
