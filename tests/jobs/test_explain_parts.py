"""What `explain` keeps, gathers and shows, without a model."""

import base64
import json
import re

import numpy as np
import pandas as pd
import pytest

from skxpresso.interpret import Attribution
from skxpresso.jobs._explain_page import explanation_page
from skxpresso.jobs._explain_parts import Parts
from skxpresso.jobs._explain_stretches import strongest_stretches
from skxpresso.jobs._explain_summary import Summary

W = 40


def make(n, seed=0, tss=25, halflife=2, start=0):
    """Return an attribution of random numbers."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 5, (n, W), dtype=np.uint8)
    hypothetical = rng.normal(size=(n, W, 4)).astype(np.float32)
    chosen = np.minimum(codes, 3)[:, :, None].astype(int)
    contributions = np.take_along_axis(hypothetical, chosen, axis=2)[:, :, 0]
    names = [f"gene{seed}-{row}" for row in range(n)]
    table = pd.DataFrame(
        rng.normal(size=(n, halflife)), index=names, columns=["UTR5LEN", "CDSLEN"][:halflife]
    )
    return Attribution(
        tuple(names), codes, hypothetical, contributions, rng.normal(size=n),
        halflife=table, tss=tss, start=start,
    )  # fmt: skip


def rows(attribution):
    return pd.DataFrame({"promoter": attribution.sequences()}, index=list(attribution.names))


def test_stretches_are_the_strongest_windows_that_do_not_overlap():
    attribution = make(3, start=5)
    table = strongest_stretches(attribution, width=6, n_stretches=3)
    assert table["rank"].tolist() == [1, 2, 3] * 3
    for gene, mine in table.groupby("gene"):
        sizes = np.abs(attribution[gene].contributions[0]).astype(float)
        windows = [sizes[i : i + 6].sum() for i in range(W - 5)]
        free = set(range(W - 5))
        for row in mine.itertuples():
            best = max(sorted(free), key=windows.__getitem__)
            assert row.start == best + 5
            assert row.end - row.start == 6
            assert row.from_tss == row.start - 25
            assert row.strength == pytest.approx(windows[best])
            assert row.letters == attribution[gene].sequences()[0][best : best + 6]
            free -= set(range(best - 5, best + 6))


def test_no_stretch_where_nothing_matters():
    still = make(2)
    still.contributions[0] = 0
    table = strongest_stretches(still, n_stretches=1)
    assert table["gene"].tolist() == ["gene0-1"]
    assert len(strongest_stretches(make(1), width=100)) == 1  # as long as the window


def test_sums_over_parts_are_sums_over_all():
    parts = [make(4, seed) for seed in range(3)]
    summary = Summary([], 5)
    tables = [summary.add(part) for part in parts]
    everything = np.abs(np.concatenate([part.contributions for part in parts]))
    profile = summary.profile()
    np.testing.assert_allclose(profile["mean_size"], everything.mean(axis=0), rtol=1e-6)
    assert profile["from_tss"].tolist() == list(range(-25, 15))
    halflife = pd.concat([part.halflife for part in parts]).abs().mean()
    found = summary.halflife().set_index("half-life number")["mean size"]
    pd.testing.assert_series_equal(found.sort_index(), halflife.sort_index(), check_names=False)
    # the five genes with the strongest stretches, strongest first
    best = pd.concat([table["stretches"].query("rank == 1") for table in tables])
    expected = best.sort_values("strength", ascending=False)["gene"][:5].tolist()
    assert [gene.names[0] for gene, _ in summary.shown()] == expected
    genes = pd.concat([table["genes"] for table in tables])
    assert genes["gene"].tolist() == [name for part in parts for name in part.names]
    assert genes["CDSLEN"].tolist() == [x for part in parts for x in part.halflife["CDSLEN"]]


def test_genes_that_are_asked_for():
    summary = Summary(["gene1-2", "gene0-0", "gene1-2"], 1)
    for seed in range(3):
        summary.add(make(4, seed))
    assert [gene.names for gene, _ in summary.shown()] == [("gene1-2",), ("gene0-0",)]
    missing = Summary(["nobody"], 1)
    missing.add(make(4))
    with pytest.raises(ValueError, match="gene 'nobody' is not among the 4 explained"):
        missing.shown()


def test_the_page_holds_the_numbers_and_fetches_nothing():
    summary = Summary([], 3)
    summary.add(make(5))
    shown = summary.shown()
    overview = {"Along": summary.draw_profile(), "Half-life": summary.halflife()}
    page = explanation_page("<Title>", "Remarks & more", overview, shown)
    assert "&lt;Title&gt;" in page
    assert "Remarks &amp; more" in page
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", page)
    assert not re.findall(r"https?://", page)
    data = json.loads(re.search(r'id="genes">(.*?)</script>', page).group(1))
    assert len(data) == page.count("<canvas") == 3
    for one, (gene, stretches) in zip(data, shown, strict=True):
        assert one["letters"] == gene.sequences()[0]
        assert (one["start"], one["tss"]) == (0, 25)
        values = np.frombuffer(base64.b64decode(one["values"]), "<i2") * one["unit"]
        most = np.abs(gene.contributions[0]).max()
        np.testing.assert_allclose(values, gene.contributions[0], atol=most / 60_000)
        assert f">{gene.names[0]}, predicted" in page
        assert all(letters in page for letters in stretches["letters"])


def test_a_name_cannot_end_the_script():
    gene = make(1)
    evil = "</script><b>"
    named = Attribution(
        (evil,), gene.codes, gene.hypothetical, gene.contributions, gene.predictions
    )
    page = explanation_page("t", "r", {}, [(named, strongest_stretches(named))])
    assert evil not in page


def test_a_page_without_tss_and_halflife():
    summary = Summary([], 2)
    summary.add(make(3, tss=None, halflife=0))
    page = explanation_page("t", "r", {"p": summary.draw_profile()}, summary.shown())
    assert "half-life number" not in page
    assert '"tss": null' in page
    assert "from_tss" not in summary.profile()


# parts on disk


def test_parts_go_on(tmp_path):
    settings = {"method": "mutagenesis"}
    first, second = make(3, 1), make(2, 2)
    parts = Parts(tmp_path / "parts", settings, "model", resume=False)
    parts.append(first, rows(first))
    again = Parts(tmp_path / "parts", settings, "model", resume=True)
    assert again.holds(0, rows(first))
    assert not again.holds(1, rows(second))
    again.append(second, rows(second))
    assert [each.names for each in again] == [first.names, second.names]
    again.remove()
    assert not (tmp_path / "parts").exists()


def test_without_resuming_parts_start_over(tmp_path):
    parts = Parts(tmp_path / "parts", {}, "model", resume=False)
    parts.append(make(1), rows(make(1)))
    assert len(Parts(tmp_path / "parts", {}, "model", resume=False)) == 0
    assert not list(tmp_path.rglob("*.safetensors"))


def test_other_files_in_the_folder_stay(tmp_path):
    parts = Parts(tmp_path / "parts", {}, "model", resume=False)
    parts.append(make(1), rows(make(1)))
    (tmp_path / "parts" / "mine.txt").write_text("mine")
    parts.remove()
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["mine.txt"]


def test_parts_of_something_else(tmp_path):
    one, other = make(3, 1), make(3, 2)
    Parts(tmp_path / "parts", {"method": "a"}, "model", resume=False).append(one, rows(one))
    with pytest.raises(ValueError, match="is of a run with .*'a'.*, this one has .*'b'"):
        Parts(tmp_path / "parts", {"method": "b"}, "model", resume=True)
    parts = Parts(tmp_path / "parts", {"method": "a"}, "model", resume=True)
    with pytest.raises(ValueError, match="is of other records than these"):
        parts.holds(0, rows(other))
    with pytest.raises(ValueError, match="is of another model"):
        Parts(tmp_path / "parts", {"method": "a"}, "other", resume=True)
    with pytest.raises(ValueError, match="is of more records than these"):
        parts.check_complete(0)
    (tmp_path / "parts" / "run.json").write_text("{}")
    with pytest.raises(ValueError, match="run.json is damaged"):
        Parts(tmp_path / "parts", {"method": "a"}, "model", resume=True)
