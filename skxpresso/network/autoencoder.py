"""DenoisingAutoencoderRegressor: layers that first learn to repair genes, then to predict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Unpack

from sklearn.utils._param_validation import Interval, StrOptions

from skxpresso.network._base import PromoterRegressor
from skxpresso.network._shared import SharedParameters
from skxpresso.network.architecture import ACTIVATIONS, Architecture
from skxpresso.network.fitted import FittedNetwork
from skxpresso.network.genes import Genes
from skxpresso.network.inputs import Inputs

if TYPE_CHECKING:
    import keras

__all__ = ["DenoisingAutoencoderRegressor"]


class DenoisingAutoencoderRegressor(PromoterRegressor):
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
        Activation of the layers; one of `skxpresso.network.ACTIVATIONS`.
    noise : float, default=0.2
        Fraction of a layer's input that is masked in pretraining: bases become
        unknown, numbers their mean, and outputs of a layer 0.
    pretrain_epochs : int, default=10
        Passes over the training rows to pretrain each layer. 0: no pretraining.
    {training}
    {session}

    Attributes
    ----------
    pretraining_losses_ : tuple of tuple of float
        For each layer the mean squared error of what it restores, epoch by epoch.
    {attributes}

    See Also
    --------
    skxpresso.baselines.autoencoder_baseline : This regressor after the transformers.
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
        **PromoterRegressor._parameter_constraints,
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
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        **shared: Unpack[SharedParameters],
    ) -> None:
        super().__init__(optimizer=optimizer, learning_rate=learning_rate, **shared)
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

    def _build(self, settings: Architecture, inputs: Inputs, **options: Any) -> keras.Model:
        return build_network(inputs.promoter_length, inputs.n_halflife, settings, **options)

    def _prepare(
        self,
        model: keras.Model,
        train: Genes,
        new_optimizer: Callable[[], Any],
        seed: int,
    ) -> None:
        from skxpresso.network._keras.autoencoder import learn_zscores
        from skxpresso.network._keras.pretraining import pretrain

        learn_zscores(model, train.halflife)
        # kept with the network, since the best of several may not be the last
        model.pretraining_losses = pretrain(
            model,
            train,
            new_optimizer,
            noise=self.noise,
            epochs=self.pretrain_epochs,
            batch_size=self.batch_size,
            seed=seed,
            verbose=int(self.verbose),
        )

    def _keep(self, settings: Architecture, inputs: Inputs, model: keras.Model) -> FittedNetwork:
        sizes = inputs.promoter_length, inputs.n_halflife
        weights = model.get_weights()
        kept = FittedNetwork(settings, *sizes, weights, build_network, model)
        # what goes on from fitted weights was pretrained before
        losses = self.pretraining_losses_ if self._goes_on() else model.pretraining_losses
        kept.attributes["pretraining_losses_"] = losses
        return kept


def build_network(*sizes_and_settings: Any, **options: Any) -> keras.Model:
    """Build the network of a fitted regressor, which keeps this function; Keras comes in here."""
    from skxpresso.network._keras.autoencoder import build_autoencoder_regressor

    return build_autoencoder_regressor(*sizes_and_settings, **options)
