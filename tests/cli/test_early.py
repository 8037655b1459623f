"""What is wrong with input is said before TensorFlow is touched, in the words of the command."""

import json
import re
import subprocess
import sys

import pytest

from skxpresso.datasets import make_promoters
from tests.toys import write_table

# runs each case in one process, since it is the import that takes time
SCRIPT = """
import contextlib, io, json, os, sys
from skxpresso.cli import main
for arguments in json.loads(sys.stdin.read()):
    sys.argv, said = ["skxpresso", *arguments], io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as leaving:
            status = leaving.code
    touched = [name for name in ("tensorflow", "keras") if name in sys.modules]
    print(json.dumps([status, said.getvalue(), touched]))
"""
LAYERS = "--filters 4 --kernel-sizes 5 --dilation-rates 1 --pool-sizes 6 --dense-units 4"
LAYERS = f"{LAYERS} --dropout-rates 0"
CASES = [
    ("train none.tsv --out m", 1, "there is no file none.tsv"),
    ("train a/b.tsv --out m", 1, "there is no folder a, and so no file a/b.tsv"),
    ("train bad.tsv --out m", 1, "bad.tsv: the header must name PROMOTER .*--promoter-column"),
    ("train no.tsv --out m", 1, "no.tsv has no column EXPRESSION, .*; --expression-column names"),
    ("train g.tsv --out m --promoter-column x", 1, "--promoter-column x is none of the columns"),
    ("train g.tsv --out g.tsv", 1, "g.tsv is an input, which would be lost"),
    ("train g.tsv --out g.tsv/m", 1, "g.tsv"),
    (f"train g.tsv --out m {LAYERS} --filters 4,4", 1, "--filters 4,4"),
    (f"train g.tsv --out m {LAYERS} --pool-sizes 90", 1, "90"),
    (f"train g.tsv --out m {LAYERS} --engine steam", 1, "--engine must be .* 'steam'"),
    (f"train g.tsv --out m {LAYERS} --upstream 99", 1, "Set --tss if .*, or --short pad to fill"),
    (f"train g.tsv --out m {LAYERS} --tss 99", 1, "--tss 99 lies beyond the sequence"),
    ("train g.tsv --out m --split some", 1, "--split must be one of random, published"),
    ("train neg.tsv --out m --log10", 1, "--log10 needs .* or more, .*; --no-log10 takes"),
    ("train g.tsv --out m --fold 1", 1, "--fold 1 is for a folder"),
    ("tune none.tsv --out m", 1, "there is no file none.tsv"),
    ("tune bad.tsv --out m", 1, "the header must name PROMOTER"),
    ("tune g.tsv --out g.tsv", 1, "g.tsv is an input"),
    ("evaluate none.tsv --out o", 1, "there is no file none.tsv"),
    ("evaluate bad.tsv --out o", 1, "the header must name PROMOTER"),
    ("evaluate g.tsv --out o --models fly", 1, "there is no model 'fly'"),
    ("evaluate g.tsv none.model --out o --models mean", 1, "none.model"),
    ("evaluate g.tsv --out o --models mean --replicates r9", 1, "'r9'"),
    ("predict none.model g.tsv --out s", 1, "none.model"),
    ("predict g.tsv none.fa --out s", 1, "there is no file none.fa"),
    ("predict g.tsv bad.tsv --out s", 1, "the header must name PROMOTER"),
    ("prepare none.tsv --out o", 1, "there is no file none.tsv"),
    ("prepare bad.tsv --out o", 1, "the header must name PROMOTER"),
    ("genes none.fa none.gtf --out g2.tsv", 1, "there is no file none.fa"),
    ("genes g.tsv g.tsv --out o.tsv --expression no/no.tsv", 1, "there is no folder no"),
    ("scan human_median none.fa --out f.bw,r.bw", 1, "there is no file none.fa"),
    ("variants human_median none.vcf --genome g.tsv --genes g.tsv --out e.vcf", 1, "none.vcf"),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("early")
    data = make_promoters(40, 30, random_state=0)
    write_table(folder / "g.tsv", data.data, data.target)
    write_table(folder / "neg.tsv", data.data, data.target - 100)
    data.data.to_csv(folder / "no.tsv", sep="\t", index_label="ID")
    (folder / "bad.tsv").write_text("a\tb\n1\t2\n")
    before = sorted(path.name for path in folder.iterdir())
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        input=json.dumps([case[0].split() for case in CASES]),
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
    )
    assert sorted(path.name for path in folder.iterdir()) == before  # nothing is left behind
    told = map(json.loads, done.stdout.splitlines())
    return dict(zip([case[0] for case in CASES], told, strict=True))


@pytest.mark.parametrize(("arguments", "status", "message"), CASES, ids=[c[0] for c in CASES])
def test_mistakes_are_told_early(told, arguments, status, message):
    found, said, touched = told[arguments]
    line = said.splitlines()[-1]
    assert found == status, said
    assert line.startswith("skxpresso: error: ")
    assert len(line) < 600
    assert "Errno" not in line
    assert re.search(message, line), line
    assert touched == []
