from ._search import HyperoptSearchCV as HyperoptSearchCV
from ._space import flatten_params as flatten_params
from .published_trials import load_published_trials as load_published_trials
from .spaces import xpresso_is_feasible as xpresso_is_feasible
from .spaces import xpresso_search_space as xpresso_search_space
