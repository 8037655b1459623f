"""The published networks: their own predictions, fine-tuning, and files made to harm."""

import contextlib
import copy
import json
import pickle
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
from Bio import SeqIO
from Bio.Seq import reverse_complement
from sklearn.base import clone

from skxpresso import HalfLifeTransformer, OneHotPromoterEncoder, load_pretrained, save_pipeline
from skxpresso.halflife import HALF_LIFE_COLUMNS
from tests.published import model_config, random_weights, write_published

HUMAN = "xpresso/human_trainepoch.11-0.426.h5"
MOUSE = "xpresso/mouse_trainepoch.05-0.278.h5"


@pytest.fixture(scope="module")
def published_h5(tmp_path_factory):
    return write_published(tmp_path_factory.mktemp("weights") / "model.h5")


@pytest.fixture(scope="module")
def long_promoters():
    """Twelve promoters of 20 kb."""
    rng = np.random.default_rng(0)
    return ["".join(row) for row in rng.choice(list("ACGT"), (12, 20_000))]


@pytest.fixture(scope="module")
def expression(published_h5, long_promoters):
    """Close to what the network predicts, so that a few steps stay few."""
    noise = np.random.default_rng(1).normal(0, 0.3, size=12)
    return load_pretrained(published_h5).predict(long_promoters) + noise + 0.3


# the published predictions


def genome_promoters(folder, upstream, downstream):
    """Promoters around the TSS of the published windows, and the published predictions."""
    table = pd.read_csv(folder / "published_predictions.tsv", sep="\t", index_col="gene")
    slices = {f: str(SeqIO.read(folder / f, "fasta").seq) for f in table.fasta.unique()}
    sequences = {}
    for row in table.itertuples():
        tss = row.start + 7000 if row.strand == "+" else row.end - 7000
        before, after = (upstream, downstream) if row.strand == "+" else (downstream, upstream)
        start, end = tss - before - row.fasta_offset, tss + after - row.fasta_offset
        if start >= 0 and end <= len(slices[row.fasta]):
            sequence = slices[row.fasta][start:end]
            sequences[row.Index] = sequence if row.strand == "+" else reverse_complement(sequence)
    promoters = pd.DataFrame({"promoter": sequences})
    return promoters, table.loc[promoters.index, "published_prediction"]


def test_published_predictions_from_windows(shared_data):
    promoters, expected = genome_promoters(shared_data / "genome", 7000, 3500)
    assert len(promoters) == 9
    assert (promoters["promoter"].str.len() == 10_500).all()
    found = load_pretrained(shared_data / HUMAN, tss=7000).predict(promoters)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_published_predictions_from_20_kb(shared_data):
    promoters, expected = genome_promoters(shared_data / "genome", 10_000, 10_000)
    assert len(promoters) >= 6
    pipeline = load_pretrained(shared_data / HUMAN)
    np.testing.assert_allclose(pipeline.predict(promoters), expected, rtol=0, atol=1e-5)
    with_keras = copy.deepcopy(pipeline)
    with_keras[-1]._network.engine = "keras"
    np.testing.assert_allclose(with_keras.predict(promoters), expected, rtol=0, atol=1e-5)


