"""Motifs and their sites against Biopython's, and against all words."""

import gzip
from itertools import product

import numpy as np
import pandas as pd
import pytest
from Bio import motifs as bio

from skxpresso import OneHotPromoterEncoder
from skxpresso.interpret import Motif, find_motifs, read_motifs

COUNTS = np.array([[8, 0, 2, 0], [0, 5, 0, 5], [1, 1, 1, 7], [0, 0, 10, 0], [3, 3, 2, 2]])
BACKGROUND = [0.3, 0.2, 0.2, 0.3]
JASPAR = """>MA0001.1 Abc1
A [ 8 0 1 ]
C [ 0 5 1 ]
G [ 2 0 1 ]
T [ 0 5 7 ]
>MA0002.2 Abc2
A [ 1 1 ]
C [ 0 0 ]
G [ 0 0 ]
T [ 9 9 ]
"""
MEME = """MEME version 4

ALPHABET= ACGT

Background letter frequencies
A 0.25 C 0.25 G 0.25 T 0.25

MOTIF Abc1
letter-probability matrix: alength= 4 w= 2 nsites= 10 E= 0
 0.8 0.0 0.2 0.0
 0.0 0.5 0.0 0.5
"""
TRANSFAC = """VV  made up
XX
//
ID  motif1
NA  Abc1
P0      A      C      G      T
01      8      0      2      0      A
02      0      5      0      5      Y
XX
//
"""


@pytest.fixture
def motif():
    return Motif.from_counts(COUNTS, "made up")


def of_biopython(motif, background=None):
    """The same as position weight matrix of Biopython, with the same pseudocount."""
    base = background or [0.25] * 4
    counts = {b: (motif.frequencies[:, j] + 0.01 * base[j]) for j, b in enumerate("ACGT")}
    matrix = bio.Motif(alphabet="ACGT", counts=counts).counts.normalize()
    return matrix.log_odds(dict(zip("ACGT", base, strict=True)))


def random_sequences(n, length, seed=0, letters="ACGT"):
    rng = np.random.default_rng(seed)
    return ["".join(row) for row in rng.choice(list(letters), (n, length))]


def test_log_odds_are_those_of_biopython(motif):
    for background in (None, BACKGROUND):
        theirs = of_biopython(motif, background)
        expected = np.array([theirs[base] for base in "ACGT"]).T
        np.testing.assert_allclose(motif.log_odds(background), expected, atol=1e-12)


def test_consensus_there_and_back():
    letters = "ACGTRYSWKMBDHVN"
    assert Motif.from_consensus(letters).consensus == letters
    assert Motif.from_consensus("acgu", "x").consensus == "ACGT"
    assert Motif.from_consensus("AACW").reverse_complement().consensus == "WGTT"
    assert len(Motif.from_consensus("AACW")) == 4


def test_information_of_letters():
    for letters, bits in [("ACGT", 8), ("W", 1), ("N", 0), ("AW", 3)]:
        assert Motif.from_consensus(letters).information == pytest.approx(bits)


def test_a_motif_does_not_change(motif):
    with pytest.raises(ValueError, match="read-only"):
        motif.frequencies[0, 0] = 1
    with pytest.raises(AttributeError):
        motif.name = "other"


@pytest.mark.parametrize("background", [None, BACKGROUND])
@pytest.mark.parametrize("strands", ["+", "-", "both"])
def test_sites_are_those_of_biopython(motif, strands, background):
    sequences = random_sequences(12, 80, letters="ACGTACGTACGTN")
    found = find_motifs(sequences, motif, p_value=0.02, strands=strands, background=background)
    assert len(found) > 5
    forward = of_biopython(motif, background)
    scores = {"+": forward, "-": forward.reverse_complement()}
    best = {}
    for gene, sequence in enumerate(sequences):
        for strand in "+-" if strands == "both" else strands:
            for start, score in enumerate(scores[strand].calculate(sequence)):
                if score > best.get((gene, start), (-np.inf, ""))[0]:  # not of NaN
                    best[gene, start] = score, strand
    # the threshold by the probability of all words
    base = np.array(background or [0.25] * 4)
    words = list(product(range(4), repeat=len(motif)))
    odds = motif.log_odds(background)
    word_scores = np.array([sum(odds[i, b] for i, b in enumerate(word)) for word in words])
    chances = np.array([base[list(word)].prod() for word in words])

    def p_value(score):
        return chances[word_scores >= score - 0.03].sum()  # three roundings of 0.01

    expected = {place: value for place, value in best.items() if p_value(value[0]) <= 0.02}
    got = {(row.gene, row.start): (row.score, row.strand) for row in found.itertuples()}
    assert got.keys() == expected.keys()
    for place, (score, strand) in got.items():
        assert strand == expected[place][1]
        assert score == pytest.approx(expected[place][0], abs=1e-4)
    for row in found.itertuples():
        exact = chances[word_scores >= row.score - 1e-9].sum()
        assert exact - 1e-9 <= row.p_value <= p_value(row.score) + 1e-9
    assert (found["end"] - found["start"] == 5).all()
    assert found[["gene", "start"]].equals(found[["gene", "start"]].sort_values(["gene", "start"]))


def test_a_short_consensus_is_found_exactly():
    sequences = ["AACGGGTAACC", "GGTTACCCGAA", "AACGGGTATCC"]
    found = find_motifs(sequences, "GGGTAA")  # 4 ** -6 is more than 1e-4
    assert found[["gene", "start", "strand"]].values.tolist() == [[0, 3, "+"], [1, 2, "-"]]


