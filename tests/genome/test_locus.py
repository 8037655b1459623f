"""The picture of a locus: what is drawn where."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from skxpresso.genome import Track, plot_locus

GENES = pd.DataFrame(
    {
        "chrom": ["chr1", "chr1", "chr1", "chr2"],
        "start": [100, 150, 900, 100],
        "end": [200, 250, 1000, 200],
        "tss": [170, 180, 970, 150],
        "strand": ["+", "-", "+", "+"],
        "gene_name": ["ABC1", None, "FAR", "OTHER"],
    },
    index=["g1", "g2", "g3", "g4"],
)


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_every_row_has_what_lies_on_the_chromosome():
    values = {"+": [np.array([1.0, 2.0], np.float32)], "-": [np.array([3.0, np.nan], np.float32)]}
    track = Track((("chr1", 50, 250),), 100, values, {"chr1": 2000})
    bases = pd.DataFrame(
        {"chrom": ["chr1", "chr2"], "start": [120, 5], "end": [121, 6], "value": [0.5, 9.0]}
    )
    effects = pd.DataFrame(
        {"chrom": "1", "start": [130, 140], "strand": ["+", "-"], "delta": [0.2, -0.3]}
    )
    figure = plot_locus(
        "chr1:0-400",
        GENES,
        tracks={"scan": track, "bases": bases},
        effects=effects,
        figure=Figure(),
    )
    scan, contributions, variants, genes = figure.axes
    assert [ax.get_ylabel() for ax in figure.axes] == [
        "scan",
        "bases",
        "effect of variants",
        "genes",
    ]
    assert [line.get_xdata().tolist() for line in scan.lines] == [[50, 150], [50, 150]]
    assert contributions.dataLim.y1 == 0.5
    stems = [line for line in variants.lines if line.get_marker() == "o"]
    assert [line.get_ydata().tolist() for line in stems] == [[0.2], [-0.3]]
    assert texts(genes) == ["ABC1", "g2"]
    assert genes.get_xlim() == (0, 400)


def test_promoters_that_overlap_stand_on_levels_of_their_own():
    figure = plot_locus("chr1:0-1200", GENES, figure=Figure())
    heights = {text.get_text(): text.get_position()[1] for text in figure.axes[-1].texts}
    assert heights["ABC1"] != heights["g2"]
    assert heights["FAR"] == heights["ABC1"]


@pytest.mark.parametrize("region", ["chr1", "chr1:5-5", 7, "chr1:9-3"])
def test_bad_regions(region):
    with pytest.raises(ValueError, match="region must be chrom:start-end"):
        plot_locus(region, GENES)


def test_bad_tables():
    with pytest.raises(ValueError, match="tss"):
        plot_locus("chr1:0-9", GENES.drop(columns="tss"))
    with pytest.raises(TypeError, match="tracks must be a Track.* got list for 'prediction'"):
        plot_locus("chr1:0-9", GENES, tracks=[1, 2])
    with pytest.raises(ValueError, match="delta"):
        plot_locus("chr1:0-9", GENES, effects=pd.DataFrame({"chrom": []}), figure=Figure())
