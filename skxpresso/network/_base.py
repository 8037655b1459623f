"""What the network regressors share: fit, predict, to_keras. Keras is imported when needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.table import row_labels, shorten
from skxpresso.network._attributes import FittedAttributes
from skxpresso.network._fitted import FittedNetwork
from skxpresso.network._inputs import Inputs
from skxpresso.network._members import member_seed, train_members
from skxpresso.network._outputs import Outputs
from skxpresso.network._pause import Pause, digest_of_rows, settled_parameters
from skxpresso.network._routing import RoutedParameters
from skxpresso.network._shared import share
from skxpresso.network._targets import Scale, TrainingRows, with_target
from skxpresso.network.genes import GeneRows, Genes
from skxpresso.network.optimizers import OPTIMIZERS, SCHEDULES

if TYPE_CHECKING:
    import keras

__all__ = ["PromoterRegressor"]

Predict = Callable[["keras.Model", Genes], npt.NDArray[np.float32]]


class PromoterRegressor(RegressorMixin, RoutedParameters, FittedAttributes):
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
        train: Genes | GeneRows,
        new_optimizer: Callable[[], Any],
        seed: int,
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
            If a network lives thanks to a gentler start.
        """
        if not self._goes_on():
            self._forget()  # a fit that fails leaves nothing that predicts
        self._validate_params()
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
        networks, paused = train_members(self, settings, inputs, rows, seed)
        self._pause = here and replace(here, networks=paused)
        self._inputs, self._scale, self._outputs = inputs, rows.scale, rows.outputs
        self._join(networks)
        return self

    @overload
    def predict(self, X: Any, return_std: Literal[False] = ...) -> npt.NDArray[np.float64]: ...

    @overload
    def predict(
        self, X: Any, return_std: Literal[True]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict expression.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, 1-D sequences, or array-like of 2 or 3 dimensions
            Genes, with the window and the half-life features seen at `fit`.
        return_std : bool, default=False
            Return also how far the networks of an ensemble are apart.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_outputs), float64
            As the y that was fitted, and in its units; of an ensemble, the mean of its
            networks. A DataFrame with the names of y after ``set_output(transform="pandas")``
            or in ``sklearn.config_context(transform_output="pandas")``.
        std : like y
            Standard deviation over the networks (of a sample: ``ddof=1``), in the same
            units; with `return_std` only.

        Raises
        ------
        NotFittedError
            Before a successful `fit`.
        ValueError
            If the window or the features differ from those seen at `fit`, or `return_std`
            asks for the spread of a single network.
        """
        each = self.predict_members(X)
        mean = self._outputs.wrap(each.mean(axis=0), X, self)
        if not return_std:
            return mean
        if len(each) < 2:
            raise ValueError(
                "return_std=True is the spread of an ensemble, but this "
                f"{type(self).__name__} has 1 network; fit it with n_estimators of 2 or more"
            )
        return mean, self._outputs.wrap(each.std(axis=0, ddof=1), X, self)

    def predict_members(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict expression with every network of an ensemble.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, 1-D sequences, or array-like of 2 or 3 dimensions
            Genes, as for `predict`.

        Returns
        -------
        ndarray of shape (n_networks, n) or (n_networks, n, n_outputs), float64
            In the units of the y that was fitted. The networks are in the order of
            `estimators_`; a single network gives one row.

        Raises
        ------
        NotFittedError, ValueError
            As `predict`.
        """
        check_is_fitted(self)
        genes = self._inputs.read(self, X)
        raw = self._network.predict_each(genes, self.batch_size, self.device)
        return self._scale.undo(self._outputs.shape(raw))

    def to_keras(self) -> keras.Model:
        """Export the fitted network with plain inputs, for use without this package.

        Returns
        -------
        keras.Model
            Standard Keras layers only. Inputs `promoter` (n, promoter_length, 4),
            one-hot A, C, G, T, and `halflife` (n, n_halflife); output (n, n_outputs) in the
            units of the y that was fitted. `keras.Model.save` writes it.
        """
        check_is_fitted(self)
        import keras

        plain = self._network.build(reads="onehot")
        scale = keras.layers.Rescaling(self.y_scale_, offset=self.y_mean_, name="rescale")
        return keras.Model(plain.inputs, scale(plain.output), name=plain.name)

    def _read_training_rows(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, seed: int
    ) -> tuple[Inputs, TrainingRows]:
        """Check everything that `fit` was given, put y on the network's scale."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val must be given together")
        if self._goes_on():
            inputs, genes = self._inputs, self._inputs.read(self, X)
        else:
            inputs, genes = Inputs.learn(self, X)
        outputs = self._outputs if self._goes_on() else Outputs.learn(y)
        genes = with_target(genes, y, sample_weight, row_labels(X), outputs=outputs)
        held_out = None
        if X_val is not None:
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

    def _check_can_pause(self) -> None:
        if self.schedule != "constant":
            raise ValueError(
                "warm_start='resume' needs schedule='constant', since the others hang on the "
                f"number of epochs or on epochs before, got {self.schedule!r}"
            )

    def _place(self, settings: Any, rows: TrainingRows, seed: int) -> Pause:
        parameters = settled_parameters(self.get_params(), list(asdict(settings)))
        digest = digest_of_rows(rows.genes, rows.held_out)
        return Pause(seed, digest, parameters, self.epochs, ())

    def _initial_weights(self, inputs: Inputs) -> list[npt.NDArray[np.float32]] | None:
        """Return the weights that training starts from; None where they are drawn."""
        starts = self._goes_on() and self._resumed() is None
        return self._network.members[0].weights if starts else None

    def _goes_on(self) -> bool:
        return bool(self.warm_start) and self._is_fitted()

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
        n_fitted = len(self._network.members)
        if self.n_estimators != n_fitted and self.warm_start != "resume":
            raise ValueError(
                f"warm_start=True continues with the {n_fitted} fitted network(s), so n_estimators "
                f"must be {n_fitted}, got {self.n_estimators}"
            )
        if self.n_init != 1 and self.warm_start != "resume":
            raise ValueError(
                f"n_init must be 1 to continue with warm_start=True, got {self.n_init}"
            )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.target_tags.multi_output = True
        # the learning rates want thousands of genes
        tags.regressor_tags.poor_score = True
        return tags
