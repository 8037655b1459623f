"""Training on a table: the split, the scores, the files, and that the saved model predicts."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from skxpresso import load_pipeline, make_xpresso_pipeline, pearson_r2_score
from skxpresso.datasets import write_hdf5
from skxpresso.jobs._split import read_split, split_genes
from skxpresso.jobs.train import fit_with_validation, train, train_on_split
from tests.toys import write_table


@pytest.fixture(scope="module")
def split(promoters):
    return split_genes(promoters.data, promoters.target, valid_fraction=0.2, random_state=1)


@pytest.fixture(scope="module")
def trained(split, tiny, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "best.model"
    settings = tiny | {"patience": 2, "epochs": 3}
    return train_on_split(split, out, verbose=0, upstream=15, downstream=12, **settings)


def test_every_gene_is_in_one_part(promoters, split):
    assert [len(part.y) for part in split] == [56, 16, 8]
    names = np.concatenate([part.names for part in split])
    assert sorted(names) == sorted(promoters.data.index)
    for part in split:
        assert part.X.index.tolist() == part.names.tolist()
        rows = promoters.data.index.get_indexer(part.names)
        np.testing.assert_array_equal(part.y, promoters.target[rows])


def test_split_depends_on_the_seed_alone(promoters, split):
    same = split_genes(promoters.data, promoters.target, valid_fraction=0.2, random_state=1)
    other = split_genes(promoters.data, promoters.target, valid_fraction=0.2, random_state=2)
    assert same.test.names.tolist() == split.test.names.tolist()
    assert other.test.names.tolist() != split.test.names.tolist()


def test_published_split():
    X = pd.DataFrame({"CDSLEN": np.arange(2500.0)})
    split = split_genes(X, X["CDSLEN"], split="published")
    order = np.random.RandomState(1).permutation(2500)
    assert split.train.names.tolist() == order[:500].tolist()
    assert split.valid.names.tolist() == order[500:1500].tolist()
    assert split.test.names.tolist() == order[1500:].tolist()


def test_too_few_genes(promoters):
    with pytest.raises(ValueError, match="80 rows cannot be split into 1000 for testing"):
        split_genes(promoters.data, promoters.target, split="published")
    with pytest.raises(ValueError, match="cannot be split"):
        split_genes(promoters.data, promoters.target, valid_fraction=0.6, test_fraction=0.5)


def test_validation_genes_teach_nothing_but_when_to_stop(split, tiny):
    pipeline = make_xpresso_pipeline(**tiny)
    assert fit_with_validation(pipeline, split.train, split.valid) is pipeline
    lengths = np.log10(split.train.X["CDSLEN"] + 0.1)
    halflife = pipeline[0]
    np.testing.assert_allclose(halflife.mean_[halflife.columns_.index("CDSLEN")], lengths.mean())
    np.testing.assert_allclose(pipeline[-1].y_mean_, split.train.y.mean())
    # the loss is that of the validation genes, in units of the training genes' spread
    network = pipeline[-1]
    error = (pipeline.predict(split.valid.X) - split.valid.y) / network.y_scale_
    np.testing.assert_allclose(
        network.history_["val_loss"][network.best_epoch_], np.mean(error**2), rtol=1e-4
    )


def test_scores(split, trained):
    assert trained.scores["genes"].tolist() == ["validation", "test"]
    assert trained.scores["n"].tolist() == [16, 8]
    for row, part in zip(trained.scores.itertuples(), (split.valid, split.test), strict=True):
        predicted = trained.pipeline.predict(part.X)
        assert row.r2 == r2_score(part.y, predicted)
        assert row[4] == pearson_r2_score(part.y, predicted)


def test_files(split, trained):
    names = ["best.model", "best-predictions.tsv", "best-learning-curve.png", "best-network.png"]
    assert [path.name for path in trained.files.values()] == names
    folder = trained.files["model"].parent
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    for name in names[2:]:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    saved = load_pipeline(trained.files["model"])
    table = pd.read_csv(trained.files["predictions"], sep="\t")
    assert table.columns.tolist() == ["Gene", "Pred", "Actual"]
    assert table["Gene"].tolist() == split.test.names.tolist()
    np.testing.assert_allclose(table["Pred"], saved.predict(split.test.X), rtol=1e-12)
    np.testing.assert_allclose(table["Actual"], split.test.y, rtol=1e-12)
    assert saved.get_params()["xpresso__verbose"] == 0
    assert saved[-1].promoter_length_ == 27


def test_a_folder_is_no_model(tmp_path):
    with pytest.raises(OSError, match="is a folder, but the output must be a regular file"):
        train(tmp_path / "genes.tsv", tmp_path)


@pytest.fixture
def table(promoters, tmp_path):
    return write_table(tmp_path / "genes.tsv", promoters.data, np.arange(80.0))


def test_read_table(promoters, table):
    split = read_split(table, log10=True, test_fraction=0.5)
    assert [len(part.y) for part in split] == [32, 8, 40]
    rows = promoters.data.index.get_indexer(split.test.names)
    np.testing.assert_allclose(split.test.y, np.log10(rows + 0.1))
    assert split.test.X["promoter"].tolist() == promoters.data["promoter"].iloc[rows].tolist()


@pytest.mark.parametrize(
    ("drop", "problem"),
    [
        (["EXPRESSION"], "has no column EXPRESSION"),
        (["promoter"], "has no column PROMOTER"),
        (["EXPRESSION", "promoter"], "no column EXPRESSION and no column PROMOTER"),
    ],
)
def test_columns_that_lack(table, drop, problem):
    pd.read_csv(table, sep="\t").drop(columns=drop).to_csv(table, sep="\t", index=False)
    with pytest.raises(ValueError, match=f"genes.tsv {problem}".replace("genes.tsv no", ".*no")):
        read_split(table)


def test_logarithm_of_negative_expression(table):
    text = pd.read_csv(table, sep="\t")
    text["EXPRESSION"] -= 1
    text.to_csv(table, sep="\t", index=False)
    with pytest.raises(ValueError, match=r"genes.tsv: log10=True needs .* got -1\.0"):
        read_split(table, log10=True)


def test_without_halflife(table):
    split = read_split(table, halflife=False)
    assert split.train.X.columns.tolist() == ["promoter"]


@pytest.fixture(scope="module")
def folder(promoters, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, rows in {"train": range(60), "valid": range(60, 70), "test": range(70, 80)}.items():
        part = promoters.data.iloc[list(rows)]
        write_hdf5(folder / f"{name}.h5", part, promoters.target[list(rows)])
        write_hdf5(folder / f"2{name}.h5", part, promoters.target[list(rows)])
    return folder


@pytest.mark.parametrize("fold", [None, "2"])
def test_folder(promoters, folder, fold):
    split = read_split(folder, fold=fold)
    assert [len(part.y) for part in split] == [60, 10, 10]
    assert split.test.names.tolist() == promoters.data.index[70:].tolist()
    np.testing.assert_array_equal(split.valid.y, promoters.target[60:70])
    assert split.train.X.covariate_names[1] == "CDSLEN_ZSCORE"
    np.testing.assert_allclose(split.train.X.covariates[:, 1], promoters.data["CDSLEN"][:60])


def test_a_model_of_z_scores_refuses_a_table(promoters, folder, tiny, tmp_path):
    out = tmp_path / "a.model"
    trained = train_on_split(read_split(folder), out, verbose=0, **tiny)
    assert trained.scores["n"].tolist() == [10, 10]
    with pytest.raises(ValueError, match="needs the column.*'UTR5LEN_ZSCORE'"):
        load_pipeline(out).predict(promoters.data)


def test_a_model_of_a_folder_without_halflife_reads_sequences(promoters, folder, tiny, tmp_path):
    split = read_split(folder, halflife=False)
    out = tmp_path / "a.model"
    trained = train_on_split(split, out, verbose=0, **tiny)
    sequences = promoters.data["promoter"].iloc[70:]
    saved = load_pipeline(out)
    expected = trained.pipeline.predict(split.test.X)
    np.testing.assert_array_equal(saved.predict(sequences.tolist()), expected)
    np.testing.assert_array_equal(saved.predict(sequences.to_frame()), expected)


def test_a_folder_that_lacks_a_file(folder, tmp_path):
    (tmp_path / "train.h5").write_bytes((folder / "train.h5").read_bytes())
    with pytest.raises(ValueError, match="but valid.h5 is missing"):
        read_split(tmp_path)
