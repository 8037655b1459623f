"""Types by name: those of scikit-learn that a saved file may hold, and ours, for skops itself."""

from __future__ import annotations

__all__ = ["OWN_TYPES", "TRUSTED_TYPES"]

_PUBLIC = {
    "sklearn.compose._column_transformer": ("ColumnTransformer", "make_column_selector"),
    "sklearn.compose._target": ("TransformedTargetRegressor",),
    "sklearn.dummy": ("DummyRegressor",),
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": (
        "HistGradientBoostingRegressor",
    ),
    "sklearn.ensemble._stacking": ("StackingRegressor",),
    "sklearn.ensemble._voting": ("VotingRegressor",),
    "sklearn.frozen._frozen": ("FrozenEstimator",),
    "sklearn.linear_model._base": ("LinearRegression",),
    "sklearn.linear_model._coordinate_descent": ("ElasticNet", "ElasticNetCV", "Lasso", "LassoCV"),
    "sklearn.linear_model._ridge": ("Ridge", "RidgeCV"),
    "sklearn.model_selection._search": ("GridSearchCV",),
    "sklearn.model_selection._split": ("GroupKFold", "KFold", "ShuffleSplit"),
    "sklearn.pipeline": ("FeatureUnion", "Pipeline"),
    "sklearn.preprocessing._data": ("MinMaxScaler", "RobustScaler", "StandardScaler"),
    "sklearn.preprocessing._function_transformer": ("FunctionTransformer",),
}
_OWN = {
    "skxpresso.halflife": ("HalfLifeTransformer",),
    "skxpresso.network.fitted_ensemble": ("FittedEnsemble",),
    "skxpresso.network.fitted": ("FittedNetwork", "FittedXpresso"),
    "skxpresso.network.inputs": ("Inputs",),
    "skxpresso.network.outputs": ("Outputs",),
    "skxpresso.network.targets": ("Scale",),
    "skxpresso.network.architecture": ("Architecture", "LSTMArchitecture"),
    "skxpresso.network.autoencoder": ("DenoisingAutoencoderRegressor", "build_network"),
    "skxpresso.network.lstm": ("LSTMRegressor", "build_network"),
    "skxpresso.network.xpresso": ("XpressoRegressor",),
    "skxpresso.saving.zero_halflife": ("ZeroHalfLife",),
    "skxpresso.sequence.composition": ("CompositionEncoder",),
    "skxpresso.sequence.encoder": ("OneHotPromoterEncoder",),
    "skxpresso.sequence.kmers": ("KmerCountEncoder",),
    "skxpresso.sequence.shuffling": ("PromoterShuffler",),
}
_FUNCTIONS = ("exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "sqrt", "square")
_INNER = {
    "builtins": ("bool", "float", "int", "str"),
    "numpy": (*_FUNCTIONS, "bool", "float32", "float64", "int32", "int64", "number", "str_"),
    "numpy._core._multiarray_umath": _FUNCTIONS,  # what earlier releases of numpy call them
    "sklearn._loss._loss": ("CyHalfSquaredError",),
    "sklearn._loss.link": ("IdentityLink", "Interval"),
    "sklearn._loss.loss": ("HalfSquaredError",),
    "sklearn.ensemble._hist_gradient_boosting.binning": ("_BinMapper",),
    "sklearn.ensemble._hist_gradient_boosting.predictor": ("TreePredictor",),
    "sklearn.metrics._scorer": ("_PassthroughScorer",),
    "sklearn.utils._bunch": ("Bunch",),
    "skxpresso.saving._shell": ("Part",),
}

#: Types that a file of `save_pipeline` may name beside the package's own: estimators of
#: scikit-learn, what they consist of, and numpy's functions as transformations of y.
TRUSTED_TYPES = tuple(
    f"{module}.{name}" for module, names in sorted((_PUBLIC | _INNER).items()) for name in names
)

#: What else skops, and MLflow with it, has to trust to restore a fitted pipeline of the package.
#: skops calls a type after the file that defines it, so what this names may move with a release.
#: skops does not check what is in a file, and the compiled kernels trust the shapes of arrays:
#: for files of your own. Files from elsewhere are for `load_pipeline`, which checks everything.
OWN_TYPES = tuple(f"{module}.{name}" for module, names in _OWN.items() for name in names)
