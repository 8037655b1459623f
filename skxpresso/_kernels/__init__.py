"""Compiled with numba: what promoters ask of the processor."""
