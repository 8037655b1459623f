"""Predictions for a file: its rows in its order, a whole file or none, going on after a stop."""

import gzip
import json
import os

import numpy as np
import pandas as pd
import pytest

from skxpresso import XpressoRegressor
from skxpresso.baselines import halflife_baseline, kmer_baseline
from skxpresso.datasets import make_promoters
from skxpresso.jobs import predict as scoring


def predict_file(model, source, out, **options):
    return scoring.predict(source, out, model=model, **options)


class CountC:
    """Predict the number of C, and count the rows that were asked for."""

    def __init__(self, factor=1.0, stop_at=None):
        self.factor = factor
        self.stop_at = stop_at
        self.n_rows = 0

    def __getstate__(self):
        return {"factor": self.factor}  # what makes it the same model

    def predict(self, X):
        self.n_rows += len(X)
        if self.stop_at is not None and self.n_rows > self.stop_at:
            raise KeyboardInterrupt
        return X["promoter"].str.count("C").to_numpy() * self.factor


def interrupt(*_):
    raise KeyboardInterrupt


def write_fasta(path, sequences):
    path.write_text("".join(f">r{i} of many\n{s}\n" for i, s in enumerate(sequences)))
    return path


class Late(CountC):
    """Predict the number of C, and something else after the twelfth record."""

    def predict(self, X):
        late = np.asarray(X.index.str[1:], int) > 12
        return super().predict(X) / self.factor + late * self.factor


@pytest.fixture
def sequences():
    return make_promoters(25, length=30, random_state=0).data["promoter"].tolist()


@pytest.fixture
def fasta(tmp_path, sequences):
    return write_fasta(tmp_path / "genes.fa", sequences)


@pytest.fixture
def expected(sequences):
    lines = [f"r{i}\t{s.count('C') / 3:.9g}\n" for i, s in enumerate(sequences)]
    return "ID\tSCORE\n" + "".join(lines)


MODEL = CountC(1 / 3)


@pytest.mark.parametrize("chunk_size", [1, 7, 25, 1000])
def test_fasta(tmp_path, fasta, expected, chunk_size):
    out = tmp_path / "scores.tsv"
    assert predict_file(MODEL, fasta, out, chunk_size=chunk_size) == (25, 0)
    assert out.read_text() == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["genes.fa", "scores.tsv"]


def test_packed(tmp_path, fasta, expected):
    packed = tmp_path / "genes.fa.gz"
    packed.write_bytes(gzip.compress(b"\n" + fasta.read_bytes()))
    out = tmp_path / "scores.tsv.gz"
    predict_file(MODEL, packed, out, chunk_size=7)
    assert gzip.decompress(out.read_bytes()).decode() == expected


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_table(tmp_path, sequences, measured, named):
    table = pd.DataFrame({"PROMOTER": sequences}, index=[f"g{i}" for i in range(25)])
    if measured:
        table["EXPRESSION"] = np.arange(25) / 8
    path, out = tmp_path / "genes.tsv", tmp_path / "scores.tsv"
    table.to_csv(path, sep="\t", index=named, index_label="ENSID")
    predict_file(CountC(), path, out, chunk_size=7)
    result = pd.read_csv(out, sep="\t")
    assert result.columns.tolist() == ["Gene", "Pred"] + ["Actual"] * measured
    names = table.index.tolist() if named else list(range(25))
    assert result["Gene"].tolist() == names
    assert result["Pred"].tolist() == [s.count("C") for s in sequences]
    if measured:
        assert result["Actual"].tolist() == table["EXPRESSION"].tolist()


@pytest.mark.parametrize("ending", ["tsv", "tsv.gz"])
@pytest.mark.parametrize("later_chunks", [5, 4])
def test_resume_predicts_what_is_left(tmp_path, fasta, expected, ending, later_chunks):
    out = tmp_path / f"scores.{ending}"
    with pytest.raises(KeyboardInterrupt):
        predict_file(CountC(1 / 3, stop_at=13), fasta, out, chunk_size=5)
    assert not out.exists()
    part = tmp_path / f"scores.{ending}.part"
    os.truncate(part, part.stat().st_size - 3)  # as a process leaves it that is killed
    model = CountC(1 / 3)
    scored = predict_file(model, fasta, out, chunk_size=later_chunks, resume=True)
    assert scored == (25, 5)
    assert model.n_rows == 20 + 1  # the first row tells that it is the same model
    content = out.read_bytes()
    assert (gzip.decompress(content) if ending.endswith("gz") else content).decode() == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["genes.fa", out.name]