def test_by_name_from_a_folder_filled_by_hand(shared_data, tmp_path, monkeypatch):
    monkeypatch.setenv("SKXPRESSO_DATA", str(tmp_path))
    shutil.copy(shared_data / HUMAN, tmp_path / "humanMedian_trainepoch.11-0.426.h5")
    promoters, expected = genome_promoters(shared_data / "genome", 7000, 3500)
    found = load_pretrained("human_median", tss=7000).predict(promoters)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def plain_forward(path, onehot):
    """Compute the published network from the weights in its file, for one promoter."""
    weights = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            layer, part = name.split("/")[-2:]
            weights[f"{layer}/{part[0]}"] = item[()]

    with h5py.File(path) as file:
        file["model_weights"].visititems(keep)
    convolutions = sorted(k for k in weights if k.startswith("conv") and k.endswith("/k"))
    denses = sorted(k for k in weights if k.startswith("dense") and k.endswith("/k"))
    x = onehot.astype(np.float64)
    for name, pool in zip(convolutions, (30, 10), strict=True):
        kernel, bias = weights[name], weights[name[:-1] + "b"]
        left = (len(kernel) - 1) // 2
        padded = np.pad(x, ((left, len(kernel) - 1 - left), (0, 0)))
        z = sum(padded[i : i + len(x)] @ tap for i, tap in enumerate(kernel)) + bias
        z = np.maximum(z, 0)[: len(z) // pool * pool]
        x = z.reshape(-1, pool, z.shape[1]).max(axis=1)
    x = np.concatenate([x.ravel(), np.zeros(6)])
    for i, name in enumerate(denses):
        x = x @ weights[name] + weights[name[:-1] + "b"]
        x = np.maximum(x, 0) if i < 2 else x
    return float(x[0])


CELL_TYPES = {
    "K562": "xpresso/K562_trainepoch.11-0.4917.h5",
    "GM12878": "xpresso/GM12878_trainepoch.06-0.5062.h5",
}


def test_networks_of_cell_types_are_computed_as_their_files_say(shared_data):
    promoters, _ = genome_promoters(shared_data / "genome", 7000, 3500)
    predicted = {}
    for name, path in CELL_TYPES.items():
        model = load_pretrained(shared_data / path, tss=7000)
        predicted[name] = model.predict(promoters)
        for gene in range(3):
            codes = OneHotPromoterEncoder().fit_transform(promoters.iloc[[gene]])
            expected = plain_forward(shared_data / path, codes.to_onehot()[0])
            assert predicted[name][gene] == pytest.approx(expected, abs=1e-4)
    both = np.corrcoef(*predicted.values())[0, 1]
    assert 0.5 < both < 0.999  # much in common, and not all


def test_mouse_is_another_network(shared_data):
    promoters, expected = genome_promoters(shared_data / "genome", 7000, 3500)
    found = load_pretrained(shared_data / MOUSE, tss=7000).predict(promoters)
    assert np.abs(found - expected).max() > 0.1


# what a pipeline reads


def test_what_is_fitted(published_h5):
    pipeline = load_pretrained(published_h5)
    assert [name for name, _ in pipeline.steps] == ["halflife", "encoder", "xpresso"]
    regressor = pipeline[-1]
    assert regressor.promoter_length_ == 10_500
    assert regressor.n_halflife_ == 6
    assert (regressor.y_mean_, regressor.y_scale_) == (0.0, 1.0)
    assert regressor.model_.count_params() == 112_357
    for found, expected in zip(regressor.model_.get_weights(), random_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_one_prediction_whatever_holds_the_sequences(published_h5, long_promoters):
    pipeline = load_pretrained(published_h5)
    expected = pipeline.predict(long_promoters)
    assert np.ptp(expected) > 0
    table = pd.DataFrame({"promoter": long_promoters, "NOTE": "text"}, index=list("abcdefghijkl"))
    encoded = OneHotPromoterEncoder().fit_transform(long_promoters)
    wide = OneHotPromoterEncoder(9000, 4000).fit_transform(long_promoters)
    windows = [sequence[3000:13_500] for sequence in long_promoters]
    for X in (table, table["promoter"], np.array(long_promoters), encoded, wide):
        np.testing.assert_array_equal(pipeline.predict(X), expected)
    cut = load_pretrained(published_h5, tss=7000)
    np.testing.assert_array_equal(cut.predict(windows), expected)
    plain = pipeline[-1].to_keras()
    onehot = pipeline[:-1].transform(long_promoters).to_onehot()
    by_keras = plain.predict({"promoter": onehot, "halflife": np.zeros((12, 6))}, verbose=0)[:, 0]
    np.testing.assert_allclose(by_keras, expected, atol=1e-5)


def test_windows_need_to_be_told(published_h5, long_promoters):
    windows = [sequence[3000:13_500] for sequence in long_promoters]
    with pytest.raises(
        ValueError,
        match=r"10500 nt is too short .* TSS at 5250.* Set tss=7000 if the sequences are cut",
    ):
        load_pretrained(published_h5).predict(windows)


def test_six_columns_of_ones_own(published_h5, long_promoters):
    pipeline = load_pretrained(published_h5)
    table = pd.DataFrame({"promoter": long_promoters}).assign(
        **{f"halflife{i}": np.random.default_rng(i).normal(size=12) for i in range(1, 7)}
    )
    found = pipeline.predict(table)
    assert (found != pipeline.predict(long_promoters)).any()
    plain = pipeline[-1].to_keras()
    inputs = {
        "promoter": pipeline[:-1].transform(long_promoters).to_onehot(),
        "halflife": table.iloc[:, 1:].to_numpy(),
    }
    np.testing.assert_allclose(found, plain.predict(inputs, verbose=0)[:, 0], atol=1e-5)


def halflife_table(promoters):
    rng = np.random.default_rng(0)
    columns = {name: rng.uniform(0.1, 0.9, len(promoters)) for name in HALF_LIFE_COLUMNS}
    return pd.DataFrame({"promoter": promoters} | columns)


def test_known_halflife_columns_that_are_not_used_warn(published_h5, long_promoters):
    pipeline = load_pretrained(published_h5)
    with pytest.warns(UserWarning, match=r"'UTR5LEN', .* are not used: .* halflife_columns="):
        found = pipeline.predict(halflife_table(long_promoters))
    np.testing.assert_array_equal(found, pipeline.predict(long_promoters))


def test_known_halflife_columns_have_no_weight_until_trained(
    published_h5, long_promoters, expression
):
    table = halflife_table(long_promoters)
    pipeline = load_pretrained(published_h5, halflife_columns=HALF_LIFE_COLUMNS)
    assert isinstance(pipeline[0], HalfLifeTransformer)
    assert pipeline[-1].n_halflife_ == 8
    expected = load_pretrained(published_h5).predict(long_promoters)
    np.testing.assert_allclose(pipeline.predict(table), expected, atol=1e-6)
    pipeline.set_params(xpresso__warm_start=True, xpresso__epochs=3, xpresso__learning_rate=0.002)
    pipeline.fit(table, expression)
    kernel = pipeline[-1].model_.get_layer("dense1").kernel.numpy()
    assert (kernel[-8:] != 0).any(axis=1).all()
    other = table.assign(CDSLEN=table["CDSLEN"].to_numpy()[::-1])
    assert (pipeline.predict(other) != pipeline.predict(table)).any()
    with pytest.raises(ValueError, match="needs the column"):
        pipeline.predict(table[["promoter"]])


# training goes on


@pytest.mark.parametrize("freeze", [False, True])
def test_fine_tuning(freeze, published_h5, long_promoters, expression):
    pipeline = load_pretrained(published_h5).set_params(
        xpresso__warm_start=True,
        xpresso__freeze_convolutions=freeze,
        xpresso__epochs=4,
        xpresso__learning_rate=0.002,
        xpresso__validation_fraction=0,
        xpresso__patience=None,
        xpresso__random_state=0,
    )
    before = pipeline.predict(long_promoters)
    pipeline.fit(long_promoters, expression)
    after = pipeline.predict(long_promoters)
    assert np.mean((after - expression) ** 2) < np.mean((before - expression) ** 2)
    weights = pipeline[-1].model_.get_weights()
    same = [np.array_equal(a, b) for a, b in zip(weights, random_weights(), strict=True)]
    assert same[:4] == [freeze] * 4
    assert same[4:] == [False] * 6


def test_a_clone_forgets_and_freezing_says_so(published_h5, long_promoters, expression):
    pipeline = load_pretrained(published_h5).set_params(
        xpresso__warm_start=True, xpresso__freeze_convolutions=True
    )
    with pytest.raises(
        ValueError, match=r"freeze_convolutions=True keeps .* \(a clone is not fitted\)"
    ):
        clone(pipeline).fit(long_promoters, expression)


def test_saved_and_pickled(published_h5, long_promoters, tmp_path):
    pipeline = load_pretrained(published_h5, tss=None)
    save_pipeline(pipeline, tmp_path / "model.safetensors")
    expected = pipeline.predict(long_promoters)
    again = load_pretrained(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again.predict(long_promoters), expected)
    again = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(again.predict(long_promoters), expected)
    with pytest.raises(ValueError, match="tss=7000 applies only to published networks"):
        load_pretrained(tmp_path / "model.safetensors", tss=7000)
    with pytest.raises(ValueError, match="halflife_columns=.'a'. applies only to published"):
        load_pretrained(tmp_path / "model.safetensors", halflife_columns=["a"])


# bad arguments


def test_misspelt_name():
    with pytest.raises(FileNotFoundError, match="did you mean 'mouse_ESCs'"):
        load_pretrained("mouse_ESC")


@pytest.mark.parametrize("names", ["CDSLEN", [], ["a", "a"], [1]])
def test_bad_halflife_columns(names, published_h5):
    with pytest.raises(ValueError, match="halflife_columns must be a list of unique column names"):
        load_pretrained(published_h5, halflife_columns=names)


def test_tss_without_room(published_h5):
    with pytest.raises(ValueError, match="too short for the window of 7000 nt upstream"):
        load_pretrained(published_h5, tss=100)


# files that are broken, or made to harm


def refused(path, message):
    with pytest.raises(ValueError, match=f"{path.name}: .*{message}"):
        load_pretrained(path)


def with_layer(index, **changes):
    config = model_config()
    config["config"]["layers"][index]["config"].update(changes)
    return config


def with_lambda():
    config = model_config()
    code = {"class_name": "Lambda", "name": "lambda_1", "config": {"function": ["4wEAAA", None]}}
    config["config"]["layers"].insert(8, code)
    return config


def named(index, name):
    config = model_config()
    config["config"]["layers"][index]["name"] = name
    return config


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (with_lambda(), r"layer\(s\) 'Lambda' may hold code"),
        (with_layer(2, pool_size=[15], strides=[15]), "not the published network"),
        (with_layer(0, batch_input_shape=[None, 10600, 4]), "not the published network"),
        (with_layer(3, activation="tanh"), "not the published network"),
        (with_layer(1, dilation_rate=[2]), "not the published network"),
        (with_layer(9, activation={"class_name": "os.system"}), "not the published network"),
        (named(1, "../../optimizer_weights"), "a layer of weights is called"),
        (named(1, ["conv1d_1"]), "a layer of weights is called"),
        (named(1, "conv1d_2000000"), "a layer of weights is called"),
        (
            named(1, "conv1d_9"),
            "'conv1d_9' must be a group of this file, got nothing",
        ),
        ("{", "model_config does not list layers"),
        ("[" * 100_000, "model_config does not list layers"),
        ('{"config": {"layers": [1]}}', "model_config does not list layers"),
        ("[]", "model_config does not list layers"),
        (np.void(pickle.dumps(print)), "model_config must be text"),
        (np.zeros(3), "model_config must be text"),
        (b"\xff\xfe", "model_config does not list layers"),
    ],
)
def test_configs_that_are_refused(config, message, tmp_path):
    refused(write_published(tmp_path / "bad.h5", config=config), message)


