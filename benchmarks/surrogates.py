"""Steps that stand for a pipeline's where a surrogate knows the score: they hold settings."""

from sklearn.base import BaseEstimator


class Window(BaseEstimator):
    """Stands for the encoder: holds its settings."""

    def __init__(self, upstream=None, downstream=None):
        self.upstream = upstream
        self.downstream = downstream

    def fit(self, X, y=None):
        """Do nothing."""
        self.fitted_ = True
        return self

    def transform(self, X):
        """Do nothing."""
        return X


class Network(BaseEstimator):
    """Stands for the network: holds its settings; `max_iter` counts epochs, and fits go on."""

    def __init__(
        self,
        filters=(1,),
        kernel_sizes=(1,),
        dilation_rates=(1,),
        pool_sizes=(1,),
        dense_units=(1,),
        dropout_rates=(0.0,),
        batch_size=64,
        learning_rate=1e-3,
        max_iter=27,
        warm_start=False,
    ):
        self.filters = filters
        self.kernel_sizes = kernel_sizes
        self.dilation_rates = dilation_rates
        self.pool_sizes = pool_sizes
        self.dense_units = dense_units
        self.dropout_rates = dropout_rates
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.warm_start = warm_start

    def fit(self, X, y):
        """Do nothing."""
        self.fitted_ = True
        return self
