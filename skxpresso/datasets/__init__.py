"""Data sets: synthetic promoters with a known answer."""

from skxpresso.datasets.synthetic import make_promoters

__all__ = ["make_promoters"]
