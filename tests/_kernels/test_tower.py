"""The kernels against a naive float64 loop, with every setting that the package offers."""

import concurrent.futures
import multiprocessing
import os
import subprocess
import sys
import time

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from skxpresso._kernels import threads as _threads
from skxpresso._kernels.first_layer import run_lengths
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.later_gradient import add_gradient, by_filter, from_filter
from skxpresso._kernels.later_layers import PackedKernel, pool_inputs
from skxpresso._kernels.threads import available_threads, run_tasks, spans
from skxpresso._kernels.tower import Convolution, tower_features
from skxpresso._kernels.tower_gradient import tower_gradient


def one_layer(kernel, bias, geometry):
    return (Convolution(kernel, bias, *geometry[1:]),)


def conv_pool(codes, kernel, bias, geometry):
    """Pooled values and winners of a tower of one convolution."""
    _, trace = tower_features(codes, one_layer(kernel, bias, geometry))
    return trace.pooled[0][..., : len(bias)], trace.winners[0][..., : len(bias)]


def conv_pool_gradient(codes, kernel, bias, geometry, gradient):
    tower = one_layer(kernel, bias, geometry)
    _, trace = tower_features(codes, tower)
    return tower_gradient(codes, tower, trace, gradient)[0]


def naive(codes, kernel, bias, geometry):
    """Loop over windows; pooled values and winners."""
    n_positions = codes.shape[1]
    n_windows = geometry.windows(n_positions)
    total = geometry.dilation_rate * (geometry.kernel_size - 1)
    left = total // 2 if geometry.padding == "same" else 0
    one_hot = np.vstack([np.eye(4), np.zeros((1, 4))])[codes]
    pooled = np.zeros((len(codes), n_windows, kernel.shape[2]))
    winners = np.full(pooled.shape, -1)
    for row, window in np.ndindex(pooled.shape[:2]):
        for j in range(geometry.pool_size):
            value = bias.astype(np.float64)
            for tap in range(geometry.kernel_size):
                p = window * geometry.pool_size + j + tap * geometry.dilation_rate - left
                if 0 <= p < n_positions:
                    value = value + one_hot[row, p] @ kernel[tap]
            better = value > pooled[row, window]
            winners[row, window, better] = j
            pooled[row, window, better] = value[better]
    return pooled, winners


def naive_gradient(codes, winners, gradient, geometry):
    """Loop over winners."""
    left = geometry.left
    kernel = np.zeros((geometry.kernel_size, 4, gradient.shape[2]))
    bias = np.zeros(gradient.shape[2])
    for (row, window, f), j in np.ndenumerate(winners):
        if j < 0:
            continue
        bias[f] += gradient[row, window, f]
        for tap in range(geometry.kernel_size):
            p = window * geometry.pool_size + j + tap * geometry.dilation_rate - left
            if 0 <= p < codes.shape[1] and codes[row, p] < 4:
                kernel[tap, codes[row, p], f] += gradient[row, window, f]
    return kernel, bias


