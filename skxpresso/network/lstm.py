"""LSTMRegressor: an LSTM that reads the promoter from end to end, as a scikit-learn regressor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import keras
import numpy as np
from sklearn.utils._param_validation import StrOptions

from skxpresso.network._base import PromoterKerasRegressor
from skxpresso.network._fitted import KerasWeights
from skxpresso.network._keras.lstm import build_lstm
from skxpresso.network.architecture import ACTIVATIONS, LSTMArchitecture

__all__ = ["LSTMRegressor"]


class LSTMRegressor(PromoterKerasRegressor):
    """Predict expression from promoters and half-life features with an LSTM.

    Convolutions with max-pooling shorten the promoter, LSTMs read what is left from
    both ends, and dense layers join the half-life features. The recurrent network is
    the alternative to Xpresso's convolutions that the literature offers.

    Parameters
    ----------
    filters, kernel_sizes, dilation_rates, pool_sizes : tuple of int
        One entry per convolution: filters, width and dilation of the kernel, width of
        the max-pooling behind it (a remainder is dropped). Empty tuples: the LSTM
        reads single bases. The defaults, ``(128,)``, ``(11,)``, ``(1,)`` and ``(4,)``,
        leave 30 positions of 120 nt.
    lstm_units : tuple of int, default=(32,)
        One entry per LSTM: units, in each direction.
    bidirectional : bool, default=True
        Whether each LSTM reads from both ends; else from the upstream end.
    dense_units, dropout_rates : tuple, default=(32,) and (0.2,)
        One entry per dense layer: units, and fraction dropped in training.
    activation : str, default="relu"
        Of convolutions and dense layers; one of `skxpresso.network.architecture.ACTIVATIONS`.
    promoter_length : int or None, default=None
        For a plain 2-D array: its first ``4 * promoter_length`` columns are a one-hot
        promoter, the rest half-life features. None: all are half-life features.
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
        from ``callbacks__<argument>``.
    warm_start : bool, default=False
        Go on from the fitted weights, with the scale of y from the first fit and a
        new optimizer.
    verbose : int, default=0
        1: a progress bar; 2: a line per epoch.
    random_state : int, RandomState instance or None, default=None
        Of initial weights, dropout, validation rows and order of rows.
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
    XpressoRegressor : Convolutions alone, several times faster.
    skxpresso.baselines.lstm_baseline : This regressor behind the transformers.

    Notes
    -----
    Wang, Li et al. (2019) predict the expression of a gene from that of about a
    thousand landmark genes in the same sample, with an LSTM. No sequence is read, so
    what is taken over here is the kind of network, not its layers.

    An LSTM goes from position to position, so that time grows with their number and
    what it has read fades over hundreds of them. Long promoters want poolings that
    leave fewer: of 10.5 kb, ``filters=(64, 64), kernel_sizes=(11, 9),
    dilation_rates=(1, 1), pool_sizes=(30, 4)`` leave 87.

    Without a promoter the network is its dense layers.

    References
    ----------
    Wang H, Li C, Zhang J, Wang J, Ma Y, Lian Y (2019). A new LSTM-based gene
    expression prediction model: L-GEPM. Journal of Bioinformatics and Computational
    Biology 17:1950022.

    Hochreiter S, Schmidhuber J (1997). Long short-term memory. Neural Computation
    9:1735-1780.

    Examples
    --------
    >>> from skxpresso import LSTMRegressor, OneHotPromoterEncoder
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> X = OneHotPromoterEncoder().fit_transform(data.data["promoter"])
    >>> model = LSTMRegressor(filters=(4,), lstm_units=(3,), epochs=2, random_state=0)
    >>> model.fit(X, data.target).predict(X).shape
    (60,)
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **PromoterKerasRegressor._parameter_constraints,
        **{name: ["array-like"] for name in asdict(LSTMArchitecture())},
        "bidirectional": ["boolean"],
        "activation": [StrOptions(set(ACTIVATIONS))],
    }

    def __init__(
        self,
        *,
        filters: Sequence[int] = LSTMArchitecture.filters,
        kernel_sizes: Sequence[int] = LSTMArchitecture.kernel_sizes,
        dilation_rates: Sequence[int] = LSTMArchitecture.dilation_rates,
        pool_sizes: Sequence[int] = LSTMArchitecture.pool_sizes,
        lstm_units: Sequence[int] = LSTMArchitecture.lstm_units,
        bidirectional: bool = LSTMArchitecture.bidirectional,
        dense_units: Sequence[int] = LSTMArchitecture.dense_units,
        dropout_rates: Sequence[float] = LSTMArchitecture.dropout_rates,
        activation: str = LSTMArchitecture.activation,
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
        self.filters = filters
        self.kernel_sizes = kernel_sizes
        self.dilation_rates = dilation_rates
        self.pool_sizes = pool_sizes
        self.lstm_units = lstm_units
        self.bidirectional = bidirectional
        self.dense_units = dense_units
        self.dropout_rates = dropout_rates
        self.activation = activation

    def _settings(self) -> LSTMArchitecture:
        names = asdict(LSTMArchitecture())
        return LSTMArchitecture(**{name: getattr(self, name) for name in names})

    def _build(self, settings: LSTMArchitecture, **options: Any) -> keras.Model:
        return build_lstm(self.promoter_length_, self.n_halflife_, settings, **options)

    def _keep(self, settings: LSTMArchitecture, model: keras.Model) -> KerasWeights:
        weights = model.get_weights()
        return KerasWeights(
            build_lstm, self.promoter_length_, self.n_halflife_, settings, weights, model
        )
