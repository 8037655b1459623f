"""Real genes: all of yeast, 49 published ones of human chr22, published predictions."""

import gzip
import re
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from Bio import SeqIO
from Bio.SeqFeature import CompoundLocation, SimpleLocation
from Bio.SeqUtils import gc_fraction

from skxpresso.genome import Genome, genes_from_genome, read_annotation
from skxpresso.genome._features import measure
from skxpresso.genome._transcripts import choose
from skxpresso.saving import load_pretrained

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*plain gzip"),
    pytest.mark.filterwarnings("ignore:.*other names"),
    pytest.mark.filterwarnings("ignore:.*reach beyond"),
    pytest.mark.filterwarnings("ignore:.*measured start site"),
    pytest.mark.filterwarnings("ignore:.*no multiple of three"),
]


def yeast(shared_data, **options):
    folder = shared_data / "yeast_genome"
    annotation = folder / "Saccharomyces_cerevisiae.R64-1-1.99.gff3.gz"
    return genes_from_genome(folder / "S288C_R64-2-1.fa.gz", annotation, **options)


@pytest.mark.slow
def test_all_yeast_genes_by_another_route(shared_data, tmp_path, monkeypatch):
    """Biopython joins the CDS of every gene and counts; nothing of the package is used."""
    monkeypatch.setenv("SKXPRESSO_DATA", str(tmp_path))
    genes = yeast(shared_data, upstream=40, downstream=10)
    published = yeast(shared_data, upstream=40, downstream=10, features="published")
    folder = shared_data / "yeast_genome"
    with gzip.open(folder / "S288C_R64-2-1.fa.gz", "rt") as file:
        chromosomes = {record.id: record.seq for record in SeqIO.parse(file, "fasta")}
    blocks = defaultdict(list)
    with gzip.open(folder / "Saccharomyces_cerevisiae.R64-1-1.99.gff3.gz", "rt") as file:
        for line in file:
            row = line.rstrip("\n").split("\t")
            if len(row) == 9 and row[2] == "CDS":
                name = re.search("Parent=transcript:(.*?)_mRNA", row[8])[1]
                strand = 1 if row[6] == "+" else -1
                blocks[row[0], name].append(SimpleLocation(int(row[3]) - 1, int(row[4]), strand))
    assert len(blocks) == len(genes) == 6600
    for (chrom, name), parts in blocks.items():
        parts.sort(key=lambda part: part.start * part.strand)
        location = parts[0] if len(parts) == 1 else CompoundLocation(parts)
        sequence = location.extract(chromosomes[chrom])
        gene = genes.loc[name]
        assert gene["CDSLEN"] == len(sequence)
        assert gene["CDSGC"] == pytest.approx(gc_fraction(sequence), abs=1e-12)
        assert gene["ORFEXONDENSITY"] == pytest.approx(1000 * len(parts) / len(sequence))
        if gene["UTR5LEN"] == 0:  # four genes have a 5' UTR in this annotation
            n = min(10, len(parts[0]))
            assert gene["promoter"][40 : 40 + n] == str(sequence[:n])
            span = int(location.end - location.start)
            assert gene["INTRONLEN"] == span - len(sequence)
        short = sum(len(part) - 1 for part in parts)
        assert published.loc[name, "CDSLEN"] == short
        assert published.loc[name, "ORFEXONDENSITY"] == round(1000 * len(parts) / short, 2)


#: Of 49 genes: those of which the annotation has a better transcript now, by the same rule.
CHANGED = {
    "SERPIND1": "the published ENST00000215727 had 281 nt of 5' UTR in Ensembl 90, and has 47 now",
    "SPECC1L": "ENST00000651059, with a longer CDS, is new",
    "GGTLC2": "ENST00000417145, with a longer CDS, is new",
}


