"""Limits on decompressed size, beyond which a file is taken for a decompression bomb."""

from __future__ import annotations

__all__ = ["FREE_BYTES", "MOST_RATIO"]

#: Largest ratio of decompressed to file size. gzip compresses DNA to 1/4, one-hot DNA to
#: 1/10, copies of one promoter to about 1/200, and nothing to less than 1/1032.
MOST_RATIO = 500
#: Number of bytes that any file may decompress to before the ratio is checked.
FREE_BYTES = 1 << 26
