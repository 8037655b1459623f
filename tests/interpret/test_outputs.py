"""Peaks, tracks along the genome, files for motif discovery, pictures."""

import h5py
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from skxpresso.interpret import read_modisco
from skxpresso.interpret._peaks import thresholds
from tests.interpret.test_attribution import make


def spiked(n=4, width=200):
    """Noise, with a stretch of eight positions in the second gene that stands out."""
    rng = np.random.default_rng(0)
    contributions = rng.normal(0, 0.1, (n, width)).astype(np.float32)
    contributions[1, 50:58] += 2
    contributions[2, 100:105] -= 2
    names = [f"gene{i}" for i in range(n)]
    return make(names, width, contributions=contributions, start=10, tss=60)


def test_peaks_are_where_contributions_were_put():
    found = spiked().peaks(width=5, fdr=0.05)
    first, second = found.iloc[0], found.iloc[1]
    assert len(found) == 2
    assert (first["gene"], first["sign"]) == ("gene1", "+")
    assert first["start"] <= 60
    assert first["end"] >= 68
    assert first["end"] - first["start"] <= 8 + 2 * 4
    assert first["from_tss"] == first["start"] - 60
    assert (second["gene"], second["sign"]) == ("gene2", "-")
    whole = spiked()
    for _, peak in found.iterrows():
        part = whole[peak["gene"]].stretch(peak["start"], peak["end"])
        assert part.sequences() == [peak["sequence"]]
        assert part.contributions.sum() == pytest.approx(peak["contribution"], rel=1e-5)
        table = part.to_frame()
        assert (table["place"].min(), table["place"].max() + 1) == (
            peak["chrom_start"],
            peak["chrom_end"],
        )


def test_noise_has_no_peaks_against_a_null_of_its_kind():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(2, 20, 300)).astype(np.float32)
    names = list(range(20))
    one, other = (make(names, 300, contributions=each) for each in noise)
    assert len(one.peaks(null=other)) <= 5
    louder = make(names, 300, contributions=noise[0] * 3)
    assert len(louder.peaks(null=other)) > 50


def test_the_threshold_is_the_lowest_that_keeps_the_share():
    found = np.array([[5.0, 4, 3, 2, 1]])
    chance = np.array([[2.5, 0, 0, 0, -1]])
    # above 3: three found, none by chance; above 2: four found, one by chance
    assert thresholds(found, chance, 0.05) == 3
    assert thresholds(found, chance, 0.3) == 1
    assert thresholds(-np.ones((1, 3)), chance, 0.05) == np.inf
    assert thresholds(np.ones((1, 3)), np.full((1, 3), 2.0), 0.05) == np.inf


@pytest.mark.parametrize(
    ("options", "words"),
    [({"width": 0}, "width must be"), ({"fdr": 1.0}, "fdr must lie between 0 and 1")],
)
def test_peaks_that_cannot_be(options, words):
    with pytest.raises(ValueError, match=words):
        spiked().peaks(**options)


def overlapping():
    """Three genes of six positions: a on +, b on - three further on, c alone; c beyond the end."""
    places = pd.DataFrame(
        {
            "chrom": ["chr2", "chr2", "chr1"],
            "start": [10, 13, 96],
            "end": [16, 19, 102],
            "strand": ["+", "-", "+"],
        }
    )
    return make(places=places)


def test_tracks_are_means_over_genes(tmp_path):
    whole = overlapping()
    whole.to_bedgraph(tmp_path / "a.bedgraph", {"chr1": 100, "chr2": 50})
    found = pd.read_csv(tmp_path / "a.bedgraph", sep="\t", names=["chrom", "start", "end", "value"])
    assert found["chrom"].tolist() == ["chr1"] * 4 + ["chr2"] * 9
    assert (found["end"] - found["start"] == 1).all()
    table = whole.to_frame()
    expected = table.groupby(["chrom", "place"])["contribution"].mean()
    expected = expected[expected.index.get_level_values("place") < 100]
    np.testing.assert_allclose(found["value"], expected, rtol=1e-5)
    assert found["start"].tolist() == expected.index.get_level_values("place").tolist()


def test_bigwig_holds_the_same(tmp_path):
    pytest.importorskip("pybigtools")
    pyBigWig = pytest.importorskip("pyBigWig")
    whole = overlapping()
    whole.to_bigwig(tmp_path / "a.bw", {"chr1": 100, "chr2": 50})
    with pyBigWig.open(str(tmp_path / "a.bw")) as file:
        table = whole.to_frame()
        expected = table[table["chrom"] == "chr2"].groupby("place")["contribution"].mean()
        np.testing.assert_allclose(file.values("chr2", 10, 19), expected, rtol=1e-6)
        assert np.isnan(file.values("chr2", 19, 20)[0])


def test_tracks_that_cannot_be(tmp_path):
    with pytest.raises(ValueError, match="places of the genes are not known"):
        make(places=None).to_bedgraph(tmp_path / "a.bedgraph")
    with pytest.raises(ValueError, match=r"must end in \.bw or \.bigwig"):
        make().to_bigwig(tmp_path / "a.bedgraph", {"chr1": 1000})
    with pytest.raises(ValueError, match="but not 'chr2'; it names 'chr1'"):
        overlapping().to_bedgraph(tmp_path / "a.bg", {"chr1": 100})
    with pytest.raises(ValueError, match="lengths must be given"):
        make().to_bigwig(tmp_path / "a.bw", None)


