from . import datasets as datasets
from .halflife import HalfLifeTransformer as HalfLifeTransformer
from .metrics import pearson_r2_score as pearson_r2_score
from .metrics import pearson_r2_scorer as pearson_r2_scorer
from .model_selection import scorecard as scorecard
from .network import DenoisingAutoencoderRegressor as DenoisingAutoencoderRegressor
from .network import LSTMRegressor as LSTMRegressor
from .network import XpressoRegressor as XpressoRegressor
from .network import build_xpresso as build_xpresso
from .network import xpresso_settings as xpresso_settings
from .pipeline import make_xpresso_pipeline as make_xpresso_pipeline
from .saving import load_pipeline as load_pipeline
from .saving import load_pretrained as load_pretrained
from .saving import save_pipeline as save_pipeline
from .search import HyperoptSearchCV as HyperoptSearchCV
from .search import xpresso_is_feasible as xpresso_is_feasible
from .search import xpresso_search_space as xpresso_search_space
from .sequence import CompositionEncoder as CompositionEncoder
from .sequence import KmerCountEncoder as KmerCountEncoder
from .sequence import OneHotMatrix as OneHotMatrix
from .sequence import OneHotPromoterEncoder as OneHotPromoterEncoder
from .sequence import PromoterShuffler as PromoterShuffler

__version__: str
