"""Data sets: readers, and synthetic promoters with a known answer."""

from skxpresso.datasets.synthetic import make_promoters
from skxpresso.datasets.table import read_table

__all__ = ["make_promoters", "read_table"]
