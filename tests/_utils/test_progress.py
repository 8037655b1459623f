"""The bar: on standard error, and only where a terminal watches."""

import re
import subprocess
import sys

import pytest

from skxpresso._utils.progress import progress


def shown(capsys):
    out, err = capsys.readouterr()
    assert out == ""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", err)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes any stream for a terminal then
    monkeypatch.setenv("COLUMNS", "100")


def test_silent_without_a_terminal(capsys):
    with progress(3, "genes") as advance:
        advance()
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("terminal")
def test_silent_where_nothing_is_to_be_shown(capsys):
    with progress(3, "genes", show=False) as advance:
        advance(2, description="more")
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("terminal")
def test_counts_and_changes(capsys):
    with progress(9, "genes") as advance:
        advance()
        advance(2, description="[genes]", total=8)
    assert "[genes]" in (text := shown(capsys))
    assert "3/8" in text
    with progress(None, "records") as advance:
        advance(1000)
        advance(completed=7)
    assert "7/?" in shown(capsys)


@pytest.mark.usefixtures("terminal")
def test_bytes(capsys):
    with progress(None, "a.bin", in_bytes=True) as advance:
        advance(0, total=2_000_000)
        advance(1_000_000)
    assert "1.0/2.0 MB" in shown(capsys)


@pytest.mark.usefixtures("terminal")
def test_an_error_passes_and_ends_the_bar(capsys):
    with pytest.raises(KeyError), progress(9, "genes"):
        raise KeyError
    assert "genes" in shown(capsys)


def test_rich_is_imported_only_to_show_something():
    script = (
        "import sys\n"
        "from skxpresso._utils.progress import progress\n"
        "with progress(3, 'genes', show=False) as advance: advance()\n"
        "sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
