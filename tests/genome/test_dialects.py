"""The same three genes as Ensembl, GENCODE, RefSeq, SGD and Phytozome write them.

The files in `dialects` are written by hand as the sources write theirs: SGD and Phytozome without
exons, the one with introns, the other with UTRs. A gene on plus with an intron in its CDS, one
on minus with an intron in its 5' UTR, and one without introns and UTRs.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skxpresso.genome import genes_from_genome
from skxpresso.halflife import HALF_LIFE_COLUMNS

FOLDER = Path(__file__).parent / "dialects"
#: Headers of a FASTA that has other names for its chromosomes.
DIALECTS = {
    "ensembl.gtf": ["chr1"],
    "ensembl.gff3": ["NC_000001.11 Homo sapiens chromosome 1, GRCh38.p14"],
    "gencode.gtf": ["1 dna:chromosome", "Y dna:chromosome"],
    "gencode.gff3": ["1", "Y"],
    "refseq.gff3": ["chr1 1", "chr1_KI270706v1_random KI270706.1"],
    "refseq.gtf": ["1"],
    "sgd.gff3": ["NC_001133.9 Saccharomyces cerevisiae S288C chromosome I, complete"],
    "phytozome.gff3": ["chr_01"],
}
NAMES = {
    "ensembl": ["ENSG01", "ENSG02", "ENSG03"],
    "gencode": ["ENSG01.5", "ENSG02.12", "ENSG03.1"],
    "refseq": ["PLUS", "MINUS", "SINGLE"],
    "sgd": ["YAL001W", "YAL002C", "YAL003W"],
    "phytozome": ["A.1", "A.2", "A.3"],
}
TRANSCRIPTS = {
    "ensembl": ["ENST01", "ENST02", "ENST03"],
    "gencode": ["ENST01.3", "ENST02.1", "ENST03.1"],
    "refseq": ["NM_01.2", "XM_02.1", "SINGLE"],
    "sgd": ["YAL001W_id001", "YAL002C_id001", "YAL003W"],
    "phytozome": ["A.1.1", "A.2.1", "A.3.1"],
}
WANTED = {  # UTR5LEN, CDSLEN, INTRONLEN, UTR3LEN as counted on paper in test_genes.py
    "PLUS": [20, 93, 50, 37],
    "MINUS": [30, 30, 30, 20],
    "SINGLE": [0, 30, 0, 0],
}


def read(folder, letters, name):
    headers = DIALECTS[name]
    fasta = folder / "genome.fa"
    fasta.write_text("".join(f">{header}\n{letters}\n" for header in headers))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*have other names in")
        return genes_from_genome(fasta, FOLDER / name, upstream=30, downstream=20), headers


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_gives_the_same_table(tmp_path, letters, name):
    genes, headers = read(tmp_path, letters, name)
    wanted, _ = read(tmp_path, letters, "ensembl.gtf")
    source = name.partition(".")[0]
    copies = genes[genes["chrom"] == "Y"]
    genes = genes[genes["chrom"] != "Y"]
    assert genes.index.tolist() == NAMES[source]
    assert genes["gene_name"].tolist() == list(WANTED)
    assert set(genes["chrom"]) == {headers[0].split()[0]}
    if name != "refseq.gtf":  # there a CDS without a transcript gets one
        assert genes["transcript"].tolist() == TRANSCRIPTS[source]
    lengths = genes[["UTR5LEN", "CDSLEN", "INTRONLEN", "UTR3LEN"]]
    np.testing.assert_array_equal(lengths, list(WANTED.values()))
    same = ["start", "end", "strand", "tss", "promoter", *HALF_LIFE_COLUMNS]
    pd.testing.assert_frame_equal(
        genes[same].reset_index(drop=True), wanted[same].reset_index(drop=True)
    )
    # a copy on Y is a gene of its own only where its name is (GTF; GFF3 has the name of X)
    assert copies.index.tolist() == (["ENSG01.5_PAR_Y"] if name == "gencode.gtf" else [])
