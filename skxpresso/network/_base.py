"""What the network estimators share: rows, scale, training, prediction. Alone in using scikeras."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd
from scikeras.wrappers import BaseWrapper
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from skxpresso._utils.table import check_unique_columns, numeric_columns, row_labels
from skxpresso.network._keras.backend import on_device
from skxpresso.network._keras.blocks import make_optimizer
from skxpresso.network._keras.tensorflow import limit_tensorflow_threads, quiet_retracing
from skxpresso.network._keras.training import (
    STEPS_PER_EXECUTION,
    Genes,
    TrainingPlan,
    train_network,
)
from skxpresso.network._targets import check_finite, learn_scale, split_genes, with_target
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.sequence.promoters import holds_sequences, match_covariates, remember_columns

__all__ = ["PromoterKerasRegressor"]

_ENCODED_NAME = re.compile(r"promoter_-?\d+_[ACGT]")
_ROUTED_PREFIXES = ("optimizer__", "compile__", "callbacks__")


class PromoterKerasRegressor(RegressorMixin, BaseWrapper):
    """Everything of a network estimator but its layers.

    A subclass names its own parameters beside the shared ones and fills in three methods:

    - `_settings()`: its layer settings, checked; an object that can be compared, with
      ``check_fits(promoter_length, n_halflife)``;
    - `_build(settings, **options)`: a compiled network with inputs `promoter` (base codes) and
      `halflife`; the options are ``optimizer``, ``seed`` and those of `keras.Model.compile`;
    - `_keep(settings, model)`: the trained network as plain weights, which knows ``settings``,
      ``weights``, ``keras_model``, ``build(reads=...)`` and ``predict(genes, batch_size)``, and
      pickles.

    `_prepare(model, train, seed)` may do something to a new network before it is trained.

    The parameters and attributes are those of `XpressoRegressor` with the same names.
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "promoter_length": [Interval(Integral, 0, None, closed="left"), None],
        "optimizer": [StrOptions({"sgd", "adam"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
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
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    encoder_: OneHotPromoterEncoder

    # scikeras reads parameters from __dict__ and prints them its own way
    _get_param_names: Any = classmethod(BaseEstimator._get_param_names.__func__)
    __repr__ = BaseEstimator.__repr__

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # what introspection shows: **routed is no parameter of this name
        _, *shown = inspect.signature(cls.__init__).parameters.values()
        shown = [each for each in shown if each.kind is not each.VAR_KEYWORD]
        cls.__signature__ = inspect.Signature(shown)

    def __init__(
        self,
        *,
        promoter_length: int | None,
        optimizer: str,
        learning_rate: float,
        momentum: float,
        batch_size: int,
        epochs: int,
        patience: int | None,
        validation_fraction: float,
        n_init: int,
        max_restarts: int,
        standardize_y: bool,
        device: str,
        callbacks: Sequence[Any] | None,
        warm_start: bool,
        verbose: int,
        random_state: int | np.random.RandomState | None,
        **routed: Any,
    ) -> None:
        self.promoter_length = promoter_length
        self.optimizer = optimizer
        self.learning_rate = learning_rate
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

    def _build(self, settings: Any, **options: Any) -> keras.Model:
        raise NotImplementedError

    def _prepare(self, model: keras.Model, train: Genes, seed: int) -> None:
        pass

    def _keep(self, settings: Any, model: keras.Model) -> Any:
        raise NotImplementedError

    def _fast_predict(
        self, settings: Any
    ) -> Callable[[keras.Model, Genes], npt.NDArray[np.float32]] | None:
        """Return what predicts faster than Keras does; None where nothing does."""
        return None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, routed ones included.

        Parameters
        ----------
        deep : bool, default=True
            Without effect: no parameter is an estimator.

        Returns
        -------
        dict
        """
        return super().get_params(deep) | self._routed()

    def set_params(self, **params: Any) -> Self:
        """Set parameters, routed ones included.

        Parameters
        ----------
        **params : dict
            Names and values.

        Returns
        -------
        self
        """
        routed = {name: value for name, value in params.items() if "__" in name}
        self._check_routed_names(routed, ValueError)
        plain = {name: value for name, value in params.items() if name not in routed}
        BaseEstimator.set_params(self, **plain)
        self.__dict__.update(routed)
        return self

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
    ) -> Self:
        """Train.

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
            For bad parameters or data; the message names them.
        NetworkShapeError
            If the poolings leave nothing of the promoter.
        NonFiniteLossError
            If the loss becomes NaN or infinite.
        RuntimeError
            If a GPU is asked for and there is none.

        Warns
        -----
        DeadNetworkWarning
            If the network predicts one number for every gene and restarts did not help.
        """
        self._validate_params()
        settings = self._settings()
        if not self._goes_on():
            self.__dict__.pop("_network", None)  # a fit that fails leaves nothing that predicts
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        train, valid = self._read_training_rows(X, y, sample_weight, X_val, y_val, seed)
        settings.check_fits(self.promoter_length_, self.n_halflife_)
        limit_tensorflow_threads()
        with on_device(self.device), quiet_retracing():
            plan = self._plan(settings)
            network = train_network(
                self._builder(settings, plan, train),
                train,
                valid,
                plan,
                seed=seed,
                n_init=self.n_init,
                max_restarts=0 if self._goes_on() else self.max_restarts,
            )
        self.history_ = network.history
        self.best_epoch_ = network.best_epoch
        self.n_restarts_ = network.n_restarts
        self.n_dead_units_ = network.n_dead_units
        self._network = self._keep(settings, network.model)
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
            If window or features differ from those seen at `fit`.
        """
        check_is_fitted(self)
        genes = self._read(X, reset=False)
        limit_tensorflow_threads()
        with on_device(self.device), quiet_retracing():
            raw = self._network.predict(genes, self.batch_size)
        return raw.astype(np.float64) * self.y_scale_ + self.y_mean_

    @property
    def model_(self) -> keras.Model:
        """The network, see Attributes."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"this {type(self).__name__} has no model_: it is not fitted")
        return self._network.keras_model

    def to_keras(self) -> keras.Model:
        """Give the fitted network with plain inputs, for use without this package.

        Returns
        -------
        keras.Model
            Standard Keras layers only. Inputs `promoter` (n, promoter_length, 4),
            one-hot A, C, G, T, and `halflife` (n, n_halflife); output (n, 1) in the
            units of the y that was fitted. `keras.Model.save` writes it.
        """
        check_is_fitted(self)
        plain = self._network.build(reads="onehot")
        scale = keras.layers.Rescaling(self.y_scale_, offset=self.y_mean_, name="rescale")
        return keras.Model(plain.inputs, scale(plain.output), name=plain.name)

    @property
    def partial_fit(self) -> Any:
        """Not offered: early stopping and restarts need all rows. See `warm_start`."""
        raise AttributeError(
            f"{type(self).__name__} has no partial_fit; warm_start=True goes on training"
        )

    @property
    def initialize(self) -> Any:
        """Not offered: scikeras' way to a network with random weights."""
        raise AttributeError(f"{type(self).__name__} has no initialize; fit builds its network")

    def _read_training_rows(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, seed: int
    ) -> tuple[Genes, Genes | None]:
        """Check everything that `fit` was given, split it, put y on the network's scale."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val must be given together")
        going_on = self._goes_on()
        genes = self._read(X, reset=not going_on)
        genes = with_target(genes, y, sample_weight, row_labels(X))
        train, valid = genes, None
        if X_val is None:
            train, valid = split_genes(genes, self.validation_fraction, self.patience, seed)
        else:
            held_out = self._read(X_val, reset=False)
            valid = with_target(held_out, y_val, None, row_labels(X_val), name="y_val")
        if not going_on:
            self.y_mean_, self.y_scale_ = learn_scale(train, self.standardize_y)
        return self._scaled(train), None if valid is None else self._scaled(valid)

    def _goes_on(self) -> bool:
        return self.warm_start and self.__sklearn_is_fitted__()

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_network")  # set last, so that a fit that fails leaves none

    def _scaled(self, genes: Genes) -> Genes:
        assert genes.y is not None
        y = ((genes.y - self.y_mean_) / self.y_scale_).astype(np.float32)
        weight = None if genes.weight is None else genes.weight.astype(np.float32)
        return replace(genes, y=y, weight=weight)

    def _read(self, X: Any, reset: bool) -> Genes:
        """Read X as base codes and half-life features, of the fitted widths unless `reset`."""
        if X is None:
            raise ValueError("X must be given, got None")
        if reset:
            for name in ("feature_names_in_", "encoder_", "promoter_length_"):  # of another X
                self.__dict__.pop(name, None)
        matrix = self._to_matrix(X, reset)
        if reset:
            self.promoter_length_ = matrix.promoter_length
            self.n_halflife_ = matrix.n_covariates
            self._halflife_names = matrix.covariate_names
        elif matrix.promoter_length != self.promoter_length_:
            raise ValueError(
                f"X has promoters of {matrix.promoter_length} nt, but {type(self).__name__} "
                f"was fitted with promoters of {self.promoter_length_} nt"
            )
        who = type(self).__name__
        matrix = match_covariates(
            matrix, self.n_halflife_, self._halflife_names, "half-life feature", who
        )
        check_finite(matrix, row_labels(X))
        return Genes(matrix.codes, matrix.covariates)

    def _to_matrix(self, X: Any, reset: bool) -> OneHotMatrix:
        if isinstance(X, OneHotMatrix):
            if reset:
                remember_columns(self, X)
            return X
        if self._wants_encoder(X, reset):
            return self._encode(X, reset)
        if getattr(X, "ndim", 2) == 3:
            matrix = OneHotMatrix.from_dense(X)
            if reset:
                remember_columns(self, matrix)
            return matrix
        return self._split_columns(X, reset)

    def _wants_encoder(self, X: Any, reset: bool) -> bool:
        if isinstance(X, pd.DataFrame) and not reset:
            return hasattr(self, "encoder_")
        return holds_sequences(X) or (isinstance(X, pd.DataFrame) and "promoter" in X.columns)

    def _encode(self, X: Any, reset: bool) -> OneHotMatrix:
        if not reset:
            if not hasattr(self, "encoder_"):
                raise ValueError(
                    f"{type(self).__name__} was fitted on encoded promoters or numbers, "
                    f"got {type(X).__name__} of sequences"
                )
            return self.encoder_.transform(X)
        remember_columns(self, X)
        self.encoder_ = OneHotPromoterEncoder()
        return self.encoder_.fit_transform(X)

    def _split_columns(self, X: Any, reset: bool) -> OneHotMatrix:
        """Read a 2-D array of numbers: one-hot promoter, then half-life features."""
        if isinstance(X, pd.DataFrame):
            check_unique_columns(X)
            known = [] if reset else getattr(self, "feature_names_in_", [])
            if set(known) == set(X.columns):
                X = X[list(known)]
            numeric_columns(X, X.columns)
        width = self._promoter_width(X, reset)
        X = validate_data(self, X, reset=reset, dtype=np.float32)
        if 4 * width > X.shape[1]:
            raise ValueError(
                f"promoter_length={width} needs {4 * width} one-hot columns, X has {X.shape[1]}"
            )
        onehot = X[:, : 4 * width].reshape(len(X), width, 4)
        return OneHotMatrix.from_dense(onehot, X[:, 4 * width :])

    def _promoter_width(self, X: Any, reset: bool) -> int:
        if not reset:
            return self.promoter_length_
        if self.promoter_length is None and isinstance(X, pd.DataFrame):
            # what OneHotPromoterEncoder gives under set_output(transform="pandas")
            return sum(bool(_ENCODED_NAME.fullmatch(str(name))) for name in X.columns) // 4
        return self.promoter_length or 0

    def _builder(
        self, settings: Any, plan: TrainingPlan, train: Genes
    ) -> Callable[[int], keras.Model]:
        """Return a function that builds a network from a seed, with the fitted weights if any."""
        weights = None
        if self._goes_on():
            self._check_can_go_on(settings)
            weights = self._network.weights
        # a callback may want every step; the other backends loop in Python
        several = keras.backend.backend() == "tensorflow" and not plan.callbacks
        options = {"steps_per_execution": STEPS_PER_EXECUTION} if several else {}
        options |= self._routed("compile__")

        def build(seed: int) -> keras.Model:
            model = self._build(settings, optimizer=self._optimizer(), seed=seed, **options)
            if weights is None:
                self._prepare(model, train, seed)
            else:
                model.set_weights(weights)
            return model

        return build

    def _optimizer(self) -> keras.optimizers.Optimizer:
        return make_optimizer(
            self.optimizer, self.learning_rate, self.momentum, **self._routed("optimizer__")
        )

    def _check_can_go_on(self, settings: Any) -> None:
        fitted = self._network.settings
        if settings != fitted:
            raise ValueError(
                f"warm_start=True goes on with the fitted network, {fitted}, "
                f"but the parameters now ask for {settings}"
            )
        if self.n_init != 1:
            raise ValueError(
                f"warm_start=True goes on with one network, so n_init must be 1, got {self.n_init}"
            )

    def _plan(self, settings: Any) -> TrainingPlan:
        self._initialize_callbacks()  # scikeras turns classes among them into instances
        callbacks = tuple(self.__dict__.pop("_fit_callbacks"))
        self.__dict__.pop("_predict_callbacks")
        return TrainingPlan(
            batch_size=self.batch_size,
            epochs=self.epochs,
            patience=self.patience,
            shuffle=getattr(self, "fit__shuffle", True),
            callbacks=callbacks,
            verbose=int(self.verbose),
            # Keras evaluates where somebody watches it, or wants other scores
            predict=None
            if callbacks or self._routed("compile__")
            else self._fast_predict(settings),
        )

    def _routed(self, prefix: str = "") -> dict[str, Any]:
        return {
            name.removeprefix(prefix): value
            for name, value in vars(self).items()
            if "__" in name and name.startswith(prefix)
        }

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        # the learning rates want thousands of genes
        tags.regressor_tags.poor_score = True
        return tags

    @classmethod
    def _check_routed_names(cls, names: Iterable[str], error: type[Exception] = TypeError) -> None:
        """Raise for parameters that scikeras would take and nobody would read."""
        for name in names:
            if name == "fit__shuffle" or name.startswith(_ROUTED_PREFIXES):
                continue
            prefix, _, rest = name.partition("__")
            near = difflib.get_close_matches(name, cls._get_param_names(), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            if prefix in ("fit", "model", "predict") and rest:
                hint = f"; set {rest!r} itself"
            raise error(
                f"{cls.__name__} has no parameter {name!r}{hint}. Routed parameters are "
                "optimizer__<argument>, compile__<argument>, callbacks__<argument> and fit__shuffle"
            )
