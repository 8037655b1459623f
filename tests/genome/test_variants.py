"""Effects of variants: as if somebody edited the chromosome by hand and cut again."""

import re
import sys

import numpy as np
import pandas as pd
import polars as pl
import pysam
import pysam.bcftools
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from skxpresso import OneHotPromoterEncoder, XpressoRegressor, load_pretrained
from skxpresso.cli import main
from skxpresso.genome import Genome, genes_from_genome, variant_effects
from skxpresso.jobs.variants import score_variants
from skxpresso.saving import save_pipeline
from tests.toys import TINY

COMPLEMENT = str.maketrans("ACGTN", "TGCAN")
BEFORE, AFTER = 45, 35  # of the promoters that the model reads
UP, DOWN = 40, 25  # of its window


@pytest.fixture(scope="module")
def model():
    """Every position of the window has weights of its own."""
    rng = np.random.default_rng(0)
    X = ["".join(rng.choice(list("ACGT"), BEFORE + AFTER)) for _ in range(300)]
    encoder = OneHotPromoterEncoder(UP, DOWN, tss=BEFORE)
    return make_pipeline(encoder, Ridge()).fit(X, rng.normal(size=300))


@pytest.fixture(scope="module")
def network():
    """Its substitutions are computed by the kernels, what reaches the window and no more."""
    rng = np.random.default_rng(0)
    promoters = ["".join(rng.choice(list("ACGT"), BEFORE + AFTER)) for _ in range(60)]
    X = pd.DataFrame({"promoter": promoters, "half-life": rng.normal(size=60)})
    encoder = OneHotPromoterEncoder(UP, DOWN, tss=BEFORE)
    layers = {"filters": (6, 5), "kernel_sizes": (4, 3), "pool_sizes": (5, 3)}
    regressor = XpressoRegressor(**TINY | layers | {"dilation_rates": (1, 2)})
    return make_pipeline(encoder, regressor).fit(X, 3 + rng.normal(size=60))


@pytest.fixture
def text():
    return "".join(np.random.default_rng(5).choice(list("ACGT"), 700))


@pytest.fixture
def genome(tmp_path, text):
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1\n{text}\n>chr2\n{text[::-1]}\n")
    return Genome(path)


GENES = pd.DataFrame(
    {"chrom": "chr1", "tss": [60, 90, 300, 330, 690], "strand": ["+", "-", "-", "+", "+"]},
    index=list("abcde"),
)


def cut(text, tss, strand):
    """Cut a promoter out of a chromosome, N beyond its ends."""
    padded = "N" * 200 + text + "N" * 200
    tss += 200
    if strand == "+":
        return padded[tss - BEFORE : tss + AFTER]
    return padded[tss - AFTER + 1 : tss + BEFORE + 1].translate(COMPLEMENT)[::-1]


def brute_force(model, text, start, ref, alt, tss, strand):
    """Edit the chromosome as text, find the first transcribed base again, cut, predict."""
    assert text[start : start + len(ref)] == ref
    edited = text[:start] + alt + text[start + len(ref) :]
    marks = list(range(len(text)))
    # the letters that stay are marked with their old places; shared ends of alleles stay
    right = 0
    while right < min(len(ref), len(alt)) and ref[-1 - right] == alt[-1 - right]:
        right += 1
    left = 0
    while left < min(len(ref), len(alt)) - right and ref[left] == alt[left]:
        left += 1
    n_new = len(alt) - left - right
    old = marks[start + left : start + len(ref) - right]
    if tss not in old:
        marks[start + left : start + len(ref) - right] = [None] * n_new
        place = marks.index(tss)
    elif strand == "+":
        place = start + left + min(old.index(tss), n_new)
    else:
        place = start + left + n_new - 1 - min(old[::-1].index(tss), n_new)
    found = model.predict([cut(text, tss, strand), cut(edited, place, strand)])
    return found[1] - found[0]


