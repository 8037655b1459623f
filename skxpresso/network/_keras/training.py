"""Train an Xpresso network: batches of base codes, early stopping, restarts of dead networks."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers, ops

from skxpresso._utils.progress import progress
from skxpresso.exceptions import NonFiniteLossError
from skxpresso.metrics import is_one_prediction
from skxpresso.network._keras.batches import Batches, EpochRows, predict_with_keras
from skxpresso.network._keras.optimizers import schedule_callbacks
from skxpresso.network._keras.pausing import KeepVariables, Stopper, pause, restore
from skxpresso.network._keras.progress import ShowEpochs
from skxpresso.network._pause import PausedNetwork
from skxpresso.network.genes import Genes

__all__ = ["SLOW", "TrainedNetwork", "TrainingPlan", "train_network"]

# Python takes its turn every so many steps, of less than a millisecond for short promoters;
# TensorFlow needs as long to prepare that as it saves in some 250 steps
STEPS_PER_EXECUTION = 8
_FEW_STEPS = 250

_PROBE_ROWS = 256
SLOW = 3  # restarts after which the learning rate is a tenth: three networks have died


@dataclass(frozen=True)
class TrainingPlan:
    """How to train; the names are those of `XpressoRegressor`.

    `predict` gives the predictions of a model for some rows, faster than Keras does; with
    it the validation loss is their mean squared error. With `pausable`, what is trained can be
    resumed. `title` stands before the bar. `watchers` are called as they are, not copied.
    """

    batch_size: int = 128
    epochs: int = 100
    patience: int | None = 7
    shuffle: bool = True
    callbacks: tuple[keras.callbacks.Callback, ...] = ()
    verbose: int = 0
    schedule: str = "constant"
    augment: str | None = None
    predict: Callable[[keras.Model, Genes], npt.NDArray[np.float32]] | None = None
    pausable: bool = False
    watchers: tuple[keras.callbacks.Callback, ...] = ()
    title: str = "epoch"

    def __post_init__(self) -> None:
        for name in ("batch_size", "epochs"):  # NumPy's small integers overflow in sums
            object.__setattr__(self, name, int(getattr(self, name)))

    def steps_per_execution(self, n_rows: int) -> int:
        """Return how many batches TensorFlow takes at a time; a callback may want every one."""
        few = self.epochs * -(-n_rows // self.batch_size) < _FEW_STEPS
        return 1 if few or self.callbacks else STEPS_PER_EXECUTION


@dataclass
class TrainedNetwork:
    """A trained network and how it came about.

    `best_epoch` counts from 0; `n_dead_units` counts hidden dense units whose output
    was the same for all probed rows; `callbacks` are the copies of the plan's that saw it.
    `paused` has all networks that were trained, where the plan is pausable.
    """

    model: keras.Model
    history: dict[str, list[float]]
    best_epoch: int
    is_dead: bool = False
    n_restarts: int = 0
    n_dead_units: int = 0
    paused: tuple[PausedNetwork, ...] = ()
    callbacks: tuple[keras.callbacks.Callback, ...] = ()

    @property
    def loss(self) -> float:
        """Validation loss of the epoch that was kept, or training loss without one."""
        losses = self.history.get("val_loss", self.history["loss"])
        return losses[self.best_epoch]

    def attributes(self) -> dict[str, Any]:
        """Name what a fitted regressor tells of it."""
        names = ("history", "best_epoch", "n_restarts", "n_dead_units")
        return {f"{name}_": getattr(self, name) for name in names}


def train_network(
    build: Callable[..., keras.Model],
    train: Genes,
    valid: Genes | None,
    plan: TrainingPlan,
    *,
    seed: int,
    n_init: int = 1,
    max_restarts: int = 3,
    replaces_diverged: bool = False,
    paused: Sequence[PausedNetwork] = (),
) -> TrainedNetwork:
    """Train `n_init` networks and keep the one with the lowest validation loss.

    Parameters
    ----------
    build : callable
        Takes a seed, gives a compiled network. With ``prepare=False`` it may leave out
        what comes before training, since the network gets the variables of a paused one.
    train : Genes
        Training rows.
    valid : Genes or None
        Validation rows, for early stopping and to choose among networks.
    plan : TrainingPlan
        How to train.
    seed : int
        Every network, order of rows and dropout derives from it.
    n_init : int, default=1
        Networks to train.
    max_restarts : int, default=3
        How often a dead network is thrown away for a new one.
    replaces_diverged : bool, default=False
        Whether a network whose loss becomes NaN or infinite is thrown away, too.
    paused : sequence of PausedNetwork
        The networks to go on with, up to ``plan.epochs`` in all; none to begin.

    Returns
    -------
    TrainedNetwork
        With the weights of its best epoch; `is_dead` if the last restart is dead too.

    Raises
    ------
    NonFiniteLossError
        If the loss becomes NaN or infinite; the message names the epoch.
    """
    networks = [
        _train_until_alive(
            build,
            train,
            valid,
            plan,
            (seed, init),
            max_restarts,
            replaces_diverged,
            paused[init] if paused else None,
        )
        for init in range(n_init)
    ]
    best = min(networks, key=lambda network: (network.is_dead, network.loss))
    best.paused = tuple(each for network in networks for each in network.paused)
    return best


def _train_until_alive(
    build: Callable[..., keras.Model],
    train: Genes,
    valid: Genes | None,
    plan: TrainingPlan,
    entropy: tuple[int, int],
    max_restarts: int,
    replaces_diverged: bool,
    paused: PausedNetwork | None,
) -> TrainedNetwork:
    first = 0 if paused is None else paused.n_restarts
    for n_restarts in range(first, max(first, max_restarts) + 1):
        model_seed, order_seed = np.random.SeedSequence((*entropy, n_restarts)).spawn(2)
        before = paused if n_restarts == first else None
        known = {} if before is None else {"prepare": False}
        model = build(int(model_seed.generate_state(1)[0]), **known)
        if n_restarts >= SLOW and before is None:
            _slow_down(model)
        rng = np.random.default_rng(order_seed)
        try:
            network = _train_once(model, train, valid, plan, rng, before)
        except NonFiniteLossError:
            if not replaces_diverged or n_restarts >= max_restarts:
                raise
            continue
        network.n_restarts = n_restarts
        network.paused = tuple(replace(each, n_restarts=n_restarts) for each in network.paused)
        if not network.is_dead:
            break
    return network


def _train_once(
    model: keras.Model,
    train: Genes,
    valid: Genes | None,
    plan: TrainingPlan,
    rng: np.random.Generator,
    before: PausedNetwork | None = None,
) -> TrainedNetwork:
    n_before = 0
    epoch_rows = EpochRows(
        len(train), rng, shuffle=plan.shuffle, both_strands=plan.augment is not None
    )
    if before is not None:
        restore(model, before)
        n_before = before.n_epochs
        for _ in range(n_before):  # those that the epochs before took
            epoch_rows.draw()
    probe = train[:: -(-len(train) // _PROBE_ROWS)]
    assert train.y is not None
    watch = _CollapseWatch(probe, train.y, plan.batch_size)
    own_callbacks = copy.deepcopy(plan.callbacks)
    callbacks = [
        _FiniteLoss(),
        watch,
        *schedule_callbacks(plan.schedule, plan.epochs, plan.patience, validates=valid is not None),
        *own_callbacks,
    ]
    validation_data = None if valid is None else Batches(valid, plan.batch_size)
    if valid is not None and plan.predict is not None:
        callbacks.insert(0, _ValidationLoss(valid, plan.predict))
        validation_data = None
    keeper, stopper = KeepVariables(), None
    if plan.pausable:
        callbacks.append(keeper)
    if valid is not None:
        stopper = Stopper(plan.patience or plan.epochs, before)
        callbacks.append(stopper)
    with progress(plan.epochs, plan.title, show=plan.verbose == 1) as advance:
        history = model.fit(
            Batches(train, plan.batch_size, epoch_rows),
            validation_data=validation_data,
            epochs=n_before if before is not None and before.ended else plan.epochs,
            initial_epoch=n_before,
            shuffle=False,
            callbacks=[
                *callbacks,
                *plan.watchers,
                *([ShowEpochs(advance, plan.title)] if plan.verbose == 1 else []),
            ],
            verbose=2 if plan.verbose > 1 else 0,
        ).history
    history = {name: [float(x) for x in values] for name, values in history.items()}
    if before is not None:
        history = {name: values + history.get(name, []) for name, values in before.history.items()}
    network = TrainedNetwork(
        model, history, len(history["loss"]) - 1 if stopper is None else stopper.best_epoch
    )
    network.is_dead = watch.collapsed or watch.sees_collapse(model)
    network.n_dead_units = count_dead_units(model, probe, plan.batch_size)
    if plan.pausable:
        ended = model.stop_training or (before is not None and before.ended)
        network.paused = (pause(keeper, stopper, history, ended),)
    network.callbacks = own_callbacks
    return network


def count_dead_units(model: keras.Model, genes: Genes, batch_size: int) -> int:
    """Count hidden dense units whose output is the same for all rows."""
    hidden = [layer.output for layer in model.layers if layer.name.startswith("dense")]
    if not hidden:
        return 0
    reader = keras.Model(
        model.inputs, layers.Concatenate()(hidden) if len(hidden) > 1 else hidden[0]
    )
    return int((np.ptp(predict_with_keras(reader, genes, batch_size), axis=0) == 0).sum())


def _slow_down(model: keras.Model) -> None:
    """Take a tenth of the learning rate."""
    with contextlib.suppress(TypeError):  # Keras does not replace a schedule by a number
        model.optimizer.learning_rate = 0.1 * float(model.optimizer.learning_rate)


class _ValidationLoss(keras.callbacks.Callback):
    """Add the mean squared error of the validation rows to what later callbacks see."""

    def __init__(
        self, genes: Genes, predict: Callable[[keras.Model, Genes], npt.NDArray[np.float32]]
    ) -> None:
        super().__init__()
        self.genes = genes
        self.predict = predict

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert self.genes.y is not None
        assert logs is not None
        y, weight = self.genes.y, self.genes.weight
        squares = (self.predict(self.model, self.genes).reshape(y.shape) - y) ** 2
        if y.ndim == 2:
            squares = np.nan_to_num(squares, posinf=np.inf)  # what is missing adds nothing
        if weight is not None:
            squares *= weight if y.ndim == 1 else weight[:, np.newaxis]
        logs["val_loss"] = float(np.mean(squares, dtype=np.float64))


class _FiniteLoss(keras.callbacks.Callback):
    """End training when the loss, or a weight, is no number any more."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        watched = {name: (logs or {}).get(name, 0.0) for name in ("loss", "val_loss")}
        # a ReLU may take NaN for less than 0, and then no loss shows it
        watched |= {weight.path: _worst(weight) for weight in self.model.trainable_weights}
        for name, value in watched.items():
            if not np.isfinite(value):
                raise NonFiniteLossError(
                    f"{name} became non-finite ({value}) at epoch {epoch + 1}: training diverged; "
                    "a smaller learning_rate or optimizer__clipnorm=1.0 helps"
                )


def _worst(weight: keras.Variable) -> float:
    """Return the largest absolute value, or NaN if there is one."""
    return float(np.abs(ops.convert_to_numpy(weight)).max())


class _CollapseWatch(keras.callbacks.Callback):
    """End training when all probed rows get one prediction after the first epoch."""

    def __init__(self, probe: Genes, y: npt.NDArray[np.floating], batch_size: int) -> None:
        super().__init__()
        self.probe = probe
        self.y = y
        self.batch_size = batch_size
        self.collapsed = False

    def sees_collapse(self, model: keras.Model) -> bool:
        predictions = predict_with_keras(model, self.probe, self.batch_size)
        return is_one_prediction(predictions, self.y)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch == 0 and self.sees_collapse(self.model):
            self.collapsed = True
            self.model.stop_training = True
