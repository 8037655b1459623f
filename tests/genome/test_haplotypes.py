"""Haplotypes: as if somebody edited every copy of the chromosome by hand, and cut."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from skxpresso import OneHotPromoterEncoder
from skxpresso.cli import main
from skxpresso.genome import Genome, haplotype_effects
from skxpresso.jobs.haplotypes import score_haplotypes

COMPLEMENT = str.maketrans("ACGTN", "TGCAN")
BEFORE, AFTER = 45, 35
GENES = pd.DataFrame(
    {"chrom": "chr1", "tss": [60, 90, 300, 330, 690], "strand": ["+", "-", "-", "+", "+"]},
    index=list("abcde"),
)
SAMPLES = ["jo", "mia", "ole"]


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    X = ["".join(rng.choice(list("ACGT"), BEFORE + AFTER)) for _ in range(300)]
    return make_pipeline(OneHotPromoterEncoder(tss=BEFORE), Ridge()).fit(X, rng.normal(size=300))


@pytest.fixture(scope="module")
def text():
    return "".join(np.random.default_rng(5).choice(list("ACGT"), 750))


@pytest.fixture(scope="module")
def genome(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text(f">chr1\n{text}\n>chr2\n{text[::-1]}\n")
    return Genome(path)


def random_rows(text, n=60, seed=0):
    """Variants that overlap no other, and never the first transcribed base of a gene."""
    rng = np.random.default_rng(seed)
    places = np.sort(rng.choice(np.arange(1, 74), n, replace=False)) * 10
    rows = []
    for start in places.tolist():
        if any(start - 2 <= tss <= start + 6 for tss in GENES["tss"]):
            continue
        ref = text[start : start + int(rng.integers(1, 6))]
        alts = ["".join(rng.choice(list("ACGT"), rng.integers(1, 6))) for _ in range(2)]
        alts = [alt for alt in dict.fromkeys(alts) if alt != ref]
        gts = [f"{a}|{b}" for a, b in rng.integers(0, len(alts) + 1, (len(SAMPLES), 2))]
        rows.append((start, ref, alts, gts))
    return rows


def write_vcf(path, rows, samples=SAMPLES):
    lines = ["##fileformat=VCFv4.2"]
    lines.append(
        "\t".join(
            [*["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"], *samples]
        )
    )
    for start, ref, alts, gts in rows:
        fixed = ["chr1", str(start + 1), ".", ref, ",".join(alts), ".", ".", ".", "GT:DP"]
        lines.append("\t".join(fixed + [f"{gt}:9" for gt in gts]))
    path.write_text("\n".join(lines) + "\n")
    return path


def copy_of(text, rows, sample, copy):
    """Return a list of the letters of one copy, each with its place in the reference or None."""
    letters = [(letter, i) for i, letter in enumerate(text)]
    for start, ref, alts, gts in reversed(rows):
        allele = int(gts[sample].split("|")[copy])
        if allele:
            alt = alts[allele - 1]
            letters[start : start + len(ref)] = [(letter, None) for letter in alt]
    return letters


def cut(letters, tss, strand):
    place = next(i for i, (_, old) in enumerate(letters) if old == tss) + 200
    padded = "N" * 200 + "".join(letter for letter, _ in letters) + "N" * 200
    if strand == "+":
        return padded[place - BEFORE : place + AFTER]
    return padded[place - AFTER + 1 : place + BEFORE + 1].translate(COMPLEMENT)[::-1]


@pytest.mark.filterwarnings("ignore:no base is known")
def test_every_copy_of_every_sample(model, genome, text, tmp_path):
    rows = random_rows(text)
    found = haplotype_effects(model, write_vcf(tmp_path / "a.vcf", rows), GENES, genome)
    found = found.set_index(["gene", "sample", "haplotype"])
    reference = [(letter, i) for i, letter in enumerate(text)]
    n_same = 0
    for gene, (_, tss, strand) in GENES.iterrows():
        before = cut(reference, tss, strand)
        for s, sample in enumerate(SAMPLES):
            for copy in (0, 1):
                after = cut(copy_of(text, rows, s, copy), tss, strand)
                if (gene, sample, copy + 1) not in found.index:
                    assert after == before
                    n_same += 1
                    continue
                row = found.loc[(gene, sample, copy + 1)]
                wanted = model.predict([before, after])
                np.testing.assert_allclose(
                    row[["ref_prediction", "alt_prediction"]].astype(float), wanted, atol=1e-5
                )
                assert row["delta"] == pytest.approx(wanted[1] - wanted[0], abs=1e-5)
    assert n_same < len(found)
    assert found["n_variants"].max() > 3


def test_genotypes_without_phase_or_allele(model, genome, text, tmp_path):
    """1/1 and a single allele have a phase, 0/1 and ./. are the reference."""
    alt = [{"A": "C", "C": "G", "G": "T", "T": "A"}[letter] for letter in text]
    gts = [["1/1", "0/1", "./."], ["1", "0|0", "1|."]]
    rows = [(50 + i, text[50 + i], [alt[50 + i]], gt) for i, gt in enumerate(gts)]
    path = write_vcf(tmp_path / "a.vcf", rows)
    with (
        pytest.warns(UserWarning, match="1 genotypes have no phase"),
        pytest.warns(UserWarning, match="2 genotypes have no allele"),
    ):
        found = haplotype_effects(model, path, GENES.loc[["a"]], genome)
    got = found[["sample", "haplotype", "n_variants"]].to_numpy().tolist()
    assert sorted(got) == [["jo", 1, 2], ["jo", 2, 1], ["ole", 1, 1]]


def test_variants_that_overlap(model, genome, text, tmp_path):
    rows = [(50, text[50:54], [text[50]], ["1|0"] * 3), (52, text[52], ["N"], ["1|1"] * 3)]
    path = write_vcf(tmp_path / "a.vcf", rows)
    with pytest.warns(UserWarning, match="1 variants overlap another one of their haplotype"):
        found = haplotype_effects(model, path, GENES.loc[["a"]], genome, samples=["mia"])
    assert found[["haplotype", "variants"]].to_numpy().tolist() == [[1, "50-53:"], [2, "52-53:N"]]


def test_bad_files(model, genome, text, tmp_path):
    path = write_vcf(tmp_path / "a.vcf", [(50, text[50], ["N"], ["0|2", "0|0", "0|0"])])
    with pytest.raises(ValueError, match="chr1:51 has 1 alleles besides REF, but a GT of 2"):
        haplotype_effects(model, path, GENES, genome)
    with pytest.raises(ValueError, match="samples names 'max'.* has 'jo', 'mia', 'ole'"):
        haplotype_effects(model, path, GENES, genome, samples=["max"])
    write_vcf(path, [(50, text[50], ["N"], ["0|1|1", "0|0", "0|0"])])
    with pytest.raises(ValueError, match=r"one or two alleles, such as 0\|1, got '0\|1\|1'"):
        haplotype_effects(model, path, GENES, genome)
    path.write_text("#CHROM\tPOS\tID\tREF\tALT\nchr1\t51\t.\tA\tC\n")
    with pytest.raises(ValueError, match="has no samples"):
        haplotype_effects(model, path, GENES, genome)
    with pytest.raises(ValueError, match="must end in .tsv"):
        score_haplotypes(model, path, GENES, genome.path, tmp_path / "o.vcf")


@pytest.mark.filterwarnings("ignore:no base is known")
def test_a_stopped_run_goes_on(model, genome, text, tmp_path, monkeypatch):
    monkeypatch.setattr("skxpresso.genome.haplotypes._EDITS", 5)
    monkeypatch.setattr("skxpresso.genome.haplotypes._MARGIN", 50)
    path = write_vcf(tmp_path / "a.vcf", random_rows(text))
    wanted, out = tmp_path / "wanted.tsv", tmp_path / "o.tsv"
    score_haplotypes(model, path, GENES, genome.path, wanted)

    def stop(done, total):
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_haplotypes(model, path, GENES, genome.path, out, on_progress=stop)
    with pytest.raises(ValueError, match="another model, VCF or table"):
        score_haplotypes(model, path, GENES[:3], genome.path, out, resume=True)
    scored = score_haplotypes(model, path, GENES, genome.path, out, resume=True)
    assert 0 < scored.n_resumed < scored.n_haplotypes
    pd.testing.assert_frame_equal(*(pd.read_csv(file, sep="\t") for file in (out, wanted)))


@pytest.mark.filterwarnings("default")
def test_command(model, genome, text, tmp_path, monkeypatch, capsys):

    monkeypatch.setattr("skxpresso.load_pretrained", lambda *arguments, **options: model)
    vcf = write_vcf(tmp_path / "a.vcf", random_rows(text))
    table = tmp_path / "genes.tsv"
    rows = GENES.assign(promoter="A" * 80).rename_axis("gene").reset_index()
    rows.rename(columns=str.upper).to_csv(table, sep="\t", index=False)
    arguments = ["skxpresso", "variants", "model.st", str(vcf), "--genes", str(table)]
    arguments += ["--genome", str(genome.path), "--out", str(tmp_path / "o.tsv")]
    monkeypatch.setattr("sys.argv", [*arguments, "--phased", "--sample", "mia"])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 0
    assert "haplotypes that differ from the reference" in capsys.readouterr().out
    assert set(pd.read_csv(tmp_path / "o.tsv", sep="\t")["sample"]) == {"mia"}
    monkeypatch.setattr("sys.argv", [*arguments, "--sample", "mia"])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code != 0
    assert "--sample is for --phased" in capsys.readouterr().err
