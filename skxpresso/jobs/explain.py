"""Explain the predictions for a file of any length: tables, logos, tracks, and motif discovery."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from numbers import Integral
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from skxpresso import __version__
from skxpresso._utils.digest import digest
from skxpresso._utils.files import replacing, together
from skxpresso._utils.naming import shown
from skxpresso._utils.outputs import claimed
from skxpresso._utils.progress import Advance, progress
from skxpresso._utils.table import quote, shorten
from skxpresso._utils.text import check_is_there
from skxpresso.datasets.promoter_files import no_promoters, open_promoters
from skxpresso.datasets.table import ColumnNames
from skxpresso.interpret import attribute
from skxpresso.jobs._explain_logos import draw_logos, require_logomaker
from skxpresso.jobs._explain_modisco import ModiscoFiles
from skxpresso.jobs._explain_page import explanation_page
from skxpresso.jobs._explain_parts import Parts
from skxpresso.jobs._explain_summary import Summary
from skxpresso.jobs._groups import PLACES
from skxpresso.jobs._outputs import output_names
from skxpresso.network import count_outputs, single_output
from skxpresso.saving.pretrained import load_pretrained

__all__ = ["FILES", "Explained", "explain"]

#: What is written to the folder.
FILES = {
    "genes": "genes.tsv",
    "positions": "positions.tsv",
    "stretches": "stretches.tsv",
    "profile": "profile.tsv",
    "logos": "logos.svg",
    "report": "report.html",
    "sequences": "modisco/sequences.npz",
    "contributions": "modisco/contributions.npz",
    "rows": "modisco/rows.tsv",
}
#: Columns of a table that say where promoters lie, if it has all of them.
_PLACES = (*PLACES, "strand")
_TEXT: Any = {"sep": "\t", "float_format": "%.6g", "lineterminator": "\n"}


class Explained(NamedTuple):
    """How many genes were explained, how many by an earlier run, and what lies where."""

    n_genes: int
    n_resumed: int
    files: dict[str, Path]


def explain(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    model: Any,
    method: str = "mutagenesis",
    start: int | None = None,
    end: int | None = None,
    top: int = 20,
    genes: Iterable[str] = (),
    n_shown: int = 12,
    modisco_width: int = 400,
    tss: int | None = None,
    cell_type: str | None = None,
    resume: bool = False,
    chunk_size: int = 100,
    columns: ColumnNames | None = None,
    verbose: int = 1,
) -> Explained:
    r"""Explain the prediction for every record of a FASTA file or row of a table.

    Memory does not depend on the number of records. Until the end `<out>/parts` keeps the
    attributions, 21 bytes for each base.

    Parameters
    ----------
    source : path-like
        FASTA, or a table for `datasets.read_table`; a file or pipe, "-" for standard input.
    out : path-like
        Folder to write: `genes.tsv` (prediction, strongest stretch, what every half-life number
        contributes), `positions.tsv` (the `top` positions of every gene), `stretches.tsv` (five
        stretches of every gene), `profile.tsv` (mean size of contributions along the window),
        `logos.svg` (the strongest stretches of the genes shown), `report.html` (tracks of these
        genes, which can be zoomed), and `modisco/` with windows around the TSS as `modisco motifs`
        reads them: `sequences.npz`, `contributions.npz` and `rows.tsv`, which `read_modisco`
        reads. They appear when all genes are explained.
    model : str, path-like or estimator
        A name or path for `load_pretrained`, or a fitted estimator that reads a DataFrame
        with a column `promoter`.
    method : str, default="mutagenesis"
        One of those of `attribute`.
    start, end : int or None, default=None
        Positions ``[start, end)`` of the window to explain, as in `attribute`.
    top : int, default=20
        Positions of every gene in `positions.tsv`.
    genes : iterable of str, default=()
        Names of the genes on the page. None given: those with the strongest stretches.
    n_shown : int, default=12
        How many of these.
    modisco_width : int, default=400
        Of the windows for motif discovery, in nt.
    tss : int or None, default=None
        Passed to `load_pretrained`, for a published network.
    cell_type : str or None, default=None
        Name of the output to explain, of a model that predicts several.
    resume : bool, default=False
        Continue with `<out>/parts` of an earlier run. False starts over.
    chunk_size : int, default=100
        Number of records at a time.
    columns : dict or None, default=None
        Names of columns of a table: parameters of `datasets.read_table`. Where a table also has
        `chrom`, `start`, `end` and `strand`, as `skxpresso genes` writes them, positions,
        stretches and windows get their places in the genome.
    verbose : int, default=1
        1 shows a count of records if a terminal or a notebook displays standard error.

    Returns
    -------
    Explained

    Raises
    ------
    OSError
        If a file cannot be read or written, or another process writes it.
    ValueError
        If `source` is damaged or does not fit the model, in which case the message names
        the record; if the model reads no promoter; if one of `genes` is not in the file; or
        if `<out>/parts` comes from another model, other settings or other records.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.jobs.explain import explain
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "genes.fa").write_text(">a\nACGTACGTTACC\n>b\nCCGTCGTAAACC\n")
    >>> sequences = ["ACGTACGTTACC", "AAAACCGTTTCC", "ACCCGGTACGTT"] * 5
    >>> model = kmer_baseline(k=1).fit(sequences, range(15))
    >>> done = explain(folder / "genes.fa", folder / "why", model=model, top=3)
    >>> done.n_genes, sorted(path.name for path in (folder / "why").iterdir())
    (2, ['genes.tsv', ..., 'report.html', 'stretches.tsv'])
    """
    require_logomaker()
    if method not in _HOW:
        raise ValueError(f"method must be one of {quote(_HOW)}, got {shorten(method)}")
    _check_counts(top=top, n_shown=n_shown, chunk_size=chunk_size, modisco_width=modisco_width)
    check_is_there(source)
    folder = Path(out)
    files = {what: folder / name for what, name in FILES.items()}
    is_file = isinstance(model, (str, os.PathLike))
    with (
        claimed(files.values(), [source, *([model] if is_file else [])]),
        open_promoters(source, chunk_size, columns, _PLACES) as promoters,
    ):
        remarks = _remarks(source, model, method)
        if is_file:
            model = load_pretrained(model, tss=tss)
        elif tss is not None:
            raise ValueError(f"tss={tss} is for a published network; the model given has its own")
        model = _of_cell_type(model, cell_type)
        options = {"method": method, "start": start, "end": end}
        settings = {**options, "chunk_size": chunk_size}
        parts = Parts(folder / "parts", settings, digest(model, fitted=True), resume)
        with progress(None, "genes", show=verbose > 0) as advance:
            n_genes, n_resumed = _attribute_all(parts, model, promoters.chunks, options, advance)
        summary = Summary(genes, n_shown)
        arrays = files["sequences"], files["contributions"]
        with together():
            with ModiscoFiles(modisco_width, n_genes, *arrays) as modisco:
                _write_tables(parts, summary, modisco, files, top)
            _write_pictures(summary, files, remarks)  # the report last
        parts.remove()
    return Explained(summary.n_genes, n_resumed, files)


def _of_cell_type(model: Any, cell_type: str | None) -> Any:
    """Return the model of one output; raise where it must be told which."""
    if cell_type is not None:
        return single_output(model, cell_type)
    if count_outputs(model) is not None:
        raise ValueError(
            f"the model predicts {quote(output_names(model, 'output'), 8)}, but one number is "
            "explained at a time; cell_type= says which"
        )
    return model


def _attribute_all(
    parts: Parts,
    model: Any,
    chunks: Iterable[tuple[pd.DataFrame, Any]],
    options: dict[str, Any],
    advance: Advance,
) -> tuple[int, int]:
    """Explain what is not done yet; return how many genes there are, and how many were done."""
    n_done = n_resumed = number = 0
    try:
        for X, _ in chunks:
            if reason := no_promoters(X):
                raise ValueError(reason)
            if parts.holds(number, X):
                n_resumed += len(X)
            else:
                parts.append(attribute(model, X, **options), X)
            number += 1
            n_done += len(X)
            advance(len(X))
        parts.check_complete(number)
    except BaseException as error:
        if len(parts):
            error.add_note(f"{parts.folder} keeps {n_done:,} genes; resuming goes on with them")
        raise
    return n_done, n_resumed


def _write_tables(
    parts: Parts, summary: Summary, modisco: ModiscoFiles, files: dict[str, Path], top: int
) -> None:
    """Write the tables a part at a time."""
    with ExitStack() as stack:
        names = {
            what: stack.enter_context(replacing(files[what]))
            for what in ("genes", "positions", "stretches", "rows")
        }
        columns: dict[str, Any] = {}
        for number, attribution in enumerate(parts):
            tables = summary.add(attribution)
            tables |= {"positions": attribution.to_frame(top), "rows": modisco.add(attribution)}
            for what, name in names.items():  # not all parts need have places
                table = tables[what].reindex(columns=columns.setdefault(what, tables[what].columns))
                table.to_csv(name, mode="a", header=number == 0, index=False, **_TEXT)
        summary.shown()  # raises for a gene that is not there
    with replacing(files["profile"]) as name:
        summary.profile().to_csv(name, index=False, **_TEXT)


def _write_pictures(summary: Summary, files: dict[str, Path], remarks: str) -> None:
    shown_genes = summary.shown()
    with replacing(files["logos"]) as name:
        draw_logos(shown_genes).savefig(name, format="svg")
    overview: dict[str, Any] = {"Along the window": summary.draw_profile()}
    if summary.halflife()["mean size"].any():
        overview["Half-life numbers, all genes"] = summary.halflife()
    with replacing(files["report"]) as name:
        page = explanation_page(_title(summary.n_genes), remarks, overview, shown_genes)
        name.write_text(page, encoding="utf-8")


def _check_counts(**numbers: Any) -> None:
    for name, value in numbers.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} must be an integer of at least 1, got {shorten(value)}")


def _title(n_genes: int) -> str:
    return (
        f"What the prediction{'s' * (n_genes > 1)} of {n_genes:,} gene{'s' * (n_genes > 1)} hang on"
    )


_HOW = {
    "mutagenesis": "The contribution of a base is the prediction with it less the mean of the "
    "predictions with each of the four bases in its place; that of a half-life number is the "
    "prediction less that with the number at its reference.",
    "gradient": "A contribution is the derivative of the prediction.",
    "gradient_x_input": "A contribution is the derivative of the prediction times the distance "
    "from the reference.",
    "integrated_gradients": "Contributions are integrated gradients: they sum to the prediction "
    "less that of shuffled promoters.",
    "expected_gradients": "Contributions are expected gradients: they sum, about, to the "
    "prediction less that of shuffled promoters.",
}


def _remarks(source: Any, model: Any, method: str) -> str:
    name = model if isinstance(model, (str, os.PathLike)) else type(model).__name__
    return (
        f"Predictions of {name} for {shown(source)}, by skxpresso {__version__}, method {method}. "
        f"{_HOW[method]} All numbers are in the units of the predicted expression."
    )
