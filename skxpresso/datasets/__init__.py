"""Data sets: readers and writers of the published formats, synthetic promoters."""

from skxpresso._published_split import published_folds, published_split
from skxpresso.datasets.fasta import iter_fasta, read_fasta
from skxpresso.datasets.fetch import fetch_dataset, fetch_pretrained, fetch_roadmap
from skxpresso.datasets.hdf5 import read_hdf5, read_hdf5_splits, write_hdf5
from skxpresso.datasets.prepare import prepare_dataset
from skxpresso.datasets.roadmap import join_expression, read_roadmap, roadmap_expression
from skxpresso.datasets.synthetic import make_promoters
from skxpresso.datasets.table import iter_table, read_columns, read_table

__all__ = [
    "fetch_dataset",
    "fetch_pretrained",
    "fetch_roadmap",
    "iter_fasta",
    "iter_table",
    "join_expression",
    "make_promoters",
    "prepare_dataset",
    "published_folds",
    "published_split",
    "read_columns",
    "read_fasta",
    "read_hdf5",
    "read_hdf5_splits",
    "read_roadmap",
    "read_table",
    "roadmap_expression",
    "write_hdf5",
]
