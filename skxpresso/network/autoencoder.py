"""DenoisingAutoencoderRegressor: layers that first learn to repair genes, then to predict."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import keras
import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skxpresso.network._base import PromoterKerasRegressor
from skxpresso.network._fitted import KerasWeights
from skxpresso.network._keras.autoencoder import build_autoencoder_regressor, learn_zscores
from skxpresso.network._keras.pretraining import pretrain
from skxpresso.network.architecture import ACTIVATIONS, Architecture
from skxpresso.network.genes import Genes

__all__ = ["DenoisingAutoencoderRegressor"]


class DenoisingAutoencoderRegressor(PromoterKerasRegressor):
    """Predict expression with dense layers pretrained as denoising autoencoders.

    Each dense layer first learns, without labels, to restore its input from a copy
    with part of it masked, on the output of the layer before. Then a linear output is
    put on top, and all of it is trained on expression.

    Parameters
    ----------
    dense_units : tuple of int, default=(256, 64)
        One entry per layer: units.
    dropout_rates : tuple of float, default=(0.4, 0.4)
        One entry per layer: fraction dropped when training on expression.
    activation : str, default="relu"
        Of the layers; one of `skxpresso.network.architecture.ACTIVATIONS`.
    noise : float, default=0.2
        Fraction of a layer's input that is masked in pretraining: bases become
        unknown, numbers their mean, and outputs of a layer 0.
    pretrain_epochs : int, default=10
        Passes over the training rows to pretrain each layer. 0: no pretraining.
    promoter_length : int or None, default=None
        For a plain 2-D array: its first ``4 * promoter_length`` columns are a one-hot
        promoter, the rest numbers. None: all are numbers.
    optimizer : {"adam", "sgd"}, default="adam"
        ``optimizer__<argument>`` reaches further arguments of the Keras optimizer,
        for instance ``optimizer__clipnorm=1.0``.
    learning_rate : float, default=1e-3
        Of the optimizer.
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
        Networks to train; the one with the lowest validation loss is kept.
    max_restarts : int, default=3
        How often a dead network (one prediction for every gene) is thrown away for a
        new one.
    standardize_y : bool, default=True
        Train on z-scores of y. Predictions are in the units of y in any case.
    device : {"auto", "cpu", "gpu"}, default="auto"
        Where to run; "auto" leaves it to Keras.
    callbacks : list of keras.callbacks.Callback or None, default=None
        Instances are copied for every fit; classes are instantiated, with arguments
        from ``callbacks__<argument>``. They see no pretraining.
    warm_start : bool, default=False
        Go on from the fitted weights, with the scale of y from the first fit and a
        new optimizer.
        No pretraining.
    verbose : int, default=0
        1: a progress bar; 2: a line per epoch.
    random_state : int, RandomState instance or None, default=None
        Of initial weights, noise, dropout, validation rows and order of rows.
        Results repeat exactly for the same versions, hardware and number of threads.
    **routed : dict
        As in `XpressoRegressor`: ``optimizer__<argument>``, ``compile__<argument>``,
        ``callbacks__<argument>`` and ``fit__shuffle``.

    Attributes
    ----------
    model_ : keras.Model
        The network, on base codes and z-scores of y; see `to_keras`. After unpickling
        it is built when first asked for.
    history_ : dict of list of float
        Losses per epoch (mean squared error of the z-scores).
    pretraining_losses_ : tuple of tuple of float
        For each layer the mean squared error of what it restores, epoch by epoch.
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
        Width of the window in nt and number of numbers.
    n_features_in_ : int
        Number of columns seen during fit.
    feature_names_in_ : ndarray of str
        Names of the columns, for a DataFrame.

    See Also
    --------
    skxpresso.baselines.autoencoder_baseline : This regressor behind the transformers.
    KmerCountEncoder : With ``sparse_output=False``, k-mer frequencies to learn from.

    Notes
    -----
    After Xie et al. (2017), who predict expression in yeast from genotypes: two
    denoising autoencoders, a regression on top, and dropout. There a column is a
    genotype at one site in all strains; here it is a base at one distance from the
    TSS in all genes, or any other number.

    Numbers are turned into z-scores inside the network, with the mean and standard
    deviation of the training rows; bases are one-hot, and an unknown one is all 0.
    Pretraining uses the optimizer, learning rate and batch size of the training, on
    the training rows only, whatever their weight.

    The first layer holds ``4 * promoter_length * dense_units[0]`` weights: 11 million
    for 10.5 kb and 256 units.

    References
    ----------
    Xie R, Wen J, Quitadamo A, Cheng J, Shi X (2017). A deep auto-encoder model for
    gene expression prediction. BMC Genomics 18 (Suppl 9):845.

    Vincent P, Larochelle H, Lajoie I, Bengio Y, Manzagol P-A (2010). Stacked denoising
    autoencoders. Journal of Machine Learning Research 11:3371-3408.

    Examples
    --------
    >>> from skxpresso import DenoisingAutoencoderRegressor, OneHotPromoterEncoder
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> X = OneHotPromoterEncoder().fit_transform(data.data["promoter"])
    >>> model = DenoisingAutoencoderRegressor(
    ...     dense_units=(8, 4), pretrain_epochs=2, epochs=2, random_state=0
    ... )
    >>> model.fit(X, data.target).predict(X).shape
    (60,)
    >>> [len(losses) for losses in model.pretraining_losses_]
    [2, 2]
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **PromoterKerasRegressor._parameter_constraints,
        "dense_units": ["array-like"],
        "dropout_rates": ["array-like"],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "noise": [Interval(Real, 0, 1, closed="left")],
        "pretrain_epochs": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        dense_units: Sequence[int] = (256, 64),
        dropout_rates: Sequence[float] = (0.4, 0.4),
        activation: str = "relu",
        noise: float = 0.2,
        pretrain_epochs: int = 10,
        promoter_length: int | None = None,
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
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
        self.dense_units = dense_units
        self.dropout_rates = dropout_rates
        self.activation = activation
        self.noise = noise
        self.pretrain_epochs = pretrain_epochs

    def _settings(self) -> Architecture:
        settings = Architecture(
            (), (), (), (), self.dense_units, self.dropout_rates, self.activation
        )
        if not settings.dense_units:
            raise ValueError("dense_units must name at least one layer, got ()")
        return settings

    def _build(self, settings: Architecture, **options: Any) -> keras.Model:
        return build_autoencoder_regressor(
            self.promoter_length_, self.n_halflife_, settings, **options
        )

    def _prepare(self, model: keras.Model, train: Genes, seed: int) -> None:
        learn_zscores(model, train.halflife)
        # kept with the network, since the best of several may not be the last
        model.pretraining_losses = pretrain(
            model,
            train,
            self._optimizer,
            noise=self.noise,
            epochs=self.pretrain_epochs,
            batch_size=self.batch_size,
            seed=seed,
            verbose=int(self.verbose),
        )

    def _keep(self, settings: Architecture, model: keras.Model) -> KerasWeights:
        if not self._goes_on():
            self.pretraining_losses_ = model.pretraining_losses
        return KerasWeights(
            build_autoencoder_regressor,
            self.promoter_length_,
            self.n_halflife_,
            settings,
            model.get_weights(),
            model,
        )