@st.composite
def problems(draw):
    geometry = Geometry(
        kernel_size=draw(st.integers(1, 25)),
        dilation_rate=draw(st.integers(1, 4)),
        pool_size=draw(st.integers(1, 9)),
        padding=draw(st.sampled_from(["same", "valid"])),
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_positions = draw(st.integers(1, 60))
    letters = draw(st.sampled_from([[0], [4], [0, 1], [0, 1, 2, 3], [0, 1, 2, 3, 4]]))
    codes = rng.choice(letters, (draw(st.integers(1, 6)), n_positions)).astype(np.uint8)
    filters = draw(st.sampled_from([1, 3, 16, 32, 33]))
    # multiples of 1/8 are exact in float64, so that equal sums really tie
    kernel = rng.integers(-8, 9, (geometry.kernel_size, 4, filters)) / 8
    bias = rng.integers(-8, 9, filters) / 8
    return codes, kernel, bias, geometry


@given(problems())
@settings(max_examples=60, deadline=None)
def test_same_as_naive_loop(problem):
    codes, kernel, bias, geometry = problem
    pooled, winners = conv_pool(codes, kernel, bias, geometry)
    expected, expected_winners = naive(codes, kernel, bias, geometry)
    np.testing.assert_allclose(pooled, expected, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(winners, expected_winners)
    gradient = np.random.default_rng(0).normal(size=pooled.shape)
    for got, wanted in zip(
        conv_pool_gradient(codes, kernel, bias, geometry, gradient),
        naive_gradient(codes, winners, gradient, geometry),
        strict=True,
    ):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-10)


def random_tower(rng, dtype=np.float64, depth=3):
    """Small convolutions of every kind; windows that are no multiple of the pool."""
    settings = [(6, 4, 33, 2, 3, "same"), (5, 33, 7, 3, 2, "same"), (4, 7, 5, 1, 1, "same")]
    return tuple(
        Convolution(
            rng.normal(size=(size, channels, filters)).astype(dtype),
            rng.normal(size=filters).astype(dtype),
            dilation,
            pool,
            padding,
        )
        for size, channels, filters, dilation, pool, padding in settings[:depth]
    )


def naive_layer(inputs, layer):
    """Loop over positions and taps of a convolution with ReLU and max-pool."""
    n_positions = inputs.shape[1]
    left = layer.geometry.left
    values = np.zeros((len(inputs), n_positions, layer.filters)) + layer.bias
    for p, tap in np.ndindex(n_positions, len(layer.kernel)):
        source = p + tap * layer.dilation_rate - left
        if 0 <= source < n_positions:
            values[:, p] += inputs[:, source] @ layer.kernel[tap]
    n_windows = n_positions // layer.pool_size
    values = values[:, : n_windows * layer.pool_size]
    return values.reshape(len(inputs), n_windows, layer.pool_size, -1).max(axis=2).clip(0)


def naive_tower(codes, convolutions):
    x = np.vstack([np.eye(4), np.zeros((1, 4))])[codes]
    for layer in convolutions:
        x = naive_layer(x, layer)
    return x.reshape(len(codes), -1)


def test_tower_same_as_naive_loop():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (5, 101)).astype(np.uint8)
    tower = random_tower(rng)
    features, _ = tower_features(codes, tower)
    np.testing.assert_allclose(features, naive_tower(codes, tower), rtol=0, atol=1e-10)


@pytest.mark.parametrize("worth", [1, 2**22])  # shared among threads, and not
def test_tower_gradient_same_as_differences(worth, monkeypatch):
    monkeypatch.setattr(_threads, "WORTH_SHARING", worth)
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 5, (5, 101)).astype(np.uint8)
    tower = random_tower(rng)
    features, trace = tower_features(codes, tower)
    upstream = rng.normal(size=features.shape)
    gradients = tower_gradient(codes, tower, trace, upstream)
    step = 1e-6
    for index, layer in enumerate(tower):
        for name, gradient in zip(("kernel", "bias"), gradients[index], strict=True):
            direction = rng.normal(size=gradient.shape)
            sums = []
            for sign in (1, -1):
                moved = layer._replace(**{name: getattr(layer, name) + sign * step * direction})
                stack = (*tower[:index], moved, *tower[index + 1 :])
                sums.append((naive_tower(codes, stack) * upstream).sum())
            slope = (sums[0] - sums[1]) / (2 * step)
            assert (gradient * direction).sum() == pytest.approx(slope, rel=1e-5)


def test_pool_inputs_valid_padding():
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(2, 20, 3))
    kernel, bias = rng.normal(size=(4, 3, 2)), rng.normal(size=2)
    geometry = Geometry(4, 2, 3, "valid")
    pooled = np.empty((2, geometry.windows(20), 32))
    pool_inputs(inputs, PackedKernel(kernel, bias), geometry, pooled, None)
    windows = np.lib.stride_tricks.sliding_window_view(inputs, 7, axis=1)[..., ::2]
    values = np.einsum("npck,kcf->npf", windows, kernel) + bias
    expected = values[:, :12].reshape(2, 4, 3, 2).max(axis=2).clip(0)
    np.testing.assert_allclose(pooled[..., :2], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, 6, 11])  # whole groups of taps, and a rest
