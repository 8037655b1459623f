"""A small genome whose genes can be worked out on paper."""

import numpy as np
import pytest

from skxpresso.genome import Genome


@pytest.fixture(scope="session")
def letters():
    """600 letters of chr1."""
    return "".join(np.random.default_rng(0).choice(list("ACGT"), 600))


@pytest.fixture
def genome(tmp_path, letters):
    path = tmp_path / "genome.fa"
    lines = "\n".join(letters[i : i + 50] for i in range(0, 600, 50))
    path.write_text(f">chr1 a description\n{lines}\n>chr2\n{'ACGT' * 30}\n")
    return Genome(path)


@pytest.fixture
def gtf(tmp_path):
    """Return what writes lines (feature, start, end, strand, gene, transcript), 1-based."""

    def write(*lines, chrom="chr1", name="genes.gtf"):
        path = tmp_path / name
        rows = [
            f"{chrom}\thand\t{feature}\t{start}\t{end}\t.\t{strand}\t.\t"
            f'gene_id "{gene}"; transcript_id "{transcript}"; gene_name "{gene.upper()}"; '
            'gene_biotype "protein_coding";\n'
            for feature, start, end, strand, gene, transcript in lines
        ]
        path.write_text("#!made by hand\n" + "".join(rows))
        return path

    return write
