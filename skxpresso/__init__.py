"""Predict gene expression from promoter sequence, the scikit-learn way."""

import lazy_loader

__version__ = "0.2.0"

# The public names and their homes stand in __init__.pyi, where editors and mypy read them, too.
# They are imported when first used, since Keras alone takes seconds.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
