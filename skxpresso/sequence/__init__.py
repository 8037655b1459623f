"""Letters in, codes out: sequences, their encodings, and what is counted in them."""

import lazy_loader

from skxpresso._utils.scikit_learn import import_sklearn

import_sklearn()  # once, before a file of this room does, which would take a third longer
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
