"""Promoters of FASTA or a table: what a file is shows in it; what does not suit is refused."""

import pytest

from skxpresso.datasets.promoter_files import open_promoters


def read(path, **options):
    with open_promoters(path, 1, **options) as promoters:
        chunks = list(promoters.chunks)
    return promoters.is_fasta, [X["promoter"].to_dict() for X, _ in chunks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">a\nAC\nGT\n>b\nTT\n", (True, [{"a": "ACGT"}, {"b": "TT"}])),
        ("ID\tPROMOTER\na\tACGT\nb\tTT\n", (False, [{"a": "ACGT"}, {"b": "TT"}])),
    ],
)
def test_fasta_and_tables_give_the_same_promoters(tmp_path, text, expected):
    path = tmp_path / "promoters.txt"
    path.write_text(text)
    assert read(path) == expected


def test_names_of_columns_are_for_tables(tmp_path):
    path = tmp_path / "promoters.fa"
    path.write_text(">a\nACGT\n")
    message = r"^id_column='gene' is for a table, but .*promoters.fa is FASTA$"
    with pytest.raises(ValueError, match=message):
        read(path, columns={"promoter_column": None, "id_column": "gene"})
    path.write_text("")
    with pytest.raises(ValueError, match="promoters.fa is empty$"):
        read(path)
