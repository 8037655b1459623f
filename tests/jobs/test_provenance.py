"""How a result came about: version, command, date, digest."""

import hashlib
import sys

from skxpresso import __version__
from skxpresso.jobs._provenance import provenance


def told(*arguments):
    return provenance(*arguments).set_index("what")["value"]


def test_digest_is_that_of_sha256sum(tmp_path):
    (tmp_path / "genes.tsv").write_bytes(b"ID\tPROMOTER\n")
    expected = hashlib.sha256(b"ID\tPROMOTER\n").hexdigest()
    assert told(tmp_path / "genes.tsv")["data"] == f"genes.tsv, sha256 {expected}"


def test_folder_is_digested_file_by_file(tmp_path):
    for name in ("valid", "test", "train"):
        (tmp_path / f"{name}.h5").write_bytes(name.encode())
    expected = hashlib.sha256(b"testtrainvalid").hexdigest()
    assert told(tmp_path)["data"].endswith(f"{expected} of test.h5, train.h5, valid.h5")


def test_standard_input_has_no_digest():
    assert told("-")["data"] == "standard input"
    assert "data" not in told(None)


def test_command_is_what_was_typed(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/skxpresso", "tune", "my genes.tsv"])
    assert told(None)["command"] == "skxpresso tune 'my genes.tsv'"
    monkeypatch.setattr(sys, "argv", ["/usr/lib/notebook.py"])
    assert told(None)["command"] == "called from Python"


def test_version_and_entries():
    values = told(None, {"seed": 0, "folds": 3, "nothing": None})
    assert values["made by"] == f"skxpresso {__version__}"
    assert "numpy" in values["with"]
    assert (values["seed"], values["folds"], "nothing" in values) == ("0", "3", False)
