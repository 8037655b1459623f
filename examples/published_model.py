"""Predict with the published human network, and compare with its published predictions.

Predicts the expression of nine human promoters, which come with the package, from sequence alone,
and prints both predictions side by side, with what was measured. The network is then saved without
pickle, and read again.

Run: python examples/published_model.py [FILE_OR_NAME] [--save FILE]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pandas as pd

from skxpresso import load_pipeline, load_pretrained, save_pipeline
from skxpresso.datasets import load_human_promoters

TOLERANCE = 1e-5


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "weights",
        nargs="?",
        default="human_median",
        help="a published .h5 of the human network; human_median, the default, is fetched",
    )
    parser.add_argument("--save", type=Path, help="where to keep the pipeline")
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    human = load_human_promoters()
    # these windows are cut already: their TSS is not in the middle
    pipeline = load_pretrained(arguments.weights, tss=human.tss)
    table = pd.DataFrame({"published": human.predictions})
    table["here"] = pipeline.predict(human.data)
    table["difference"] = table["here"] - table["published"]
    table["measured"] = human.target
    print(table.to_string(float_format="{:.7f}".format))
    largest = table["difference"].abs().max()
    print(f"largest difference {largest:.1e} (of {TOLERANCE:.0e} that are allowed)")
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.save or Path(folder) / "human_median.safetensors"
        save_pipeline(pipeline, path)
        again = load_pipeline(path)
        same = (again.predict(human.data) == table["here"]).all()
        print(f"{path.name}: {path.stat().st_size:,} bytes; same predictions again: {same}")
    if largest > TOLERANCE or not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
