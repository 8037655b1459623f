"""Find sequences that share an exact segment, from base codes and without a loop over pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from skxpresso.sequence.onehot import UNKNOWN

_MAX_WORD = 31  # bases that fit an int64, two bits each


def segment_ids(codes: npt.NDArray[np.uint8], length: int) -> npt.NDArray[np.int64]:
    """Assign a number to every segment of `length` nt; equal segments get the same number.

    Parameters
    ----------
    codes : ndarray of shape (n, width), uint8
        Base codes 0 to 4.
    length : int
        Length of a segment, 1 to width.

    Returns
    -------
    ndarray of shape (n, width - length + 1), int64
        The number of the segment that starts at each position; -1 if it contains an
        unknown base.

    Examples
    --------
    >>> from skxpresso.model_selection._segments import segment_ids
    >>> segment_ids(np.array([[0, 1, 2, 0, 1, 4]], dtype=np.uint8), 2)  # ACGACN
    array([[ 1,  6,  8,  1, -1]])
    """
    unknown = codes == UNKNOWN
    letters = np.where(unknown, 0, codes)
    size = min(length, _MAX_WORD)
    n_positions = codes.shape[1] - size + 1
    ids = np.zeros((len(codes), n_positions), dtype=np.int64)
    for j in range(size):
        ids *= 4
        ids += letters[:, j : j + n_positions]
    while size < length:  # two that overlap or touch make a longer one (Karp, Miller, Rosenberg)
        step = min(size, length - size)
        ranks = np.unique(ids, return_inverse=True)[1].reshape(ids.shape)
        ids = ranks[:, :-step] * (ranks.max() + 1) + ranks[:, step:]
        size += step
    seen = np.pad(np.cumsum(unknown, axis=1), ((0, 0), (1, 0)))
    ids[seen[:, length:] > seen[:, :-length]] = -1
    return ids


def sharing_components(
    ids: npt.NDArray[np.int64], rows: npt.NDArray[np.intp], n: int
) -> npt.NDArray[Any]:
    """Label the components of `n` rows, joined where they have a segment in common.

    Parameters
    ----------
    ids : ndarray of shape (m, n_positions), int64
        From `segment_ids`.
    rows : ndarray of shape (m,), int
        Row that each line of `ids` belongs to, 0 to n - 1.
    n : int
        Number of rows.

    Returns
    -------
    ndarray of shape (n,), int
    """
    known = ids >= 0
    owners = np.broadcast_to(rows[:, None], ids.shape)[known]
    flat = ids[known]
    order = np.argsort(flat, kind="stable")
    same = flat[order[1:]] == flat[order[:-1]]
    pairs = owners[order[1:][same]], owners[order[:-1][same]]
    graph = sparse.coo_matrix((np.ones(same.sum(), dtype=bool), pairs), shape=(n, n))
    return connected_components(graph, directed=False)[1]
