"""Parameters and attributes that all network regressors share: types and documentation, once."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np

__all__ = ["SharedParameters", "share"]


class SharedParameters(TypedDict, total=False):
    """Keyword parameters of every network regressor, for editors and type checkers.

    Two more, `optimizer` and `learning_rate`, have a default of their own in each.
    """

    promoter_length: int | None
    schedule: str
    augment: str | None
    momentum: float
    batch_size: int
    epochs: int
    patience: int | None
    validation_fraction: float
    n_estimators: int
    n_init: int
    max_restarts: int
    standardize_y: bool
    device: str
    callbacks: Sequence[Any] | None
    warm_start: bool | str
    n_jobs: int | None
    verbose: int
    random_state: int | np.random.RandomState | None


_TRAINING = """\
    promoter_length : int or None, default=None
        For a plain 2-D array: its first ``4 * promoter_length`` columns are a one-hot
        promoter, the rest half-life features. None: all are half-life features, with a
        warning if there are filters, and an error if columns look like a promoter; 0: all
        are half-life features.
    optimizer : str, default="{optimizer}"
        One of `skxpresso.network.OPTIMIZERS`: "sgd", "adam", "adamw", "rmsprop" and others.
        ``optimizer__<argument>`` reaches further arguments of the Keras optimizer,
        for instance ``optimizer__clipnorm=1.0``.
    learning_rate : float, default={learning_rate}
        Learning rate of the optimizer.
    schedule : {{"constant", "cosine", "exponential", "one-cycle", "plateau"}}, default="constant"
        How the learning rate falls over `epochs`: not at all; along half a cosine to 0;
        evenly on a logarithmic scale to a hundredth; along half a cosine to 0 after it has
        risen from a twenty-fifth for the first 30 % of epochs; by half whenever the
        validation loss (the loss, without validation rows) has not fallen for half of
        `patience` epochs, 3 without one.
    augment : {{"reverse_complement"}} or None, default=None
        "reverse_complement": in every epoch half of the promoters, drawn anew, are read from
        the other strand, end to end of the window. For fragments that work on either
        strand; not where the distance to a TSS or the direction counts.
    momentum : float, default=0.9
        Momentum of "sgd"; others do not use it.
    batch_size : int, default=128
        Genes per step, and per batch at prediction.
    epochs : int, default=100
        Largest number of passes over the training rows.
    patience : int or None, default=7
        Epochs without a lower validation loss after which training stops. None: never.
    validation_fraction : float, default=0.1
        Fraction of rows, drawn at random, that is held back for early stopping. 0:
        none, which requires ``patience=None``. Not used if `fit` gets `X_val`.
    n_estimators : int, default=1
        Networks of an ensemble, which predicts their mean. Each has its own initial
        weights and order of rows and, unless `fit` gets `X_val`, its own rows held back.
    n_init : int, default=1
        Networks to train for each one that is kept: that with the lowest validation loss.
    max_restarts : int, default=3
        How often a dead network (one prediction for every gene) is replaced by a new
        one. Where three have died, the next are trained at a tenth of the learning rate,
        and a `RestartWarning` says so. In an ensemble a diverged network is replaced, too,
        and the mean leaves out what is dead or diverged in the end.
    standardize_y : bool, default=True
        Train on z-scores of y, so that a learning rate means the same on every data
        set. Predictions are in the units of y in any case.
    device : {{"auto", "cpu", "gpu"}}, default="auto"
        Where to run; "auto" leaves it to Keras."""

_SESSION = """\
    callbacks : list of keras.callbacks.Callback or None, default=None
        Every network is watched by a copy of each instance; afterwards the instance holds
        what the copy gathered that watched the network that is kept. Classes are
        instantiated, with arguments from ``callbacks__<argument>``.
    warm_start : bool or "resume", default=False
        True: continue from the fitted weights, with the scale of y from the first fit
        and a new optimizer, for `epochs` more. "resume": go on with the same data up to
        `epochs` in all, as if training had not stopped: with optimizer, order of rows,
        patience and best epoch. For this the regressor keeps the state of the optimizer,
        once or twice the size of the weights.
    n_jobs : int or None, default=None
        Networks of an ensemble to train at once, in processes that share the promoters.
        None: 1, unless in a `joblib.parallel_config` context; -1: one for every core. The
        result is the same; with ``engine="keras"`` to rounding, as processes share the cores.
    verbose : int, default=0
        1: a progress bar; 2: a line per epoch.
    random_state : int, RandomState instance or None, default=None
        Seed of initial weights, dropout, validation rows and order of rows. Results
        repeat exactly for the same versions, hardware and number of threads.
    **routed : dict
        scikeras' routed parameters: ``optimizer__<argument>``,
        ``compile__<argument>`` of `keras.Model.compile`, ``callbacks__<argument>``, and
        ``fit__shuffle``. Other names raise an error."""

_ATTRIBUTES = """\
    model_ : keras.Model
        The network, on base codes and z-scores of y; see `to_keras`. After unpickling
        it is built at first use. Predictions use the fitted weights, whatever
        is changed in it. Of an ensemble: its networks and their mean.
    estimators_ : list of regressors
        The networks of an ensemble, each as a fitted regressor of its own; of a single
        network, that one.
    history_ : dict of list of float
        Losses per epoch (mean squared error of the z-scores, or your own ``compile__loss``),
        and the learning rate where a `schedule` lowers it; of an
        ensemble, those of the first network.
    best_epoch_ : int
        0-based epoch whose weights were kept; of an ensemble, of the first network.
    n_restarts_ : int
        Number of dead networks that were replaced, all in all.
    n_dead_units_ : int
        Hidden dense units whose output is the same for all (at most 256) probed
        training rows, all in all.
    y_mean_, y_scale_ : float
        Scale of y on the training rows; 0 and 1 without `standardize_y`.
    promoter_length_, n_halflife_ : int
        Width of the window in nt and number of half-life features.
    n_features_in_ : int
        Number of columns seen during fit.
    feature_names_in_ : ndarray of str
        Names of the columns, for a DataFrame."""


def share(cls: type, base: type) -> None:
    """Give a regressor the signature and the documentation of what it shares with `base`.

    Its own ``__init__`` names its own parameters, or others' with another default, and takes
    the rest as ``**shared``. ``{training}``, ``{session}`` and ``{attributes}`` in its
    docstring stand for the shared text.
    """
    own = _named(cls)
    shared = {name: each for name, each in _named(base).items() if name not in own}
    signature = inspect.Signature([inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)])
    parameters = [*signature.parameters.values(), *own.values(), *shared.values()]
    cls.__init__.__signature__ = signature.replace(parameters=parameters)  # type: ignore[misc]
    if cls.__doc__ and "{training}" in cls.__doc__:
        defaults = {name: each.default for name, each in (shared | own).items()}
        training = _TRAINING.format(
            optimizer=defaults["optimizer"], learning_rate=defaults["learning_rate"]
        )
        blocks = {"training": training, "session": _SESSION, "attributes": _ATTRIBUTES}
        for name, text in blocks.items():
            cls.__doc__ = cls.__doc__.replace(f"    {{{name}}}", text)


def _named(cls: type) -> dict[str, inspect.Parameter]:
    """Return the keyword parameters of a constructor, in order."""
    _, *parameters = inspect.signature(cls.__init__).parameters.values()  # type: ignore[misc]
    return {each.name: each for each in parameters if each.kind is each.KEYWORD_ONLY}
