"""Files that are no annotation, or one of another genome: each a sentence with numbers."""

import gzip

import pysam
import pytest

from skxpresso.genome import genes_from_genome, read_annotation

CDS = ("CDS", 11, 40, "+", "g", "t")


@pytest.mark.parametrize("packing", ["plain", "gzip", "bgzip"])
def test_packings(gtf, packing):
    path = gtf(CDS)
    if packing == "gzip":
        packed = path.with_name("a.gtf.gz")
        packed.write_bytes(gzip.compress(path.read_bytes()))
    elif packing == "bgzip":
        packed = path.with_name("a.gtf.gz")
        pysam.tabix_compress(str(path), str(packed))
    else:
        packed = path
    assert read_annotation(packed).transcripts["transcript"].to_list() == ["t"]


def test_long_files_are_read_in_pieces(gtf, monkeypatch):
    from skxpresso.genome import annotation

    lines = [("CDS", 10 * i + 1, 10 * i + 9, "+", f"g{i // 3}", f"t{i // 3}") for i in range(90)]
    whole = read_annotation(gtf(*lines))
    read = annotation.read_pieces
    monkeypatch.setattr(annotation, "read_pieces", lambda path: read(path, 500))
    pieces = read_annotation(gtf(*lines))
    assert pieces.transcripts.equals(whole.transcripts)
    assert pieces.blocks.equals(whole.blocks)
    assert whole.transcripts.height == 30


def test_no_transcripts(gtf):
    path = gtf(("gene", 1, 50, "+", "g", ""), ("exon", 1, 50, "+", "g", ""))
    with pytest.raises(ValueError, match="no CDS with a gene and a transcript.*1 of"):
        read_annotation(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no line of an annotation"),
        ("#only a comment\n", "holds no line of an annotation"),
        ('chr1\tx\tCDS\t5\t3\t.\t+\t.\tgene_id "a";\n', "1 lines are no lines of GTF or GFF3"),
        ('chr1\tx\tCDS\t0\t3\t.\t+\t.\tgene_id "a";\n', "1 lines are no lines of GTF or GFF3"),
        ('chr1\tx\tCDS\tone\t3\t.\t+\t.\tgene_id "a";\n', "the first is 'chr1 x CDS"),
        ("chr1,5,10\n", "no lines of GTF or GFF3, which have nine columns"),
        ("chr1\tx\tCDS\t1\t3\t.\t+\t.\tnothing\n", "attributes must be those of GTF"),
        (
            'chr1\tx\tCDS\t1\t3\t.\t.\t.\tgene_id "a"; transcript_id "b";\n',
            "1 transcripts with a CDS have no strand",
        ),
    ],
)
def test_bad_lines(tmp_path, text, message):
    path = tmp_path / "bad.gtf"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_annotation(path)


def test_cut_short(gtf, tmp_path):
    path = gtf(*[CDS] * 500)
    pysam.tabix_compress(str(path), str(tmp_path / "whole.gtf.gz"))
    packed = (tmp_path / "whole.gtf.gz").read_bytes()
    cut = tmp_path / "cut.gtf.gz"
    cut.write_bytes(packed[:-28])
    with pytest.raises(ValueError, match="bgzip's last block is missing"):
        read_annotation(cut)
    cut.write_bytes(gzip.compress(path.read_bytes())[:-20])
    with pytest.raises(ValueError, match="damaged or truncated"):
        read_annotation(cut)


def test_unknown_chromosomes(genome, gtf):
    with pytest.raises(ValueError, match=r"\('scaffold_7'\) is one of .*\('chr1', 'chr2'\)"):
        genes_from_genome(genome, gtf(CDS, chrom="scaffold_7"))
    path = gtf(CDS)
    path.write_text(path.read_text() + gtf(CDS, chrom="other", name="b.gtf").read_text())
    with pytest.warns(UserWarning, match="1 of 2 transcripts lie on 1 chromosomes"):
        genes = genes_from_genome(genome, path, upstream=5, downstream=5)
    assert genes["chrom"].tolist() == ["chr1"]


def test_cds_of_any_length_is_counted_as_it_stands(genome, gtf):
    """Frameshifts and incomplete transcripts are common: 31 nt are no reason to stop."""
    lines = [("CDS", 11, 41, "+", "g", "t"), ("CDS", 51, 80, "+", "h", "u")]
    for features, length in {"corrected": 31, "published": 30}.items():
        with pytest.warns(UserWarning, match="1 of 2 genes have a CDS .*the first 'g' with 31;"):
            genes = genes_from_genome(
                genome, gtf(*lines), upstream=5, downstream=5, features=features
            )
        assert genes["CDSLEN"].tolist()[0] == length


def test_cds_on_a_gene_and_of_two_parents(genome, tmp_path):
    path = tmp_path / "a.gff3"
    row = "chr1\tx\t{}\t{}\t{}\t.\t+\t.\t{}\n"
    path.write_text(
        row.format("gene", 11, 40, "ID=g1;Name=A%2C1")
        + row.format("CDS", 11, 40, "Parent=g1")
        + row.format("gene", 101, 160, "ID=g2")
        + row.format("mRNA", 101, 150, "ID=t1;Parent=g2")
        + row.format("mRNA", 91, 160, "ID=t2;Parent=g2")
        + row.format("CDS", 111, 140, "Parent=t1,t2")
        + row.format("exon", 101, 150, "Parent=t1")
        + row.format("exon", 91, 160, "Parent=t2")
    )
    genes = genes_from_genome(genome, path, upstream=5, downstream=5)
    assert genes["transcript"].tolist() == ["g1", "t2"]  # t2 has the longer 5' UTR
    assert genes["gene_name"].tolist()[0] == "A,1"
    assert genes["UTR5LEN"].tolist() == [0, 20]


def test_transcripts_that_no_mrna_can_be_are_left_out(gtf):
    good = [("exon", 11, 60, "+", "g", "t"), ("exon", 71, 90, "+", "g", "t"), CDS]
    overlapping = [
        ("exon", 111, 160, "+", "h", "u"),
        ("exon", 151, 190, "+", "h", "u"),
        ("CDS", 121, 150, "+", "h", "u"),
    ]
    both = [
        ("exon", 211, 260, "+", "i", "v"),
        ("exon", 271, 290, "-", "i", "v"),
        ("CDS", 221, 240, "+", "i", "v"),
    ]
    with pytest.warns(UserWarning, match="exons of 2 of 3 transcripts overlap or .* the first 'u'"):
        annotation = read_annotation(gtf(*good, *overlapping, *both))
    assert annotation.transcripts["transcript"].to_list() == ["t"]
    assert annotation.blocks["key"].unique().to_list() == annotation.transcripts["key"].to_list()


def test_start_sites_that_are_no_table(gtf, genome, tmp_path):
    (tmp_path / "a.bed").write_bytes(b"chr1\t10\t11\tg\t0\t+\nchr1\t10\t11\tg\t0\t+\tmore\n\xff")
    with pytest.raises(ValueError, match=r"a\.bed cannot be read as BED \("):
        genes_from_genome(genome, gtf(CDS), upstream=4, downstream=4, tss=tmp_path / "a.bed")
