"""Explain: which bases of a promoter matter to a fitted model, and by how much."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
