"""XpressoRegressor: the Xpresso network as a scikit-learn regressor."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self, Unpack

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import HasMethods, StrOptions

from skxpresso.network._base import Predict, PromoterRegressor
from skxpresso.network._loading import load_keras
from skxpresso.network._shared import SharedParameters
from skxpresso.network._start import Start
from skxpresso.network.architecture import ACTIVATIONS, Architecture
from skxpresso.network.engines import (
    ENGINES,
    PRECISIONS,
    choose_engine,
    why_not_fused,
)
from skxpresso.network.fitted import FittedXpresso
from skxpresso.network.fitted_ensemble import FittedEnsemble
from skxpresso.network.genes import Genes
from skxpresso.network.inputs import Inputs
from skxpresso.network.outputs import Outputs
from skxpresso.network.targets import Scale
from skxpresso.sequence.encoder import OneHotPromoterEncoder

if TYPE_CHECKING:
    import keras

__all__ = ["XpressoRegressor"]

_NOTHING_KNOWN = {"history_": {}, "best_epoch_": 0, "n_restarts_": 0, "n_dead_units_": 0}


class XpressoRegressor(PromoterRegressor):
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
        Activation of convolutions and dense layers; one of `skxpresso.network.ACTIVATIONS`.
    {training}
    engine : {"auto", "fused", "keras"}, default="auto"
        What computes the convolutions. "fused": compiled kernels, several times faster
        on a CPU, for training and prediction; "keras": Keras' own operations; "auto":
        the kernels where they apply, that is to ReLU networks with a promoter in
        float32 on a CPU, with TensorFlow behind Keras and kernels of at most 25 bases.
        Both give the same numbers, to rounding.
    precision : {"float32", "mixed_bfloat16", "mixed_float16"}, default="float32"
        Precision of the layers. The mixed ones are for GPUs; weights and output stay float32.
    init : str, path-like, fitted estimator or None, default=None
        Network whose weights training starts from: the name of a published one, such as
        "human_median", a file that `load_pretrained` reads, or a fitted `XpressoRegressor`, a
        pipeline or a search that ends in one. Its layer settings are taken, too; window and
        width of the promoters must be those that it was trained on. Half-life features that
        it knows by name keep their weights, new ones start with zero. y is put on z-scores
        as always, so that the network goes on with the units it has. None: weights
        are drawn. `clone` keeps it, so that fine-tuning can be cross-validated and searched.
    replace_head : bool, default=False
        Take only the convolutions of `init`; the dense layers are new, drawn at random, and
        `dense_units` and `dropout_rates` are your own. A y of another number of outputs
        than `init` has replaces the last layer in any case.
    freeze_convolutions : bool, default=False
        With `init` or `warm_start`, train only the dense layers, and keep the convolutions
        unchanged.
    {session}

    Attributes
    ----------
    engine_ : {"fused", "keras"}
        The engine that was chosen; it also predicts.
    architecture_ : Architecture
        Layer settings of the network, those of `init` where that is given.
    {attributes}

    See Also
    --------
    make_xpresso_pipeline : This regressor after the transformers that it needs.
    xpresso_settings : Settings that suit the promoters at hand.
    load_pretrained : Published networks, to predict with.

    Notes
    -----
    `fit` makes a scikeras wrapper around the network, which routes parameters and
    callbacks. Input checks, seeds, tags and pickling are scikit-learn's and ours.
    Neither scikeras nor Keras is imported before `fit`, nor by `predict` where the
    kernels predict.

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

    Start from it on other genes, and train the dense layers alone:

    >>> tuned = XpressoRegressor(init=model, freeze_convolutions=True, epochs=2, random_state=0)
    >>> tuned.fit(X[:30], data.target[:30]).architecture_.filters
    (4,)
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **PromoterRegressor._parameter_constraints,
        **{name: ["array-like"] for name in asdict(Architecture())},
        "activation": [StrOptions(set(ACTIVATIONS))],
        "engine": [StrOptions(set(ENGINES))],
        "precision": [StrOptions(set(PRECISIONS))],
        "init": [str, os.PathLike, HasMethods("predict"), None],
        "replace_head": ["boolean"],
        "freeze_convolutions": ["boolean"],
    }

    _network: FittedXpresso | FittedEnsemble

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
        optimizer: str = "sgd",
        learning_rate: float = 5e-4,
        engine: str = "auto",
        precision: str = "float32",
        init: Any = None,
        replace_head: bool = False,
        freeze_convolutions: bool = False,
        **shared: Unpack[SharedParameters],
    ) -> None:
        super().__init__(optimizer=optimizer, learning_rate=learning_rate, **shared)
        self.filters = filters
        self.kernel_sizes = kernel_sizes
        self.dilation_rates = dilation_rates
        self.pool_sizes = pool_sizes
        self.dense_units = dense_units
        self.dropout_rates = dropout_rates
        self.activation = activation
        self.engine = engine
        self.precision = precision
        self.init = init
        self.replace_head = replace_head
        self.freeze_convolutions = freeze_convolutions

    def __sklearn_clone__(self) -> Self:
        copied = super().__sklearn_clone__()
        copied.init = self.init  # else the clone would hold one that is not fitted
        return copied

    def _settings(self) -> Architecture:
        if self.freeze_convolutions and self.init is None and not self._goes_on():
            raise ValueError(
                "freeze_convolutions=True keeps the convolutions of a fitted network, so it needs "
                "init=, or warm_start=True and a fitted regressor (a clone is not fitted)"
            )
        asked = Architecture(**{name: getattr(self, name) for name in asdict(Architecture())})
        if self.init is None:
            if self.replace_head:
                raise ValueError("replace_head=True keeps the convolutions of init, give init=")
            return asked
        return Start.read(self.init).settings_for(asked, self.replace_head)

    def _initial_weights(
        self, inputs: Inputs, n_outputs: int
    ) -> list[npt.NDArray[np.float32]] | None:
        if self.init is None or (self._goes_on() and self._resumed() is None):
            return super()._initial_weights(inputs, n_outputs)
        start = Start.read(self.init)
        weights = start.weights_for(inputs)
        if self.replace_head:
            return weights[: 2 * len(start.settings.filters)]
        return weights if n_outputs == start.network.n_outputs else weights[:-2]

    def _build(self, settings: Architecture, inputs: Inputs, **options: Any) -> keras.Model:
        from skxpresso.network._keras.xpresso import build_xpresso

        return build_xpresso(
            inputs.promoter_length,
            inputs.n_halflife,
            **asdict(settings),
            engine=self._choose_engine(settings, inputs),
            precision=self.precision,
            freeze_convolutions=self.freeze_convolutions,
            **options,
        )

    def _keep(self, settings: Architecture, inputs: Inputs, model: keras.Model) -> FittedXpresso:
        return FittedXpresso(
            settings,
            inputs.promoter_length,
            inputs.n_halflife,
            model.get_weights(),
            model=model,
            engine=self._choose_engine(settings, inputs),
            precision=self.precision,
        )

    def _fast_predict(self, settings: Architecture, inputs: Inputs) -> Predict | None:
        if self._choose_engine(settings, inputs) == "keras":
            return None

        def predict(model: keras.Model, genes: Genes) -> npt.NDArray[np.float32]:
            return self._keep(settings, inputs, model).predict(genes, self.batch_size, self.device)

        return predict

    @property
    def architecture_(self) -> Architecture:
        """Layer settings of the network."""
        settings: Architecture = self._fitted("architecture_", "_network").settings
        return settings

    @property
    def engine_(self) -> str:
        """What predicts, "fused" or "keras"."""
        return self._fitted("engine_", "_network").engine

    def _choose_engine(self, settings: Architecture, inputs: Inputs) -> str:
        load_keras()
        import keras

        from skxpresso.network._keras.backend import sees_gpu

        obstacle = why_not_fused(
            settings,
            inputs.promoter_length,
            backend=keras.backend.backend(),
            uses_gpu=self.device != "cpu" and sees_gpu(),
            precision=self.precision,
        )
        return choose_engine(self.engine, obstacle)

    def _restore(
        self,
        weights: Sequence[npt.NDArray[np.float32]],
        *,
        settings: Architecture,
        promoter_length: int,
        n_halflife: int,
        halflife_names: Sequence[str] | None,
        encoder: OneHotPromoterEncoder | None = None,
        y_mean: Any = 0.0,
        y_scale: Any = 1.0,
        output_names: Sequence[str] | None = None,
        engine: str | None = None,
        precision: str = "float32",
        **attributes: Any,
    ) -> Self:
        """Become a fitted regressor with these weights, without Keras.

        Without an `engine` the kernels predict where they apply. The other attributes are
        what a fit leaves, such as `history_`.
        """
        if engine is None:
            engine = choose_engine(
                self.engine, why_not_fused(settings, promoter_length, precision=precision)
            )
        names = None if halflife_names is None else tuple(halflife_names)
        self._inputs = Inputs(promoter_length, n_halflife, names, encoder)
        self._scale, self._outputs = Scale(y_mean, y_scale), Outputs()
        if isinstance(y_mean, (list, tuple, np.ndarray)):  # a y of several columns
            self._scale = Scale(np.array(y_mean, np.float64), np.array(y_scale, np.float64))
            called = None if output_names is None else tuple(output_names)
            self._outputs = Outputs(len(y_mean), called)
        network = FittedXpresso(
            settings,
            promoter_length,
            n_halflife,
            list(weights),
            engine=engine,
            precision=precision,
            attributes=_NOTHING_KNOWN | attributes,
        )
        self._join([network])
        return self