@pytest.mark.parametrize(("dilation", "pool"), [(1, 2), (3, 7)])
def test_gradient_of_a_later_layer_same_as_naive_loop(kernel_size, dilation, pool):
    rng = np.random.default_rng(5)
    kernel, inputs = rng.normal(size=(kernel_size, 20, 6)), np.zeros((3, 23, 32))
    inputs[..., :20] = rng.normal(size=(3, 23, 20))
    geometry = Geometry(kernel_size, dilation, pool)
    winners = rng.integers(-1, pool, (3, geometry.windows(23), 32)).astype(np.int16)
    gradient = rng.normal(size=(*winners.shape[:2], 6))
    by_inputs, by_kernel, by_bias = np.zeros((3, 33 + 23, 20)), np.zeros(kernel.shape), np.zeros(6)
    for row, window, f in np.ndindex(gradient.shape):
        if winners[row, window, f] < 0:
            continue
        value = gradient[row, window, f]
        by_bias[f] += value
        for tap in range(kernel_size):
            p = window * pool + winners[row, window, f] + tap * dilation - geometry.left
            by_inputs[row, 15 + p] += value * kernel[tap, :, f]
            if 0 <= p < 23:
                by_kernel[tap, :, f] += value * inputs[row, p, :20]
    below, packed = np.full(inputs.shape, np.nan), by_filter(kernel)
    grown = np.zeros_like(packed), np.zeros(6)
    add_gradient(inputs, winners, gradient, packed, geometry, below, *grown)
    np.testing.assert_allclose(below[..., :20], by_inputs[:, 15 : 15 + 23], rtol=0, atol=1e-12)
    np.testing.assert_allclose(from_filter(grown[0], 20), by_kernel, rtol=0, atol=1e-12)
    np.testing.assert_allclose(grown[1], by_bias, rtol=0, atol=1e-12)


def step_bits(n_threads=None, dtype=np.float32):
    """Every array of a forward and backward pass, as bytes."""
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 5, (150, 2000)).astype(np.uint8)  # enough to be shared
    tower = random_tower(rng, dtype)
    features, trace = tower_features(codes, tower, n_threads=n_threads)
    upstream = rng.normal(size=features.shape).astype(dtype)
    gradients = tower_gradient(codes, tower, trace, upstream, n_threads=n_threads)
    arrays = [features, *trace.winners, *(array for pair in gradients for array in pair)]
    return b"".join(array.tobytes() for array in arrays)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_same_bits_for_any_number_of_threads(dtype):
    expected = step_bits(1, dtype)
    assert all(step_bits(n_threads, dtype) == expected for n_threads in (2, 3, 8))


def test_rows_do_not_depend_on_their_company():
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 5, (30, 200)).astype(np.uint8)
    tower = random_tower(rng, np.float32)
    together, _ = tower_features(codes, tower)
    alone = [tower_features(codes[i : i + 1], tower)[0][0] for i in range(30)]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("n_rows", [30, 31, 7])
def test_memory_of_another_batch_changes_nothing(n_rows):
    rng = np.random.default_rng(6)
    tower = random_tower(rng, np.float32)
    codes = rng.integers(0, 5, (n_rows, 200)).astype(np.uint8)
    expected, fresh = tower_features(codes, tower)
    upstream = rng.normal(size=expected.shape).astype(np.float32)
    wanted = tower_gradient(codes, tower, fresh, upstream)
    _, room = tower_features(rng.integers(0, 5, (30, 200)).astype(np.uint8), tower)
    for array in room.pooled:
        array.fill(np.nan)
    got, trace = tower_features(codes, tower, room=room)
    np.testing.assert_array_equal(got, expected)
    assert (trace is room) == (n_rows <= 30)
    gradients = tower_gradient(codes, tower, trace, upstream)
    for pair, other in zip(gradients, wanted, strict=True):
        np.testing.assert_array_equal(pair[0], other[0])
        np.testing.assert_array_equal(pair[1], other[1])


