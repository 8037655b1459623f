"""What OneHotPromoterEncoder reads: letters against a loop, and every kind of sequence."""

import warnings

import numpy as np
import pandas as pd
import pytest
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone

from skxpresso.exceptions import PromoterWarning
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.kmers import KmerCountEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from tests.toys import LETTERS, encode, fast


def onehot_loop(sequence):
    """One-hot encode base by base, as the script of Xpresso does."""
    onehot = np.zeros((len(sequence), 4))
    for i, letter in enumerate(sequence):
        if letter in "Aa":
            onehot[i, 0] = 1
        elif letter in "Cc":
            onehot[i, 1] = 1
        elif letter in "Gg":
            onehot[i, 2] = 1
        elif letter in "TtUu":
            onehot[i, 3] = 1
    return onehot


# letters


@fast
@given(st.lists(st.text(LETTERS + "Uu" + LETTERS.lower(), min_size=7, max_size=7), min_size=1))
def test_onehot_equals_a_loop_over_letters(sequences):
    encoder = OneHotPromoterEncoder()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromoterWarning)
        X = encoder.fit_transform(sequences)
    expected = np.stack([onehot_loop(sequence) for sequence in sequences])
    np.testing.assert_array_equal(X.to_onehot(), expected)
    np.testing.assert_array_equal(np.asarray(X), expected.reshape(len(sequences), 28))


def test_upper_lower_and_u():
    assert encode(["ACGTU", "acgtu"]) == ["ACGTT", "ACGTT"]


@pytest.mark.parametrize("letter", "NRYSWKMBDHVnryswkmbdhv")
def test_iupac_letters_are_zeros(letter):
    X = OneHotPromoterEncoder().fit_transform([f"A{letter}"])
    np.testing.assert_array_equal(np.asarray(X), [[1, 0, 0, 0, 0, 0, 0, 0]])


@pytest.mark.parametrize(
    "letter", ["X", "-", ".", " ", "\n", "\0", "1", "e", "é", "ÿ", "€", "\U0001f9ec"]
)
def test_other_characters_are_an_error_that_names_row_and_position(letter):
    X = pd.DataFrame({"promoter": ["ACGT", f"AC{letter}T"]}, index=["geneA", "geneB"])
    with pytest.raises(ValueError, match="row 'geneB': unexpected character .* position 2 ") as e:
        OneHotPromoterEncoder().fit_transform(X)
    assert repr(letter) in str(e.value)
    assert "unknown='zero'" in str(e.value)
    assert encode(X, unknown="zero") == ["ACGT", "ACNT"]


def test_bad_bytes_are_named_too():
    with pytest.raises(ValueError, match="row 1: unexpected character 'ÿ' at position 0"):
        OneHotPromoterEncoder().fit_transform(["AC", b"\xffC"])


def test_position_of_a_bad_letter_is_that_in_the_sequence_given():
    encoder = OneHotPromoterEncoder(upstream=2, downstream=1).fit(["ACGTACGT"])
    with pytest.raises(ValueError, match="'X' at position 3 "):
        encoder.transform(["ACGXACGT"])
    encoder = OneHotPromoterEncoder(upstream=2, downstream=1, strand="-").fit(["ACGTACGT"])
    assert encoder.transform(["XXXACGXX"]).shape == (1, 12)
    with pytest.raises(ValueError, match="'X' at position 4 "):
        encoder.transform(["ACGTXCGT"])


def test_letters_outside_of_the_window_are_not_looked_at():
    assert encode(["??AC??"], upstream=1, downstream=1) == ["AC"]


def test_row_of_a_bad_letter_without_an_index_is_its_place():
    sequences = ["ACGT"] * 6 + ["ACGX"] + ["ACGT"] * 2
    with pytest.raises(ValueError, match="row 6: unexpected character 'X' at position 3 "):
        OneHotPromoterEncoder().fit_transform(sequences)
    assert encode(sequences, unknown="zero")[5:8] == ["ACGT", "ACGN", "ACGT"]


@pytest.mark.parametrize("fit", ["fit_transform", "transform"])
def test_promoter_without_a_known_base_warns(fit):
    encoder = OneHotPromoterEncoder().fit(["ACGT"])
    with pytest.warns(PromoterWarning, match=r"1 promoter\(s\) \(row 1\).* encoded as zeros"):
        X = getattr(encoder, fit)(["ACGT", "NnRy"])
    assert not np.asarray(X)[1].any()


def test_the_warning_points_at_the_caller():
    with pytest.warns(PromoterWarning) as caught:
        OneHotPromoterEncoder().fit_transform(["NNNN"])
    assert caught[0].filename == __file__


def test_many_promoters_without_a_known_base_are_listed_briefly():
    with pytest.warns(PromoterWarning, match=r"9 promoter\(s\) \(row 0, 1, 2, 3, 4 and 4 more\)"):
        OneHotPromoterEncoder().fit_transform(["NN"] * 9)


# kinds of input


