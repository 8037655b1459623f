"""Places of the yeast fragments: cut from the genome again, and genes by a plain search."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest

from skxpresso.datasets import load_yeast_promoters
from skxpresso.model_selection import chromosome_groups, overlap_groups

COMPLEMENT = str.maketrans("ACGT", "TGCA")


@pytest.fixture(scope="module")
def yeast():
    return load_yeast_promoters()


@pytest.fixture(scope="module")
def chromosomes(shared_data):
    path = shared_data / "yeast_genome" / "S288C_R64-2-1.fa.gz"
    with gzip.open(path, "rt") as file:
        records = [record.split("\n", 1) for record in file.read().split(">")[1:]]
    return {name.split()[0]: letters.replace("\n", "") for name, letters in records}


def test_the_genome_has_the_fragment_there(yeast, chromosomes):
    places = yeast.places[yeast.places["n_places"] == 1]
    assert len(places) == 60_020
    inner = yeast.data["promoter"].str[20:-20]
    for row in places.sample(5000, random_state=0).itertuples():
        letters = chromosomes[row.chrom][row.start : row.end]
        if row.strand == "-":
            letters = letters.translate(COMPLEMENT)[::-1]
        assert letters == inner[row.Index]


def test_the_others_occur_as_often_as_it_says(yeast, chromosomes):
    places = yeast.places[yeast.places["n_places"] != 1]
    assert places[["chrom", "start", "end", "strand", "gene"]].isna().all(axis=None)
    inner = yeast.data["promoter"].str[20:-20]
    for row in places.sample(4, random_state=0).index:
        fragment = inner[row]
        other = fragment.translate(COMPLEMENT)[::-1]
        n = sum(
            len(re.findall(f"(?={word})", letters))
            for letters in chromosomes.values()
            for word in (fragment, other)
        )
        assert n == places["n_places"][row]


def test_the_gene_is_the_next_on_the_strand(yeast, shared_data):
    """By the lines of the annotation, one fragment after the other."""
    path = shared_data / "yeast_genome" / "Saccharomyces_cerevisiae.R64-1-1.99.gff3.gz"
    genes = []
    with gzip.open(path, "rt") as file:
        for line in file:
            columns = line.rstrip("\n").split("\t")
            if len(columns) == 9 and columns[2] == "gene":
                name = re.search("ID=gene:([^;]+)", columns[8])[1]
                genes.append((columns[0], int(columns[3]), int(columns[4]), columns[6], name))
    placed = yeast.places[yeast.places["n_places"] == 1]
    for row in placed.sample(300, random_state=0).itertuples():
        best, wanted = 1001, None
        for chrom, first, last, strand, name in genes:
            if (chrom, strand) == (row.chrom, row.strand):
                ahead = first - 1 - row.end if strand == "+" else row.start - last
                if 0 <= ahead < best:
                    best, wanted = ahead, name
        assert (None if pd.isna(row.gene) else row.gene) == wanted, row
    assert placed["gene"].notna().mean() > 0.98


def test_rows_go_with_the_data(yeast):
    some = load_yeast_promoters(300, random_state=1)
    assert some.places.equals(yeast.places.loc[some.data.index])


def test_places_make_groups(yeast):
    placed = yeast.places[yeast.places["n_places"] == 1].iloc[:4000]
    assert len(np.unique(chromosome_groups(placed))) == 16
    groups = overlap_groups(placed)
    assert placed["chrom"].groupby(groups).nunique().max() == 1
    assert len(np.unique(groups)) < len(placed)
