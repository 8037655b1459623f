"""No message is longer than 500 characters, whatever was handed in; wide headers take no time."""

import time

import numpy as np
import pandas as pd
import pytest

from skxpresso import HyperoptSearchCV, datasets, load_pipeline, load_pretrained
from skxpresso._utils.discovery import all_estimators
from skxpresso._utils.table import clip
from skxpresso.datasets import read_table
from skxpresso.genome import Genome, read_annotation
from skxpresso.genome.vcf import read_records
from skxpresso.halflife import HalfLifeTransformer
from skxpresso.interpret import Attribution, read_motifs
from skxpresso.search import load_published_trials
from skxpresso.sequence import KmerCountEncoder, OneHotPromoterEncoder
from tests.toys import genes, numbers

LONG = "x" * 100_000
HOSTILE = [
    LONG,
    [LONG] * 3,
    tuple(range(20_000)),
    -(10**300),
    {LONG: 1},
    np.zeros(50_000),
    LONG.encode(),
    object,
]
ESTIMATORS = dict(all_estimators())


def said(work):
    """Return what an error says, or nothing where there is none."""
    try:
        work()
    except Exception as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", ESTIMATORS)
def test_parameters_of_any_kind(name):
    cls, n_refused = ESTIMATORS[name], 0
    needed = {"estimator": None, "space": {}} if cls is HyperoptSearchCV else {}
    for parameter in set(cls._get_param_names()) - {"checkpoint", "init"}:  # paths are not cut
        for value in HOSTILE:
            estimator = cls(**(needed | {parameter: value}))
            message = said(lambda estimator=estimator: estimator.fit(genes()[:0], []))
            n_refused += f"{parameter}" in message
            assert len(message) <= 500, (parameter, message[:100])
    assert n_refused  # by its name


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("wrong", [LONG, f"{LONG}__a", f"a__{LONG}"])
def test_names_of_parameters(name, wrong):
    cls = ESTIMATORS[name]
    estimator = cls(None, {}) if cls is HyperoptSearchCV else cls()
    message = said(lambda: estimator.set_params(**{wrong: 1}))
    assert 10 < len(message) <= 500


TABLES = {
    "a column": genes(**{LONG: ["a", "b"]}),
    "columns": pd.DataFrame(np.zeros((2, 3000)), columns=[f"{i}{LONG[:100]}" for i in range(3000)]),
    "a doubled column": pd.concat(
        [genes(), genes(**{LONG: [1, 2]}), genes(**{LONG: [1, 2]})], axis=1
    ),
    "a row": genes(CDSLEN=[np.nan, 1]).set_axis([LONG, "b"]),
    "a cell": genes(CDSLEN=[LONG, 1]),
    "a sequence": genes(promoter=["ACGT", LONG]),
    "sequences": [LONG, "ACGT"],
    "levels": genes().set_axis(pd.MultiIndex.from_tuples([("promoter", LONG), ("b", "c")]), axis=1),
}


@pytest.mark.parametrize("case", TABLES)
@pytest.mark.parametrize("cls", [OneHotPromoterEncoder, HalfLifeTransformer, KmerCountEncoder])
@pytest.mark.filterwarnings("ignore")
def test_tables_of_any_kind(case, cls):
    assert len(said(lambda: cls().fit_transform(TABLES[case]))) <= 500


def test_networks_of_any_kind():
    X, y = numbers()
    for values in (np.array([LONG] * 40), [{LONG: 1}] * 40, np.array([10**400] * 40, object)):
        for data in ((X, values), (values, y)):
            message = said(lambda data=data: ESTIMATORS["LSTMRegressor"]().fit(*data))
            assert 10 < len(message) <= 500


@pytest.mark.parametrize("doubled", [False, True])
def test_wide_headers_take_their_share_of_time(doubled, tmp_path):
    def read(n):
        names = [f"c{i // 2 if doubled else i}" for i in range(n)]
        text = "\t".join(["ENSID", "PROMOTER", "EXPRESSION", *names]) + "\n"
        (tmp_path / "t.tsv").write_text(text + "\t".join(["A", "ACGT", "1", *["2"] * n]) + "\n")
        start = time.process_time()
        message = said(lambda: read_table(tmp_path / "t.tsv"))
        assert ("once" in message) == doubled
        assert len(message) <= 500
        return time.process_time() - start

    read(10)
    # 8 times as many columns: 8 times as long, not 64 times
    assert read(8_000) < 24 * max(read(1_000), 0.02)


def test_clip_keeps_both_ends():
    text = clip("begin " + "middle " * 1000 + "end")
    assert len(text) <= 500
    assert text.startswith("begin ")
    assert text.endswith(" end")
    assert clip("short") == "short"


READERS = {
    "FASTA": lambda path: list(datasets.iter_fasta(path)),
    "table": datasets.read_table,
    "HDF5": datasets.read_hdf5,
    "trials": load_published_trials,
    "published network": load_pretrained,
    "pipeline": load_pipeline,
    "genome": Genome,
    "annotation": read_annotation,
    "VCF": lambda path: list(read_records(path)),
    "motifs": read_motifs,
    "attribution": Attribution.load,
}


@pytest.mark.filterwarnings("ignore:.*is packed with plain gzip")
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("content", [b"", b"anything\n", b"\x1f\x8b damaged", None])
def test_files_of_long_names(reader, content, tmp_path, monkeypatch):
    monkeypatch.setenv("SKXPRESSO_DATA", str(tmp_path / "cache"))
    path = tmp_path.joinpath(*["x" * 200] * 4)
    path.parent.mkdir(parents=True)
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((ValueError, OSError)) as caught:
        READERS[reader](path)
    assert 10 < len(str(caught.value)) <= 500
