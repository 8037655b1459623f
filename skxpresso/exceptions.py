"""Errors and warnings of the package.

Bad parameters and bad data raise plain `ValueError` or `TypeError`, as in
scikit-learn. The classes here are for cases that a caller may want to catch separately.
"""

from __future__ import annotations

__all__ = [
    "DeadNetworkWarning",
    "NetworkShapeError",
    "NonFiniteLossError",
    "PromoterWarning",
    "RestartWarning",
    "SavedVersionWarning",
]

from collections.abc import Mapping

from sklearn.exceptions import ConvergenceWarning, InconsistentVersionWarning


class NetworkShapeError(ValueError):
    """The layer settings leave no positions for a later layer to read.

    Examples
    --------
    >>> from skxpresso.exceptions import NetworkShapeError
    >>> from skxpresso.network.architecture import pooled_lengths
    >>> try:
    ...     pooled_lengths(200, (30, 10))
    ... except NetworkShapeError:
    ...     print("200 nt are too few for poolings by 30 and by 10")
    200 nt are too few for poolings by 30 and by 10
    """


class NonFiniteLossError(ArithmeticError):
    """The training loss became NaN or infinite.

    Examples
    --------
    >>> from skxpresso.exceptions import NonFiniteLossError
    >>> from skxpresso.network import XpressoRegressor
    >>> network = XpressoRegressor(
    ...     filters=(), kernel_sizes=(), dilation_rates=(), pool_sizes=(),
    ...     learning_rate=1e30, epochs=3, patience=None, random_state=0,
    ... )
    >>> try:
    ...     network.fit([[0.0], [1.0], [2.0], [3.0]] * 5, [0.0, 1.0, 3.0, 2.0] * 5)
    ... except NonFiniteLossError:
    ...     print("a smaller learning_rate is needed")
    a smaller learning_rate is needed
    """


class DeadNetworkWarning(ConvergenceWarning):
    """Every gene got the same prediction, and restarting did not help.

    Examples
    --------
    Turn it into an error if a dead network must not go unnoticed:

    >>> import warnings
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.exceptions import DeadNetworkWarning
    >>> from skxpresso.network import XpressoRegressor
    >>> genes = make_promoters(40, length=30, random_state=0)
    >>> network = XpressoRegressor(
    ...     filters=(4,), kernel_sizes=(5,), dilation_rates=(1,), pool_sizes=(6,),
    ...     dense_units=(2,), dropout_rates=(0.0,), epochs=1, patience=None, random_state=0,
    ... )
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", DeadNetworkWarning)
    ...     fitted = network.fit(genes.data[["promoter"]], genes.target)
    >>> fitted.n_restarts_
    0
    """


class RestartWarning(ConvergenceWarning):
    """The network lives, but only at a tenth of the learning rate that was asked for.

    Three networks in a row gave every gene the same prediction; the next ones are trained more
    slowly.

    Examples
    --------
    >>> from skxpresso.exceptions import DeadNetworkWarning, RestartWarning
    >>> issubclass(RestartWarning, DeadNetworkWarning)  # it is no collapse
    False
    """


class PromoterWarning(UserWarning):
    """A promoter can be encoded, but contains no information for the network.

    Examples
    --------
    >>> import warnings
    >>> from skxpresso import OneHotPromoterEncoder
    >>> from skxpresso.exceptions import PromoterWarning
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     X = OneHotPromoterEncoder().fit_transform(["ACGT", "NNNN"])
    >>> caught[0].category is PromoterWarning
    True
    """


class SavedVersionWarning(InconsistentVersionWarning):
    """A file was written by other versions of the packages, and may mean something else now.

    Parameters
    ----------
    where : str
        The file.
    changed : mapping of str to (str, str)
        The version that wrote the file and the one in use, by package.

    Examples
    --------
    Turn it into an error if a model must be used with the versions that wrote it:

    >>> import warnings
    >>> from skxpresso.exceptions import SavedVersionWarning
    >>> warnings.simplefilter("error", SavedVersionWarning)  # doctest: +SKIP
    >>> print(SavedVersionWarning("a.safetensors", {"keras": ("3.15.0", "3.15.1")}))
    a.safetensors was written with keras 3.15.0, and is read with 3.15.1; results may differ
    """

    def __init__(self, where: str, changed: Mapping[str, tuple[str, str]]) -> None:
        self.where = where
        self.changed = dict(changed)

    def __str__(self) -> str:
        then = ", ".join(f"{name} {saved}" for name, (saved, _) in self.changed.items())
        now = ", ".join(version for _, version in self.changed.values())
        return f"{self.where} was written with {then}, and is read with {now}; results may differ"
