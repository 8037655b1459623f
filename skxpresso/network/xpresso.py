"""XpressoRegressor: the Xpresso network as a scikit-learn regressor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import StrOptions

from skxpresso.network._base import PromoterKerasRegressor
from skxpresso.network._fitted_xpresso import FittedNetwork
from skxpresso.network._keras.backend import sees_gpu
from skxpresso.network._keras.xpresso import build_xpresso
from skxpresso.network.architecture import ACTIVATIONS, Architecture
from skxpresso.network.engines import (
    ENGINES,
    PRECISIONS,
    choose_engine,
    why_not_fused,
)
from skxpresso.network.genes import Genes

__all__ = ["XpressoRegressor"]


class XpressoRegressor(PromoterKerasRegressor):
    """Predict expression from promoters and half-life features with the Xpresso network.

    The defaults are network and training as published: two convolutions, two dense
    layers; stochastic gradient descent with momentum; early stopping on the
    validation loss.

    Parameters
    ----------
    filters, kernel_sizes, dilation_rates, pool_sizes : tuple of int
        One entry per convolution: filters, width and dilation of the kernel, width of
        the max-pooling behind it (a remainder is dropped).
    dense_units, dropout_rates : tuple
        One entry per dense layer: units, and fraction dropped in training.
    activation : str, default="relu"
        Of convolutions and dense layers; one of `skxpresso.network.architecture.ACTIVATIONS`.
    promoter_length : int or None, default=None
        For a plain 2-D array: its first ``4 * promoter_length`` columns are a one-hot
        promoter, the rest half-life features. None: all are half-life features.
    optimizer : {"sgd", "adam"}, default="sgd"
        ``optimizer__<argument>`` reaches further arguments of the Keras optimizer,
        for instance ``optimizer__clipnorm=1.0``.
    learning_rate : float, default=5e-4
        Of the optimizer. The published script pairs "adam" with 1e-3.
    momentum : float, default=0.9
        Of "sgd"; "adam" has none.
    batch_size : int, default=128
        Genes per step, and per batch at prediction.
    epochs : int, default=100
        Most passes over the training rows.
    patience : int or None, default=7
        Epochs without a lower validation loss after which training stops. None: never.
    validation_fraction : float, default=0.1
        Fraction of rows, drawn at random, that is held back for early stopping. 0:
        none, which asks for ``patience=None``. Not used where `fit` gets `X_val`.
    n_init : int, default=1
        Networks to train; the one with the lowest validation loss is kept. The paper
        trained ten.
    max_restarts : int, default=3
        How often a dead network (one prediction for every gene) is thrown away for a
        new one.
    standardize_y : bool, default=True
        Train on z-scores of y, so that a learning rate means the same on every data
        set. Predictions are in the units of y in any case.
    device : {"auto", "cpu", "gpu"}, default="auto"
        Where to run; "auto" leaves it to Keras.
    engine : {"auto", "fused", "keras"}, default="auto"
        What computes the convolutions. "fused": compiled kernels, several times faster
        on a CPU, for training and prediction; "keras": Keras' own operations; "auto":
        the kernels where they apply, that is to ReLU networks with a promoter in
        float32 on a CPU, with TensorFlow behind Keras and kernels of at most 25 bases.
        Both give the same numbers, to rounding.
    precision : {"float32", "mixed_bfloat16", "mixed_float16"}, default="float32"
        Of the layers. The mixed ones are for GPUs; weights and output stay float32.
    freeze_convolutions : bool, default=False
        With `warm_start`, train the dense layers alone, and keep the convolutions as
        they are.
    callbacks : list of keras.callbacks.Callback or None, default=None
        Instances are copied for every fit; classes are instantiated, with arguments
        from ``callbacks__<argument>``.
    warm_start : bool, default=False
        Go on from the fitted weights, with the scale of y from the first fit and a
        new optimizer.
    verbose : int, default=0
        1: a progress bar; 2: a line per epoch.
    random_state : int, RandomState instance or None, default=None
        Of initial weights, dropout, validation rows and order of rows. Results repeat
        exactly for the same versions, hardware and number of threads.
    **routed : dict
        scikeras' routed parameters: those named above, ``compile__<argument>`` of
        `keras.Model.compile`, and ``fit__shuffle``. Others are an error.

    Attributes
    ----------
    model_ : keras.Model
        The network, on base codes and z-scores of y; see `to_keras`. After unpickling
        it is built when first asked for. Predictions follow the fitted weights, not
        changes made to it.
    engine_ : {"fused", "keras"}
        What was chosen; it predicts.
    history_ : dict of list of float
        Losses per epoch (mean squared error of the z-scores).
    best_epoch_ : int
        0-based epoch whose weights were kept.
    n_restarts_ : int
        Dead networks that were thrown away.
    n_dead_units_ : int
        Hidden dense units whose output is the same for all (at most 256) probed
        training rows.
    y_mean_, y_scale_ : float
        Scale of y on the training rows; 0 and 1 without `standardize_y`.
    promoter_length_, n_halflife_ : int
        Width of the window in nt and number of half-life features.
    n_features_in_ : int
        Number of columns seen during fit.
    feature_names_in_ : ndarray of str
        Names of the columns, for a DataFrame.

    See Also
    --------
    make_xpresso_pipeline : This regressor behind the transformers that it wants.

    Notes
    -----
    The class derives from scikeras' ``BaseWrapper``, not from its ``KerasRegressor``:
    the latter adds ``**kwargs`` of its own, a scorer and a target encoder that all
    would have to be undone. Input checks, seeds, tags and pickling are scikit-learn's
    and ours.

    A pickle holds settings and weights, not the optimizer.

    References
    ----------
    Agarwal V, Shendure J (2020). Predicting mRNA abundance directly from genomic
    sequence using deep convolutional neural networks. Cell Reports 31:107663.

    Examples
    --------
    >>> from skxpresso import OneHotPromoterEncoder, XpressoRegressor
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> X = OneHotPromoterEncoder().fit_transform(data.data["promoter"])
    >>> model = XpressoRegressor(
    ...     filters=(4,), kernel_sizes=(5,), dilation_rates=(1,), pool_sizes=(10,),
    ...     epochs=2, random_state=0,
    ... )
    >>> model.fit(X, data.target).predict(X).shape
    (60,)
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **PromoterKerasRegressor._parameter_constraints,
        **{name: ["array-like"] for name in asdict(Architecture())},
        "activation": [StrOptions(set(ACTIVATIONS))],
        "engine": [StrOptions(set(ENGINES))],
        "precision": [StrOptions(set(PRECISIONS))],
        "freeze_convolutions": ["boolean"],
    }

    def __init__(
        self,
        *,
        filters: Sequence[int] = Architecture.filters,
        kernel_sizes: Sequence[int] = Architecture.kernel_sizes,
        dilation_rates: Sequence[int] = Architecture.dilation_rates,
        pool_sizes: Sequence[int] = Architecture.pool_sizes,
        dense_units: Sequence[int] = Architecture.dense_units,
        dropout_rates: Sequence[float] = Architecture.dropout_rates,
        activation: str = Architecture.activation,
        promoter_length: int | None = None,
        optimizer: str = "sgd",
        learning_rate: float = 5e-4,
        momentum: float = 0.9,
        batch_size: int = 128,
        epochs: int = 100,
        patience: int | None = 7,
        validation_fraction: float = 0.1,
        n_init: int = 1,
        max_restarts: int = 3,
        standardize_y: bool = True,
        device: str = "auto",
        engine: str = "auto",
        precision: str = "float32",
        freeze_convolutions: bool = False,
        callbacks: Sequence[Any] | None = None,
        warm_start: bool = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        **routed: Any,
    ) -> None:
        super().__init__(
            promoter_length=promoter_length,
            optimizer=optimizer,
            learning_rate=learning_rate,
            momentum=momentum,
            batch_size=batch_size,
            epochs=epochs,
            patience=patience,
            validation_fraction=validation_fraction,
            n_init=n_init,
            max_restarts=max_restarts,
            standardize_y=standardize_y,
            device=device,
            callbacks=callbacks,
            warm_start=warm_start,
            verbose=verbose,
            random_state=random_state,
            **routed,
        )
        self.filters = filters
        self.kernel_sizes = kernel_sizes
        self.dilation_rates = dilation_rates
        self.pool_sizes = pool_sizes
        self.dense_units = dense_units
        self.dropout_rates = dropout_rates
        self.activation = activation
        self.engine = engine
        self.precision = precision
        self.freeze_convolutions = freeze_convolutions

    def _settings(self) -> Architecture:
        if self.freeze_convolutions and not self._goes_on():
            raise ValueError(
                "freeze_convolutions=True keeps the convolutions of a fitted network, so it needs "
                "warm_start=True and one that is fitted; clone forgets weights"
            )
        return Architecture(**{name: getattr(self, name) for name in asdict(Architecture())})

    def _build(self, settings: Architecture, **options: Any) -> keras.Model:
        return build_xpresso(
            self.promoter_length_,
            self.n_halflife_,
            **asdict(settings),
            engine=self._choose_engine(settings),
            precision=self.precision,
            freeze_convolutions=self.freeze_convolutions,
            **options,
        )

    def _keep(self, settings: Architecture, model: keras.Model) -> FittedNetwork:
        self.engine_ = self._choose_engine(settings)
        return FittedNetwork(
            settings,
            self.promoter_length_,
            self.n_halflife_,
            model.get_weights(),
            self.engine_,
            self.precision,
            model,
        )

    def _fast_predict(
        self, settings: Architecture
    ) -> Callable[[keras.Model, Genes], npt.NDArray[np.float32]] | None:
        if self._choose_engine(settings) == "keras":
            return None
        return lambda model, genes: self._keep(settings, model).predict(genes, self.batch_size)

    def _choose_engine(self, settings: Architecture) -> str:
        obstacle = why_not_fused(
            settings,
            self.promoter_length_,
            backend=keras.backend.backend(),
            uses_gpu=self.device != "cpu" and sees_gpu(),
            precision=self.precision,
        )
        return choose_engine(self.engine, obstacle)
