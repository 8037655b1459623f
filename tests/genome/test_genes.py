"""Features and promoters of genes worked out on paper."""

import warnings

import numpy as np
import pandas as pd
import pytest

from skxpresso.genome import Genome, genes_from_genome
from skxpresso.halflife import HALF_LIFE_COLUMNS

COMPLEMENT = str.maketrans("ACGT", "TGCA")
# two exons with UTRs at both ends, on either strand, and a gene of one exon without UTRs
PLUS = [
    ("transcript", 101, 300, "+", "plus", "p1"),
    ("exon", 101, 150, "+", "plus", "p1"),
    ("exon", 201, 300, "+", "plus", "p1"),
    ("five_prime_utr", 101, 120, "+", "plus", "p1"),
    ("CDS", 121, 150, "+", "plus", "p1"),
    ("CDS", 201, 260, "+", "plus", "p1"),
    ("stop_codon", 261, 263, "+", "plus", "p1"),
    ("three_prime_utr", 264, 300, "+", "plus", "p1"),
]
# an intron in the 5' UTR: exons 481-500 and 391-450
MINUS = [
    ("transcript", 391, 500, "-", "minus", "m1"),
    ("exon", 481, 500, "-", "minus", "m1"),
    ("exon", 391, 450, "-", "minus", "m1"),
    ("five_prime_utr", 481, 500, "-", "minus", "m1"),
    ("five_prime_utr", 441, 450, "-", "minus", "m1"),
    ("CDS", 414, 440, "-", "minus", "m1"),
    ("stop_codon", 411, 413, "-", "minus", "m1"),
    ("three_prime_utr", 391, 410, "-", "minus", "m1"),
]
SINGLE = [
    ("transcript", 541, 570, "+", "single", "s1"),
    ("exon", 541, 570, "+", "single", "s1"),
    ("CDS", 541, 570, "+", "single", "s1"),
]
#                UTR5 CDS INTRON UTR3      the sums are written out in the tests' comments
CORRECTED = {
    "plus": [20, 93, 50, 37],  # 30 + 60 + 3 of the stop codon; intron 151-200
    "minus": [30, 30, 30, 20],  # 20 + 10; 27 + 3; intron 451-480
    "single": [0, 30, 0, 0],
}
PUBLISHED = {
    "plus": [19, 88, 199 - 19 - 88 - 36, 36],  # 29 + 59
    "minus": [19 + 9, 26, 109 - 28 - 26 - 19, 19],
    "single": [0, 29, 0, 0],  # 29 - 29: the transcript is one short, too
}
LENGTHS = ["UTR5LEN", "CDSLEN", "INTRONLEN", "UTR3LEN"]


def small(genome, path, **options):
    return genes_from_genome(genome, path, **({"upstream": 30, "downstream": 20} | options))


def gc(text):
    return (text.count("G") + text.count("C")) / len(text) if text else 0.0


@pytest.mark.parametrize(
    ("features", "wanted"), [("corrected", CORRECTED), ("published", PUBLISHED)]
)
def test_lengths(genome, gtf, features, wanted):
    genes = small(genome, gtf(*PLUS, *MINUS, *SINGLE), features=features)
    assert genes[LENGTHS].T.to_dict("list") == wanted


def test_density_counts_lines_of_cds(genome, gtf):
    path = gtf(*PLUS, *MINUS)
    assert small(genome, path, features="published")["ORFEXONDENSITY"].tolist() == [
        22.73,  # 2 * 1000 / 88
        38.46,  # 1 * 1000 / 26
    ]
    density = small(genome, path)["ORFEXONDENSITY"]
    np.testing.assert_allclose(density, [2000 / 93, 1000 / 30])


def test_contents(genome, gtf, letters):
    genes = small(genome, gtf(*PLUS, *MINUS, *SINGLE))
    minus_utr5 = letters[480:500] + letters[440:450]
    wanted = [
        [gc(letters[100:120]), gc(letters[120:150] + letters[200:263]), gc(letters[263:300])],
        [gc(minus_utr5), gc(letters[410:440]), gc(letters[390:410])],
        [0, gc(letters[540:570]), 0],
    ]
    columns = ["UTR5GC", "CDSGC", "UTR3GC"]
    np.testing.assert_allclose(genes[columns], wanted)
    rounded = small(genome, gtf(*PLUS, *MINUS, *SINGLE), features="published")
    np.testing.assert_array_equal(rounded[columns], np.round(wanted, 3))


def test_corrected_promoters_have_the_tss_at_one_index(genome, gtf, letters):
    genes = small(genome, gtf(*PLUS, *MINUS))
    assert genes.loc["plus", "promoter"] == letters[70:120]  # TSS at 101: index 100
    assert genes.loc["minus", "promoter"] == letters[480:530].translate(COMPLEMENT)[::-1]
    assert genes["tss"].tolist() == [100, 499]
    assert genes[["start", "end"]].to_numpy().tolist() == [[70, 120], [480, 530]]
    for name, start in {"plus": letters[100], "minus": letters[499].translate(COMPLEMENT)}.items():
        assert genes.loc[name, "promoter"][30] == start