def scale(x, z):
    """Find offset and slope of z = a + b log10(x + 0.1): the line through most genes."""
    x = np.log10(x + 0.1)
    best = (0, 0.0, 0.0)
    for i in range(len(x)):
        for k in range(i):
            if abs(x[i] - x[k]) > 0.3:
                b = (z[i] - z[k]) / (x[i] - x[k])
                a = z[i] - b * x[i]
                best = max(best, (int((abs(a + b * x - z) < 2e-4).sum()), a, b))
    return best


def test_published_features_of_chr22(shared_data):
    path = shared_data / "genome" / "Homo_sapiens.GRCh38.99.ensembl.chr22.gtf.gz"
    chosen, _ = choose(measure(read_annotation(path), published=True), "published")
    genes = pd.DataFrame(chosen.to_dict(as_series=False)).set_index("gene")
    published = pd.read_csv(shared_data / "halflife" / "published_features_chr22.tsv", sep="\t")
    both = published.merge(genes, left_on="gene_id", right_index=True, suffixes=("", "_here"))
    assert len(both) == 49
    differs = abs(both["ORFEXONDENSITY"] - both["ORFEXONDENSITY_here"]) > 1e-9
    for name in ("CDSLEN", "INTRONLEN"):
        x, z = both[name].to_numpy(float), both[f"{name}_log10zscore"].to_numpy()
        _, a, b = scale(x, z)
        there = 10 ** ((z - a) / b) - 0.1
        # five decimals of a z-score are 2e-5 of a length
        differs |= abs(there / np.maximum(x, 1) - 1) > 1e-4
    assert set(both.loc[differs, "gene_name"]) == set(CHANGED)
    for name, least in {"UTR5LEN": 20, "UTR3LEN": 24}.items():  # the authors had Ensembl 90
        n, _, _ = scale(both[name].to_numpy(float), both[f"{name}_log10zscore"].to_numpy())
        assert n >= least


PIECES = {
    "hg38_chr22_32000000_32300000.fa": ("hg38_chr22_32000000_32300000.ensembl99.gtf.gz", "hg38"),
    "hg19_chr22_20000000_21000000.fa": (
        "hg19_chr22_20000000_21000000.gencode33lift37.gtf.gz",
        "hg19",
    ),
}


def published_sites(shared_data, build):
    """The published start sites as BED; windows are [site - 10,000, site + 10,000)."""
    path = shared_data / "xpresso" / f"promoters.{build}.bed.gz"
    names = ["chrom", "start", "end", "name", "score", "strand"]
    table = pd.read_csv(path, sep="\t", header=None, names=names)
    return table.assign(start=table["start"] + 10_000, end=table["start"] + 10_001)


@pytest.mark.parametrize("fasta", PIECES)
def test_published_predictions_from_genome_and_coordinates(shared_data, fasta):
    folder = shared_data / "genome"
    annotation, build = PIECES[fasta]
    wanted = pd.read_csv(folder / "published_predictions.tsv", sep="\t").set_index("gene")
    wanted = wanted[wanted["fasta"] == fasta]
    chrom = wanted["chrom"].iloc[0]
    offset = {chrom: int(wanted["fasta_offset"].iloc[0])} if build == "hg38" else None
    genome = Genome(folder / fasta, offsets=offset)
    sites = published_sites(shared_data, build)
    genes = genes_from_genome(
        genome, folder / annotation, tss=sites, features="published", biotype=None
    )
    genes.index = genes.index.str.replace(r"\..*", "", regex=True)
    model = load_pretrained(shared_data / "xpresso" / "human_trainepoch.11-0.426.h5")
    found = model.predict(genes.loc[wanted.index, ["promoter"]])
    np.testing.assert_allclose(found, wanted["published_prediction"], atol=1e-5)
    # the window of the network is 7,000 nt before the index 10,000, and 3,500 behind
    starts = genes.loc[wanted.index, "start"] + np.where(wanted["strand"] == "+", 3000, 6500)
    assert (starts == wanted["start"]).all()
