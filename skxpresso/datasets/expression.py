"""The logarithm that the published data sets take of expression."""

from __future__ import annotations

from typing import Any

import numpy as np

from skxpresso._utils.table import row_labels
from skxpresso.halflife import PSEUDOCOUNT

__all__ = ["log_expression"]


def log_expression(values: Any, where: Any) -> Any:
    """Take log10(x + 0.1).

    Parameters
    ----------
    values : ndarray, Series or DataFrame
        Expression, one row for each gene.
    where : object
        File that the values come from, for the message.

    Returns
    -------
    As `values`

    Raises
    ------
    ValueError
        If a value is less than 0. The message names the gene, or the row, counted from 0.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.datasets.expression import log_expression
    >>> log_expression(np.array([0.0, 9.9]), "genes.tsv")
    array([-1.,  1.])
    """
    numbers = np.asarray(values, dtype=np.float64)
    if (numbers < 0).any():
        row = int(np.argwhere(numbers < 0)[0][0])
        raise ValueError(
            f"{where}: log10=True needs expression of 0 or more, got {np.min(numbers[row])} "
            f"in row {row_labels(values)[row]!r}; log10=False takes it as it is"
        )
    return np.log10(values + PSEUDOCOUNT)
