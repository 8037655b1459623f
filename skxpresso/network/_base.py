"""What the network regressors share: parameters, fit, tags. Keras is imported when needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _num_samples

from skxpresso._utils.table import row_labels
from skxpresso.network._continuation import Continuation
from skxpresso.network._members import Watched, member_seed, train_members
from skxpresso.network._prediction import Prediction
from skxpresso.network._routing import RoutedParameters
from skxpresso.network._shared import share
from skxpresso.network.fitted import FittedNetwork
from skxpresso.network.genes import Genes
from skxpresso.network.inputs import Inputs
from skxpresso.network.optimizers import OPTIMIZERS, SCHEDULES
from skxpresso.network.outputs import Outputs
from skxpresso.network.targets import Scale, TrainingRows, with_target

if TYPE_CHECKING:
    import keras

__all__ = ["PromoterRegressor"]

Predict = Callable[["keras.Model", Genes], npt.NDArray[np.float32]]


class PromoterRegressor(
    CallbackSupportMixin, Prediction, Continuation, RegressorMixin, RoutedParameters
):
    """Everything of a network regressor but its layers.

    A subclass names its own parameters beside the shared ones and fills in three methods:

    - `_settings()`: its layer settings, checked; an object that can be compared, with
      ``check_fits(promoter_length, n_halflife)``;
    - `_build(settings, inputs, **options)`: a compiled network with inputs `promoter` (base
      codes) and `halflife`; the options are ``optimizer``, ``seed`` and those of
      `keras.Model.compile`;
    - `_keep(settings, inputs, model)`: the trained network as plain weights, a
      `FittedNetwork`.

    `_prepare(model, train, new_optimizer, seed)` may do something to a new network before it
    is trained. The parameters and attributes are those of `XpressoRegressor` with the same
    names.
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "promoter_length": [Interval(Integral, 0, None, closed="left"), None],
        "optimizer": [StrOptions(set(OPTIMIZERS))],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "schedule": [StrOptions(set(SCHEDULES))],
        "augment": [StrOptions({"reverse_complement"}), None],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "patience": [Interval(Integral, 1, None, closed="left"), None],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_restarts": [Interval(Integral, 0, None, closed="left")],
        "standardize_y": ["boolean"],
        "device": [StrOptions({"auto", "cpu", "gpu"})],
        "callbacks": [list, tuple, None],
        "warm_start": ["boolean", StrOptions({"resume"})],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    _y_may_lack_values = True  # of some outputs; no tag of scikit-learn says so

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        share(cls, PromoterRegressor)

    def __init__(
        self,
        *,
        promoter_length: int | None = None,
        optimizer: str,
        learning_rate: float,
        schedule: str = "constant",
        augment: str | None = None,
        momentum: float = 0.9,
        batch_size: int = 128,
        epochs: int = 100,
        patience: int | None = 7,
        validation_fraction: float = 0.1,
        n_estimators: int = 1,
        n_init: int = 1,
        max_restarts: int = 3,
        standardize_y: bool = True,
        device: str = "auto",
        callbacks: Sequence[Any] | None = None,
        warm_start: bool | str = False,
        n_jobs: int | None = None,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        **routed: Any,
    ) -> None:
        self.promoter_length = promoter_length
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.augment = augment
        self.momentum = momentum
        self.batch_size = batch_size
        self.epochs = epochs
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.n_estimators = n_estimators
        self.n_init = n_init
        self.max_restarts = max_restarts
        self.standardize_y = standardize_y
        self.device = device
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state
        self._check_routed_names(routed)
        self.__dict__.update(routed)

    def _settings(self) -> Any:
        raise NotImplementedError

    def _build(self, settings: Any, inputs: Inputs, **options: Any) -> keras.Model:
        raise NotImplementedError

    def _prepare(
        self,
        model: keras.Model,
        train: Genes,
        new_optimizer: Callable[[], Any],
        seed: int,
    ) -> None:
        pass

    def _keep(self, settings: Any, inputs: Inputs, model: keras.Model) -> FittedNetwork:
        raise NotImplementedError

    def _fast_predict(self, settings: Any, inputs: Inputs) -> Predict | None:
        """Return what predicts faster than Keras does; None where nothing does."""
        return None

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, 1-D sequences, or array-like of 2 or 3 dimensions
            Genes: the output of `OneHotPromoterEncoder`; a DataFrame with a column
            `promoter` of sequences and half-life columns; sequences; one-hot promoters
            (n, promoter_length, 4); or numbers, see `promoter_length`.
        y : array-like of shape (n,) or (n, n_outputs)
            Expression: a number for each gene, or a column for each of several outputs,
            such as cell types. A gene may lack some columns (NaN), not all; what is missing
            adds nothing to the loss.
        sample_weight : array-like of shape (n,), optional
            0 or more; only ratios matter. Rows of weight 0 are left out.
        X_val, y_val : like X and y, optional
            Validation rows, for early stopping and to choose among networks.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or the data are invalid; the message names them.
        NetworkShapeError
            If the poolings leave no position of the promoter.
        NonFiniteLossError
            If the loss becomes NaN or infinite; of an ensemble, if that of all networks does.
        RuntimeError
            If a GPU is requested and there is none.

        Warns
        -----
        DeadNetworkWarning
            If a network predicts one number for every gene, or one of an ensemble diverges,
            and restarts did not help. An ensemble leaves it out.
        RestartWarning
            If a network lives only at a tenth of the learning rate.
        """
        if not self._goes_on():
            self._forget()  # a fit that fails leaves nothing that predicts
        self._validate_params()
        weights = None if sample_weight is None else {"sample_weight": sample_weight}
        task = {"estimator": self, "X": X, "y": y, "metadata": weights}
        context = self._init_callback_context(
            max_subtasks=int(self.n_estimators), sequential_subtasks=False
        )
        context.call_on_fit_task_begin(**task)
        if self.warm_start == "resume":
            self._check_can_pause()
        settings = self._settings()
        pause = self._resumed()
        drawn = int(check_random_state(self.random_state).randint(2**31 - 1))
        seed = pause.seed if pause else drawn
        inputs, rows = self._read_training_rows(X, y, sample_weight, X_val, y_val, seed)
        settings.check_fits(inputs.promoter_length, inputs.n_halflife)
        if self._goes_on():
            self._check_can_go_on(settings)
        here = self._place(settings, rows, seed) if self.warm_start == "resume" else None
        if pause and here:
            pause.check(here.parameters, self.epochs, here.rows)
        watched = Watched(context, task) if getattr(self, "_skl_callbacks", None) else None
        networks, paused = train_members(self, settings, inputs, rows, seed, watched)
        self._pause = here and replace(here, networks=paused)
        self._inputs, self._scale, self._outputs = inputs, rows.scale, rows.outputs
        self._join(networks)
        context.call_on_fit_task_end(**task)
        return self

    def _read_training_rows(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, seed: int
    ) -> tuple[Inputs, TrainingRows]:
        """Check everything that `fit` was given, put y on the network's scale."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val must be given together")
        if self._goes_on():
            inputs, genes = self._inputs, self._inputs.read(self, X)
        else:
            inputs, genes = Inputs.learn(self, X, y)
        if self.augment is not None and not inputs.promoter_length:
            raise ValueError(f"augment={self.augment!r} needs promoters, but X has numbers alone")
        outputs = self._outputs if self._goes_on() else Outputs.learn(y)
        genes = with_target(genes, y, sample_weight, row_labels(X), outputs=outputs)
        held_out = None
        if X_val is not None:
            if _num_samples(X_val) == 0:
                raise ValueError("X_val is empty (0 sample(s)), but at least one row is required")
            labels = row_labels(X_val)
            held_out = inputs.read(self, X_val)
            held_out = with_target(held_out, y_val, None, labels, "y_val", outputs)
        rows = TrainingRows(genes, held_out, self.validation_fraction, self.patience, outputs)
        train, _ = rows.split(member_seed(seed, 0))
        if self.n_estimators > 1:
            train = genes  # what one network does not train on, others do
        if self._goes_on():
            return inputs, rows.scaled(self._scale)
        return inputs, rows.scaled(Scale.learn(train, self.standardize_y, outputs))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.target_tags.multi_output = True
        # the learning rates want thousands of genes
        tags.regressor_tags.poor_score = True
        return tags
