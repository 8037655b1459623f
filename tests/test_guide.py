"""The user guide: every block of Python runs, page by page, and says what the text says."""

import re
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sklearn import config_context

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
#: A block of Python, and a remark above it that tells why it cannot run here.
BLOCK = re.compile(
    r"(?:^<!-- skip: (?P<reason>.+?) -->\n+)?^```python\n(?P<code>.*?)^```$", re.S | re.M
)
#: Pages that read the published weights, which are not part of the package.
PUBLISHED = {
    "docs/published.md": {
        "humanMedian_trainepoch.11-0.426.h5": "human_trainepoch.11-0.426.h5",
        "K562_trainepoch.11-0.4917.h5": "K562_trainepoch.11-0.4917.h5",
        "GM12878_trainepoch.06-0.5062.h5": "GM12878_trainepoch.06-0.5062.h5",
    }
}


def pages():
    """Paths of README and guide, from the root of the repository."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    names = [path.relative_to(ROOT).as_posix() for path in paths]
    return [name for name in names if not re.search("/(_|auto_)", name)]  # what a build writes


def blocks(page):
    """Return the blocks of a page that run, each moved to its own line."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = [match for match in BLOCK.finditer(text) if not match["reason"]]
    return ["\n" * text[: m.start("code")].count("\n") + m["code"] for m in found]


@cache
def run_page(page):
    """Run the blocks of a page one after the other; return what they leave behind."""
    names = {"__name__": "guide"}
    with config_context():  # what a page sets ends with it
        for block in blocks(page):
            exec(compile(block, ROOT / page, "exec"), names)
    return names


@pytest.fixture
def run(request, tmp_path, monkeypatch):
    """Return a function that runs a page in an empty folder."""

    def run(page):
        monkeypatch.chdir(tmp_path)
        if page in PUBLISHED:
            weights = request.getfixturevalue("shared_data") / "xpresso"
            for name, file in PUBLISHED[page].items():
                shutil.copy(weights / file, tmp_path / name)
            monkeypatch.setenv("SKXPRESSO_DATA", str(tmp_path))
        return run_page(page)

    return run


@pytest.mark.parametrize("page", [page for page in pages() if blocks(page)])
def test_page_runs(page, run):
    assert len(run(page)) > len({"__name__", "__builtins__"})


def test_every_block_is_found():
    """A block that the pattern misses would never run."""
    for page in pages():
        text = (ROOT / page).read_text(encoding="utf-8")
        assert len(BLOCK.findall(text)) == len(
            re.findall("^ *```+ *{?(?:code-block)?}? *python", text, re.M)
        ), page


# what the page on evaluation says


@pytest.fixture
def said(run):
    return run("docs/evaluation.md")


def test_copies_flatter_the_neighbour_and_not_half_life(said):
    table = said["difference"].query("metric == 'r2'").set_index("model")
    assert table.loc["nearest", "low"] > 0.1
    assert table.loc["half-life", "low"] < 0 < table.loc["half-life", "high"]


def test_interval_of_a_thousand_genes(said):
    row = said["row"]
    assert (row["high"] - row["low"]) / 2 == pytest.approx(0.039, abs=0.004)


def test_widths_of_the_table():
    text = (ROOT / "docs/evaluation.md").read_text()
    rows = re.findall(r"^\| (0\.\d+) \| ± (.*?) \| ± (.*?) \| ± (.*?) \|$", text, re.M)
    assert len(rows) == 3
    for row in rows:
        r2, *widths = map(float, row)
        for n, width in zip((1000, 4000, 16_000), widths, strict=True):
            assert width == pytest.approx(1.96 * 2 * np.sqrt(r2) * (1 - r2) / np.sqrt(n), abs=6e-4)


def test_ceiling_of_the_example(said):
    share = said["data"].signal.var() / (said["data"].signal.var() + 0.6**2 / 2)
    assert said["card"].ceiling == pytest.approx(share, abs=0.03)
