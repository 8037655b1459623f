"""The human promoters of the package: cut where they say, and predicted as published."""

import numpy as np
import pandas as pd
import pytest
from Bio import SeqIO
from Bio.Seq import reverse_complement

from skxpresso import load_pretrained
from skxpresso.datasets import human, load_human_promoters


@pytest.fixture(scope="module")
def data():
    return load_human_promoters()


def test_what_is_there(data):
    assert data.data.columns.tolist() == data.feature_names == ["promoter"]
    assert (data.data["promoter"].str.len() == 10_500).all()
    assert data.data["promoter"].str.fullmatch("[ACGT]+").all()
    assert data.data.index.str.fullmatch(r"ENSG\d{11}").all()
    for name in ("data", "target", "predictions", "locations"):
        assert len(data[name]) == 9
        assert data[name].index.equals(data.data.index)
    assert np.isfinite(data.predictions).all()
    assert data.target.isna().sum() == 2
    where = data.locations
    assert (where["end"] - where["start"] == 10_500).all()
    assert set(where["strand"]) == {"+", "-"}
    assert where["assembly"].value_counts().to_dict() == {"hg19": 6, "hg38": 3}
    assert (where["chrom"] == "chr22").all()


def test_known_values(data):
    assert data.predictions["ENSG00000100191"] == -1.0425287
    assert data.target["ENSG00000099899"] == 0.996489781759663  # the mouse's is 1.514


def test_equal_to_the_shared_slices(data, shared_data):
    folder = shared_data / "genome"
    table = pd.read_csv(folder / "published_predictions.tsv", sep="\t", index_col="gene")
    assert data.data.index.equals(table.index)
    np.testing.assert_array_equal(data.predictions, table["published_prediction"])
    np.testing.assert_array_equal(data.target, table["expression"])
    for name in ("start", "end", "strand"):
        assert data.locations[name].tolist() == table[name].tolist()
    for gene in table.itertuples():
        sequence = str(SeqIO.read(folder / gene.fasta, "fasta").seq)
        window = sequence[gene.start - gene.fasta_offset : gene.end - gene.fasta_offset].upper()
        expected = window if gene.strand == "+" else reverse_complement(window)
        assert data.data.loc[gene.Index, "promoter"] == expected
        assert gene.fasta.startswith(data.locations.loc[gene.Index, "assembly"])


def test_expression_is_human_and_not_the_mouses(data, shared_data):
    path = shared_data / "expression/1to1_orthologs_expression.txt"
    both = pd.read_csv(path, sep="\t", header=None, index_col=0).loc[data.target.dropna().index]
    mouse, of_human = both[3].to_numpy(), both[4].to_numpy()
    np.testing.assert_allclose(data.target.dropna(), of_human, rtol=0, atol=1e-12)
    assert (np.abs(data.target.dropna() - mouse) > 1e-3).all()


def test_the_published_network_predicts_what_was_published(data, shared_data):
    path = shared_data / "xpresso/human_trainepoch.11-0.426.h5"
    found = load_pretrained(path, tss=data.tss).predict(data.data)
    np.testing.assert_allclose(found, data.predictions, rtol=0, atol=1e-5)
    other = load_pretrained(path, tss=data.tss).predict(data.data[::-1])
    assert np.abs(other - data.predictions).max() > 0.1  # it does tell genes apart


def test_docstring_and_description_name_source_licence_and_checksum(data):
    for text in (load_human_promoters.__doc__, data.DESCR):
        for part in ("kipoi/models", "MIT licence", "HISAT2", human._SHA256):
            assert part in text
