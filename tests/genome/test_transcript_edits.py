"""Half-life features under variants: as if genome and annotation were edited and read anew."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline

from skxpresso import OneHotPromoterEncoder
from skxpresso.genome import Genome, genes_from_genome, read_annotation, variant_effects
from skxpresso.genome._alleles import Edit
from skxpresso.genome._transcript_edits import Transcripts
from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.jobs.variants import score_variants

# edits leave a CDS of any length
pytestmark = pytest.mark.filterwarnings("ignore:.*no multiple of three")
UP, DOWN = 20, 15
#: Exons and CDS of a transcript on either strand, 1-based and closed, as GTF has them.
EXONS = [(101, 150), (201, 260), (301, 380)]
CDS = [(131, 150), (201, 260), (301, 320)]


def write(folder, text, exons, cds, strand, name="g"):
    fasta, gtf = folder / f"{name}.fa", folder / f"{name}.gtf"
    fasta.write_text(f">chr1\n{text}\n")
    rows = [("exon", *block) for block in exons] + [("CDS", *block) for block in cds]
    gtf.write_text(
        "".join(
            f"chr1\thand\t{kind}\t{start}\t{end}\t.\t{strand}\t0\t"
            'gene_id "g"; transcript_id "t.1"; gene_biotype "protein_coding";\n'
            for kind, start, end in rows
        )
    )
    return Genome(fasta), gtf


def moved(blocks, start, end, n_new):
    """Move the ends of 1-based closed blocks as an edit of [start, end) moves the letters.

    New letters stay with the block that holds the first replaced letter, or the one before an
    insertion.
    """
    owner = start if end > start else start - 1
    found = []
    for first, last in blocks:
        inside = list(range(first - 1, last))
        kept = [i for i in inside if not start <= i < end]
        new = n_new if owner in inside else 0
        if not kept and not new:
            continue
        shift = n_new - (end - start)
        left = [i for i in kept if i < start]
        begin = left[0] if left else (start if new else kept[0] + shift)
        found.append((begin + 1, begin + len(kept) + new))
    return found


@pytest.fixture
def text():
    return "".join(np.random.default_rng(3).choice(list("ACGT"), 500))


@pytest.mark.parametrize("strand", ["+", pytest.param("-", marks=pytest.mark.slow)])
def test_changes_are_those_of_an_edited_genome(tmp_path, text, strand):
    genome, gtf = write(tmp_path, text, EXONS, CDS, strand)
    window = {"upstream": UP, "downstream": DOWN}
    genes = genes_from_genome(genome, gtf, **window)
    transcripts = Transcripts(genes, ["chr1"], read_annotation(gtf), genome)
    rng = np.random.default_rng(0)
    n_changed = 0
    for n in range(60):
        start = int(rng.integers(102, 370))
        end = start + int(rng.integers(0, 12))
        letters = "".join(rng.choice(list("ACGT"), rng.integers(0, 9)))
        if end == start and not letters:
            continue
        edited = text[:start] + letters + text[end:]
        exons, cds = (moved(blocks, start, end, len(letters)) for blocks in (EXONS, CDS))
        again = genes_from_genome(
            *write(tmp_path, edited, exons, cds, strand, f"edited{n}"), **window
        )
        found = transcripts.changes(0, [Edit(start, end, letters)])
        columns = list(HALF_LIFE_COLUMNS)
        wanted = (again[columns] - genes[columns]).iloc[0]
        got = pd.Series(found, dtype=float).reindex(columns, fill_value=0.0)
        np.testing.assert_allclose(got, wanted, atol=1e-9, err_msg=f"{start} {end} {letters}")
        n_changed += bool(found)
    assert n_changed > 40


@pytest.fixture
def scored(tmp_path, text):
    """A genome, its genes, and a model that reads promoter and half-life features."""
    genome, gtf = write(tmp_path, text, EXONS, CDS, "+")
    genes = genes_from_genome(genome, gtf, upstream=UP, downstream=DOWN)
    rng = np.random.default_rng(1)
    n = 60
    X = pd.DataFrame(
        {"promoter": ["".join(rng.choice(list("ACGT"), UP + DOWN)) for _ in range(n)]}
        | {name: genes[name].iloc[0] + rng.normal(size=n) for name in HALF_LIFE_COLUMNS}
    )
    forest = RandomForestRegressor(8, random_state=0, max_features=0.5)
    model = make_pipeline(OneHotPromoterEncoder(UP, DOWN, tss=UP), forest).fit(
        X, rng.normal(size=n)
    )
    return model, genes, genome, gtf


def test_parts_are_told_apart(scored, text, tmp_path):
    """Upstream the promoter alone, behind the window the features alone, between them both."""
    model, genes, genome, gtf = scored
    places = {"upstream": 90, "both": 105, "cds": 215, "intron": 180, "beyond": 450}
    variants = pd.DataFrame(
        [
            (start, text[start], text[start] + "GGGCC" if name != "upstream" else "N")
            for name, start in sorted(places.items(), key=lambda item: item[1])
        ],
        columns=["start", "ref", "alt"],
    ).assign(chrom="chr1")
    effects = variant_effects(model, variants, genes, genome, annotation=gtf)
    effects = effects.set_index("start")
    assert list(effects.index) == [90, 105, 180, 215]
    row = genes[["promoter", *HALF_LIFE_COLUMNS]]
    reference = model.predict(row)[0]
    np.testing.assert_allclose(effects["ref_prediction"], reference)
    assert effects.loc[90, "delta_halflife"] == 0
    assert effects.loc[215, "delta_promoter"] == 0
    assert effects.loc[180, "delta_promoter"] == 0
    edited = row.assign(CDSLEN=row["CDSLEN"] + 5)
    gc = sum(text[a - 1 : b].count(x) for a, b in CDS for x in "GC")
    length = sum(b - a + 1 for a, b in CDS)
    edited["CDSGC"] = (gc + 5) / (length + 5)
    edited["ORFEXONDENSITY"] = 3000 / (length + 5)
    wanted = model.predict(edited)[0] - reference
    assert effects.loc[215, "delta_halflife"] == pytest.approx(wanted)
    assert effects.loc[215, "delta"] == pytest.approx(wanted)
    start, end = genes.iloc[0][["start", "end"]]
    promoter = (text[:106] + "GGGCC" + text[106:])[start:end]
    utr = text[100:130]
    both = row.assign(promoter=promoter, UTR5LEN=35)
    both["UTR5GC"] = (utr.count("G") + utr.count("C") + 5) / 35
    assert effects.loc[105, "alt_prediction"] == pytest.approx(model.predict(both)[0])
    alone = model.predict(row.assign(promoter=promoter))[0] - reference
    assert effects.loc[105, "delta_promoter"] == pytest.approx(alone)
    without = variant_effects(model, variants, genes, genome)
    assert list(without["start"]) == [90, 105]
    assert "delta_halflife" not in without


def test_files_have_the_parts(scored, text, tmp_path):
    model, genes, genome, gtf = scored
    vcf = tmp_path / "a.vcf"
    vcf.write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        f"chr1\t216\t.\t{text[215]}\t{text[215]}GGCC\t.\t.\t.\n"
    )
    for ending in ("tsv", "vcf"):
        score_variants(model, vcf, genes, genome.path, tmp_path / f"o.{ending}", annotation=gtf)
    table = pd.read_csv(tmp_path / "o.tsv", sep="\t")
    assert table["delta_promoter"][0] == 0
    line = (tmp_path / "o.vcf").read_text().splitlines()[-1]
    parts = line.split("XPRESSO=")[1].split("|")
    assert float(parts[-1]) == pytest.approx(table["delta_halflife"][0], rel=1e-5)
    assert "by half-life features alone" in (tmp_path / "o.vcf").read_text()


def test_another_annotation_is_refused(scored, text, tmp_path):
    model, genes, genome, gtf = scored
    variants = pd.DataFrame({"chrom": ["chr1"], "start": [5], "ref": [text[5]], "alt": ["N"]})
    with pytest.raises(ValueError, match="no CDS of transcript 'u'"):
        variant_effects(model, variants, genes.assign(transcript="u"), genome, annotation=gtf)
    scaled = genes.assign(CDSLEN=0.3)
    with pytest.raises(ValueError, match="CDSLEN of 0.3 for 'g'.* has 100 nt"):
        variant_effects(model, variants, scaled, genome, annotation=gtf)
    with pytest.raises(ValueError, match="transcript"):
        variant_effects(model, variants, genes.drop(columns="transcript"), genome, annotation=gtf)
