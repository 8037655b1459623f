"""What of a fit needs Keras: the scikeras wrapper around the builder, and training.

The only file that imports scikeras.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import numpy.typing as npt
from scikeras.wrappers import BaseWrapper

from skxpresso._utils.table import shorten
from skxpresso.network._keras.backend import running_on
from skxpresso.network._keras.losses import over_measured
from skxpresso.network._keras.optimizers import make_optimizer
from skxpresso.network._keras.reporting import ReportEpochs
from skxpresso.network._keras.training import (
    TrainedNetwork,
    TrainingPlan,
    train_network,
)
from skxpresso.network.genes import Genes
from skxpresso.network.inputs import Inputs

if TYPE_CHECKING:
    from skxpresso.network._base import PromoterRegressor
    from skxpresso.network._members import Watched

__all__ = ["train"]

_KERAS_OWN = ("_model", "params")  # what Keras puts into a callback


class _Wrapper(BaseWrapper):
    """scikeras' wrapper, which turns classes of callbacks into instances and routes arguments.

    Seeds, input checks and training are ours, because scikeras 0.13 gets them wrong with
    current releases of Keras and scikit-learn.
    """

    def make_callbacks(self) -> tuple[keras.callbacks.Callback, ...]:
        """Return instances of the callbacks of `fit`."""
        for each in self.callbacks or ():
            is_class = isinstance(each, type) and issubclass(each, keras.callbacks.Callback)
            if not is_class and not isinstance(each, keras.callbacks.Callback):
                raise TypeError(
                    "callbacks must hold keras.callbacks.Callback, classes or instances, "
                    f"got {shorten(each)}"
                )
        self._initialize_callbacks()
        return tuple(self._fit_callbacks)


def train(
    regressor: PromoterRegressor,
    settings: Any,
    inputs: Inputs,
    rows: tuple[Genes, Genes | None],
    seed: int,
    title: str = "epoch",
    replaces: bool = False,
    watched: Watched | None = None,
) -> TrainedNetwork:
    """Train the networks of a regressor on training and validation rows, and keep the best.

    `title` stands before the bar; `replaces` tells whether one that diverges is replaced.
    """
    pause = regressor._resumed()
    going_on = regressor._goes_on() and pause is None
    with running_on(regressor.device):
        callbacks = None if regressor.callbacks is None else list(regressor.callbacks)
        wrapper = _Wrapper(callbacks=callbacks, **regressor._routed())
        plan = _plan(regressor, settings, inputs, wrapper.make_callbacks(), title)
        if watched is not None:
            plan = replace(plan, watchers=(_reporter(regressor, settings, inputs, watched),))
        weights = regressor._initial_weights(inputs, rows[0].n_outputs)
        network = train_network(
            _builder(regressor, settings, inputs, plan, rows, weights),
            *rows,
            plan,
            seed=seed,
            n_init=int(regressor.n_init),
            max_restarts=0 if going_on else int(regressor.max_restarts),
            replaces_diverged=replaces,
            paused=pause.networks if pause else (),
        )
        for given, used in zip(plan.callbacks, network.callbacks, strict=True):
            _fill(given, used)
        return network


def _reporter(
    regressor: PromoterRegressor, settings: Any, inputs: Inputs, watched: Watched
) -> ReportEpochs:
    def fitted(model: keras.Model) -> dict[str, Any]:
        return watched.parts | {"_network": regressor._keep(settings, inputs, model)}

    return ReportEpochs(watched.context, watched.task, regressor.epochs, fitted)


def _fill(given: keras.callbacks.Callback, used: keras.callbacks.Callback) -> None:
    """Let the callback of the user hold what its copy, which saw the kept network, has gathered.

    What cannot be copied, such as an open file, would keep the regressor from being cloned.
    """
    gathered = {k: v for k, v in vars(used).items() if k not in _KERAS_OWN}
    try:
        vars(given).update(copy.deepcopy(gathered))
    except Exception:  # whatever copying raises, the fit itself is fine
        return


def _plan(
    regressor: PromoterRegressor,
    settings: Any,
    inputs: Inputs,
    callbacks: tuple[keras.callbacks.Callback, ...],
    title: str,
) -> TrainingPlan:
    # Keras evaluates where somebody watches it, or wants other scores
    keras_evaluates = callbacks or regressor._routed("compile__")
    return TrainingPlan(
        batch_size=regressor.batch_size,
        epochs=regressor.epochs,
        patience=regressor.patience,
        shuffle=getattr(regressor, "fit__shuffle", True),
        callbacks=callbacks,
        verbose=int(regressor.verbose),
        schedule=regressor.schedule,
        augment=regressor.augment,
        predict=None if keras_evaluates else regressor._fast_predict(settings, inputs),
        title=title,
        pausable=regressor.warm_start == "resume",
    )


def _builder(
    regressor: PromoterRegressor,
    settings: Any,
    inputs: Inputs,
    plan: TrainingPlan,
    rows: tuple[Genes, Genes | None],
    weights: Sequence[npt.NDArray[np.float32]] | None,
) -> Callable[..., keras.Model]:
    """Return a function that builds a network from a seed, with the weights to start from."""
    train, valid = rows
    options: dict[str, Any] = {}
    if keras.backend.backend() == "tensorflow":  # the other backends loop in Python
        options["steps_per_execution"] = plan.steps_per_execution(len(train))
    options |= regressor._routed("compile__")
    options["n_outputs"] = train.n_outputs
    if train.lacks_values or (valid is not None and valid.lacks_values):
        options["loss"] = over_measured(options.get("loss", "mean_squared_error"))

    def new_optimizer() -> keras.optimizers.Optimizer:
        return make_optimizer(
            regressor.optimizer,
            regressor.learning_rate,
            regressor.momentum,
            **regressor._routed("optimizer__"),
        )

    def build(seed: int, prepare: bool = True) -> keras.Model:
        model = regressor._build(settings, inputs, optimizer=new_optimizer(), seed=seed, **options)
        if weights is None and prepare:
            regressor._prepare(model, train, new_optimizer, seed)
        elif weights is not None:
            model.set_weights([*weights, *model.get_weights()[len(weights) :]])
        return model

    return build