def test_resume_of_a_table_with_other_chunks(tmp_path, sequences):
    path, out = tmp_path / "genes.tsv", tmp_path / "scores.tsv"
    table = pd.DataFrame({"PROMOTER": sequences, "EXPRESSION": range(25), "CDSLEN": 3.5})
    table.to_csv(path, sep="\t", index=False)
    predict_file(MODEL, path, tmp_path / "whole.tsv")
    with pytest.raises(KeyboardInterrupt):
        predict_file(CountC(1 / 3, stop_at=13), path, out, chunk_size=6)
    assert predict_file(MODEL, path, out, chunk_size=5, resume=True) == (25, 12 - 12 % 6)
    assert out.read_text() == (tmp_path / "whole.tsv").read_text()


def test_resume_goes_on_where_a_bad_record_was_mended(tmp_path, sequences, expected):
    fasta, out = tmp_path / "genes.fa", tmp_path / "scores.tsv"
    write_fasta(fasta, [*sequences[:20], "MKV*", *sequences[21:]])
    with pytest.raises(ValueError, match="record 'r20'.*Is it protein"):
        predict_file(MODEL, fasta, out, chunk_size=10)
    write_fasta(fasta, sequences)
    assert predict_file(MODEL, fasta, out, resume=True) == (25, 20)
    assert out.read_text() == expected


def test_an_ensemble_tells_its_spread(tmp_path, sequences, fasta, tiny):
    model = XpressoRegressor(**tiny, n_estimators=2).fit(sequences, np.arange(25.0))
    predict_file(model, fasta, tmp_path / "out.tsv", chunk_size=10)
    mean, std = model.predict(sequences, return_std=True)
    table = pd.read_csv(tmp_path / "out.tsv", sep="\t")
    assert table.columns.tolist() == ["ID", "SCORE", "Std"]
    np.testing.assert_allclose(table["SCORE"], mean, rtol=1e-6)
    np.testing.assert_allclose(table["Std"], std, rtol=1e-6)


@pytest.fixture
def stopped(tmp_path, fasta):
    out = tmp_path / "scores.tsv"
    with pytest.raises(KeyboardInterrupt):
        predict_file(CountC(1 / 3, stop_at=13), fasta, out, chunk_size=5)
    return out


def test_without_resume_it_starts_over(stopped, fasta, expected):
    assert predict_file(MODEL, fasta, stopped) == (25, 0)
    assert stopped.read_text() == expected


def test_resume_with_nothing_there(tmp_path, fasta, expected):
    out = tmp_path / "scores.tsv"
    assert predict_file(MODEL, fasta, out, resume=True) == (25, 0)
    assert out.read_text() == expected


def test_resume_refuses_another_model(stopped, fasta):
    with pytest.raises(ValueError, match="scores.tsv.part .*another model.*Start over"):
        predict_file(CountC(1 / 2), fasta, stopped, resume=True)


def test_resume_refuses_a_model_that_agrees_on_what_is_done(tmp_path, fasta):
    out = tmp_path / "scores.tsv"
    with pytest.raises(KeyboardInterrupt):
        predict_file(Late(2.0, stop_at=13), fasta, out, chunk_size=5)
    with pytest.raises(ValueError, match="scores.tsv.part .*another model.*Start over"):
        predict_file(Late(3.0), fasta, out, resume=True)
    assert predict_file(Late(2.0), fasta, out, resume=True) == (25, 10)


@pytest.mark.parametrize("row", [0, 9])
def test_resume_refuses_other_records(stopped, fasta, sequences, row):
    sequences[row] = sequences[row][::-1]
    write_fasta(fasta, sequences)
    with pytest.raises(ValueError, match="other records. Start over"):
        predict_file(MODEL, fasta, stopped, resume=True)


def test_resume_refuses_fewer_records(stopped, fasta, sequences):
    write_fasta(fasta, sequences[:9])
    with pytest.raises(ValueError, match="more records. Start over"):
        predict_file(MODEL, fasta, stopped, resume=True)


def test_resume_when_only_the_name_was_missing(tmp_path, fasta, expected, monkeypatch):
    out = tmp_path / "scores.tsv"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(scoring.PartialFile, "finish", interrupt)
        predict_file(MODEL, fasta, out)
    assert not out.exists()
    assert predict_file(MODEL, fasta, out, resume=True) == (25, 25)
    assert out.read_text() == expected


def test_a_file_that_is_there_stays_until_the_new_one_is_complete(tmp_path, fasta, expected):
    out = tmp_path / "scores.tsv"
    out.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        predict_file(CountC(stop_at=13), fasta, out, chunk_size=5)
    assert out.read_text() == "old"
    predict_file(MODEL, fasta, out)
    assert out.read_text() == expected


