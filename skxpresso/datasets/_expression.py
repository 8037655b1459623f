"""The logarithm that the published data sets take of expression."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["log_expression"]

_PSEUDOCOUNT = 0.1


def log_expression(values: Any, where: Any) -> Any:
    """Take log10(x + 0.1).

    Parameters
    ----------
    values : ndarray, Series or DataFrame
        Expression.
    where : object
        For the message: the file that it comes from.

    Returns
    -------
    As `values`

    Raises
    ------
    ValueError
        If a value is less than 0.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.datasets._expression import log_expression
    >>> log_expression(np.array([0.0, 9.9]), "genes.tsv")
    array([-1.,  1.])
    """
    lowest = np.min(values)
    if lowest < 0:
        raise ValueError(f"{where}: the logarithm wants expression of 0 or more, got {lowest}")
    return np.log10(values + _PSEUDOCOUNT)
