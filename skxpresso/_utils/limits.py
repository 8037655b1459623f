"""How much a packed file may unpack to before it is taken for a bomb."""

from __future__ import annotations

__all__ = ["FREE_BYTES", "MOST_RATIO"]

#: Most times its own size that a file may unpack to. gzip packs DNA to a quarter, one-hot DNA to
#: a tenth, copies of one promoter to some 1/200, and nothing to less than 1/1032.
MOST_RATIO = 500
#: Bytes that any file may unpack to before the ratio is looked at.
FREE_BYTES = 1 << 26
