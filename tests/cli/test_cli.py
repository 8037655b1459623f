"""The command: help, version, exit status, errors without a traceback."""

import contextlib
import gzip
import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from Bio import SeqIO
from Bio.Seq import reverse_complement

from skxpresso import __version__, load_pipeline
from skxpresso.cli import main
from skxpresso.datasets import make_promoters
from tests.command import main_with, run
from tests.toys import write_table


def test_version_and_help():
    assert run("--version").stdout.strip() == f"skxpresso {__version__}"
    result = run("demo", "--help")
    assert result.returncode == 0
    assert "--out" in result.stdout
    assert "Example: skxpresso demo" in result.stdout


def test_help_does_not_wait_for_keras():
    script = "import sys, skxpresso.cli; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.slow
def test_demo_writes_and_says_where(tmp_path):
    out = tmp_path / "results"
    result = run("demo", "--out", str(out), "--n-genes", "200", "--epochs", "1")
    assert result.returncode == 0, result.stderr
    assert "Xpresso network" in result.stdout
    for name in ("predictions.tsv", "pipeline.safetensors", "predictions.png", "test-genes.tsv"):
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


@pytest.mark.slow
def test_tune_writes_model_pictures_and_page(tmp_path):
    data = make_promoters(120, 40, random_state=0)
    table = write_table(tmp_path / "genes.tsv", data.data, data.target)
    out, checkpoint = tmp_path / "tuned.safetensors", tmp_path / "search.safetensors"
    options = ["--n-iter", "2", "--cv", "2", "--epochs", "1", "--checkpoint", str(checkpoint)]
    result = run("tune", str(table), "--out", str(out), *options)
    assert result.returncode == 0, result.stderr
    assert "squared Pearson" in result.stdout
    assert "encoder__upstream = " in result.stdout
    assert checkpoint.exists()
    for name in ("tuned-convergence.png", "tuned-parameters.png", "tuned.html"):
        assert (tmp_path / name).stat().st_size > 0
    assert np.isfinite(load_pipeline(out).predict(data.data)).all()