def test_a_palindrome_is_one_site():
    assert find_motifs(["TTCACGTGTT"], "CACGTG")["strand"].tolist() == ["+"]


def test_names_and_several_motifs_along_the_promoter(motif):
    table = pd.DataFrame({"promoter": ["CACGTGTTGGGTAA", "TTTT"]}, index=["same", "same"])
    found = find_motifs(table, ["GGGTAA", Motif.from_consensus("CACGTG", "Cbf1")])
    assert found["gene"].tolist() == ["same", "same"]
    assert found["motif"].tolist() == ["Cbf1", "GGGTAA"]
    assert found.columns.tolist() == [
        "gene", "motif", "start", "end", "strand", "score", "p_value"
    ]  # fmt: skip


def test_any_form_of_promoters(motif):
    sequences = random_sequences(4, 50)
    expected = find_motifs(sequences, motif, p_value=0.01)
    assert len(expected)
    frame = pd.DataFrame({"DNA": sequences})
    assert find_motifs(frame, motif, p_value=0.01, sequence_column="DNA").equals(expected)
    matrix = OneHotPromoterEncoder().fit_transform(sequences)
    assert find_motifs(matrix, motif, p_value=0.01).equals(expected)
    ragged = [*sequences[:3], sequences[3][:30]]
    found = find_motifs(ragged, motif, p_value=0.01)
    assert found.equals(expected[(expected["gene"] < 3) | (expected["end"] <= 30)])


def test_a_motif_longer_than_the_promoters_has_no_site(motif):
    assert find_motifs(["ACG", "TTT"], motif, p_value=0.5).empty


@pytest.mark.parametrize(
    ("text", "n"), [(JASPAR, 2), (MEME, 1), (TRANSFAC, 1)], ids=["jaspar", "meme", "transfac"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_files(tmp_path, text, n, packed):
    path = tmp_path / "motifs.txt"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    motifs = read_motifs(path)
    assert len(motifs) == n
    assert motifs[0].name == "Abc1"
    np.testing.assert_allclose(motifs[0].frequencies[:2], [[0.8, 0, 0.2, 0], [0, 0.5, 0, 0.5]])


def test_a_file_of_another_format(tmp_path):
    path = tmp_path / "motif.pfm"
    path.write_text("8 0\n0 5\n2 0\n0 5\n")
    with pytest.raises(ValueError, match="must begin like a file of JASPAR, MEME or TRANSFAC"):
        read_motifs(path)
    [motif] = read_motifs(path, "pfm")
    assert motif.consensus == "AY"


def test_names_that_come_twice_get_their_identifiers(tmp_path):
    path = tmp_path / "motifs.jaspar"
    path.write_text(JASPAR.replace("Abc2", "Abc1"))
    assert [m.name for m in read_motifs(path)] == ["Abc1 (MA0001.1)", "Abc1 (MA0002.2)"]
    path.write_text(JASPAR.replace("MA0002.2 Abc2", "MA0001.1 Abc1"))
    with pytest.raises(ValueError, match=r"must be unique, got 'Abc1 \(MA0001.1\)'"):
        read_motifs(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must begin like"),
        (">MA1 x\nA [ 1 2\nC [ 1 ]\n", "cannot be read as 'jaspar'"),
        ("MEME version 4\n\nALPHABET= ACGT\n", "cannot be read as 'minimal'"),
        (">MA1 x\nA [ 1 2 ]\nC [ 1 ]\nG [ 1 2 ]\nT [ 1 2 ]\n", "cannot be read as 'jaspar'"),
        (MEME.split("MOTIF")[0], "holds no motif of the format 'minimal'"),
    ],
)
def test_damaged_files(tmp_path, text, message):
    path = tmp_path / "motifs.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_motifs(path)


# a clumsy user


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Motif("x", [[0.5, 0.5, 0.5, 0]]), "sum to 1 .*at position 0; Motif.from_counts"),
        (lambda: Motif("x", [[1.5, -0.5, 0, 0]]), "must be 0 or more"),
        (lambda: Motif("x", [[0.5, 0.5]]), r"must have shape \(width, 4\), got \(1, 2\)"),
        (lambda: Motif("x", [["a"] * 4]), "frequencies of motif 'x' must be numbers"),
        (lambda: Motif("x", [[np.nan] * 4]), "must be 0 or more"),
        (lambda: Motif.from_consensus(""), "must have at least one letter, got ''"),
        (lambda: Motif.from_consensus("ACXT"), "got 'X' at position 2"),
        (lambda: Motif.from_counts([[0, 0, 0, 0]], "x"), "a base at each position"),
        (lambda: find_motifs(["ACGT"], "A", p_value=0), "p_value must be between 0 and 1, got 0"),
        (lambda: find_motifs(["ACGT"], "A", strands="*"), r"strands must be .*, got '\*'"),
        (lambda: find_motifs(["ACGT"], "A", background=[1, 0, 0, 0]), "background must be four"),
        (lambda: find_motifs(["ACGT"], []), "motifs must hold at least one motif"),
        (lambda: find_motifs(pd.DataFrame({"a": ["A"]}), "A"), "find_motifs needs .*'promoter'"),
        (lambda: find_motifs(["ACGT", ""], "A"), "row 1: the sequence is empty"),
    ],
)
def test_what_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_what_is_no_motif():
    with pytest.raises(TypeError, match="motif must be a Motif, letters, .* got ndarray"):
        find_motifs(["ACGT"], [np.eye(4)])
    with pytest.raises(TypeError, match="wrap it in a list"):
        find_motifs("ACGT", "A")
