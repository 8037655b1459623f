"""The files of one run appear together, and where the disk is full none of them does."""

import contextlib
import io
import re

import numpy as np
import pytest

from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.saving import save_pipeline
from tests.command import main_with
from tests.toys import TINY, write_table

resource = pytest.importorskip("resource")

GTF = "chr1\tx\t{}\t{}\t{}\t.\t+\t.\t{}\n"
_LAYERS = (
    "--filters 6 --kernel-sizes 5 --dilation-rates 1 --pool-sizes 6 --dense-units 6 "
    "--dropout-rates 0 --epochs 1"
)
_GENES = "genes genome.fa genes.gtf --upstream 15 --downstream 15"
_VARIANTS = "variants model a.vcf --genome genome.fa --genes placed.tsv"
#: Each of them writes more than `LIMIT` bytes.
COMMANDS = {
    "train": f"train genes.tsv --out new.model {_LAYERS}",
    "tune": "tune genes.tsv --out new.model --n-iter 1 --cv 2 --epochs 1",
    "evaluate": "evaluate genes.tsv --out new --models mean,halflife --cv 2 --n-bootstrap 10",
    "predict": "predict model genes.tsv --out new.tsv",
    "predict, packed": "predict model genes.tsv --out new.tsv.gz",
    "explain": "explain model genes.tsv --out new --n-shown 1",
    "genes": f"{_GENES} --out new.tsv",
    "genes to parquet": f"{_GENES} --out new.parquet",
    "prepare": "prepare genes.tsv --out new --n-test 20 --n-valid 20",
    "variants": f"{_VARIANTS} --out new.tsv",
    "variants as VCF": f"{_VARIANTS} --out new.vcf.gz",
    "variants as parquet": f"{_VARIANTS} --out new.parquet",
    "variants, phased": f"{_VARIANTS} --out new.tsv --phased",
    "scan to bigWig": "scan model genome.fa --out new.bw,old.bw --step 1",
    "scan to bedGraph": "scan model genome.fa --out new.bedgraph,old.bedgraph.gz --step 1",
    "demo": "demo --n-genes 100 --write-table new.tsv",
}
LIMIT = 120  # bytes: a lock fits, and no result


@pytest.fixture(scope="module")
def model(promoters):
    return make_xpresso_pipeline(**TINY).fit(promoters.data, promoters.target)


@pytest.fixture
def folder(promoters, model, tmp_path, monkeypatch):
    """A table, a model, and a genome with its gene and its variants; and the index of it."""
    monkeypatch.chdir(tmp_path)
    write_table("genes.tsv", promoters.data, promoters.target)
    save_pipeline(model, "model")
    letters = "".join(np.random.default_rng(0).choice(list("ACGT"), 400))
    (tmp_path / "genome.fa").write_text(f">chr1\n{letters}\n")
    (tmp_path / "genome.fa.fai").write_text("chr1\t400\t6\t400\t401\n")
    names = 'gene_id "g"; transcript_id "t"; gene_biotype "protein_coding"'
    lines = [("exon", 100, 300), ("CDS", 150, 239)]
    (tmp_path / "genes.gtf").write_text("".join(GTF.format(*line, names) for line in lines))
    halflife = promoters.data.columns[1:]
    columns = ["GENE", "CHROM", "START", "END", "STRAND", "TSS", *halflife, "PROMOTER"]
    values = ["g", "chr1", 84, 114, "+", 99, *promoters.data.iloc[0, 1:], letters[84:114]]
    (tmp_path / "placed.tsv").write_text(
        "\t".join(columns) + "\n" + "\t".join(map(str, values)) + "\n"
    )
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts\n"
    rows = [
        f"chr1\t{i + 1}\t.\t{letters[i]}\t{'CA'[letters[i] == 'C']}\t.\t.\t.\tGT\t0|1\n"
        for i in range(85, 113)
    ]
    (tmp_path / "a.vcf").write_text(header + "".join(rows))
    return tmp_path


def content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def run(monkeypatch, command):
    """Run in this process; return the status, and what is said to standard error."""
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", said := io.StringIO())
        patched.setattr("sys.stdout", io.StringIO())
        return main_with(patched, *command), said.getvalue()


@contextlib.contextmanager
def full_disk():
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


RESUMED = ("predict", "explain", "variants", "scan")


@pytest.mark.parametrize(
    "command", [pytest.param(c, marks=pytest.mark.slow if c == "tune" else ()) for c in COMMANDS]
)
def test_a_full_disk_leaves_the_run_before(command, folder, monkeypatch, capfd):
    """What a run goes on with may stay: it ends as the run before once there is room."""
    arguments = COMMANDS[command].split()
    with capfd.disabled():  # what pytest captures is a file, too
        assert run(monkeypatch, arguments)[0] == 0
        before = content(folder)
        again = [*arguments, "--overwrite"] if command == "prepare" else arguments
        with full_disk():
            status, said = run(monkeypatch, again)
        assert status == 1
        (error,) = [line for line in said.splitlines() if "error: " in line]
        assert re.search("file too large|is the disk full", error), error
        assert re.search(r"\b(new|old|part-0)[.\w-]*", error), error
        left = content(folder)
        assert all(re.search(r"parts?\b", name) for name in left.keys() - before.keys())
        assert {name: left[name] for name in before} == before
        if arguments[0] in RESUMED:
            assert run(monkeypatch, [*arguments, "--resume"])[0] == 0
            after = content(folder)
            assert changed(before, after) <= {"new/report.html", "new/logos.svg"}  # with the time


def changed(before, after):
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.mark.parametrize(
    ("command", "last"),
    [("train", "new.model"), ("evaluate", "new/report.html"), ("explain", "new/report.html")],
)
def test_a_run_that_fails_at_its_end_leaves_the_run_before(
    command, last, folder, monkeypatch, capfd
):
    """The main file is the last to be moved, and so the newest of a run that ended well."""

    def fail(*_, **__):
        raise RuntimeError("of ours")

    arguments = COMMANDS[command].split()
    with capfd.disabled():
        assert run(monkeypatch, arguments)[0] == 0
        before = content(folder)
        made = [folder / name for name in before if name.startswith("new")]
        assert max(made, key=lambda path: path.stat().st_mtime_ns) == folder / last
        monkeypatch.setattr("skxpresso.jobs.train.save_model", fail)
        monkeypatch.setattr("skxpresso.jobs.evaluate.save_figure", fail)
        monkeypatch.setattr("skxpresso.jobs.explain.explanation_page", fail)
        status, said = run(monkeypatch, arguments)
    assert status == 1
    assert "of ours" in said
    left = content(folder)
    assert {name: left[name] for name in before} == before
    assert all("/parts/" in name for name in left.keys() - before.keys())
