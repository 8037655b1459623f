"""The track of a genome: each value as the window's own prediction, in its place."""

import sys

import numpy as np
import pandas as pd
import pyBigWig
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from skxpresso import (
    OneHotPromoterEncoder,
    load_pretrained,
    make_xpresso_pipeline,
)
from skxpresso.cli import main
from skxpresso.genome import Genome, scan, tiling
from skxpresso.saving import save_pipeline

COMPLEMENT = str.maketrans("ACGTN", "TGCAN")
UP, DOWN = 40, 25


@pytest.fixture(scope="module")
def model(tiny):
    """A network of 65 nt around the TSS, trained a little."""
    rng = np.random.default_rng(0)
    X = ["".join(rng.choice(list("ACGT"), 80)) for _ in range(60)]
    y = np.array([x.count("G") + x[30:50].count("TA") for x in X], float)
    settings = tiny | {"filters": (6, 5), "kernel_sizes": (5, 4), "dilation_rates": (1, 1)}
    settings |= {"pool_sizes": (5, 3), "epochs": 3}
    return make_xpresso_pipeline(UP, DOWN, tss=45, **settings).fit(X, y)


@pytest.fixture
def long_genome(tmp_path):
    rng = np.random.default_rng(1)
    text = "".join(rng.choice(list("ACGT"), 900))
    text = text[:300] + "N" * 150 + text[450:]
    path = tmp_path / "long.fa"
    path.write_text(f">chr1\n{text}\n>chr2\n{text[500:760].lower()}\n")
    return Genome(path)


def alone(model, text, tss, strand):
    """Cut one window out of the text, with N beyond its ends, and predict it."""
    padded = "N" * 100 + text.upper() + "N" * 100
    tss += 100
    # 45 nt before the TSS and 35 from it on are what the model saw at fit
    if strand == "+":
        promoter = padded[tss - 45 : tss + 35]
    else:
        promoter = padded[tss - 34 : tss + 46].translate(COMPLEMENT)[::-1]
    window = promoter[45 - UP : 45 + DOWN]
    if window.count("N") > 0.5 * (UP + DOWN):
        return np.nan
    return model.predict([promoter])[0]


@pytest.mark.filterwarnings("ignore:no base is known")
@pytest.mark.parametrize("step", [1, 7, 15, 30, 100])
def test_every_value_is_that_of_its_window(model, long_genome, step):
    track = scan(model, long_genome, step=step)
    table = track.to_frame()
    assert set(table["strand"]) == {"+", "-"}
    rng = np.random.default_rng(step)
    rows = rng.choice(len(table), min(len(table), 150), replace=False)
    for row in table.iloc[rows].itertuples():
        text = long_genome.fetch(row.chrom, 0, long_genome.lengths[row.chrom])
        wanted = alone(model, text, row.tss, row.strand)
        np.testing.assert_allclose(row.prediction, wanted, atol=1e-5, err_msg=str(row))
    hidden = table["prediction"].isna()
    assert 0 < hidden.sum() < len(table) / 2
    for chrom, length in long_genome.lengths.items():
        places = table[(table["chrom"] == chrom) & (table["strand"] == "-")]["tss"]
        assert places.tolist() == list(range(0, length, step))


def test_the_minus_strand_is_the_other_strand_read_forward(model, long_genome, tmp_path):
    text = long_genome.fetch("chr1", 0, 900)
    path = tmp_path / "turned.fa"
    path.write_text(f">chr1\n{text.translate(COMPLEMENT)[::-1]}\n")
    turned = scan(model, path, "chr1", step=1, strands="+").values["+"][0]
    here = scan(model, long_genome, "chr1", step=1, strands="-").values["-"][0]
    np.testing.assert_allclose(turned[::-1], here, atol=1e-5)


def test_a_region_is_a_piece_of_the_whole(model, long_genome, monkeypatch):
    whole = scan(model, long_genome, "chr1", step=10).to_frame()
    monkeypatch.setattr(tiling, "PIECE", 7)
    part = scan(model, long_genome, "chr1:500-703", step=10).to_frame()
    wanted = whole[whole["tss"].between(500, 702)].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, wanted, rtol=0, atol=1e-5)
    with pytest.warns(UserWarning, match="1 is chr1"):
        again = scan(model, long_genome, "1:500-703", step=10).to_frame()
    pd.testing.assert_frame_equal(again, part)


def test_bigwig_read_by_another_library(model, long_genome, tmp_path):
    track = scan(model, long_genome, step=30)
    for strand, name in {"+": "forward.bw", "-": "reverse.bw"}.items():
        track.write(tmp_path / name, strand)
        with pyBigWig.open(str(tmp_path / name)) as file:
            assert file.chroms() == {"chr1": 900, "chr2": 260}
            for (chrom, _, length), values in zip(track.regions, track.values[strand], strict=True):
                found = np.array(file.values(chrom, 0, length))
                for k, value in enumerate(values):
                    here = found[max(0, 30 * k - 15) : 30 * k + 15]
                    np.testing.assert_array_equal(here, np.full(len(here), value))


