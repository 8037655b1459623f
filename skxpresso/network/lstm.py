"""LSTMRegressor: an LSTM that reads the promoter from end to end, as a scikit-learn regressor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Unpack

from sklearn.utils._param_validation import StrOptions

from skxpresso.network._base import PromoterRegressor
from skxpresso.network._shared import SharedParameters
from skxpresso.network.architecture import ACTIVATIONS, LSTMArchitecture
from skxpresso.network.fitted import FittedNetwork
from skxpresso.network.inputs import Inputs

if TYPE_CHECKING:
    import keras

__all__ = ["LSTMRegressor"]


class LSTMRegressor(PromoterRegressor):
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
        Activation of convolutions and dense layers; one of `skxpresso.network.ACTIVATIONS`.
    {training}
    {session}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    XpressoRegressor : Convolutions alone, several times faster.
    skxpresso.baselines.lstm_baseline : This regressor after the transformers.

    Notes
    -----
    Wang, Li et al. (2019) predict the expression of a gene from that of about a
    thousand landmark genes in the same sample, with an LSTM. No sequence is read, so
    what is taken over here is the kind of network, not its layers.

    An LSTM reads position after position, so time grows with their number, and what
    it has read fades over hundreds of them. Long promoters need poolings that leave
    fewer positions: of 10.5 kb, ``filters=(64, 64), kernel_sizes=(11, 9),
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
        **PromoterRegressor._parameter_constraints,
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
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        **shared: Unpack[SharedParameters],
    ) -> None:
        super().__init__(optimizer=optimizer, learning_rate=learning_rate, **shared)
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

    def _build(self, settings: LSTMArchitecture, inputs: Inputs, **options: Any) -> keras.Model:
        return build_network(inputs.promoter_length, inputs.n_halflife, settings, **options)

    def _keep(
        self, settings: LSTMArchitecture, inputs: Inputs, model: keras.Model
    ) -> FittedNetwork:
        sizes = inputs.promoter_length, inputs.n_halflife
        return FittedNetwork(settings, *sizes, model.get_weights(), build_network, model)


def build_network(*sizes_and_settings: Any, **options: Any) -> keras.Model:
    """Build the network of a fitted regressor, which keeps this function; Keras comes in here."""
    from skxpresso.network._keras.lstm import build_lstm

    return build_lstm(*sizes_and_settings, **options)
