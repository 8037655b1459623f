"""The command: help, version, exit status, errors without a traceback."""

import os
import subprocess
import sys

import pytest

from skxpresso import __version__
from skxpresso.datasets import make_promoters

COMMAND = [sys.executable, "-c", "from skxpresso.cli import main; main()"]


def run(*arguments, **environment):
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1"} | environment,
        check=False,
    )


def test_version_and_help():
    assert run("--version").stdout.strip() == f"skxpresso {__version__}"
    result = run("demo", "--help")
    assert result.returncode == 0
    assert "--out" in result.stdout
    assert "Example: skxpresso demo" in result.stdout


def test_help_does_not_wait_for_keras():
    script = "import sys, skxpresso.cli; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_demo_writes_and_says_where(tmp_path):
    out = tmp_path / "results"
    result = run("demo", "--out", str(out), "--n-genes", "200", "--epochs", "1")
    assert result.returncode == 0, result.stderr
    assert "Xpresso network" in result.stdout
    for name in ("predictions.tsv", "pipeline.joblib", "predictions.png"):
        assert f"{out / name}:" in result.stdout
        assert (out / name).stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["demo", "--epochs", "0"], 2, "--epochs"),
        (["demo", "--epochs", "many"], 2, "valid integer"),
        (["demon"], 2, "No such command 'demon'"),
    ],
)
def test_wrong_arguments(arguments, status, message):
    result = run(*arguments)
    assert result.returncode == status
    assert message in result.stderr


def test_tune_writes_model_pictures_and_page(tmp_path):
    data = make_promoters(120, 40, random_state=0)
    table = tmp_path / "genes.tsv"
    data.data.assign(EXPRESSION=data.target).to_csv(table, sep="\t")
    out, checkpoint = tmp_path / "tuned.joblib", tmp_path / "search.pkl"
    options = ["--n-iter", "2", "--cv", "2", "--epochs", "1", "--checkpoint", str(checkpoint)]
    result = run("tune", str(table), "--out", str(out), *options)
    assert result.returncode == 0, result.stderr
    assert "squared Pearson" in result.stdout
    assert "encoder__upstream = " in result.stdout
    assert checkpoint.exists()
    for name in ("tuned.joblib", "tuned-convergence.png", "tuned-parameters.png", "tuned.html"):
        assert (tmp_path / name).stat().st_size > 0


def test_tune_without_expression(tmp_path):
    table = tmp_path / "genes.tsv"
    table.write_text("PROMOTER\nACGT\n")
    result = run("tune", str(table), "--out", str(tmp_path / "a.joblib"))
    assert result.returncode == 1
    assert f"{table} has no column EXPRESSION" in result.stderr


def test_errors_have_no_traceback(tmp_path):
    (tmp_path / "file").write_text("")
    arguments = ("demo", "--out", str(tmp_path / "file" / "folder"))
    result = run(*arguments)
    assert result.returncode == 1
    assert result.stderr.startswith("skxpresso: error: ")
    assert "Traceback" not in result.stderr
    assert "Traceback" in run(*arguments, SKXPRESSO_TRACEBACK="1").stderr