def test_concurrent_python_threads():
    expected = step_bits()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(step_bits, [None] * 16))
    assert all(result == expected for result in results)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_joblib_workers(backend):
    with joblib.parallel_config(backend, n_jobs=2):
        results = joblib.Parallel()(joblib.delayed(step_bits)() for _ in range(2))
    assert results == [step_bits()] * 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_child():
    expected = step_bits()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(step_bits).get(timeout=30) == expected


def test_thread_limits(monkeypatch):
    assert available_threads() <= len(os.sched_getaffinity(0))
    with threadpool_limits(1):
        assert available_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert available_threads() == 1


def test_workers_of_joblib_share_the_cores():
    with joblib.parallel_config("loky", n_jobs=2):
        threads = joblib.Parallel()(joblib.delayed(available_threads)() for _ in range(2))
    assert sum(threads) <= max(2, joblib.cpu_count())


def test_calls_at_once_share_the_cores():
    most = joblib.cpu_count()
    running, seen = [], []

    def task(start, stop):
        running.append(start)
        seen.append(len(running))
        time.sleep(0.01)
        running.pop()

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for call in [pool.submit(run_tasks, task, spans(10, 1), 64) for _ in range(3)]:
            call.result()
    assert len(seen) == 30
    assert max(seen) <= 3 + most - 1  # the callers, and the helpers of the process


def test_error_of_a_task_reaches_the_caller():
    def task(start, stop):
        raise OSError(start)

    with pytest.raises(OSError, match=r"^[01]$"):
        run_tasks(task, [(0, 1), (1, 2)], 2)


def test_read_only_installation(tmp_path):
    """Without a folder for compiled code the kernels still work."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "file" / "below")}
    (tmp_path / "file").touch()  # no folder can be made below a file
    program = (
        "import numba.core.caching as caching\n"
        "only = [caching.UserProvidedCacheLocator]\n"
        "caching.CompileResultCacheImpl._locator_classes = only\n"
        "from skxpresso._kernels.first_gradient import _scatter\n"
        "print(type(_scatter._cache).__name__)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert result.stdout.strip() == "NullCache", result.stderr


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(value):
    codes = np.zeros((1, 4), np.uint8)
    kernel = np.ones((2, 4, 3), np.float32)
    kernel[0, 3, 1] = value  # a letter that does not even occur
    tower = one_layer(kernel, np.zeros(3, np.float32), Geometry(2, pool_size=2))
    assert np.isnan(tower_features(codes, tower)[0]).all()


def test_runs_cover_the_kernel():
    for kernel_size in range(1, 26):
        lengths = run_lengths(kernel_size)
        assert sum(lengths) == kernel_size
        assert max(lengths) <= 4


@pytest.mark.parametrize(
    ("codes", "geometry", "message"),
    [
        (np.full((1, 9), 5, np.uint8), Geometry(3), "codes must be 0 to 4, got 5"),
        (np.zeros((1, 9), np.int64), Geometry(3), "codes must be uint8"),
        (np.zeros((1, 9), np.uint8), Geometry(26), "kernel_size must be 1 to 25, got 26"),
        (np.zeros((1, 9), np.uint8), Geometry(3, 0), "dilation_rate must be at least 1, got 0"),
        (np.zeros((1, 9), np.uint8), Geometry(3, 1, 0), "pool_size must be 1 to 32767, got 0"),
        (np.zeros((1, 9), np.uint8), Geometry(3, 1, 1, "full"), "padding must be 'same' or"),
    ],
)
def test_refused(codes, geometry, message):
    kernel = np.zeros((geometry.kernel_size, 4, 2))
    with pytest.raises(ValueError, match=message):
        conv_pool(codes, kernel, np.zeros(2), geometry)
