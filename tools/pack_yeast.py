"""Pack native yeast promoters and their expression into the file that comes with the package.

The table has the columns `promoter` (120 nt), `expression_rep1`, `expression_rep2` and
`expression` (four decimals at most). Bases take two bits, but for 20 nt at either end, which are
the same in every row and are stored once; numbers become integers of 1e-4.

Run: python tools/pack_yeast.py native_promoters.tsv.gz [OUT.npz]
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso.datasets._packed import pack_bases
from skxpresso.sequence.encoder import OneHotPromoterEncoder

OUT = Path(__file__).resolve().parents[1] / "skxpresso/datasets/data/yeast_promoters.npz"
FLANK = 20  # nt at either end that all fragments have in common
NUMBERS = ["expression_rep1", "expression_rep2", "expression"]


def to_integers(values: pd.Series) -> npt.NDArray[np.int32]:
    """Write numbers of four decimals as integers; raise unless these give them back exactly."""
    integers = np.rint(values.to_numpy() * 1e4).astype(np.int32)
    if (integers / 1e4 != values).any():
        raise ValueError(f"column {values.name!r} has numbers of more than four decimals")
    return integers


def pack(table: pd.DataFrame) -> dict[str, npt.NDArray]:
    """Return the arrays of the file."""
    ends = table["promoter"].str[:FLANK] + table["promoter"].str[-FLANK:]
    if (ends != ends.iloc[0]).any():
        raise ValueError(f"the {FLANK} nt at the ends differ: {ends.unique()[:3].tolist()}")
    codes = OneHotPromoterEncoder().fit_transform(table["promoter"]).codes
    return {
        "left": codes[:1, :FLANK],
        "right": codes[:1, -FLANK:],
        "packed": pack_bases(codes[:, FLANK:-FLANK]),
    } | {name: to_integers(table[name]) for name in NUMBERS}


def main() -> None:
    """Write the file, and print its size and checksum."""
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    arrays = pack(pd.read_csv(sys.argv[1], sep="\t"))
    np.savez_compressed(out, **arrays)
    content = out.read_bytes()
    print(f"{out}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
