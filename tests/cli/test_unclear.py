"""Options that are empty, models that are none, interrupts and faults: one line each."""

import os
import signal
import sys

import pytest

from skxpresso.cli import _app, main
from skxpresso.datasets import make_promoters
from tests.toys import write_table


def run(monkeypatch, capsys, *arguments):
    """Run the program in this process; return its status and what it says."""
    monkeypatch.setattr(sys, "argv", ["skxpresso", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "t.tsv", "--out", ""], "--out must not be empty"),
        (["evaluate", "t.tsv", "--out="], "--out must not be empty"),
        (["evaluate", "t.tsv", "--out", "o", "--models", ","], "--models must list names"),
        (["evaluate", "t.tsv", "--out", "o", "--replicates", " , "], "--replicates must list"),
    ],
)
def test_empty_options(arguments, message, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    data = make_promoters(20, length=30, random_state=0)
    write_table("t.tsv", data.data, data.target)
    status, said = run(monkeypatch, capsys, *arguments)
    assert status == 1
    assert said.startswith(f"skxpresso: error: {message}")
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["t.tsv"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError("the network does not fit"), "error: the network does not fit ("),
        (StopIteration("x" * 10**6), "error: StopIteration: xxx"),
        (AssertionError(), "error: AssertionError: ; this should not happen"),
    ],
)
def test_a_fault_is_one_line(error, said, monkeypatch, capsys):
    def fail():
        raise error

    monkeypatch.setattr(_app, "app", fail)
    status, text = run(monkeypatch, capsys)
    assert status == 1
    assert said in text
    assert len(text) < 1000
    monkeypatch.setenv("SKXPRESSO_TRACEBACK", "1")
    with pytest.raises(type(error)):
        main()


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_an_interrupt_is_said(monkeypatch, capsys, tmp_path):
    data = make_promoters(20, length=30, random_state=0)
    write_table(tmp_path / "t.tsv", data.data, data.target)
    # typer takes the signal in its own way, so that a real one has to come from within
    monkeypatch.setattr(
        "skxpresso.jobs.train.train", lambda *a, **k: os.kill(os.getpid(), signal.SIGINT)
    )
    status, said = run(
        monkeypatch, capsys, "train", tmp_path / "t.tsv", "--out", tmp_path / "m.safetensors"
    )
    assert status == 130
    assert said.endswith("skxpresso: error: interrupted\n")
