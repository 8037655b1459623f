"""Errors and warnings of the package.

Bad parameters and bad data raise plain `ValueError` or `TypeError`, as in
scikit-learn; the classes here are for what a caller may want to catch alone.
"""

__all__ = [
    "DeadNetworkWarning",
    "NetworkShapeError",
    "NonFiniteLossError",
    "PromoterWarning",
]

from sklearn.exceptions import ConvergenceWarning


class NetworkShapeError(ValueError):
    """The layer settings leave no positions for a later layer to read.

    Examples
    --------
    >>> from skxpresso.exceptions import NetworkShapeError
    >>> from skxpresso.network import Architecture
    >>> try:
    ...     Architecture(pool_sizes=(30, 10)).pooled_lengths(200)
    ... except NetworkShapeError:
    ...     print("200 nt are too few for poolings by 30 and by 10")
    200 nt are too few for poolings by 30 and by 10
    """


class NonFiniteLossError(ArithmeticError):
    """The training loss became NaN or infinite."""


class DeadNetworkWarning(ConvergenceWarning):
    """Every gene got the same prediction, and restarting did not help."""


class PromoterWarning(UserWarning):
    """A promoter can be encoded, yet tells the network nothing."""
