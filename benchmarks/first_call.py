"""From the start of a process to its first published prediction, and how large a worker is.

Every way is timed in a process of its own: a published file, a saved pipeline, a pickle, and the
command. The clock starts before the process does and stops after one promoter of 10.5 kb. With
``--old``, a checkout of another version, both take turns in pairs, and the ratio of medians is
printed, of wall and of processor time. Compiled kernels lie on disk: a first round is not counted.
A worker of joblib, one of two that predict, tells what it holds, what is its own, and its own with
what it shares divided by those that share it (PSS; on Linux).

Run: ``python benchmarks/first_call.py WEIGHTS.h5 [--old CHECKOUT] [--rounds 5] [--parts]``
with ``--ways "saved pipeline"`` for one of the ways.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
PROMOTER = "".join(np.random.default_rng(0).choice(list("ACGT"), 10_500))

SAVE = """
import pickle, sys
from skxpresso import load_pretrained, save_pipeline
weights, folder = sys.argv[1:]
model = load_pretrained(weights, tss=7000)
save_pipeline(model, f"{folder}/model")
pickle.dump(model, open(f"{folder}/model.pkl", "wb"))
"""
PUBLISHED = """
import sys
from skxpresso import load_pretrained
model = load_pretrained(sys.argv[1], tss=7000)
"""
SAVED = """
import sys
from skxpresso import load_pipeline
model = load_pipeline(sys.argv[2] + "/model")
"""
PICKLED = """
import pickle, sys
model = pickle.load(open(sys.argv[2] + "/model.pkl", "rb"))
"""
PREDICT = """
predicted = model.predict([open(sys.argv[2] + "/promoter").read()])
import time
print(time.time(), time.process_time(), len(sys.modules), predicted[0])
"""
COMMAND = """
import sys
weights, folder = sys.argv[1:]
from skxpresso.cli import main
sys.argv = ["skxpresso", "predict", f"{folder}/model", f"{folder}/genes.tsv",
            "--out", f"{folder}/out.tsv"]
try:
    main()
except SystemExit as leaving:
    assert not leaving.code
import time
last = open(f"{folder}/out.tsv").read().split()[-1]
print(time.time(), time.process_time(), len(sys.modules), last)
"""
WAYS = {
    "published file": PUBLISHED + PREDICT,
    "saved pipeline": SAVED + PREDICT,
    "pickle": PICKLED + PREDICT,
    "command": COMMAND,
}
WORKER = """
import os, sys, time
import numpy as np
from joblib import Parallel, delayed
from skxpresso import load_pretrained
def predict(model, promoter):
    model.predict([promoter])
    time.sleep(2)  # so that both workers are there
    lines = open("/proc/self/smaps_rollup").read().splitlines()[1:]
    kb = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    own = kb["Private_Clean"] + kb["Private_Dirty"]
    return kb["Rss"] / 1024, own / 1024, kb["Pss"] / 1024
model = load_pretrained(sys.argv[1], tss=7000)
promoter = open(sys.argv[2] + "/promoter").read()
found = Parallel(2)(delayed(predict)(model, promoter) for _ in range(2))
print(*np.max(found, axis=0))
"""


class Version:
    """A checkout, and a folder with its own saved model."""

    def __init__(self, checkout: Path, weights: str, folder: str) -> None:
        self.weights, self.folder = weights, folder
        self.environment = os.environ | {"PYTHONPATH": str(checkout), "TF_CPP_MIN_LOG_LEVEL": "3"}
        Path(folder, "promoter").write_text(PROMOTER)
        Path(folder, "genes.tsv").write_text(f"ID\tPROMOTER\nA\t{PROMOTER}\n")
        self.run(SAVE)

    def run(self, script: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run a script in a fresh process."""
        command = [sys.executable, *options, "-c", script, self.weights, self.folder]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done

    def seconds(self, way: str) -> tuple[float, float, str]:
        """Return wall and processor seconds to the first prediction, and the prediction."""
        started = time.time()
        stopped, processor, _, predicted = self.run(WAYS[way]).stdout.split()[-4:]
        return float(stopped) - started, float(processor), predicted


def compare(versions: dict[str, Version], rounds: int, ways: list[str]) -> None:
    """Print medians of all ways, and ratios where there are two versions."""
    print("way             version  wall s  processor s   ratios to old: wall, processor")
    for way in ways:
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in versions}
        for turn in range(rounds + 1):
            for name, version in versions.items():
                *seconds, _ = version.seconds(way)
                if turn:
                    took[name].append(tuple(seconds))
        medians = {name: np.median(values, axis=0) for name, values in took.items()}
        for name, (wall, processor) in medians.items():
            line = f"{way:15} {name:7} {wall:7.2f} {processor:12.2f}"
            if "old" in medians and name != "old":
                pairs = np.divide(took[name], took["old"])
                ratios = np.median(pairs, axis=0)
                line += f"   {ratios[0]:.2f}, {ratios[1]:.2f} (medians of pairs)"
            print(line, flush=True)


def parts(version: Version) -> None:
    """Print milliseconds of importing by package: their own files, not what they import."""
    told = version.run(WAYS["published file"], "-X", "importtime").stderr
    took, files = Counter[str](), Counter[str]()
    for line in told.splitlines():
        if found := re.match(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)", line):
            name = found[2].split(".")[0]
            took[name] += int(found[1])
            files[name] += 1
    print(f"\nimporting: {sum(took.values()) / 1000:.0f} ms, of it")
    for name, microseconds in took.most_common(16):
        print(f"{microseconds / 1000:8.0f} ms  {name} ({files[name]} modules)")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights", help="a published file, HDF5")
    parser.add_argument("--old", type=Path, help="checkout of another version")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ways", nargs="*", choices=WAYS, default=list(WAYS))
    parser.add_argument("--parts", action="store_true", help="time imports by package")
    options = parser.parse_args()
    checkouts = {"new": ROOT} | ({"old": options.old.resolve()} if options.old else {})
    with tempfile.TemporaryDirectory() as folder:
        versions = {}
        for name, checkout in checkouts.items():
            place = Path(folder, name)
            place.mkdir()
            versions[name] = Version(checkout, str(Path(options.weights).resolve()), str(place))
        compare(versions, options.rounds, options.ways)
        for name, version in versions.items():
            sizes = map(float, version.run(WORKER).stdout.split())
            line = "a worker of joblib, {}: {:.0f} MB, {:.0f} its own, PSS {:.0f}"
            print(line.format(name, *sizes), flush=True)
        if options.parts:
            parts(versions["new"])


if __name__ == "__main__":
    main()
