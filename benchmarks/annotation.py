"""How long the table of genes of a whole human genome takes, and how much memory.

The annotation of one chromosome is written many times, each under names of its own: 51 times that
of chr22 are 250,000 transcripts, as GENCODE has them. The FASTA holds random letters, as many.

Run: python benchmarks/annotation.py CHR22.gtf.gz [--copies 51]
"""

from __future__ import annotations

import argparse
import gzip
import re
import resource
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from skxpresso.genome import genes_from_genome, read_annotation

LINE = 60


def write_annotation(lines: list[str], copies: int, out: Path) -> None:
    """Write all lines with the number of the copy in every name, packed."""
    names = re.compile(r'((?:gene|transcript)_id "[^"]+)')
    rests = [line.split("\t", 1)[1] for line in lines]
    with gzip.open(out, "wt", compresslevel=1) as file:
        for copy in range(copies):
            renamed = names.sub(rf"\1c{copy}", "".join(f"c{copy}\t{rest}" for rest in rests))
            file.write(renamed)


def write_genome(length: int, copies: int, out: Path) -> None:
    """Write random letters, with an index."""
    n_lines = -(-length // LINE)
    letters = np.random.default_rng(0).choice(list(b"ACGT"), (n_lines, LINE)).astype(np.uint8)
    record = np.hstack([letters, np.full((n_lines, 1), ord("\n"), np.uint8)]).tobytes()
    with open(out, "wb") as file:
        for copy in range(copies):
            file.write(f">c{copy}\n".encode())
            file.write(record)


def peak_mb() -> float:
    """Return the highest resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    """Print seconds, processor seconds and memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("annotation", type=Path)
    parser.add_argument("--copies", type=int, default=51)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with gzip.open(arguments.annotation, "rt") as file:
        lines = [line for line in file if not line.startswith("#")]
    length = max(int(line.split("\t", 5)[4]) for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        gtf, fasta = Path(folder) / "genes.gtf.gz", Path(folder) / "genome.fa"
        write_annotation(lines, arguments.copies, gtf)
        write_genome(length, arguments.copies, fasta)
        print(
            f"{len(lines) * arguments.copies:,} lines; FASTA of {fasta.stat().st_size / 1e9:.1f} GB"
        )
        del lines
        start, cpu = time.perf_counter(), time.process_time()
        notes = read_annotation(gtf)
        print(
            f"read: {notes.transcripts.height:,} transcripts with a CDS, "
            f"{time.perf_counter() - start:.1f} s, {time.process_time() - cpu:.1f} of processor, "
            f"peak {peak_mb():,.0f} MB"
        )
        start, cpu = time.perf_counter(), time.process_time()
        genes = genes_from_genome(fasta, notes)
        print(
            f"table: {len(genes):,} genes of 20 kb, {time.perf_counter() - start:.1f} s, "
            f"{time.process_time() - cpu:.1f} of processor, peak {peak_mb():,.0f} MB"
        )


if __name__ == "__main__":
    main()