def test_a_very_long_config_is_refused(tmp_path):
    config = json.dumps(model_config()) + " " * 2**20
    refused(write_published(tmp_path / "bad.h5", config=config), "must be text of at most")


KERNEL = "model_weights/conv1d_1/conv1d_1/kernel:0"


def external_link(file, folder):
    with h5py.File(folder / "other.h5", "w") as other:
        other["secret"] = random_weights()[0]
    file[KERNEL] = h5py.ExternalLink(folder / "other.h5", "secret")


def soft_link(file, folder):
    file["elsewhere"] = random_weights()[0]
    file[KERNEL] = h5py.SoftLink("/elsewhere")


def linked_group(file, folder):
    group = file["model_weights/conv1d_1"]
    file.move("model_weights/conv1d_1/conv1d_1", "moved")
    file["moved/kernel:0"] = random_weights()[0]
    group["conv1d_1"] = h5py.SoftLink("/moved")


def external_storage(file, folder):
    (folder / "secret.txt").write_bytes(bytes(4 * 6 * 4 * 128))
    storage = [(folder / "secret.txt", 0, h5py.h5f.UNLIMITED)]
    file.create_dataset(KERNEL, (6, 4, 128), "f4", external=storage)


def virtual(file, folder):
    layout = h5py.VirtualLayout((6, 4, 128), "f4")
    layout[:] = h5py.VirtualSource(folder / "other.h5", "secret", (6, 4, 128))
    file.create_virtual_dataset(KERNEL, layout)