def test_an_error_at_the_start_leaves_nothing(tmp_path):
    path = tmp_path / "genes.fa"
    path.write_text(">a\nMKVL*\n")
    with pytest.raises(ValueError, match="protein"):
        predict_file(MODEL, path, tmp_path / "scores.tsv")
    assert [file.name for file in tmp_path.iterdir()] == ["genes.fa"]


def test_a_prediction_that_is_no_number_names_the_record(tmp_path, fasta):
    with pytest.raises(ValueError, match="prediction for row 'r0' is nan"):
        predict_file(CountC(np.nan), fasta, tmp_path / "scores.tsv")


def test_an_empty_file(tmp_path):
    path = tmp_path / "genes.fa"
    path.write_text("\n\n")
    with pytest.raises(ValueError, match="genes.fa is empty"):
        predict_file(MODEL, path, tmp_path / "scores.tsv")


def test_a_table_without_promoters_says_what_names_them(tmp_path, promoters):
    promoters.data.rename(columns={"promoter": "bases"}).to_csv(tmp_path / "a.tsv", sep="\t")
    named = {"columns": {"promoter_column": "bases"}}
    model = kmer_baseline(k=1).fit(promoters.data, promoters.target)
    message = r"a.tsv: the table has no column PROMOTER; promoter_column= names that of the seq"
    with pytest.raises(ValueError, match=message):
        predict_file(model, tmp_path / "a.tsv", tmp_path / "p.tsv")
    predict_file(model, tmp_path / "a.tsv", tmp_path / "p.tsv", **named)
    numbers = promoters.data.drop(columns="promoter")
    alone = halflife_baseline().fit(numbers, promoters.target)
    predict_file(alone, tmp_path / "a.tsv", tmp_path / "alone.tsv")
    found = pd.read_csv(tmp_path / "alone.tsv", sep="\t")["Pred"]
    np.testing.assert_allclose(found, alone.predict(numbers), rtol=1e-6)


def test_what_the_model_refuses_names_the_file(tmp_path, fasta):
    class Picky:
        def predict(self, X):
            raise ValueError(f"row {X.index[0]!r} is bad")

    with pytest.raises(ValueError, match="genes.fa: row 'r0' is bad"):
        predict_file(Picky(), fasta, tmp_path / "scores.tsv")


def test_places(tmp_path, fasta):
    for source, out, problem in [
        (
            tmp_path / "none.fa",
            tmp_path / "a.tsv",
            "there is no file .*none.fa",
        ),
        (tmp_path, tmp_path / "a.tsv", "must be a file, but is a folder"),
        (fasta, fasta / "a.tsv", "genes.fa"),
        (fasta, tmp_path, "is a folder, but the output must be a regular file"),
    ]:
        with pytest.raises(OSError, match=problem):
            predict_file(MODEL, source, out)
    content = fasta.read_bytes()
    with pytest.raises(ValueError, match="genes.fa is an input, which would be lost"):
        predict_file(MODEL, fasta, fasta)
    assert fasta.read_bytes() == content


def test_a_note_of_something_else(stopped, fasta):
    note = stopped.with_name("scores.tsv.part.json")
    note.write_text(json.dumps({"bytes": 3, "content": {"rows": 3}}))
    with pytest.raises(ValueError, match="scores.tsv.part"):
        predict_file(MODEL, fasta, stopped, resume=True)


def test_a_missing_folder_is_made_and_goes_again_after_a_failure(tmp_path, fasta, expected):
    out = tmp_path / "a" / "b" / "scores.tsv"
    with pytest.raises(ValueError, match="is inf"):
        predict_file(CountC(np.inf), fasta, out)
    assert not (tmp_path / "a").exists()
    predict_file(MODEL, fasta, out)
    assert out.read_text() == expected


def test_what_was_done_before_a_stop_is_told(tmp_path, fasta):
    with pytest.raises(KeyboardInterrupt) as stop:
        predict_file(CountC(1 / 3, stop_at=13), fasta, tmp_path / "a.tsv", chunk_size=5)
    (note,) = stop.value.__notes__
    assert note == f"{tmp_path / 'a.tsv.part'} keeps 10 rows; resuming goes on with them"


def test_tss_is_of_a_published_network(tmp_path, fasta):
    with pytest.raises(ValueError, match="tss=5 is for a published network"):
        predict_file(MODEL, fasta, tmp_path / "a.tsv", tss=5)
