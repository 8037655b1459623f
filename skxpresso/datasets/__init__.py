"""Data sets: readers, and synthetic promoters with a known answer."""

from skxpresso.datasets.fasta import iter_fasta, read_fasta
from skxpresso.datasets.synthetic import make_promoters
from skxpresso.datasets.table import iter_table, read_table

__all__ = ["iter_fasta", "iter_table", "make_promoters", "read_fasta", "read_table"]