def bomb(file, folder):
    file.create_dataset(
        KERNEL, (6, 4, 128), "f4", maxshape=(None, 4, 128), chunks=(2**16, 4, 128),
        compression="gzip", fillvalue=0,
    )  # fmt: skip


def packed(file, folder):
    file.create_dataset(KERNEL, data=random_weights()[0], compression="gzip")


def enormous(file, folder):
    file.create_dataset(KERNEL, (2**40, 4, 128), "f4", chunks=(1, 4, 128))


def integers(file, folder):
    file[KERNEL] = np.zeros((6, 4, 128), "i4")


def doubles(file, folder):
    file[KERNEL] = np.zeros((6, 4, 128))


def objects(file, folder):
    file.create_dataset(KERNEL, (6, 4, 128), h5py.string_dtype())


def not_finite(file, folder):
    file[KERNEL] = np.full((6, 4, 128), np.nan, "f4")


def transposed(file, folder):
    file[KERNEL] = np.zeros((128, 4, 6), "f4")


def a_group(file, folder):
    file.create_group(KERNEL)


def nothing(file, folder):
    pass


@pytest.mark.parametrize(
    ("put", "message"),
    [
        (external_link, r"'kernel:0' is a link to somewhere else .ExternalLink"),
        (soft_link, r"'kernel:0' is a link to somewhere else .SoftLink"),
        (linked_group, "'conv1d_1' must be a group of this file, got SoftLink"),
        (external_storage, "'kernel:0' takes its values from other files"),
        (virtual, "'kernel:0' takes its values from other files"),
        (bomb, "'kernel:0' is incomplete"),
        (packed, "stored in chunks"),
        (enormous, r"must have shape .6, 4, 128., got .1099511627776, 4, 128."),
        (integers, "wrong type, int32"),
        (doubles, "must be float32, got float64"),
        (objects, "wrong type, object"),
        (not_finite, "numbers that are not finite"),
        (transposed, r"must have shape .6, 4, 128., got .128, 4, 6."),
        (a_group, "'kernel:0' must be a data set, got Group"),
        (nothing, "'kernel:0' is missing"),
    ],
)
def test_weights_that_are_refused(put, message, tmp_path):
    path = write_published(tmp_path / "bad.h5")
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        put(file, tmp_path)
    refused(path, message)


