"""The autoencoder: what it masks, what pretraining is worth, and products of its weights."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from skxpresso import DenoisingAutoencoderRegressor, KmerCountEncoder, OneHotPromoterEncoder
from skxpresso.baselines import autoencoder_baseline
from skxpresso.exceptions import NonFiniteLossError
from skxpresso.network._keras.autoencoder import build_autoencoder_regressor, learn_zscores
from skxpresso.network._keras.pretraining import MaskedBatches, pretrain
from skxpresso.network.architecture import Architecture
from skxpresso.network.genes import Genes

pytestmark = pytest.mark.slow

SETTINGS = Architecture((), (), (), (), (6, 3), (0.0, 0.0), "tanh")


def structured_genes(n, seed=0):
    """Twelve numbers of two hidden causes, which can be restored, and bases, which cannot."""
    rng = np.random.default_rng(seed)
    causes = rng.normal(size=(n, 2))
    numbers = causes @ np.random.default_rng(9).normal(size=(2, 12)) * 1e-3 + 0.01
    return Genes(rng.integers(0, 4, (n, 8), dtype=np.uint8), numbers.astype("f4"))


def features(genes, model):
    mean, variance = model.get_layer("zscore").get_weights()
    onehot = np.eye(5)[genes.codes][:, :, :4].reshape(len(genes), -1)
    return np.hstack([onehot, (genes.halflife - mean) / np.sqrt(variance)])


@pytest.fixture
def genes():
    return structured_genes(300)


@pytest.fixture
def model(genes):
    model = build_autoencoder_regressor(8, 12, SETTINGS, seed=0)
    learn_zscores(model, genes.halflife)
    return model


def pretrained(model, genes, **options):
    settings = {"noise": 0.2, "epochs": 4, "batch_size": 32, "seed": 0} | options
    return pretrain(model, genes, lambda: keras.optimizers.Adam(0.02), **settings)


def test_numbers_enter_as_zscores(model, genes):
    zscore = keras.Model(model.inputs, model.get_layer("zscore").output)
    out = keras.ops.convert_to_numpy(zscore(genes.inputs()))
    expected = (genes.halflife - genes.halflife.mean(axis=0)) / genes.halflife.std(axis=0)
    np.testing.assert_allclose(out, expected, atol=1e-4)


def test_constant_number_enters_as_zero(genes):
    genes.halflife[:, 2] = 7
    model = build_autoencoder_regressor(8, 12, SETTINGS, seed=0)
    learn_zscores(model, genes.halflife)
    zscore = keras.Model(model.inputs, model.get_layer("zscore").output)
    assert np.all(keras.ops.convert_to_numpy(zscore(genes.inputs()))[:, 2] == 0)


def test_mean_and_variance_do_not_train(model):
    kernels = {weight.path for weight in model.trainable_weights}
    assert not any("zscore" in path for path in kernels)


def test_masks_hide_whole_bases_and_single_numbers():
    clean = np.ones((40, 4 * 10 + 3), dtype="f4")
    widths = np.repeat([4, 1], [10, 3])
    batches = MaskedBatches(lambda rows: clean[rows], 40, widths, 0.3, 40, np.random.default_rng(0))
    masked, target = batches[0]
    np.testing.assert_array_equal(target, clean)
    bases = masked[:, :40].reshape(40, 10, 4)
    assert set(bases.sum(axis=2).ravel()) == {0.0, 4.0}
    assert (masked == 0).mean() == pytest.approx(0.3, abs=0.05)
    assert 0 < (masked[:, 40:] == 0).mean() < 1


def test_batches_hold_every_row_once_in_a_new_order_each_epoch():
    rows = np.arange(10, dtype="f4")[:, None]
    batches = MaskedBatches(
        lambda at: rows[at], 10, np.ones(1, int), 0.0, 4, np.random.default_rng(0)
    )
    epochs = []
    for _ in range(2):
        epochs.append(np.concatenate([batches[i][1][:, 0] for i in range(len(batches))]))
        batches.on_epoch_end()
    assert not np.array_equal(*epochs)
    np.testing.assert_array_equal(np.sort(epochs), [np.arange(10)] * 2)


def least_squares_error(hidden, target, hidden_new, target_new):
    """Restore as well as a linear decoder can; how far off it is on other rows."""
    hidden, hidden_new = (np.hstack([h, np.ones((len(h), 1))]) for h in (hidden, hidden_new))
    decoder = np.linalg.lstsq(hidden, target, rcond=None)[0]
    return np.mean((hidden_new @ decoder - target_new) ** 2)


def test_pretraining_lowers_the_error_on_rows_not_seen(model, genes):
    others = structured_genes(200, seed=1)
    last = keras.Model(model.inputs, model.get_layer("dense2").output)

    def error():
        hidden = [keras.ops.convert_to_numpy(last(rows.inputs())) for rows in (genes, others)]
        clean = [features(rows, model) for rows in (genes, others)]
        return least_squares_error(hidden[0], clean[0], hidden[1], clean[1])

    before = error()
    losses = pretrained(model, genes, epochs=15)
    assert error() < 0.6 * before
    assert [len(layer) for layer in losses] == [15, 15]
    assert all(layer[-1] < 0.8 * layer[0] for layer in losses)


def test_pretrained_layers_are_products_of_their_weights(model, genes):
    pretrained(model, genes)
    x = features(genes, model)
    for name in ("dense1", "dense2"):
        kernel, bias = model.get_layer(name).get_weights()
        x = np.tanh(x @ kernel + bias)
    last = keras.Model(model.inputs, model.get_layer("dense2").output)
    computed = keras.ops.convert_to_numpy(last(genes.inputs()))
    np.testing.assert_allclose(computed, x, rtol=1e-3, atol=1e-4)


def test_pretraining_repeats_and_leaves_the_output_alone(genes):
    def run(seed):
        model = build_autoencoder_regressor(8, 12, SETTINGS, seed=0)
        before = model.get_layer("expression").get_weights()
        learn_zscores(model, genes.halflife)
        pretrained(model, genes, seed=seed, epochs=1)
        for a, b in zip(before, model.get_layer("expression").get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        return model.get_layer("dense2").get_weights()[0]

    first = run(3)
    np.testing.assert_array_equal(run(3), first)
    assert not np.allclose(run(4), first)


def test_diverged_pretraining_is_an_error(model, genes):
    with (
        np.errstate(all="ignore"),
        pytest.raises(NonFiniteLossError, match="epoch 1 of pretraining dense1"),
    ):
        pretrain(
            model,
            genes,
            lambda: keras.optimizers.SGD(1e30),
            noise=0.1,
            epochs=1,
            batch_size=16,
            seed=0,
        )


def test_nothing_is_learned_of_y(genes):
    """Two fits with other labels start from the same pretrained layers."""
    rng = np.random.default_rng(0)
    model = DenoisingAutoencoderRegressor(
        dense_units=(6,),
        dropout_rates=(0.0,),
        pretrain_epochs=3,
        epochs=1,
        patience=None,
        random_state=0,
    )
    numbers = genes.halflife
    a, b = (clone(model).fit(numbers, rng.normal(size=300)) for _ in range(2))
    assert a.pretraining_losses_ == b.pretraining_losses_


def test_numbers_of_any_scale_give_the_same_fit(genes):
    X = np.random.default_rng(0).normal(size=(200, 4))
    y = X[:, 0] * X[:, 1]
    model = DenoisingAutoencoderRegressor(
        dense_units=(8,),
        dropout_rates=(0.0,),
        pretrain_epochs=1,
        epochs=1,
        patience=None,
        random_state=0,
    )
    scale = np.array([1e-4, 1.0, 8.0, 1e4])
    small = clone(model).fit(X, y).predict(X)
    np.testing.assert_allclose(clone(model).fit(X * scale, y).predict(X * scale), small, atol=1e-3)


def test_learns_an_interaction_behind_the_kmer_encoder(promoters):
    X = promoters.data["promoter"].tolist()
    y = np.array([s.count("A") * s.count("C") for s in X], dtype=float)
    model = autoencoder_baseline(
        1,
        dense_units=(16,),
        dropout_rates=(0.0,),
        learning_rate=0.01,
        batch_size=8,
        pretrain_epochs=2,
        epochs=30,
        patience=None,
        random_state=0,
    )
    assert model.fit(X[:60], y[:60]).score(X[60:], y[60:]) > 0.7


def test_sparse_words_are_refused_with_a_reason(promoters):
    words = KmerCountEncoder(2).fit_transform(promoters.data["promoter"])
    with pytest.raises(TypeError, match="[Ss]parse data was passed"):
        DenoisingAutoencoderRegressor().fit(words, promoters.target)


def test_position_matters(promoters):
    """A base at one place decides, which no count of words tells."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (400, 12))
    X = ["".join(row) for row in np.array(list("ACGT"))[codes]]
    y = (codes[:, 5] == 2).astype(float) + (codes[:, 8] == 1)
    matrix = OneHotPromoterEncoder().fit_transform(X)
    model = DenoisingAutoencoderRegressor(
        dense_units=(16,),
        dropout_rates=(0.0,),
        learning_rate=0.01,
        batch_size=16,
        epochs=15,
        pretrain_epochs=3,
        patience=None,
        random_state=0,
    ).fit(matrix[:300], y[:300])
    assert model.score(matrix[300:], y[300:]) > 0.8
