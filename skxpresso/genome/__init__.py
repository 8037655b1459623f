"""From a genome to the table of genes, and from a fitted network back to the genome."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
