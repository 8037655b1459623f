"""Fitted pipelines in one file without pickle, and the published networks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
