from ._keras.xpresso import build_xpresso as build_xpresso
from .architecture import ACTIVATIONS as ACTIVATIONS
from .architecture import Architecture as Architecture
from .architecture import LSTMArchitecture as LSTMArchitecture
from .autoencoder import DenoisingAutoencoderRegressor as DenoisingAutoencoderRegressor
from .diagram import plot_network as plot_network
from .lstm import LSTMRegressor as LSTMRegressor
from .xpresso import XpressoRegressor as XpressoRegressor