def test_published_promoters(genome, gtf):
    genes = genes_from_genome(
        genome, gtf(*PLUS, *MINUS), upstream=40, downstream=40, features="published"
    )
    # [t - 40, t + 40) with t = 101 and 500, so that the TSS is at 39 on plus and 40 on minus
    assert genes[["start", "end"]].to_numpy().tolist() == [[61, 141], [460, 540]]
    assert (genes["tss"] - genes["start"])["plus"] == 39
    assert (genes["end"] - 1 - genes["tss"])["minus"] == 40


def test_measured_sites(genome, gtf, tmp_path):
    bed = tmp_path / "peaks.bed"
    rows = [
        "track name=peaks",
        "chr1\t90\t99\tp1@PLUS\t5\t+\t93\t94",
        "chr1\t10\t20\tp2@PLUS\t99\t+\t12\t13",
        "chr1\t505\t510\tminus\t1\t-\t505\t510",
        "chr1\t500\t501\tsingle\t1\t-\t500\t501",
    ]
    bed.write_text("\n".join(rows))
    path = gtf(*PLUS, *MINUS, *SINGLE)
    with pytest.warns(UserWarning, match="2 of 3 genes have a measured start site; 1 sites on"):
        genes = small(genome, path, tss=bed)
    assert genes["tss"].tolist() == [93, 509, 540]  # thick part; 5' end on minus; annotation
    with pytest.warns(UserWarning, match="measured"):
        published = small(genome, path, tss=bed, features="published")
    assert published["start"].tolist() == [63, 509 - 20, 541 - 30]


@pytest.mark.parametrize("strand", ["+", "-"])
def test_edges(gtf, letters, tmp_path, strand):
    fasta = tmp_path / "short.fa"
    fasta.write_text(f">chr1\n{letters[:60]}\n")
    path = gtf(("exon", 1, 60, strand, "a", "t"), ("CDS", 1, 60, strand, "a", "t"))
    with pytest.warns(UserWarning, match=r"1 of 1 promoters reach beyond .* filled with N"):
        genes = small(fasta, path)
    sequence = letters[:60] if strand == "+" else letters[:60].translate(COMPLEMENT)[::-1]
    assert genes["promoter"].tolist() == ["N" * 30 + sequence[:20]]
    with pytest.raises(ValueError, match="1 of 1 promoters reach beyond the known sequence"):
        small(fasta, path, edge="error")
    with pytest.raises(ValueError, match="none is left"):
        small(fasta, path, edge="drop")


def test_dropped_at_the_edge(genome, gtf):
    path = gtf(("CDS", 5, 40, "+", "near", "n"), *SINGLE)
    with pytest.warns(UserWarning, match="1 of 2 promoters .*'near'.* left out"):
        assert small(genome, path, edge="drop").index.tolist() == ["single"]


def exons(transcript, utr5, cds, utr3):
    """Lines of a transcript of one exon with these lengths, its CDS at 201."""
    return [
        ("exon", 201 - utr5, 200 + cds + utr3, "+", "g", transcript),
        ("CDS", 201, 200 + cds, "+", "g", transcript),
    ]


@pytest.mark.parametrize(
    ("second", "replaced"),
    [
        ((10, 33, 5), True),  # longer CDS, and a 5' UTR
        ((0, 33, 50), False),  # longer CDS, no 5' UTR
        ((11, 30, 0), True),  # CDS as long, 5' UTR longer
        ((10, 30, 21), True),  # both as long, 3' UTR longer
        ((10, 30, 20), False),
        ((50, 27, 50), False),  # CDS shorter
    ],
)
def test_published_choice(genome, gtf, second, replaced):
    path = gtf(*exons("first", 10, 30, 20), *exons("second", *second))
    for features in ("corrected", "published"):
        genes = small(genome, path, features=features)
        assert genes["transcript"].tolist() == ["second" if replaced else "first"]


def test_other_choices(genome, gtf, tmp_path):
    path = gtf(*exons("a", 10, 30, 20), *exons("b.2", 0, 60, 0), *exons("c", 0, 12, 0))
    assert small(genome, path, transcripts="longest_cds")["transcript"].tolist() == ["b.2"]
    assert small(genome, path, transcripts=["b"])["transcript"].tolist() == ["b.2"]
    tagged = path.read_text().replace('transcript_id "c";', 'transcript_id "c"; tag "MANE_Select";')
    path.write_text(tagged)
    assert small(genome, path, transcripts="canonical")["transcript"].tolist() == ["c"]
    with pytest.raises(ValueError, match="'z', 1 of 2 that the annotation"):
        small(genome, path, transcripts=["a", "z"])
    with pytest.raises(ValueError, match="more than one of gene 'g': 'a', 'c'"):
        small(genome, path, transcripts=["a", "c"])
    path.write_text(tagged.replace('tag "MANE_Select"; ', ""))
    with pytest.warns(UserWarning, match="1 of 1 genes have no canonical"):
        small(genome, path, transcripts="canonical")


