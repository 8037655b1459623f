"""Predict gene expression from promoter sequence, the scikit-learn way."""

from skxpresso._version import __version__

__all__ = ["__version__"]
