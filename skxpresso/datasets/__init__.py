"""Data sets: readers, and synthetic promoters with a known answer."""

from skxpresso.datasets.fasta import iter_fasta, read_fasta
from skxpresso.datasets.fetch import fetch_pretrained
from skxpresso.datasets.hdf5 import read_hdf5, read_hdf5_splits, write_hdf5
from skxpresso.datasets.synthetic import make_promoters
from skxpresso.datasets.table import iter_table, read_table

__all__ = [
    "fetch_pretrained",
    "iter_fasta",
    "iter_table",
    "make_promoters",
    "read_fasta",
    "read_hdf5",
    "read_hdf5_splits",
    "read_table",
    "write_hdf5",
]
