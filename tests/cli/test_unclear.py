"""Options that are empty, models that are none, interrupts and faults: one line each."""

import os
import signal
import sys
import time

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
        (MemoryError("a network"), "error: there is not enough memory: a network ("),
        (MemoryError(), "error: there is not enough memory ("),
        (RuntimeError(), "error: RuntimeError ("),
        (ValueError("x" * 10**6), "error: xxx"),
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
    assert len(text) <= 501
    assert "SKXPRESSO_TRACEBACK=1 shows where" in text
    monkeypatch.setenv("SKXPRESSO_TRACEBACK", "1")
    with pytest.raises(type(error)):
        main()


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_an_interrupt_is_said(monkeypatch, capsys, tmp_path):
    data = make_promoters(20, length=30, random_state=0)
    write_table(tmp_path / "t.tsv", data.data, data.target)

    def interrupted(*args, **kwargs):
        # typer takes the signal in its own way, so that a real one has to come from within
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(10)  # Python may go on for some instructions

    monkeypatch.setattr("skxpresso.jobs.train.train", interrupted)
    # a shell lets what it starts in the background ignore the signal
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        status, said = run(
            monkeypatch, capsys, "train", tmp_path / "t.tsv", "--out", tmp_path / "m.safetensors"
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert status == 130
    assert said.endswith("skxpresso: error: interrupted\n")


@pytest.mark.skipif(os.name == "nt", reason="the current folder cannot be removed")
def test_a_folder_that_is_gone(monkeypatch, capsys, tmp_path):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    try:
        status, said = run(monkeypatch, capsys, "predict", "m", "t.tsv", "--out", "o.tsv")
    finally:
        os.chdir(tmp_path)
    assert status == 1
    assert "the current folder has been removed" in said


def test_standard_input_that_is_closed(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", None)
    status, said = run(monkeypatch, capsys, "prepare", "-", "--out", "o")
    assert status == 1
    assert said.startswith("skxpresso: error: standard input was named, but is closed")


def test_cell_types_whose_columns_have_no_place(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    data = make_promoters(20, length=30, random_state=0)
    data.data.assign(A=data.target, A_Std=data.target).to_csv("t.tsv", sep="\t", index_label="ID")
    command = ["train", "t.tsv", "--out", "m", "--cell-types", "A,A_Std"]
    status, said = run(monkeypatch, capsys, *command)
    assert status == 1
    assert "no output may be called 'A_Std': tables of predictions have another column" in said


def test_a_table_of_the_demo_is_text(monkeypatch, capsys, tmp_path):
    out = tmp_path / "genes.xlsx"
    status, said = run(monkeypatch, capsys, "demo", "--n-genes", "100", "--write-table", out)
    assert (status, list(tmp_path.iterdir())) == (1, [])
    assert "the table must end in .tsv, .txt or .csv" in said


@pytest.mark.parametrize(("kind", "advice"), [(["--yeast"], True), ([], False)])
def test_fragments_that_overlap_stay_together_in_what_to_type_next(
    kind, advice, monkeypatch, capsys, tmp_path
):
    command = ["demo", *kind, "--n-genes", "100", "--write-table", tmp_path / "t.csv"]
    monkeypatch.setattr(sys, "argv", ["skxpresso", *map(str, command)])
    with pytest.raises(SystemExit, match="0"):
        main()
    assert capsys.readouterr().out.count(" --min-shared 30\n") == 3 * advice
