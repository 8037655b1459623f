"""Files appear whole or not at all."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import skxpresso
from skxpresso._utils import files
from skxpresso._utils.files import _sweep, put_in_place, replacing, together


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


KILLED = """
import os, signal, sys
from skxpresso._utils.files import replacing
with replacing(sys.argv[1]) as name:
    name.write_text("half")
    print(name.name, flush=True)
    if sys.argv[2] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.read()
"""


def in_another_process(path, what):
    command = [sys.executable, "-c", KILLED, str(path), what]
    environment = os.environ | {"PYTHONPATH": str(Path(skxpresso.__file__).parents[1])}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, text=True, env=environment, **pipes)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot be asked whether a process lives")
def test_what_a_killed_process_left_is_swept(tmp_path):
    path = tmp_path / "train.h5"
    with in_another_process(path, "kill") as killed:
        left = tmp_path / killed.stdout.readline().strip()
    assert left.read_text() == "half"
    users = [".train-20240101.h5", ".train.skx-notes.h5", f".a.skx-000000-{killed.pid}-abcd1234.h5"]
    for name in users:  # of a user, and of another machine
        (tmp_path / name).write_text("kept")
    with in_another_process(path, "live") as living:
        mine = living.stdout.readline().strip()
        assert not left.exists()  # swept by the process that came after it
        _sweep.cache_clear()
        with replacing(tmp_path / "other.h5") as name:
            name.write_text("new")
        assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
            [*users, mine, "other.h5"]
        )
        living.stdin.close()
    assert path.read_text() == "half"


def test_files_that_belong_together(tmp_path):
    names = ["b.tsv", "a.png", "report.html"]
    for name in names:
        (tmp_path / name).write_text("old")
    for wrong in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(wrong), together():
            for name in names:
                with replacing(tmp_path / name) as temporary:
                    temporary.write_text("new")
            raise wrong
        assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    with together():
        for name in names:
            with together(), replacing(tmp_path / name) as temporary:
                temporary.write_text("new")
            assert (tmp_path / name).read_text() == "old"
    assert {path.read_text() for path in tmp_path.iterdir()} == {"new"}
    with replacing(tmp_path / names[0]) as temporary:  # no longer together with anything
        temporary.write_text("newer")
    assert (tmp_path / names[0]).read_text() == "newer"


def test_a_kill_between_two_moves_leaves_the_main_file_the_older(tmp_path, monkeypatch):
    names = ["table.tsv", "report.html"]
    for name in names:
        (tmp_path / name).write_text("old")
    moved = []

    def move(temporary, place):
        if moved:
            raise KeyboardInterrupt
        moved.append(place.name)
        put_in_place(temporary, place)

    monkeypatch.setattr(files, "put_in_place", move)
    with pytest.raises(KeyboardInterrupt), together():
        for name in names:
            with replacing(tmp_path / name) as temporary:
                temporary.write_text("new")
    assert [(tmp_path / name).read_text() for name in names] == ["new", "old"]
    ages = [(tmp_path / name).stat().st_mtime_ns for name in names]
    assert ages[0] > ages[1]  # which tells that they are not of one run


def test_a_long_name(tmp_path):
    path = tmp_path / ("ä" * 120 + ".tsv")
    with replacing(path) as name:
        name.write_text("new")
    assert path.read_text() == "new"


def test_an_error_of_the_system_names_the_file(tmp_path):
    with (
        pytest.raises(OSError, match=r"No space left on device: .*a\.txt"),
        replacing(tmp_path / "a.txt"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
