"""The networks of a fit: each with a seed and validation rows of its own, several at once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs

from skxpresso._utils.progress import progress
from skxpresso.exceptions import DeadNetworkWarning, NonFiniteLossError, RestartWarning
from skxpresso.network._loading import load_keras
from skxpresso.network._pause import PausedNetwork, one_copy
from skxpresso.network.fitted import FittedNetwork
from skxpresso.network.inputs import Inputs
from skxpresso.network.targets import TrainingRows

if TYPE_CHECKING:
    from skxpresso.network._base import PromoterRegressor

__all__ = ["Watched", "member_seed", "train_members"]


class _Trained(NamedTuple):
    """A network, or why there is none."""

    network: FittedNetwork | None
    is_dead: bool = False
    paused: tuple[PausedNetwork, ...] = ()
    error: NonFiniteLossError | None = None

    @property
    def is_alive(self) -> bool:
        return self.network is not None and not self.is_dead


class Watched(NamedTuple):
    """A task of scikit-learn's callbacks, and what they are told of it.

    `parts` are the attributes that make the estimator a fitted one, but for the network.
    """

    context: Any
    task: dict[str, Any]
    parts: dict[str, Any] = {}  # noqa: RUF012 - nobody writes to it

    def network(self, number: int, parts: dict[str, Any]) -> Watched:
        """Begin the task of one network; it may be trained again from the start."""
        context = self.context.subcontext("network", task_id=number, max_subtasks=None)
        context.call_on_fit_task_begin(**self.task)
        return Watched(context, self.task, parts)


def member_seed(seed: int, number: int) -> int:
    """Return the seed of a network of an ensemble; the first one's is that of a single network.

    Examples
    --------
    >>> from skxpresso.network._members import member_seed
    >>> member_seed(7, 0), member_seed(7, 1) == member_seed(8, 1)
    (7, False)
    """
    if number == 0:
        return seed
    return int(np.random.SeedSequence((seed, number)).generate_state(1)[0])


def train_members(
    regressor: PromoterRegressor,
    settings: Any,
    inputs: Inputs,
    rows: TrainingRows,
    seed: int,
    watched: Watched | None = None,
) -> tuple[list[FittedNetwork], tuple[PausedNetwork, ...]]:
    """Train `n_estimators` networks, and leave out those that are dead or diverged.

    With them comes what can be resumed, where that was asked for. Callbacks of scikit-learn
    see every epoch, unless networks train in other processes.

    Raises
    ------
    NonFiniteLossError
        If all networks diverged.

    Warns
    -----
    DeadNetworkWarning
        If networks are left out, or the only one is dead.
    RestartWarning
        If one lives only at a tenth of the learning rate.
    """
    n_members = regressor.n_estimators
    if n_members == 1:
        trained = [_train_one(regressor, settings, inputs, rows, seed, 0, watched=watched)]
    else:
        trained = list(_train_several(regressor, settings, inputs, rows, seed, watched))
    alive = [each.network for each in trained if each.network is not None and not each.is_dead]
    if len(alive) < n_members:
        _warn_of_lost(trained, regressor.max_restarts)
    _warn_of_slow_training(alive)
    return alive or [_least_bad(trained)], tuple(one for each in trained for one in each.paused)


def _train_several(
    regressor: PromoterRegressor,
    settings: Any,
    inputs: Inputs,
    rows: TrainingRows,
    seed: int,
    watched: Watched | None,
) -> Iterator[_Trained]:
    n_members = regressor.n_estimators
    n_workers = min(n_members, effective_n_jobs(regressor.n_jobs))
    several = n_workers > 1  # bars of several processes would write over each other
    parallel = Parallel(n_workers, prefer="processes", return_as="generator")
    work = (
        delayed(_train_one)(
            regressor,
            settings,
            inputs,
            rows,
            seed,
            number,
            quietly=several,
            watched=None if several else watched,
        )
        for number in range(n_members)
    )
    with progress(n_members, "networks", show=several and regressor.verbose == 1) as advance:
        for trained in parallel(work):
            yield trained
            advance()


def _train_one(
    regressor: PromoterRegressor,
    settings: Any,
    inputs: Inputs,
    rows: TrainingRows,
    seed: int,
    number: int,
    quietly: bool = False,
    watched: Watched | None = None,
) -> _Trained:
    load_keras()
    from skxpresso.network._scikeras import train

    member = regressor._as_member(number)
    if quietly:
        member.verbose = 0
    several = regressor.n_estimators > 1
    replaces = several and regressor.warm_start != "resume"  # which needs the state of each
    own_seed = member_seed(seed, number)
    title = f"network {number + 1} of {regressor.n_estimators}: epoch" if several else "epoch"
    parts = {"_inputs": inputs, "_scale": rows.scale, "_outputs": rows.outputs}
    watch = watched and watched.network(number, parts)
    split = rows.split(own_seed)
    try:
        network = train(member, settings, inputs, split, own_seed, title, replaces, watch)
    except NonFiniteLossError as error:
        if not replaces:
            raise
        return _Trained(None, error=error)
    if watch is not None:
        watch.context.call_on_fit_task_end(**watch.task)
    kept = member._keep(settings, inputs, network.model)
    kept.attributes |= network.attributes()
    if network.paused:
        kept.weights = one_copy(kept.weights, network.paused)
    return _Trained(kept, network.is_dead, network.paused)


def _warn_of_slow_training(alive: list[FittedNetwork]) -> None:
    from skxpresso.network._keras.training import SLOW

    restarts = [network.attributes["n_restarts_"] for network in alive]
    if slow := [n for n in restarts if n >= SLOW]:
        warnings.warn(
            f"{slow[0]} networks in a row gave one prediction for every gene; the one that is "
            "kept was trained at a tenth of the learning rate. A smaller learning_rate, "
            "more units in the last dense layer or activation='leaky_relu' save the restarts",
            RestartWarning,
            stacklevel=4,
        )


def _least_bad(trained: list[_Trained]) -> FittedNetwork:
    """Return the first dead network; raise where all diverged."""
    for each in trained:
        if each.network is not None:
            return each.network
    error = trained[0].error
    assert error is not None
    raise error


def _warn_of_lost(trained: list[_Trained], max_restarts: int) -> None:
    lost = [each for each in trained if not each.is_alive]
    dead = [each.network.attributes for each in lost if each.network is not None]
    if not dead and len(lost) == len(trained):
        return  # which raises
    helps = (
        "more units in the last dense layer, activation='leaky_relu', a smaller learning_rate "
        "or half-life features make this rarer"
    )
    if len(trained) == 1:
        text = (
            "the network predicts one number for every gene after "
            f"{dead[0]['n_restarts_']} restart(s) (max_restarts={max_restarts}), and "
            f"{dead[0]['n_dead_units_']} hidden unit(s) are dead; {helps}"
        )
    else:
        left = "the mean leaves them out" if len(lost) < len(trained) else "none is left"
        text = (
            f"{len(lost)} of {len(trained)} networks are lost: {len(dead)} predict one number for "
            f"every gene, {len(lost) - len(dead)} diverged, after max_restarts={max_restarts} "
            f"restart(s) each, and {left}; {helps}"
        )
    warnings.warn(text, DeadNetworkWarning, stacklevel=4)