def test_biotypes_and_chromosomes(genome, gtf):
    path = gtf(*PLUS, *SINGLE)
    text = path.read_text()
    path.write_text(
        text.replace('"SINGLE"; gene_biotype "protein_coding"', '"SINGLE"; gene_biotype "x"')
    )
    assert small(genome, path).index.tolist() == ["plus"]
    assert small(genome, path, biotype=None).index.tolist() == ["plus", "single"]
    with pytest.raises(ValueError, match="biotype='y'; there are"):
        small(genome, path, biotype="y")
    with pytest.raises(ValueError, match="no gene is left; chromosomes="):
        small(genome, path, chromosomes=["chr2"])
    with pytest.raises(ValueError, match="'chr9', which"):
        small(genome, path, chromosomes=["chr9"])


def test_gff3_gives_what_gtf_gives(genome, gtf, tmp_path):
    """The same genes as Ensembl's, RefSeq's and SGD's GFF3 write them."""
    wanted = small(genome, gtf(*PLUS, *MINUS, *SINGLE))
    for dialect, (gene, transcript) in {
        "ensembl": ("gene:{}", "transcript:{}"),
        "refseq": ("gene-{}", "rna-{}"),
        "sgd": ("{}", "{}_mRNA"),
    }.items():
        lines = ["##gff-version 3"]
        for blocks in (PLUS, MINUS, SINGLE):
            *_, strand, name, label = blocks[0]
            first, last = blocks[0][1:3]
            g, t = gene.format(name), transcript.format(label)
            about = f"ID={g};Name={name.upper()}"
            about += {
                "ensembl": ";biotype=protein_coding",
                "refseq": ";gene_biotype=protein_coding",
            }.get(dialect, "")
            lines.append(f"chr1\tx\tgene\t{first}\t{last}\t.\t{strand}\t.\t{about}")
            lines.append(f"chr1\tx\tmRNA\t{first}\t{last}\t.\t{strand}\t.\tID={t};Parent={g}")
            for kind, start, end, *_ in blocks:
                if kind == "CDS":  # GFF3 has the stop codon inside
                    start -= 3 * ((start, strand) == (414, "-"))
                    end += 3 * (end == 260)
                if kind in ("exon", "CDS"):
                    lines.append(f"chr1\tx\t{kind}\t{start}\t{end}\t.\t{strand}\t.\tParent={t}")
        path = tmp_path / f"{dialect}.gff3"
        path.write_text("\n".join(lines) + "\n##FASTA\n>chr1\nACGT\n")
        genes = small(genome, path)
        same = ["chrom", "start", "end", "strand", "promoter", *HALF_LIFE_COLUMNS]
        pd.testing.assert_frame_equal(genes[same], wanted[same])
        assert genes["gene_name"].tolist() == ["PLUS", "MINUS", "SINGLE"]


def test_lower_case_and_iupac_letters(tmp_path, gtf):
    fasta = tmp_path / "soft.fa"
    fasta.write_text(">1\nacgtRYnACGT\n")
    path = gtf(("CDS", 3, 11, "+", "a", "t"))
    said = (
        "1 of 1 promoters hold letters other than A, C, G and T, 3 nt in all, the first that of 'a'"
    )
    with pytest.warns(UserWarning, match=said), pytest.warns(UserWarning, match="chr1 is 1"):
        genes = genes_from_genome(fasta, path, upstream=2, downstream=9)
    assert genes["promoter"].tolist() == ["ACGTNNNACGT"]
    assert genes["CDSGC"].tolist() == [3 / 6]  # G T A C G T; R, Y and N do not count


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": "old"}, "features must be one of 'corrected', 'published', got 'old'"),
        ({"edge": "cut"}, "edge must be one of"),
        ({"transcripts": "first"}, "transcripts must be one of"),
        ({"upstream": -1}, "upstream must be an int of at least 0 nt, got -1"),
        ({"upstream": 0, "downstream": 0}, "no promoter is left"),
    ],
)
def test_bad_parameters(genome, gtf, options, message):
    with pytest.raises(ValueError, match=message):
        small(genome, gtf(*PLUS), **options)


def test_a_piece_of_a_chromosome(tmp_path, letters, gtf):
    """A slice gives what the whole gives, for the genes that lie inside."""
    whole, piece = tmp_path / "whole.fa", tmp_path / "piece.fa"
    whole.write_text(f">chr1\n{letters}\n")
    piece.write_text(f">chr1:301-600\n{letters[300:]}\n")
    wanted = small(whole, gtf(*MINUS))
    pd.testing.assert_frame_equal(small(piece, gtf(*MINUS)), wanted)
    offset = tmp_path / "offset.fa"
    offset.write_text(f">chr1\n{letters[300:]}\n")
    pd.testing.assert_frame_equal(small(Genome(offset, offsets={"chr1": 300}), gtf(*MINUS)), wanted)
    with pytest.warns(
        UserWarning, match=r"1 of 2 transcripts reach beyond .*'p1' \(chr1:100-300\)"
    ):
        assert small(piece, gtf(*PLUS, *MINUS)).index.tolist() == ["minus"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small(whole, gtf(*PLUS, *MINUS))