def test_modisco_files_hold_the_windows(tmp_path):
    whole = spiked()
    peaks = whole.peaks(width=5)
    rows = whole.to_modisco(tmp_path / "new", width=40, centres=peaks)
    onehot = np.load(tmp_path / "new" / "sequences.npz")["arr_0"]
    scores = np.load(tmp_path / "new" / "contributions.npz")["arr_0"]
    assert onehot.shape == scores.shape == (2, 4, 40)
    for number, row in rows.iterrows():
        part = whole[row["gene"]].stretch(row["start"], row["end"])
        np.testing.assert_array_equal(scores[number], part.hypothetical[0].T)
        letters = part.sequences()[0]
        expected = [[letter == base for letter in letters] for base in "ACGT"]
        np.testing.assert_array_equal(onehot[number], expected)
        peak = peaks.iloc[number]
        middle = (peak["start"] + peak["end"]) // 2
        assert row["start"] + 20 == middle
        assert part.places["start"].tolist() == [row["chrom_start"]]
    read = pd.read_csv(tmp_path / "new" / "rows.tsv", sep="\t")
    pd.testing.assert_frame_equal(read, rows, check_dtype=False)


def test_modisco_windows_move_inwards_and_default_to_the_middle(tmp_path):
    whole = spiked()
    stretches = pd.DataFrame({"gene": ["gene0", "gene3"], "start": [10, 205], "end": [14, 210]})
    rows = whole.to_modisco(tmp_path, width=40, centres=stretches)
    assert rows[["start", "end"]].to_numpy().tolist() == [[10, 50], [170, 210]]
    rows = whole.to_modisco(tmp_path, width=40)
    assert rows["start"].tolist() == [90] * 4
    assert whole.to_modisco(tmp_path)["end"].tolist() == [210] * 4
    with pytest.raises(ValueError, match="width must be 1 to 200"):
        whole.to_modisco(tmp_path, width=201)
    with pytest.raises(ValueError, match="centres has no row"):
        whole.to_modisco(tmp_path, width=40, centres=stretches[:0])
    with pytest.raises(ValueError, match="'gene9' is not among"):
        whole.to_modisco(tmp_path, width=40, centres=stretches.assign(gene="gene9"))


def test_seqlets_are_found_again_in_their_genes(tmp_path):
    """A report as tfmodisco-lite lays it out: the letters at the places are the seqlets'."""
    whole = spiked()
    rows = whole.to_modisco(tmp_path, width=40)
    seqlets = {"example_idx": [1, 2], "start": [3, 10], "end": [9, 22], "is_revcomp": [0, 1]}
    with h5py.File(tmp_path / "motifs.h5", "w") as file:
        for name, values in seqlets.items():
            file[f"pos_patterns/pattern_0/seqlets/{name}"] = np.array(values)
    found = read_modisco(tmp_path / "motifs.h5", tmp_path)
    assert found["gene"].tolist() == ["gene1", "gene2"]
    assert found["motif"].tolist() == ["pos.pattern_0"] * 2
    onehot = np.load(tmp_path / "sequences.npz")["arr_0"]
    for (_, row), index, start, end in zip(found.iterrows(), [1, 2], [3, 10], [9, 22], strict=True):
        part = whole[row["gene"]].stretch(row["start"], row["end"])
        np.testing.assert_array_equal(np.eye(5, 4)[part.codes[0]].T, onehot[index, :, start:end])
        assert part.places["start"].tolist() == [row["chrom_start"]]
        assert part.places["end"].tolist() == [row["chrom_end"]]
    # gene1 lies on -, gene2 on + and its seqlet reads the other strand
    assert found["strand"].tolist() == ["-", "-"]
    with h5py.File(tmp_path / "motifs.h5", "a") as file:
        file["pos_patterns/pattern_0/seqlets/example_idx"][:] = [1, len(rows)]
    with pytest.raises(ValueError, match="seqlet in row 4.*has 4 rows"):
        read_modisco(tmp_path / "motifs.h5", tmp_path)
    with h5py.File(tmp_path / "nothing.h5", "w"):
        pass
    assert read_modisco(tmp_path / "nothing.h5", tmp_path).empty


def test_letters_are_as_high_as_they_contribute():
    pytest.importorskip("logomaker")
    whole = spiked()
    ax = whole.plot_logo("gene1", 55, 70, ax=Figure().subplots())
    high = ax.get_ylim()[1]
    part = whole["gene1"].stretch(55, 70)
    assert high >= part.contributions.max() * 0.99
    assert ax.get_xlim() == pytest.approx((-5.5, 9.5), abs=0.1)
    assert ax.get_title() == "gene1"
    assert len(ax.patches) == (part.codes < 4).sum()
    with pytest.raises(ValueError, match="gene must be one of the 4 genes"):
        whole.plot_logo()
    with pytest.raises(ValueError, match="positions of this attribution"):
        whole.plot_logo("gene1", 0, 20)
    wide = make(["a"], 600)
    with pytest.raises(ValueError, match="at most 500 positions"):
        wide.plot_logo()


def test_a_track_shows_the_whole_window():
    whole = spiked()
    ax = whole.plot_track("gene1", smooth=8, ax=Figure().subplots())
    assert ax.get_xlim() == (-50.5, 149.5)
    assert "TSS" in ax.get_xlabel()
    highest = max(path.get_extents().y1 for each in ax.collections for path in each.get_paths())
    assert highest == pytest.approx(np.convolve(whole.contributions[1], np.ones(8)).max(), rel=1e-3)
    with pytest.raises(ValueError, match="smooth must be 1 to 200"):
        whole.plot_track("gene1", smooth=201)
