"""Which engine computes the convolutions, and why: Keras' own operations, or compiled kernels."""

from __future__ import annotations

from skxpresso.network.architecture import Architecture

__all__ = ["ENGINES", "PRECISIONS", "choose_engine", "why_not_fused"]

ENGINES = ("auto", "fused", "keras")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")

LONGEST_KERNEL = 25
LARGEST_POOL = 2**15 - 1


def why_not_fused(
    settings: Architecture,
    promoter_length: int,
    *,
    backend: str = "tensorflow",
    uses_gpu: bool = False,
    precision: str = "float32",
) -> str | None:
    """Say what keeps a network from the compiled kernels; None where nothing does.

    Parameters
    ----------
    settings : Architecture
        Layer settings.
    promoter_length : int
        Width of the promoter window, in nt; 0 without promoters.
    backend : str, default="tensorflow"
        Of Keras.
    uses_gpu : bool, default=False
        Whether Keras runs on a GPU.
    precision : {"float32", "mixed_bfloat16", "mixed_float16"}, default="float32"
        Of the layers.

    Returns
    -------
    str or None

    Examples
    --------
    >>> from skxpresso.network.architecture import Architecture
    >>> from skxpresso.network.engines import why_not_fused
    >>> why_not_fused(Architecture(activation="elu"), 10_500)
    "activation is 'elu'; the kernels compute 'relu'"
    """
    if not promoter_length or not settings.filters:
        return "there is no convolution over a promoter"
    if settings.activation != "relu":
        return f"activation is {settings.activation!r}; the kernels compute 'relu'"
    if max(settings.kernel_sizes) > LONGEST_KERNEL:
        return f"kernel_sizes={settings.kernel_sizes} go beyond {LONGEST_KERNEL}"
    if max(settings.pool_sizes) > LARGEST_POOL:
        return f"pool_sizes={settings.pool_sizes} go beyond {LARGEST_POOL}"
    if precision != "float32":
        return f"precision is {precision!r}; the kernels compute in 'float32'"
    if backend != "tensorflow":
        return f"the backend of Keras is {backend!r}; the kernels train with 'tensorflow'"
    if uses_gpu:
        return "Keras runs on a GPU, and the kernels on the CPU; device='cpu' switches"
    return None


def choose_engine(engine: str, obstacle: str | None) -> str:
    """Return "fused" or "keras".

    Parameters
    ----------
    engine : {"auto", "fused", "keras"}
        What was asked for; "auto" takes the kernels where nothing is in their way.
    obstacle : str or None
        From `why_not_fused`.

    Returns
    -------
    {"fused", "keras"}

    Raises
    ------
    ValueError
        If "fused" was asked for and cannot be had.

    Examples
    --------
    >>> from skxpresso.network.engines import choose_engine
    >>> choose_engine("auto", None), choose_engine("auto", "there is no promoter")
    ('fused', 'keras')
    """
    if engine == "fused" and obstacle is not None:
        raise ValueError(f"engine='fused' is not to be had here: {obstacle}")
    if engine == "auto":
        return "keras" if obstacle else "fused"
    return engine
