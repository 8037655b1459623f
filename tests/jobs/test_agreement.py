"""Jobs agree: the same names, defaults and order for the same things; no input is ever lost."""

import inspect

import numpy as np
import pandas as pd
import pytest

from skxpresso import load_pipeline
from skxpresso._utils.outputs import claimed
from skxpresso.baselines import mean_baseline
from skxpresso.datasets import make_promoters
from skxpresso.datasets.prepare import prepare_dataset
from skxpresso.jobs.demo import demo
from skxpresso.jobs.evaluate import evaluate
from skxpresso.jobs.predict import predict
from skxpresso.jobs.train import train
from skxpresso.jobs.tune import tune

JOBS = {"train": train, "tune": tune, "predict": predict, "evaluate": evaluate}
OF_ITS_OWN = {("random_state", "prepare"), ("random_state", "demo")}  # 1, as published
TINY = {
    "filters": (4,),
    "kernel_sizes": (5,),
    "dilation_rates": (1,),
    "pool_sizes": (10,),
    "dense_units": (4,),
    "dropout_rates": (0.0,),
    "epochs": 1,
    "verbose": 0,
}


def options(job):
    return {
        name: parameter.default
        for name, parameter in inspect.signature(job).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


@pytest.mark.parametrize("name", JOBS)
def test_source_and_out_come_first_and_the_rest_is_named(name):
    first, second, *others = inspect.signature(JOBS[name]).parameters.values()
    assert (first.name, second.name) == ("source", "out")
    kinds = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    assert {parameter.kind for parameter in others} <= kinds


def test_one_default_for_one_name():
    found = {}
    for name, job in (JOBS | {"prepare": prepare_dataset, "demo": demo}).items():
        for option, default in options(job).items():
            if (option, name) not in OF_ITS_OWN:
                found.setdefault(option, {})[name] = default
    different = {option: by for option, by in found.items() if len(set(map(str, by.values()))) > 1}
    assert different.keys() <= {"cv"}  # a search has fewer folds than a comparison
    assert found["log10"] == dict.fromkeys(["train", "tune", "evaluate", "prepare"], False)


def test_one_order_for_the_same_names():
    common = ["species", "halflife", "log10", "n_jobs", "random_state", "verbose"]
    for job in JOBS.values():
        there = [name for name in options(job) if name in common]
        assert there == [name for name in common if name in there]


@pytest.fixture
def table(tmp_path):
    data = make_promoters(60, 30, random_state=0)
    path = tmp_path / "t.tsv"
    data.data.assign(EXPRESSION=data.target).to_csv(path, sep="\t", index_label="ID")
    return path


@pytest.mark.parametrize("job", [train, tune])
@pytest.mark.parametrize("other", ["{t}/t.tsv", "{t}/folder/../t.tsv"])
def test_a_table_is_not_overwritten_by_its_model(table, job, other):
    (table.parent / "folder").mkdir()
    content = table.read_bytes()
    with pytest.raises(ValueError, match=r"t\.tsv is an input, which would be lost"):
        job(table, other.format(t=table.parent))
    assert table.read_bytes() == content


def test_a_table_is_not_overwritten_by_the_predictions_beside_a_model(table):
    source = table.rename(table.with_name("m-predictions.tsv"))
    content = source.read_bytes()
    with pytest.raises(ValueError, match="m-predictions.tsv is an input"):
        train(source, source.with_name("m.st"))
    assert source.read_bytes() == content


@pytest.mark.parametrize("name", ["predictions.tsv", "scores.tsv"])
def test_a_table_is_not_overwritten_by_an_evaluation(table, name):
    source = table.rename(table.with_name(name))
    content = source.read_bytes()
    with pytest.raises(ValueError, match=f"{name} is an input"):
        evaluate(source, source.parent)
    assert source.read_bytes() == content


def test_a_model_is_not_overwritten_by_an_evaluation(table):
    model = table.with_name("scores.tsv")
    model.write_bytes(b"a model")
    with pytest.raises(ValueError, match="scores.tsv is an input"):
        evaluate(table, table.parent, fitted=[model])
    assert model.read_bytes() == b"a model"


def test_a_model_is_not_overwritten_by_its_predictions(tmp_path):
    model, fasta = tmp_path / "m.st", tmp_path / "a.fa"
    model.write_bytes(b"a model")
    fasta.write_text(">a\nACGT\n")
    with pytest.raises(ValueError, match="m.st is an input"):
        predict(fasta, model, model=model)
    assert model.read_bytes() == b"a model"


@pytest.mark.parametrize("ending", [".part", ".part.json"])
def test_an_input_that_looks_like_an_unfinished_output(tmp_path, ending):
    source = tmp_path / f"o.tsv{ending}"
    source.write_text(">a\nACGT\n")
    with pytest.raises(ValueError, match=f"{ending} is an input"):
        predict(source, tmp_path / "o.tsv", model=None)
    assert source.read_text() == ">a\nACGT\n"


def test_a_checkpoint_is_not_the_table_and_a_report_is_not_the_model(table):
    content = table.read_bytes()
    with pytest.raises(ValueError, match="is an input"):
        tune(table, table.with_name("m.st"), checkpoint=table)
    with pytest.raises(ValueError, match="m.html would be written twice"):
        tune(table, table.with_name("m.html"))
    assert table.read_bytes() == content


def test_prepared_files_do_not_replace_their_table(table):
    source = table.rename(table.with_name("scaling.json"))
    content = source.read_bytes()
    with pytest.raises(ValueError, match="scaling.json is an input"):
        prepare_dataset(source, source.parent, n_test=5, n_valid=5, overwrite=True)
    assert source.read_bytes() == content


def test_trained_on_logarithms_without_halflife(table):
    genes = pd.read_csv(table, sep="\t", index_col=0)
    genes["EXPRESSION"] = 10 ** genes["EXPRESSION"]
    genes.to_csv(table, sep="\t")
    out = table.parent / "new" / "m.safetensors"
    trained = train(table, out, log10=True, halflife=False, **TINY)
    assert trained.n_genes == {"train": 48, "valid": 6, "test": 6}
    tested = pd.read_csv(trained.files["predictions"], sep="\t", index_col="Gene")
    expected = np.log10(genes["EXPRESSION"] + 0.1)[tested.index]
    np.testing.assert_allclose(tested["Actual"], expected)
    sequences = genes["promoter"][tested.index].tolist()
    np.testing.assert_allclose(load_pipeline(out).predict(sequences), tested["Pred"], rtol=1e-6)


@pytest.mark.parametrize("ending", ["joblib", "pkl"])
def test_a_pickle_is_made_by_its_name_and_said(table, ending):
    import joblib

    out = table.with_name(f"m.{ending}")
    with pytest.warns(UserWarning, match=f"m.{ending} is a pickle, as its name asks"):
        trained = train(table, out, **TINY)
    X = make_promoters(60, 30, random_state=0).data
    np.testing.assert_array_equal(joblib.load(out).predict(X), trained.pipeline.predict(X))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "some"}, "split must be one of random, published, got 'some'"),
        ({"fold": "1"}, "fold='1' is for a folder"),
    ],
)
def test_settings_that_do_not_fit_are_named(table, options, message):
    with pytest.raises(ValueError, match=message):
        train(table, table.with_name("m.st"), **options)
    assert [path.name for path in table.parent.iterdir()] == ["t.tsv"]


def test_settings_for_a_table_are_refused_for_a_folder(tmp_path):
    with pytest.raises(ValueError, match="log10=True is for a table"):
        train(tmp_path, tmp_path / "m.st", log10=True)


@pytest.mark.parametrize("resume", [False, True])
def test_two_runs_do_not_write_one_file(tmp_path, resume):
    fasta, out = tmp_path / "a.fa", tmp_path / "o.tsv"
    fasta.write_text(">a\nACGT\n")
    model = mean_baseline().fit(["ACGT", "AAAA"], [0.25, 0.75])
    part = tmp_path / "o.tsv.part"
    with claimed([out]):  # as the first run does
        part.write_text("of the first run")
        with pytest.raises(BlockingIOError, match="o.tsv is being written by process"):
            predict(fasta, out, model=model, resume=resume)
        assert part.read_text() == "of the first run"
    assert predict(fasta, out, model=model) == (1, 0)
    assert out.read_text() == "ID\tSCORE\na\t0.5\n"
