"""The kernels against a naive float64 loop, with every setting that the package offers."""

import concurrent.futures
import multiprocessing
import os
import subprocess
import sys

import joblib
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from skxpresso._kernels import Geometry, conv_pool, conv_pool_gradient, run_lengths
from skxpresso._threads import available_threads, run_tasks, spans


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
    pooled, winners = conv_pool(codes, kernel, bias, geometry, with_winners=True)
    expected, expected_winners = naive(codes, kernel, bias, geometry)
    np.testing.assert_allclose(pooled, expected, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(winners, expected_winners)
    gradient = np.random.default_rng(0).normal(size=pooled.shape)
    for got, wanted in zip(
        conv_pool_gradient(codes, winners, gradient, geometry),
        naive_gradient(codes, winners, gradient, geometry),
        strict=True,
    ):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-10)
