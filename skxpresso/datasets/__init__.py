"""Data sets: readers, and synthetic promoters with a known answer."""

from skxpresso.datasets.fasta import iter_fasta, read_fasta
from skxpresso.datasets.synthetic import make_promoters
from skxpresso.datasets.table import read_table

__all__ = ["iter_fasta", "make_promoters", "read_fasta", "read_table"]
