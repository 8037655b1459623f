"""What the network regressors share: fit, predict, to_keras. Keras is imported when needed."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.fitted import forget
from skxpresso._utils.quiet import quiet_standard_error
from skxpresso._utils.table import row_labels, shorten
from skxpresso.network._fitted import FittedNetwork
from skxpresso.network._inputs import Inputs
from skxpresso.network._pause import Pause, digest_of_rows, settled_parameters
from skxpresso.network._routing import RoutedParameters
from skxpresso.network._shared import share
from skxpresso.network._targets import Scale, split_genes, with_target
from skxpresso.network.genes import Genes
from skxpresso.network.optimizers import OPTIMIZERS, SCHEDULES
from skxpresso.sequence.encoder import OneHotPromoterEncoder

if TYPE_CHECKING:
    import keras

__all__ = ["PromoterRegressor"]

Predict = Callable[["keras.Model", Genes], npt.NDArray[np.float32]]

# beside the attributes that end with an underscore
_FITTED = ("_inputs", "_network", "_scale", "_pause")


class PromoterRegressor(RegressorMixin, RoutedParameters):
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
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "patience": [Interval(Integral, 1, None, closed="left"), None],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_restarts": [Interval(Integral, 0, None, closed="left")],
        "standardize_y": ["boolean"],
        "device": [StrOptions({"auto", "cpu", "gpu"})],
        "callbacks": [list, tuple, None],
        "warm_start": ["boolean", StrOptions({"resume"})],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    _inputs: Inputs
    _network: FittedNetwork
    _scale: Scale
    _pause: Pause | None

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
        momentum: float = 0.9,
        batch_size: int = 128,
        epochs: int = 100,
        patience: int | None = 7,
        validation_fraction: float = 0.1,
        n_init: int = 1,
        max_restarts: int = 3,
        standardize_y: bool = True,
        device: str = "auto",
        callbacks: Sequence[Any] | None = None,
        warm_start: bool | str = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        **routed: Any,
    ) -> None:
        self.promoter_length = promoter_length
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.momentum = momentum
        self.batch_size = batch_size
        self.epochs = epochs
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.n_init = n_init
        self.max_restarts = max_restarts
        self.standardize_y = standardize_y
        self.device = device
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state
        self._check_routed_names(routed)
        self.__dict__.update(routed)

    def _settings(self) -> Any:
        raise NotImplementedError

    def _build(self, settings: Any, inputs: Inputs, **options: Any) -> keras.Model:
        raise NotImplementedError

    def _prepare(
        self, model: keras.Model, train: Genes, new_optimizer: Callable[[], Any], seed: int
    ) -> None:
        pass

    def _keep(self, settings: Any, inputs: Inputs, model: keras.Model) -> FittedNetwork:
        raise NotImplementedError

    def _fast_predict(self, settings: Any, inputs: Inputs) -> Predict | None:
        """Return what predicts faster than Keras does; None where nothing does."""
        return None

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
        y : array-like of shape (n,)
            Expression.
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
            If the loss becomes NaN or infinite.
        RuntimeError
            If a GPU is requested and there is none.

        Warns
        -----
        DeadNetworkWarning
            If the network predicts one number for every gene and restarts did not help.
        RestartWarning
            If it lives only at a tenth of the learning rate.
        """
        if not self._goes_on():
            forget(self, _FITTED)  # a fit that fails leaves nothing that predicts
        self._validate_params()
        if self.warm_start == "resume":
            self._check_can_pause()
        settings = self._settings()
        pause = self._resumed()
        drawn = int(check_random_state(self.random_state).randint(2**31 - 1))
        seed = pause.seed if pause else drawn
        inputs, scale, rows = self._read_training_rows(X, y, sample_weight, X_val, y_val, seed)
        settings.check_fits(inputs.promoter_length, inputs.n_halflife)
        if self._goes_on():
            self._check_can_go_on(settings)
        here = self._place(settings, rows, seed) if self.warm_start == "resume" else None
        if pause and here:
            pause.check(here.parameters, self.epochs, here.rows)
        # Keras takes seconds to import, and TensorFlow greets at length
        with contextlib.nullcontext() if "keras" in sys.modules else quiet_standard_error():
            from skxpresso.network._scikeras import train

        network = train(self, settings, inputs, rows, seed)
        kept = self._keep(settings, inputs, network.model)
        self.history_ = network.history
        self.best_epoch_ = network.best_epoch
        self.n_restarts_ = network.n_restarts
        self.n_dead_units_ = network.n_dead_units
        self._pause = here and replace(here, networks=network.paused)
        self._inputs, self._scale, self._network = inputs, scale, kept
        return self

    def predict(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict expression.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, 1-D sequences, or array-like of 2 or 3 dimensions
            Genes, with the window and the half-life features seen at `fit`.

        Returns
        -------
        ndarray of shape (n,), float64
            In the units of the y that was fitted.

        Raises
        ------
        NotFittedError
            Before a successful `fit`.
        ValueError
            If the window or the features differ from those seen at `fit`.
        """
        check_is_fitted(self)
        genes = self._inputs.read(self, X)
        return self._scale.undo(self._network.predict(genes, self.batch_size, self.device))

    def to_keras(self) -> keras.Model:
        """Export the fitted network with plain inputs, for use without this package.

        Returns
        -------
        keras.Model
            Standard Keras layers only. Inputs `promoter` (n, promoter_length, 4),
            one-hot A, C, G, T, and `halflife` (n, n_halflife); output (n, 1) in the
            units of the y that was fitted. `keras.Model.save` writes it.
        """
        check_is_fitted(self)
        import keras

        plain = self._network.build(reads="onehot")
        scale = keras.layers.Rescaling(self.y_scale_, offset=self.y_mean_, name="rescale")
        return keras.Model(plain.inputs, scale(plain.output), name=plain.name)

    @property
    def model_(self) -> keras.Model:
        """The network, see Attributes."""
        return self._fitted("model_", "_network").keras_model

    @property
    def promoter_length_(self) -> int:
        """Width of the window in nt."""
        return self._fitted("promoter_length_", "_inputs").promoter_length

    @property
    def n_halflife_(self) -> int:
        """Number of half-life features."""
        return self._fitted("n_halflife_", "_inputs").n_halflife

    @property
    def _halflife_names(self) -> tuple[str, ...] | None:
        return self._inputs.halflife_names

    @property
    def encoder_(self) -> OneHotPromoterEncoder:
        """What encodes sequences, where the regressor was fitted on sequences."""
        encoder = self._fitted("encoder_", "_inputs").encoder
        if encoder is None:
            raise AttributeError("encoder_ exists only after a fit on sequences")
        return encoder

    @property
    def y_mean_(self) -> float:
        """Mean of y on the training rows, or 0."""
        return self._fitted("y_mean_", "_scale").mean

    @property
    def y_scale_(self) -> float:
        """Standard deviation of y on the training rows, or 1."""
        return self._fitted("y_scale_", "_scale").std

    def _fitted(self, name: str, part: str) -> Any:
        if part not in vars(self):
            raise AttributeError(f"this {type(self).__name__} is not fitted and has no {name}")
        return vars(self)[part]

    def _read_training_rows(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, seed: int
    ) -> tuple[Inputs, Scale, tuple[Genes, Genes | None]]:
        """Check everything that `fit` was given, split it, put y on the network's scale."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val must be given together")
        if self._goes_on():
            inputs, genes = self._inputs, self._inputs.read(self, X)
        else:
            inputs, genes = Inputs.learn(self, X)
        genes = with_target(genes, y, sample_weight, row_labels(X))
        train, valid = genes, None
        if X_val is None:
            train, valid = split_genes(genes, self.validation_fraction, self.patience, seed)
        else:
            held_out = inputs.read(self, X_val)
            valid = with_target(held_out, y_val, None, row_labels(X_val), name="y_val")
        scale = self._scale if self._goes_on() else Scale.learn(train, self.standardize_y)
        return inputs, scale, (scale.apply(train), None if valid is None else scale.apply(valid))

    def _check_can_pause(self) -> None:
        if self.schedule != "constant":
            raise ValueError(
                "warm_start='resume' needs schedule='constant', since the others hang on the "
                f"number of epochs or on epochs before, got {self.schedule!r}"
            )

    def _resumed(self) -> Pause | None:
        """Return the training that goes on exactly, if any."""
        return getattr(self, "_pause", None) if self.warm_start == "resume" else None

    def _place(self, settings: Any, rows: tuple[Genes, Genes | None], seed: int) -> Pause:
        parameters = settled_parameters(self.get_params(), list(asdict(settings)))
        return Pause(seed, digest_of_rows(*rows), parameters, self.epochs, ())

    def _initial_weights(self, inputs: Inputs) -> list[npt.NDArray[np.float32]] | None:
        """Return the weights that training starts from; None where they are drawn."""
        return self._network.weights if self._goes_on() and self._resumed() is None else None

    def _goes_on(self) -> bool:
        return bool(self.warm_start) and self.__sklearn_is_fitted__()

    def __sklearn_is_fitted__(self) -> bool:
        return "_network" in vars(self)  # set last, so that a fit that fails leaves none

    def _check_can_go_on(self, settings: Any) -> None:
        if self.warm_start == "resume" and self._resumed() is None:
            raise ValueError(
                "warm_start='resume' goes on with a fit that had warm_start='resume', but this "
                f"{type(self).__name__} was fitted without; warm_start=True trains on from its "
                "weights, and clone gives one that is not fitted"
            )
        fitted = self._network.settings
        if settings != fitted:
            raise ValueError(
                f"warm_start={self.warm_start} continues with the fitted network, "
                f"{shorten(fitted, 160)}, but the parameters now describe {shorten(settings, 160)}"
            )
        if self.n_init != 1 and self.warm_start != "resume":
            raise ValueError(
                f"n_init must be 1 to continue with warm_start=True, got {self.n_init}"
            )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        # the learning rates want thousands of genes
        tags.regressor_tags.poor_score = True
        return tags
