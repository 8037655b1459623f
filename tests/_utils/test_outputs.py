"""Who may write a file: inputs are safe, one writer at a time, regular files alone."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from skxpresso._utils.files import replacing
from skxpresso._utils.outputs import claimed


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("genes")
    return path


def other_names(table):
    """Give other names of the same file: itself, a way round, a symlink, a hard link."""
    symlink, hard = table.with_name("symlink"), table.with_name("hard")
    symlink.symlink_to(table)
    hard.hardlink_to(table)
    return [table, table.parent / "." / ".." / table.parent.name / table.name, symlink, hard]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("turned", [False, True])
def test_an_input_is_no_output_by_any_name(table, number, turned):
    output, source = table.with_name("a"), other_names(table)[number]
    pair = (source, table) if turned else (table, source)
    with (
        pytest.raises(ValueError, match="is an input, which would be lost"),
        claimed([output, pair[0]], [pair[1]]),
    ):
        pass
    assert table.read_text() == "genes"


def test_two_outputs_of_one_name(tmp_path):
    with (
        pytest.raises(ValueError, match="a.html would be written twice"),
        claimed([tmp_path / "a.html", tmp_path / "b", tmp_path / "a.html"]),
    ):
        pass


def test_names_that_are_no_files_are_no_inputs(tmp_path):
    with claimed([tmp_path / "a"], ["human_median", tmp_path, tmp_path / "none"]):
        pass


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (Path.mkdir, "a folder"),
        (os.mkfifo, "a FIFO"),
        (lambda path: path.symlink_to(os.devnull), "a device"),
    ],
)
@pytest.mark.parametrize("writer", [lambda path: claimed([path]), replacing])
def test_what_is_no_regular_file_is_not_replaced(tmp_path, make, kind, writer):
    path = tmp_path / "out"
    make(path)
    before = path.stat()
    with (
        pytest.raises(OSError, match=f"out is {kind}, but the output must be a regular file"),
        writer(path),
    ):
        pass
    assert (path.stat().st_mode, path.stat().st_ino) == (before.st_mode, before.st_ino)
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_symlink_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "a.txt", tmp_path / "link.txt"
    link.symlink_to(target)
    with replacing(link) as name:
        assert name.parent == target.parent
        name.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert [each.name for each in target.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_the_mode_of_what_is_replaced_is_kept(table, mode):
    table.chmod(mode)
    with replacing(table) as name:
        name.write_text("new")
    assert stat.S_IMODE(table.stat().st_mode) == mode


def test_folders_are_made_and_go_again_if_nothing_is_written(tmp_path):
    path = tmp_path / "a" / "b" / "c.txt"
    with claimed([path]):
        assert path.parent.is_dir()
    assert list(tmp_path.iterdir()) == []
    with claimed([path]):
        path.write_text("done")
    assert [each.name for each in path.parent.iterdir()] == ["c.txt"]


def test_another_process_is_refused_and_told_who_writes(tmp_path):
    path = tmp_path / "a.txt"
    script = (
        "import sys, time\n"
        "from skxpresso._utils.outputs import claimed\n"
        "with claimed(sys.argv[1:]):\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "b.txt"), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout.readline() == "writing\n"
            message = f"a.txt is being written by process {other.pid} on {socket.gethostname()}"
            for outputs in ([path], [tmp_path / "other.txt", path]):
                with pytest.raises(BlockingIOError, match=message), claimed(outputs):
                    pass
        finally:
            other.kill()
    with claimed([path, tmp_path / "b.txt"]):  # the locks ended with the process
        assert str(os.getpid()) in (tmp_path / ".a.txt.lock").read_text()
    assert list(tmp_path.iterdir()) == []


def test_what_is_locked_inside_is_compared_too(table):
    with (
        pytest.raises(ValueError, match="t.tsv is an input, which would be lost"),
        claimed([table.with_name("a")], [table], locked_inside=[table]),
    ):
        pass
    inside = table.with_name("b")
    with claimed([table.with_name("a")], [table], locked_inside=[inside]), claimed([inside]):
        pass


@pytest.mark.parametrize("source", [None, 3, [1], "-", "human_median", b"x"])
def test_what_names_no_file_is_no_input(table, source):
    with claimed([table.with_name("a")], [source]):
        pass
