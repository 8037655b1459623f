"""A full disk: an error that names the file, and nothing half-written; in real processes."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import skxpresso

resource = pytest.importorskip("resource")

WRITERS = textwrap.dedent(
    """
    import json, resource, signal, sys
    from pathlib import Path
    import joblib
    import numpy as np
    import polars as pl
    from skxpresso import OneHotMatrix
    from skxpresso._utils.files import replacing
    from skxpresso._utils.parquet import write_parquet
    from skxpresso._utils.partial import PartialFile
    from skxpresso._utils.sealed import write_sealed
    from skxpresso.datasets import write_hdf5
    from skxpresso.genome.bigwig import write_intervals

    folder, limit = Path(sys.argv[1]), int(sys.argv[2])
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=20_000)

    def hdf5(path):
        X = OneHotMatrix(rng.integers(0, 4, (300, 1000)).astype(np.uint8), numbers[:300, None])
        write_hdf5(path, X, numbers[:300], names=[f"g{i}" for i in range(300)])

    def sealed(path):
        write_sealed(path, "x", {}, {"numbers": numbers})

    def parquet(path):
        with replacing(path) as name:
            write_parquet(pl.DataFrame({"numbers": numbers}), name)

    def bigwig(path):
        rows = (("chr1", i, i + 1, value) for i, value in enumerate(numbers.tolist()))
        write_intervals(path, rows, {"chr1": 20_000})

    def pickle(path):
        with replacing(path) as name:
            joblib.dump(numbers, name)

    def text(path):
        with replacing(path) as name:
            name.write_text("x" * 10**6)

    names = {"hdf5": "a.h5", "bigwig": "a.bw"}
    told = {}
    for write in (hdf5, sealed, parquet, bigwig, pickle, text):
        path = folder / names.get(write.__name__, "a.x")
        try:
            write(path)
        except OSError as error:
            told[write.__name__] = str(error)
    partial = PartialFile(folder / "p.tsv")
    try:
        partial.append(b"one", {"rows": 1})
        partial.append(b"x" * 10**6, {"rows": 2})
    except OSError as error:
        told["partial"] = str(error)
        told["kept"] = PartialFile(folder / "p.tsv").read_note()
    print(json.dumps(told))
    """
)


def run(script, *arguments):
    environment = os.environ | {"PYTHONPATH": str(Path(skxpresso.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def check(folder, limit, reason):
    done = run(WRITERS, folder, limit)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.pop("kept") == {"rows": 1}
    expected = {"hdf5": "a.h5", "sealed": "a.x", "parquet": "a.x", "pickle": "a.x", "text": "a.x"}
    expected |= {"bigwig": "a.bw", "partial": "p.tsv.part"}
    assert told.keys() == expected.keys()
    for name, message in told.items():
        assert str(folder / expected[name]) in message
        assert reason in message or name == "bigwig"
    assert sorted(path.name for path in folder.iterdir()) == ["p.tsv.part", "p.tsv.part.json"]


def test_a_limit_on_the_size_of_files(tmp_path):
    check(tmp_path, 60_000, "File too large")


def test_a_full_file_system(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small file system")
    try:
        check(tmp_path, 0, "No space left on device")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


PREPARE = textwrap.dedent(
    """
    import resource, sys
    from skxpresso.cli import main
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))
    main()
    """
)


def test_the_command_ends_with_one_line(tmp_path):
    from skxpresso.datasets import make_promoters

    data = make_promoters(200, length=400, random_state=0)
    genes = data.data.assign(EXPRESSION=data.target)
    genes.to_csv(tmp_path / "genes.tsv", sep="\t", index_label="ID")
    sizes = ["--n-test", "20", "--n-valid", "20"]
    done = run(PREPARE, "prepare", tmp_path / "genes.tsv", "--out", tmp_path / "out", *sizes)
    assert done.returncode == 1
    *remarks, error = done.stderr.strip().splitlines()  # remarks: what was read as what
    assert error.startswith("skxpresso: error: ")
    assert "train.h5" in error
    assert "file too large" in error.lower()
    assert all("genes.tsv: " in remark for remark in remarks)
    assert [path.name for path in tmp_path.iterdir()] == ["genes.tsv"]