def random_variants(text, n, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        start = int(rng.integers(0, 690))
        kind = rng.choice(["snv", "mnv", "insertion", "deletion", "both"])
        n_ref = {"snv": 1, "mnv": 3, "insertion": 1, "deletion": 1 + rng.integers(1, 9)}.get(
            kind, rng.integers(1, 6)
        )
        ref = text[start : start + int(n_ref)]
        n_alt = {"snv": 1, "mnv": len(ref), "insertion": 4, "deletion": 1}.get(
            kind, rng.integers(1, 6)
        )
        alt = "".join(rng.choice(list("ACGT"), n_alt))
        if kind in ("insertion", "deletion"):
            alt = ref[0] + alt[1:]  # as VCF writes them
        if alt != ref:
            rows.append((start, ref, alt))
    return sorted(rows)


def test_spread_is_that_of_the_effect_over_the_networks(genome, text, tiny):
    rng = np.random.default_rng(0)
    X = ["".join(rng.choice(list("ACGT"), BEFORE + AFTER)) for _ in range(60)]
    network = XpressoRegressor(**tiny, n_estimators=3)
    model = make_pipeline(OneHotPromoterEncoder(UP, DOWN, tss=BEFORE), network)
    model.fit(X, rng.normal(size=60))
    variants = pd.DataFrame(
        [("chr1", start, text[start], "ACGT"["ACGT".index(text[start]) - 1]) for start in (70, 95)],
        columns=["chrom", "start", "ref", "alt"],
    )
    together = variant_effects(model, variants, GENES, genome)
    deltas = []
    for single in network.estimators_:
        alone = variant_effects(make_pipeline(model[0], single), variants, GENES, genome)
        assert alone["std"].isna().all()
        deltas.append(alone["delta"])
    assert len(together) == len(deltas[0]) > 2
    np.testing.assert_allclose(together["delta"], np.mean(deltas, axis=0), atol=1e-7)
    np.testing.assert_allclose(together["std"], np.std(deltas, axis=0, ddof=1), atol=1e-7)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:no base is known")
def test_2000_random_variants_against_brute_force(model, genome, text):
    rows = random_variants(text, 2000)
    variants = pd.DataFrame(rows, columns=["start", "ref", "alt"]).assign(chrom="chr1")
    variants["id"] = [f"v{i}" for i in range(len(variants))]
    effects = variant_effects(model, variants, GENES, genome)
    assert len(effects) > 800
    assert set(effects["gene"]) == set(GENES.index)
    for row in effects.itertuples():
        tss, strand = GENES.loc[row.gene, ["tss", "strand"]]
        wanted = brute_force(model, text, row.start, row.ref, row.alt, tss, strand)
        assert row.delta == pytest.approx(wanted, abs=1e-5), row
    # nothing with an effect is left out
    scored = set(zip(effects["id"], effects["gene"], strict=True))
    for row in variants.itertuples():
        for gene, (_, tss, strand) in GENES.iterrows():
            if (row.id, gene) not in scored:
                effect = brute_force(model, text, row.start, row.ref, row.alt, tss, strand)
                assert abs(effect) < 1e-9, (row, gene)


@pytest.mark.filterwarnings("ignore:no base is known")
def test_substitutions_in_a_network_against_whole_predictions(network, genome, text):
    """The same numbers as by editing the chromosome, also where a window cuts the variant."""
    rng = np.random.default_rng(1)
    rows = [(start, text[start : start + n]) for n in (1, 2, 7) for start in range(5, 690, 5)]
    rows = [(start, ref, "".join(rng.choice(list("ACGT"), len(ref)))) for start, ref in rows]
    rows = sorted(row for row in rows if row[1] != row[2])
    variants = pd.DataFrame(rows, columns=["start", "ref", "alt"]).assign(chrom="chr1")
    genes = GENES.assign(**{"half-life": [0.5, -1, 0, 2, 1]})
    effects = variant_effects(network, variants, genes, genome)
    assert set(effects["gene"]) == set(GENES.index)
    tss, strands = (GENES.loc[effects["gene"], name].tolist() for name in ("tss", "strand"))
    edited = [
        cut(text[: row.start] + row.alt + text[row.start + len(row.ref) :], place, strand)
        for row, place, strand in zip(effects.itertuples(), tss, strands, strict=True)
    ]
    halflife = genes.loc[effects["gene"], "half-life"].to_numpy()
    wanted = network.predict(pd.DataFrame({"promoter": edited, "half-life": halflife}))
    np.testing.assert_allclose(effects["alt_prediction"], wanted, atol=1e-5)
    assert (effects["delta"].abs() > 1e-3).mean() > 0.3


def test_the_other_anchor(model, genome, text):
    """The far end keeps its place, so that letters shift towards the TSS and past it."""
    row = (20 + 15, text[35:40], text[35])  # 4 nt less, 25 nt upstream of a's TSS
    variants = pd.DataFrame([row], columns=["start", "ref", "alt"]).assign(chrom="chr1")
    effects = variant_effects(model, variants, GENES.loc[["a"]], genome, anchor="end")
    edited = text[:36] + text[40:]
    wanted = model.predict([text[15:95], edited[15:95]])
    assert effects["delta"][0] == pytest.approx(wanted[1] - wanted[0], abs=1e-6)
    assert effects["distance"][0] == 36 - 60
    with pytest.raises(ValueError, match="anchor must be"):
        variant_effects(model, variants, GENES, genome, anchor="left")


def test_a_tss_at_another_index_is_refused(model, genome, text):
    variants = pd.DataFrame({"chrom": ["chr1"], "start": [50], "ref": [text[50]], "alt": "N"})
    fits = GENES.loc[["a"]].assign(start=60 - BEFORE, end=60 + AFTER)
    assert len(variant_effects(model, variants, fits, genome)) == 1
    with pytest.raises(
        ValueError, match="1 of 1 promoters in genes, the first 'a', is at index 40"
    ):
        variant_effects(model, variants, fits.assign(start=20, end=100), genome)


def write_vcf(path, rows, contigs=True):
    """Write (chrom, start, ref, alts) with 1-based positions."""
    lines = ["##fileformat=VCFv4.2"]
    lines += ['##INFO=<ID=AF,Number=A,Type=Float,Description="x">']
    lines += ["##contig=<ID=chr1,length=700>", "##contig=<ID=chr2,length=700>"] if contigs else []
    lines += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for i, (chrom, start, ref, alts) in enumerate(rows):
        lines.append(f"{chrom}\t{start + 1}\tv{i}\t{ref}\t{alts}\t.\tPASS\tAF=0.5")
    path.write_text("\n".join(lines) + "\n")
    return path


def other(letter):
    return "C" if letter == "A" else "A"


def test_multiallelic_symbolic_and_wrong_records(model, genome, text, tmp_path):
    rows = [("chr1", p, text[p], other(text[p])) for p in range(300, 420)]
    rows[3] = ("chr1", 303, other(text[303]), text[303])  # REF and ALT the wrong way round
    alts = ",".join(sorted(set("ACGT") - {text[305]}))
    rows[5] = ("chr1", 305, text[305], alts)
    rows[7] = ("chr1", 307, text[307], "<DEL>,*")
    rows.append(("chrUn", 5, "A", "C"))
    path = write_vcf(tmp_path / "a.vcf", rows)
    effects = variant_effects(model, path, GENES, genome)
    checked = effects.attrs["checked"]
    assert (checked.n_mismatches, checked.n_symbolic, checked.n_elsewhere) == (1, 2, 1)
    said = "1 of 120 records have a REF that is not the genome's .*: "
    said += f"chr1:304 {rows[3][2]} for {text[303]}"
    assert re.match(said, checked.remarks()[1])
    assert (effects["start"] == 305).sum() == 3 * 2  # alleles, genes c and d
    assert not effects["start"].isin([303, 307]).any()


def read_by_bcftools(path, rows):
    """The docs' query and a region, by bcftools itself, which comes with pysam."""
    query = "%CHROM %POS %REF %ALT %INFO/XPRESSO\\n"
    lines = pysam.bcftools.query("-f", query, str(path)).splitlines()
    assert [line.split()[:4] for line in lines] == [
        [chrom, str(start + 1), ref, alt] for chrom, start, ref, alt in rows
    ]
    entries = [entry for line in lines for entry in line.split()[4].split(",") if entry != "."]
    assert all(len(entry.split("|")) == 7 for entry in entries)
    found = pysam.bcftools.view("--no-header", "--regions", "chr1:101-200", str(path))
    n_inside = sum(start < 200 and start + len(ref) > 100 for _, start, ref, _ in rows)
    return len(entries) > 100 and len(found.splitlines()) == n_inside


@pytest.mark.parametrize("ending", ["vcf.gz", "vcf", "tsv", "parquet"])
def test_round_trip(model, genome, text, tmp_path, ending):
    rows = [("chr1", start, ref, alt) for start, ref, alt in random_variants(text, 300, seed=2)]
    path = write_vcf(tmp_path / "a.vcf", rows, contigs=False)
    wanted = variant_effects(model, path, GENES, genome)
    out = tmp_path / f"out.{ending}"
    scored = score_variants(model, path, GENES, genome.path, out, batch_size=40)
    assert scored.n_effects == len(wanted) > 100
    assert not list(tmp_path.glob("*.part*"))
    if ending == "tsv":
        found = pd.read_csv(out, sep="\t")
    elif ending == "parquet":
        found = pd.DataFrame(pl.read_parquet(out).to_dict(as_series=False))
    else:
        found = []
        with pysam.VariantFile(str(out)) as file:
            assert file.header.info["XPRESSO"].type == "String"
            for record, row in zip(file, rows, strict=True):
                assert (record.pos - 1, record.ref, record.alts[0]) == row[1:]
                assert record.info["AF"] == (0.5,)
                found += [
                    (record.id, *entry.split("|")) for entry in record.info.get("XPRESSO", ())
                ]
        names = [
            "id",
            "allele",
            "gene",
            "ref_prediction",
            "alt_prediction",
            "delta",
            "std",
            "distance",
        ]
        found = pd.DataFrame(found, columns=names).astype(
            {"ref_prediction": float, "alt_prediction": float, "delta": float, "distance": int}
        )
        assert set(found["std"]) == {"."}
    assert found["gene"].tolist() == wanted["gene"].tolist()
    assert found["distance"].tolist() == wanted["distance"].tolist()
    for name in ("ref_prediction", "alt_prediction", "delta"):
        np.testing.assert_allclose(found[name], wanted[name], atol=1e-6)
    if ending == "vcf.gz":
        assert read_by_bcftools(out, rows)
        with pysam.VariantFile(str(out)) as file:
            inside = [record.start for record in file.fetch("chr1", 100, 200)]
        assert inside == [row[1] for row in rows if row[1] < 200 and row[1] + len(row[2]) > 100]


def test_a_stopped_run_goes_on(model, genome, text, tmp_path):
    rows = [("chr1", start, ref, alt) for start, ref, alt in random_variants(text, 200, seed=3)]
    path = write_vcf(tmp_path / "a.vcf", rows)
    wanted, out = tmp_path / "wanted.vcf", tmp_path / "out.vcf"
    score_variants(model, path, GENES, genome.path, wanted, batch_size=20)

    class StoppedError(Exception):
        pass

    def stop(done, total):
        assert total == len(rows)
        if done > 50:
            raise StoppedError

    with pytest.raises(StoppedError):
        score_variants(model, path, GENES, genome.path, out, batch_size=20, on_progress=stop)
    assert not out.exists()
    with pytest.raises(ValueError, match="another model, VCF or table of genes"):
        score_variants(model, path, GENES[:3], genome.path, out, batch_size=20, resume=True)
    scored = score_variants(model, path, GENES, genome.path, out, batch_size=20, resume=True)
    assert 0 < scored.n_resumed < scored.n_effects
    number = r"-?\d+\.\d+(?:e-?\d+)?"
    texts = [file.read_text() for file in (out, wanted)]
    assert re.sub(number, "#", texts[0]) == re.sub(number, "#", texts[1])
    found, there = ([float(x) for x in re.findall(number, text)] for text in texts)
    np.testing.assert_allclose(found, there, atol=1e-6)  # sums of other batches


def test_bad_files(model, genome, text, tmp_path):
    rows = [("chr1", p, other(text[p]), text[p]) for p in range(300, 340)]
    path = write_vcf(tmp_path / "a.vcf", rows)
    with pytest.raises(ValueError, match="REF of 40 of 40 records is not what .* another assembly"):
        variant_effects(model, path, GENES, genome)
    rows = [("chr1", p, text[p], "<INS>") for p in (30, 20)]
    with pytest.raises(ValueError, match=r"not sorted: line 7 \(chr1:21\) comes after chr1:31"):
        variant_effects(model, write_vcf(path, rows), GENES, genome)
    rows = [("scaffold", 5, "A", "C")]
    with pytest.raises(ValueError, match="no chromosome of .* is one of"):
        variant_effects(model, write_vcf(path, rows), GENES, genome)
    path.write_text("chr1\t5\n")
    with pytest.raises(ValueError, match="line 1 must have CHROM"):
        variant_effects(model, path, GENES, genome)
    with pytest.raises(ValueError, match="no line that begins with #CHROM"):
        score_variants(model, path, GENES, genome.path, tmp_path / "o.vcf")
    with pytest.raises(ValueError, match="must end in .vcf"):
        score_variants(model, path, GENES, genome.path, tmp_path / "o.bcf")
    with pytest.raises(ValueError, match="is an input, which would be lost"):
        score_variants(model, path, GENES, genome.path, path)


def test_strands_and_empty_files_are_refused(model, genome, tmp_path):
    path = write_vcf(tmp_path / "a.vcf", [])
    with pytest.raises(ValueError, match=r"'strand' of genes must hold \+ and -, got 'minus' in"):
        variant_effects(model, path, GENES.assign(strand="minus"), genome)
    with pytest.raises(ValueError, match="'tss' of genes must hold whole numbers, got .*nan"):
        variant_effects(model, path, GENES.assign(tss=np.nan), genome)
    with pytest.raises(ValueError, match="'chrom' of genes must hold names of chromosomes, got"):
        variant_effects(model, path, GENES.assign(chrom=None), genome)
    for change in ({"start": [np.nan]}, {"alt": [""]}):
        variants = pd.DataFrame({"chrom": ["chr1"], "start": [5], "ref": ["A"], "alt": ["C"]})
        with pytest.raises(ValueError, match="row 0 of variants must have letters for ref and alt"):
            variant_effects(model, variants.assign(**change), GENES, genome)
    assert variant_effects(model, path, GENES, genome).empty
    path.write_text("")
    with pytest.raises(ValueError, match=r"a\.vcf is empty"):
        variant_effects(model, path, GENES, genome)


@pytest.mark.parametrize("ending", ["vcf", "tsv", "parquet"])
def test_bytes_that_are_not_utf8_come_out_as_they_were(model, genome, text, tmp_path, ending):
    rows = [("chr1", p, text[p], other(text[p])) for p in range(300, 310)]
    path = write_vcf(tmp_path / "a.vcf", rows)
    odd = b"AF=0.5;N=\xe9\x0c\xe2\x80\xa8\x85"  # latin-1, and what other readers end a line at
    path.write_bytes(path.read_bytes().replace(b"AF=0.5", odd))
    out = tmp_path / f"out.{ending}"
    assert score_variants(model, path, GENES, genome.path, out).n_effects == 20
    if ending == "vcf":
        assert out.read_bytes().count(odd) == 10


@pytest.mark.filterwarnings("default")
def test_command(genome, text, tmp_path, monkeypatch, capsys, tiny, gtf):
    from skxpresso import make_xpresso_pipeline

    rng = np.random.default_rng(0)
    X = ["".join(rng.choice(list("ACGT"), 80)) for _ in range(40)]
    network = make_xpresso_pipeline(UP, DOWN, **tiny).fit(X, rng.normal(size=40))
    save_pipeline(network, tmp_path / "m.safetensors")
    annotation = gtf(("CDS", 301, 330, "+", "g", "t"))
    size = {"upstream": 40, "downstream": 40}
    genes = genes_from_genome(genome, annotation, **size)
    table = tmp_path / "genes.tsv"
    genes.rename(columns=str.upper).to_csv(table, sep="\t", index_label="GENE")
    rows = [("chr1", p, text[p], other(text[p])) for p in range(270, 310)]
    vcf = write_vcf(tmp_path / "a.vcf", rows)
    out = tmp_path / "out.tsv"
    arguments = [tmp_path / "m.safetensors", vcf, "--genome", genome.path, "--genes", table]
    monkeypatch.setattr(
        sys, "argv", ["skxpresso", "variants", *map(str, arguments), "--out", str(out)]
    )
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 0
    assert "40 effects of 40 records" in capsys.readouterr().out
    effects = pd.read_csv(out, sep="\t")
    wanted = variant_effects(network, vcf, genes, genome)
    np.testing.assert_allclose(effects["delta"], wanted["delta"], atol=1e-6)
    assert effects["delta"].abs().max() > 1e-4


@pytest.mark.filterwarnings("ignore:.*other names")
def test_real_variants_of_the_published_network(shared_data):
    """dbSNP over a published promoter; REF agrees with the slice everywhere."""
    folder = shared_data / "genome"
    genome = Genome(folder / "hg19_chr22_20000000_21000000.fa")
    genes = pd.DataFrame({"chrom": ["chr22"], "tss": [20_060_763 + 7000], "strand": ["+"]}, ["g"])
    model = load_pretrained(shared_data / "xpresso" / "human_trainepoch.11-0.426.h5")
    effects = variant_effects(
        model, folder / "dbsnp_hg19_chr22_20000000_21000000.vcf.gz", genes, genome
    )
    checked = effects.attrs["checked"]
    assert (checked.n_records, checked.n_mismatches) == (3502, 0)
    assert 45 <= len(effects) <= 61
    assert effects["ref_prediction"][0] == pytest.approx(1.0170217, abs=1e-5)
    snv = effects[(effects["ref"].str.len() == 1) & (effects["alt"].str.len() == 1)].iloc[0]
    start = 20_060_763 - 3000
    promoter = genome.fetch("22", start, start + 20_000)
    place = snv["start"] - start
    assert promoter[place] == snv["ref"]
    changed = promoter[:place] + snv["alt"] + promoter[place + 1 :]
    assert model.predict([changed])[0] == pytest.approx(snv["alt_prediction"], abs=1e-5)
