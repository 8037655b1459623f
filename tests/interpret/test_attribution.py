"""Attribution as a value: looked up by gene, cut, made a table, saved and read."""

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from skxpresso.interpret import Attribution
from tests.toys import random_codes

NAMES = ["a", "b", "c"]


def make(names=NAMES, width=6, **changes):
    rng = np.random.default_rng(0)
    n = len(names)
    strand = np.array(["+", "-", "+"] * n)[:n]
    places = pd.DataFrame(
        {
            "chrom": "chr1",
            "start": 100 * np.arange(n),
            "end": 100 * np.arange(n) + width,
            "strand": strand,
        }
    )
    hypothetical = rng.normal(size=(n, width, 4)).astype(np.float32)
    codes = random_codes(n, width)
    present = np.pad(hypothetical, ((0, 0), (0, 0), (0, 1)))
    fields = {
        "names": names,
        "codes": codes,
        "hypothetical": hypothetical,
        "contributions": np.take_along_axis(present, codes[..., None], 2)[..., 0],
        "predictions": rng.normal(size=n),
        "halflife": pd.DataFrame(rng.normal(size=(n, 2)), columns=["CDSLEN", "CDSGC"]),
        "halflife_per_unit": pd.DataFrame(rng.normal(size=(n, 2)), columns=["CDSLEN", "CDSGC"]),
        "reference_predictions": rng.normal(size=n),
        "completeness_error": rng.normal(size=n),
        "tss": 2,
        "places": places,
    }
    return Attribution(**fields | changes)


def same(left, right):
    assert left.names == right.names
    assert (left.method, left.start, left.tss) == (right.method, right.start, right.tss)
    for name in ("codes", "hypothetical", "contributions", "predictions"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    for name in ("reference_predictions", "completeness_error"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    for name in ("halflife", "halflife_per_unit", "places"):
        if getattr(left, name) is None:
            assert getattr(right, name) is None
        else:
            np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
            assert list(getattr(left, name)) == list(getattr(right, name))


def test_genes_are_looked_up_by_name():
    whole = make()
    one = whole["b"]
    assert one.names == ("b",)
    np.testing.assert_array_equal(one.contributions, whole.contributions[1:2])
    assert one.halflife["CDSLEN"].tolist() == [whole.halflife["CDSLEN"][1]]
    assert whole[["c", "a"]].names == ("c", "a")
    assert whole[np.array([True, False, True])].names == ("a", "c")
    assert whole.take(slice(1, None)).names == ("b", "c")
    same(whole.take([2, 0]), whole[["c", "a"]])
    assert "b" in whole
    assert "d" not in whole
    assert list(whole) == NAMES
    assert len(whole) == 3


def test_numbers_are_names_too():
    whole = make(names=range(3))
    np.testing.assert_array_equal(whole[2].predictions, whole.predictions[2:])


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("d", "'d' is not among the 3 genes, 'a', 'b', 'a'"),
        ("a", r"'a' comes 2 times, in rows 0, 2; take\(rows\)"),
        (np.array([True]), "mask must have 3 values"),
    ],
)
def test_lookups_that_fail(key, words):
    with pytest.raises(ValueError, match=words):
        make(names=["a", "b", "a"])[key]


def test_slices_are_no_names():
    with pytest.raises(TypeError, match="by name"):
        make()[:2]


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"contributions must have shape \(3, 6\).*got \(3, 5\)"):
        make(contributions=np.zeros((3, 5), np.float32))


def test_the_table_has_places_on_either_strand():
    whole = make()
    table = whole.to_frame()
    assert len(table) == 18
    assert table["from_tss"].tolist()[:6] == [-2, -1, 0, 1, 2, 3]
    forward, backward = table[table["gene"] == "a"], table[table["gene"] == "b"]
    assert forward["place"].tolist() == [0, 1, 2, 3, 4, 5]
    assert backward["place"].tolist() == [105, 104, 103, 102, 101, 100]
    assert "".join(backward["base"]) == whole.sequences()[1]
    known = table["base"] != "N"
    chosen = [row[row["base"]] for _, row in table[known].iterrows()]
    np.testing.assert_array_equal(table["contribution"][known], chosen)


def test_the_top_of_the_table():
    table = make().to_frame(top=2)
    whole = make().to_frame()
    for name in NAMES:
        of_gene = whole[whole["gene"] == name].copy()
        of_gene["size"] = of_gene["contribution"].abs()
        expected = of_gene.sort_values("size", ascending=False)["position"].tolist()[:2]
        assert table[table["gene"] == name]["position"].tolist() == expected
    with pytest.raises(ValueError, match="top must be at least 1"):
        make().to_frame(top=0)


def test_a_stretch_keeps_places():
    whole = make(start=10, tss=12)
    part = whole.stretch(11, 14)
    full = whole.to_frame()
    expected = full[full["position"].between(11, 13)].reset_index(drop=True)
    pd.testing.assert_frame_equal(part.to_frame(), expected)
    for start, end in ((9, 12), (12, 17), (12, 12)):
        with pytest.raises(ValueError, match="positions of this attribution"):
            whole.stretch(start, end)


def test_effects_are_differences_to_the_base_that_is_there():
    whole = make()
    there = np.take_along_axis(whole.effects, np.minimum(whole.codes, 3)[..., None], 2)[..., 0]
    np.testing.assert_array_equal(there[whole.codes < 4], 0)


@pytest.mark.parametrize("known", [True, False])
def test_a_file_gives_back_what_was_saved(tmp_path, known):
    nothing = {
        "places": None,
        "tss": None,
        "halflife": None,
        "halflife_per_unit": None,
        "reference_predictions": None,
        "completeness_error": None,
    }
    whole = make(names=["a", "é", "a"], **({} if known else nothing))
    whole.save(tmp_path / "a.safetensors")
    same(Attribution.load(tmp_path / "a.safetensors"), whole)


def test_views_are_saved_as_they_are(tmp_path):
    part = make().stretch(1, 4).take(slice(None, None, 2))
    part.save(tmp_path / "a.safetensors")
    same(Attribution.load(tmp_path / "a.safetensors"), part)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.safetensors"
    save_file({"x": np.zeros(3)}, path)
    with pytest.raises(ValueError, match=r"other\.safetensors: not a file of Attribution\.save"):
        Attribution.load(path)
    path.write_bytes(b"something")
    with pytest.raises(ValueError, match="or damaged"):
        Attribution.load(path)
    with pytest.raises(FileNotFoundError):
        Attribution.load(tmp_path / "none.safetensors")


@pytest.mark.parametrize("name", ["codes", "contributions", "halflife"])
def test_damaged_files_are_refused(tmp_path, name):
    from safetensors import safe_open

    path = tmp_path / "a.safetensors"
    make().save(path)
    with safe_open(path, framework="np") as file:
        texts = file.metadata()
    arrays = load_file(path)
    save_file(arrays | {name: arrays[name][:-1].copy()}, path, texts)
    with pytest.raises(ValueError, match="or damaged"):
        Attribution.load(path)
    save_file({key: array for key, array in arrays.items() if key != "codes"}, path, texts)
    with pytest.raises(ValueError, match="or damaged"):
        Attribution.load(path)


def test_a_flipped_bit_is_noticed(tmp_path):
    path = tmp_path / "a.safetensors"
    make().save(path)
    whole = path.read_bytes()
    for place in range(len(whole) - 8, len(whole) // 2, -17):  # numbers
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ValueError, match="or damaged"):
            Attribution.load(path)