def test_bedgraph(model, long_genome, tmp_path):
    track = scan(model, long_genome, "chr2", step=100, strands="+")
    track.write(tmp_path / "a.bedgraph.gz")
    rows = pd.read_csv(tmp_path / "a.bedgraph.gz", sep="\t", header=None)
    assert rows[[1, 2]].to_numpy().tolist() == [[50, 150], [150, 250]]  # the first is mostly N
    np.testing.assert_allclose(rows[3], track.values["+"][0][1:], rtol=1e-6)
    with pytest.raises(ValueError, match="strand must be one of"):
        track.write(tmp_path / "b.bw", "-")
    with pytest.raises(ValueError, match="must end in .bw"):
        track.write(tmp_path / "b.wig")
    assert sorted(path.name for path in tmp_path.glob("*.b*")) == ["a.bedgraph.gz"]


def test_a_stopped_scan_goes_on(model, long_genome, tmp_path, monkeypatch):
    monkeypatch.setattr(tiling, "PIECE", 5)
    wanted = scan(model, long_genome, step=20)
    keep = tmp_path / "pieces"

    class StoppedError(Exception):
        pass

    def stop(n_done, n_all):
        if n_done == 6:
            raise StoppedError

    with pytest.raises(StoppedError):
        scan(model, long_genome, step=20, keep=keep, on_progress=stop)
    counts = []
    with pytest.raises(ValueError, match="pieces of another scan: settings differ"):
        scan(model, long_genome, step=25, keep=keep)
    found = scan(model, long_genome, step=20, keep=keep, on_progress=lambda n, _: counts.append(n))
    assert counts[0] == 6
    pd.testing.assert_frame_equal(found.to_frame(), wanted.to_frame())
    assert not keep.exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("")
    with pytest.raises(ValueError, match="holds other files"):
        scan(model, long_genome, keep=tmp_path / "full")


def test_processes_give_the_same(model, long_genome, monkeypatch):
    monkeypatch.setattr(tiling, "PIECE", 50)
    one = scan(model, long_genome, step=11).to_frame()
    two = scan(model, long_genome, step=11, n_jobs=2).to_frame()
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": 0}, "step must be an int of at least 1 nt, got 0"),
        ({"strands": "x"}, "strands must be 'both'"),
        ({"region": "chr1:50-50"}, "hold at least one position, got 0 positions"),
        ({"region": "chr1:50-901"}, "must lie in chr1:0-900"),
        ({"region": "chr7"}, r"no chromosome of region \('chr7'\)"),
        ({"max_unknown": 2}, "max_unknown must be a share"),
    ],
)
def test_bad_parameters(model, long_genome, options, message):
    with pytest.raises(ValueError, match=message):
        scan(model, long_genome, **options)


def test_models_that_cannot_be_shared(model, long_genome, tiny):
    with pytest.raises(ValueError, match="with a OneHotPromoterEncoder"):
        scan(model[-1], long_genome)
    ridge = make_pipeline(OneHotPromoterEncoder(), Ridge()).fit(["ACGT", "CCGT"], [0.0, 1.0])
    with pytest.raises(ValueError, match="must end in an XpressoRegressor, got Ridge"):
        scan(ridge, long_genome)
    elu = make_xpresso_pipeline(**tiny | {"epochs": 1}, activation="elu")
    elu.fit(["ACGT" * 10, "CCGT" * 10, "AAAC" * 10, "TTTT" * 10], [0.0, 1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="activation is 'elu'"):
        scan(elu, long_genome)


def test_the_published_network_on_a_piece_of_chr22(shared_data):
    model = load_pretrained(shared_data / "xpresso" / "human_trainepoch.11-0.426.h5")
    folder = shared_data / "genome"
    genome = Genome(folder / "hg38_chr22_32000000_32300000.fa", offsets={"chr22": 32_000_000})
    wanted = pd.read_csv(folder / "published_predictions.tsv", sep="\t")
    for row in wanted[wanted["fasta"].str.startswith("hg38")].itertuples():
        # of the published windows: index 7,000 of the gene's strand
        tss = row.start + 7000 if row.strand == "+" else row.end - 7001
        track = scan(model, genome, f"chr22:{tss}-{tss + 301}", strands=row.strand)
        assert track.values[row.strand][0][0] == pytest.approx(row.published_prediction, abs=1e-5)


def test_command(model, long_genome, tmp_path, monkeypatch, capsys):
    save_pipeline(model, tmp_path / "m.safetensors")
    out = f"{tmp_path / 'f.bw'},{tmp_path / 'r.bw'}"
    arguments = ["scan", tmp_path / "m.safetensors", long_genome.path, "--out", out, "--step", "50"]
    monkeypatch.setattr(sys, "argv", ["skxpresso", *map(str, arguments), "--region", "chr2:0-200"])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 0
    shown = capsys.readouterr().out
    assert "4 TSS from chr2:0 to chr2:150" in shown
    wanted = scan(model, long_genome, "chr2:0-200", step=50)
    for strand, name in {"+": "f.bw", "-": "r.bw"}.items():
        with pyBigWig.open(str(tmp_path / name)) as file:
            found = [value for _, _, value in file.intervals("chr2")]
        values = wanted.values[strand][0]
        np.testing.assert_allclose(found, values[np.isfinite(values)], rtol=1e-6)
    monkeypatch.setattr(sys, "argv", ["skxpresso", *map(str, arguments), "--strands", "+"])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 1
    assert "2 names in --out, but 1 strand" in capsys.readouterr().err
