"""The guide on evaluation: its code runs, and says what the text says."""

import re
from pathlib import Path

import numpy as np
import pytest

GUIDE = Path(__file__).parents[1] / "docs" / "evaluation.md"


@pytest.fixture(scope="module")
def said():
    """What the blocks of the page leave behind, run one after the other."""
    names = {}
    for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S):
        exec(compile(block, str(GUIDE), "exec"), names)
    return names


def test_copies_flatter_the_neighbour_and_not_half_life(said):
    table = said["difference"].query("metric == 'r2'").set_index("model")
    assert table.loc["nearest", "low"] > 0.1
    assert table.loc["half-life", "low"] < 0 < table.loc["half-life", "high"]


def test_interval_of_a_thousand_genes(said):
    row = said["row"]
    assert (row["high"] - row["low"]) / 2 == pytest.approx(0.039, abs=0.004)


def test_widths_of_the_table():
    rows = re.findall(r"^\| (0\.\d+) \| ± (.*?) \| ± (.*?) \| ± (.*?) \|$", GUIDE.read_text(), re.M)
    assert len(rows) == 3
    for row in rows:
        r2, *widths = map(float, row)
        for n, width in zip((1000, 4000, 16_000), widths, strict=True):
            assert width == pytest.approx(1.96 * 2 * np.sqrt(r2) * (1 - r2) / np.sqrt(n), abs=6e-4)


def test_ceiling_of_the_example(said):
    share = said["data"].signal.var() / (said["data"].signal.var() + 0.6**2 / 2)
    assert said["card"].ceiling == pytest.approx(share, abs=0.03)