@pytest.mark.parametrize(
    "kind",
    [str, np.str_, str.encode, Seq, lambda s: SeqRecord(Seq(s))],
    ids=["str", "numpy str", "bytes", "Seq", "SeqRecord"],
)
def test_every_kind_of_sequence(kind):
    assert encode([kind("ACgu"), kind("nTTA")]) == ["ACGT", "NTTA"]


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "numpy str": np.array,
    "numpy object": lambda x: np.array(x, dtype=object),
    "numpy bytes": lambda x: np.array(x, dtype="S"),
    "numpy column": lambda x: np.array(x)[:, np.newaxis],
    "Series": pd.Series,
    "Series of string": lambda x: pd.Series(x, dtype="string"),
    "Index": pd.Index,
    "DataFrame": lambda x: pd.DataFrame({"promoter": x}),
    "Categorical": lambda x: pd.DataFrame({"promoter": pd.Categorical(x)}),
    "OneHotMatrix": lambda x: OneHotPromoterEncoder().fit_transform(x),
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_every_kind_of_container(container):
    sequences = ["ACGT", "GGNA"]
    assert encode(container(sequences)) == sequences


def test_kinds_may_be_mixed():
    assert encode(["AC", b"GT", Seq("CC"), SeqRecord(Seq("TT"))]) == ["AC", "GT", "CC", "TT"]


@pytest.mark.parametrize("one", ["ACGT", b"ACGT", Seq("ACGT"), SeqRecord(Seq("ACGT"))])
def test_one_bare_sequence_is_an_error(one):
    match = f"got one bare {type(one).__name__}; wrap it in a list"
    with pytest.raises(TypeError, match=match):
        OneHotPromoterEncoder().fit(one)
    with pytest.raises(TypeError, match=match):
        OneHotPromoterEncoder().fit(["ACGT"]).transform(one)


@pytest.mark.parametrize(
    ("X", "error", "match"),
    [
        (sparse.eye(3).tocsr(), TypeError, "X must be a DataFrame.* got csr_matrix"),
        (sparse.csr_array(np.eye(3)), TypeError, "X must be a DataFrame.* got csr_array"),
        (None, TypeError, "X must be a DataFrame.* got NoneType"),
        (3, TypeError, "X must be a DataFrame.* got int"),
        ((s for s in ["AC"]), TypeError, "X must be a DataFrame.* got generator"),
        (np.eye(3), ValueError, r"X must be a DataFrame.* got an array of shape \(3, 3\)"),
        (np.array("ACGT"), ValueError, r"X must be a DataFrame.* got an array of shape \(\)"),
        (np.arange(3), TypeError, r"row 0: a sequence must be str.* got int64 \(np.int64\(0\)\)"),
        ([["A", "C"]], TypeError, "row 0: a sequence must be str.* got list"),
        (["AC", 1.5], TypeError, r"row 1: a sequence must be str.* got float \(1.5\)"),
        (["AC", ""], ValueError, "row 1: the sequence is empty"),
        ([Seq(None, 5)], ValueError, "row 0: the sequence has a length but no letters"),
        ([], ValueError, r"X is empty \(0 sample\(s\)\)"),
        (pd.DataFrame({"promoter": []}), ValueError, r"X is empty \(0 sample\(s\)\)"),
        (OneHotMatrix(np.empty((0, 4), dtype=np.uint8)), ValueError, "X is empty"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("encoder", [OneHotPromoterEncoder(), KmerCountEncoder()], ids=repr)
def test_bad_input(encoder, X, error, match):
    if type(X).__name__ == "generator":
        X = (s for s in ["AC"])
    with pytest.raises(error, match=match):
        clone(encoder).fit_transform(X)


@pytest.mark.parametrize("missing", [None, np.nan, float("nan")], ids=["None", "nan", "float"])
@pytest.mark.parametrize("step", ["fit", "transform"])
def test_missing_sequence_is_an_error_that_names_the_row(missing, step):
    X = pd.DataFrame({"promoter": pd.Series(["ACGT", missing], dtype=object)})
    X.index = ["geneA", "geneB"]
    encoder = OneHotPromoterEncoder().fit(["ACGT"])
    with pytest.raises(ValueError, match="row 'geneB': the sequence is missing"):
        getattr(encoder, step)(X)


@pytest.mark.parametrize("missing", [pd.NA, pd.NaT], ids=str)
def test_missing_sequence_of_pandas_is_called_missing(missing):
    with pytest.raises(ValueError, match="row 1: the sequence is missing"):
        OneHotPromoterEncoder().fit(["ACGT", missing])


@pytest.mark.parametrize("index", [None, ["g1", "g2"], [("chr1", 5), ("chr1", 9)]], ids=str)
def test_errors_use_the_index_of_a_series(index):
    X = pd.Series(["AC", ""], index=index)
    with pytest.raises(ValueError) as e:
        OneHotPromoterEncoder().fit(X)
    assert f"row {X.index.tolist()[1]!r}: the sequence is empty" in str(e.value)