def test_tune_without_expression(tmp_path, monkeypatch, capsys):
    table = tmp_path / "genes.tsv"
    table.write_text("PROMOTER\nACGT\n")
    assert main_with(monkeypatch, "tune", table, "--out", tmp_path / "a.joblib") == 1
    assert f"{table} has no column EXPRESSION" in capsys.readouterr().err


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table of genes, the same promoters in FASTA, and a model trained on the table."""
    folder = tmp_path_factory.mktemp("genes")
    data = make_promoters(80, 30, random_state=0)
    write_table(folder / "genes.tsv", data.data[["promoter"]], data.target)
    records = [f">{name}\n{sequence}\n" for name, sequence in data.data["promoter"].items()]
    (folder / "genes.fa").write_text("".join(records))
    layers = "--filters 4 --kernel-sizes 5 --dilation-rates 1 --pool-sizes 6 --dense-units 4"
    training = "--dropout-rates 0 --optimizer adam --epochs 2 --patience 1 --seed 3"
    options = ["--out", str(folder / "a.model"), *layers.split(), *training.split()]
    shown = io.StringIO()
    with pytest.MonkeyPatch.context() as monkeypatch, contextlib.redirect_stdout(shown):
        assert main_with(monkeypatch, "train", folder / "genes.tsv", *options) == 0
    assert "64 genes to train, 8 to validate, 8 to test" in shown.getvalue()
    assert "squared Pearson" in shown.getvalue()
    for name in ("a.model", "a-predictions.tsv", "a-learning-curve.png", "a-network.png"):
        assert f"{folder / name}: " in shown.getvalue()
        assert (folder / name).stat().st_size > 0
    return folder


def test_trained_model_predicts_fasta_and_table_alike(folder, tmp_path, monkeypatch, capsys):
    predicted = {}
    for ending in ("fa", "tsv"):
        source, out = folder / f"genes.{ending}", tmp_path / f"{ending}.tsv"
        assert main_with(monkeypatch, "predict", folder / "a.model", source, "--out", out) == 0
        assert f"{out}: 80 predictions" in capsys.readouterr().out
        predicted[ending] = pd.read_csv(out, sep="\t", index_col=0)
    assert predicted["fa"].index.name == "ID"
    assert predicted["fa"].columns.tolist() == ["SCORE"]
    assert predicted["tsv"].index.name == "Gene"
    assert predicted["tsv"].columns.tolist() == ["Pred", "Actual"]
    assert predicted["fa"]["SCORE"].tolist() == predicted["tsv"]["Pred"].tolist()
    # and as train wrote them
    tested = pd.read_csv(folder / "a-predictions.tsv", sep="\t", index_col="Gene")
    again = predicted["tsv"].loc[tested.index]
    np.testing.assert_allclose(again.to_numpy(), tested.to_numpy(), rtol=1e-8)


def test_ensemble_tells_its_spread(folder, tmp_path, monkeypatch, capsys):
    layers = "--filters 4 --kernel-sizes 5 --dilation-rates 1 --pool-sizes 6 --dense-units 4"
    training = "--dropout-rates 0 --optimizer adam --epochs 2 --ensemble 2 --n-jobs 1"
    options = ["--out", tmp_path / "b.model", *layers.split(), *training.split()]
    assert main_with(monkeypatch, "train", folder / "genes.tsv", *options) == 0
    assert "Mean of 2 networks" in capsys.readouterr().out
    arguments = ["predict", tmp_path / "b.model", folder / "genes.tsv", "--out"]
    assert main_with(monkeypatch, *arguments, tmp_path / "b.tsv") == 0
    table = pd.read_csv(tmp_path / "b.tsv", sep="\t", index_col="Gene")
    assert table.columns.tolist() == ["Pred", "Std", "Actual"]
    assert (table["Std"] > 0).mean() > 0.9
    tested = pd.read_csv(tmp_path / "b-predictions.tsv", sep="\t", index_col="Gene")
    np.testing.assert_allclose(tested.to_numpy(), table.loc[tested.index].to_numpy(), rtol=1e-6)


def test_predict_goes_on_after_it_was_killed(folder, tmp_path, monkeypatch, capsys):
    arguments = ["predict", folder / "a.model", folder / "genes.fa", "--chunk-size", 7, "--out"]
    assert main_with(monkeypatch, *arguments, tmp_path / "whole.tsv") == 0
    out, part = tmp_path / "scores.tsv", tmp_path / "scores.tsv.part"
    script = (
        "import os, signal, sys\n"
        "from skxpresso.jobs.predict import PartialFile\n"
        "append = PartialFile.append\n"
        "def dying(self, piece, note):\n"
        "    if note['rows'] > 30: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    append(self, piece, note)\n"
        "PartialFile.append = dying\n"
        "from skxpresso.cli import main; main()"
    )
    command = [sys.executable, "-c", script, *map(str, arguments), str(out)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == -9
    assert not out.exists()
    assert part.exists()
    capsys.readouterr()
    assert main_with(monkeypatch, *arguments, out, "--resume") == 0
    assert "80 predictions, 28 of them by an earlier run" in capsys.readouterr().out
    assert out.read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    assert not part.exists()


@pytest.mark.filterwarnings("default")
def test_warnings_are_one_line_each_and_few(folder, tmp_path, monkeypatch, capsys):
    fasta = tmp_path / "genes.fa"
    fasta.write_text("".join(f">r{i}\n{'N' * 30}\n" for i in range(9)))
    options = ["--chunk-size", 1, "--out", tmp_path / "scores.tsv"]
    assert main_with(monkeypatch, "predict", folder / "a.model", fasta, *options) == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("skxpresso: warning: no known base")
    assert lines[4].endswith("(further warnings of this kind are not shown)")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["predict", "{f}/none.model", "{f}/genes.fa", "--out", "{t}/a"], 1, "none.model"),
        (["predict", "{f}/genes.tsv", "{f}/genes.fa", "--out", "{t}/a"], 1, "genes.tsv"),
        (["predict", "{f}/a.model", "{f}/none.fa", "--out", "{t}/a"], 1, "none.fa"),
        (
            ["predict", "{f}/a.model", "{f}/a.model", "--out", "{t}/a"],
            1,
            "a.model: the file is not text",
        ),
        (["predict", "{f}/a.model", "{f}/genes.fa", "--out", "{f}/genes.fa/a"], 1, "genes.fa"),
        (["predict", "{f}/a.model", "{f}/genes.fa", "--out", "{t}"], 1, "is a folder"),
        (["predict", "{f}/a.model", "{f}/genes.fa"], 2, "--out"),
        (["train", "{f}/genes.fa", "--out", "{t}/a"], 1, "genes.fa: the header must name PROMOTER"),
        (["train", "{f}/none.tsv", "--out", "{t}/a"], 1, "none.tsv"),
        (["train", "{f}/genes.tsv", "--out", "{t}"], 1, "is a folder, but the output must be"),
        (["train", "{f}/genes.tsv", "--out", "{t}/a", "--pool-sizes", "9,a"], 2, "--pool-sizes"),
        (["train", "{f}/genes.tsv", "--out", "{t}/a", "--filters", "9"], 1, "--filters 9"),
        (["train", "{f}/genes.tsv", "--out", "{t}/a", "--split", "some"], 1, "got 'some'"),
        (["train", "{f}/genes.tsv", "--out", "{t}/a", "--split", "published"], 1, "80 rows"),
        (["train", "{f}/genes.tsv", "--out", "{t}/a", "--engine", "steam"], 1, "engine"),
    ],
)
def test_mistakes_end_with_one_line(
    folder, tmp_path, monkeypatch, capsys, arguments, status, message
):
    arguments = [text.format(f=folder, t=tmp_path) for text in arguments]
    assert main_with(monkeypatch, *arguments) == status
    error = capsys.readouterr().err
    assert message in error.replace("\n", "")
    if status == 1:
        *said, last = error.splitlines()
        assert last.startswith("skxpresso: error: ")
        assert all(line.startswith("skxpresso: ") and "error" not in line for line in said)
    assert list(tmp_path.iterdir()) == []


def test_errors_have_no_traceback(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    arguments = ("demo", "--out", str(tmp_path / "file" / "folder"))
    result = run(*arguments)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("skxpresso: error: ")
    assert "Traceback" not in result.stderr
    monkeypatch.setenv("SKXPRESSO_TRACEBACK", "1")
    monkeypatch.setattr(sys, "argv", ["skxpresso", *arguments])
    with pytest.raises(OSError, match="file"):
        main()


def test_prepare_then_train_then_predict(folder, tmp_path, monkeypatch, capsys):
    out = tmp_path / "files"
    options = ["--n-test", 10, "--n-valid", 10, "--out", out]
    assert main_with(monkeypatch, "prepare", folder / "genes.tsv", *options) == 0
    assert capsys.readouterr().out.split() == [
        str(out / f"{name}.h5") for name in ("train", "valid", "test")
    ]
    assert main_with(monkeypatch, "prepare", folder / "genes.tsv", *options) == 1
    assert "already has" in capsys.readouterr().err
    model, scores = tmp_path / "a.safetensors", tmp_path / "scores.tsv"
    layers = "--filters 4 --kernel-sizes 5 --dilation-rates 1 --pool-sizes 6 --dense-units 4"
    options = [*layers.split(), "--dropout-rates", 0, "--epochs", 1, "--out", model]
    assert main_with(monkeypatch, "train", out, *options) == 0
    assert "60 genes to train, 10 to validate, 10 to test" in capsys.readouterr().out
    assert main_with(monkeypatch, "predict", model, folder / "genes.fa", "--out", scores) == 0
    tested = pd.read_csv(tmp_path / "a-predictions.tsv", sep="\t", index_col="Gene")["Pred"]
    again = pd.read_csv(scores, sep="\t", index_col="ID")["SCORE"][tested.index]
    np.testing.assert_allclose(again, tested, rtol=1e-7)


def test_fetch_takes_what_is_there(shared_data, tmp_path, monkeypatch, capsys):
    name = "humanMedian_trainepoch.11-0.426.h5"
    weights = (shared_data / "xpresso" / "human_trainepoch.11-0.426.h5").read_bytes()
    (tmp_path / name).write_bytes(weights)
    assert main_with(monkeypatch, "fetch", "human_median", "--folder", tmp_path) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fly"], "'fly' is none of human_median"),
        (["human", "--sha256", "abc"], "'abc' must have the form FILE=SUM"),
        (["human_K562", "--sha256", "abc"], "that of human_K562 is known"),
    ],
)
def test_fetch_mistakes(tmp_path, monkeypatch, capsys, arguments, message):
    assert main_with(monkeypatch, "fetch", *arguments, "--folder", tmp_path) == 2
    assert message in capsys.readouterr().err


def test_published_predictions_from_fasta(shared_data, tmp_path, monkeypatch):
    genome = shared_data / "genome"
    table = pd.read_csv(genome / "published_predictions.tsv", sep="\t", index_col="gene")
    slices = {name: str(SeqIO.read(genome / name, "fasta").seq) for name in table.fasta.unique()}
    records = []
    for row in table.itertuples():
        start, end = row.start - row.fasta_offset, row.end - row.fasta_offset
        promoter = slices[row.fasta][start:end]
        promoter = reverse_complement(promoter) if row.strand == "-" else promoter
        records.append(f">{row.Index} {row.chrom}:{row.start}-{row.end}\n{promoter}\n")
    fasta, out = tmp_path / "promoters.fa.gz", tmp_path / "scores.tsv"
    fasta.write_bytes(gzip.compress("".join(records).encode()))
    weights = shared_data / "xpresso" / "human_trainepoch.11-0.426.h5"
    arguments = [weights, fasta, "--tss", 7000, "--chunk-size", 10, "--out", out]
    assert main_with(monkeypatch, "predict", *arguments) == 0
    scores = pd.read_csv(out, sep="\t", index_col="ID")["SCORE"]
    assert scores.index.tolist() == table.index.tolist()
    assert np.abs(scores - table["published_prediction"]).max() <= 1e-5