def test_no_config(published_h5, tmp_path):
    path = shutil.copy(published_h5, tmp_path / "bad.h5")
    with h5py.File(path, "r+") as file:
        del file.attrs["model_config"]
    refused(path, "has no model_config")


@pytest.mark.parametrize("keep", [20, 600, 3000, 200_000])
def test_cut_short(keep, published_h5, tmp_path):
    path = tmp_path / "bad.h5"
    path.write_bytes(published_h5.read_bytes()[:keep])
    refused(path, "damaged")


@pytest.mark.parametrize("header", [bytes(16), (1).to_bytes(8, "little") + b"\xff" * 8])
def test_a_heap_that_hdf5_would_walk_for_ever(header, published_h5, tmp_path):
    data = bytearray(published_h5.read_bytes())
    place = data.index(b"GCOL") + 16
    data[place : place + 16] = header
    path = tmp_path / "bad.h5"
    path.write_bytes(data)
    refused(path, "damaged where it holds text")


def test_scrambled(published_h5, tmp_path):
    data = bytearray(published_h5.read_bytes())
    rng = np.random.default_rng(0)
    for trial in range(20):
        damaged = bytearray(data)
        for place in rng.integers(8, 3000, 30):
            damaged[place] = rng.integers(256)
        path = tmp_path / f"bad{trial}.h5"
        path.write_bytes(damaged)
        # where the damage hit nothing that is read, the network loads
        with contextlib.suppress(ValueError):
            load_pretrained(path)


def test_too_large(published_h5, tmp_path):
    path = shutil.copy(published_h5, tmp_path / "bad.h5")
    with path.open("r+b") as file:
        file.truncate(2**26 + 1)
    refused(path, "67108865 bytes are too many")


def test_other_files(tmp_path):
    path = tmp_path / "bad.pkl"
    path.write_bytes(pickle.dumps(print))
    refused(path, "not a file of save_pipeline")
