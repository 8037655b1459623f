"""Files appear whole or not at all."""

import os
import stat

import pytest

from skxpresso._utils.files import replacing


def test_replaces_and_keeps_the_usual_rights(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as name:
        assert name.parent == path.parent
        assert name.suffix == ".txt"
        name.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_failure_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as name:
        name.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
