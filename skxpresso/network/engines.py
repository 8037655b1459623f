"""Which engine computes the convolutions, and why: Keras' own operations, or compiled kernels."""

from __future__ import annotations

from skxpresso._kernels.limits import LARGEST_POOL, LONGEST_KERNEL
from skxpresso._utils.table import shorten
from skxpresso.network.architecture import Architecture

__all__ = ["ENGINES", "PRECISIONS", "choose_engine", "why_not_fused"]

ENGINES = ("auto", "fused", "keras")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


def why_not_fused(
    settings: Architecture,
    promoter_length: int,
    *,
    backend: str = "tensorflow",
    uses_gpu: bool = False,
    precision: str = "float32",
) -> str | None:
    """Say why the compiled kernels cannot compute a network; None if they can.

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
    "activation is 'elu', but the kernels compute only 'relu'"
    """
    if not promoter_length or not settings.filters:
        return "the network has no convolution over a promoter"
    if settings.activation != "relu":
        return f"activation is {settings.activation!r}, but the kernels compute only 'relu'"
    if max(settings.kernel_sizes) > LONGEST_KERNEL:
        return f"kernel_sizes={shorten(settings.kernel_sizes)} exceed {LONGEST_KERNEL}"
    if max(settings.pool_sizes) > LARGEST_POOL:
        return f"pool_sizes={shorten(settings.pool_sizes)} exceed {LARGEST_POOL}"
    if precision != "float32":
        return f"precision is {precision!r}, but the kernels compute in 'float32'"
    if backend != "tensorflow":
        return f"the backend of Keras is {backend!r}, but the kernels train with 'tensorflow'"
    if uses_gpu:
        return "Keras runs on a GPU, but the kernels run on the CPU; set device='cpu' to use them"
    return None


def choose_engine(engine: str, obstacle: str | None) -> str:
    """Return "fused" or "keras".

    Parameters
    ----------
    engine : {"auto", "fused", "keras"}
        The requested engine; "auto" chooses the kernels wherever they can be used.
    obstacle : str or None
        From `why_not_fused`.

    Returns
    -------
    {"fused", "keras"}

    Raises
    ------
    ValueError
        If "fused" was requested and cannot be used.

    Examples
    --------
    >>> from skxpresso.network.engines import choose_engine
    >>> choose_engine("auto", None), choose_engine("auto", "there is no promoter")
    ('fused', 'keras')
    """
    if engine == "fused" and obstacle is not None:
        raise ValueError(f"engine='fused' cannot be used here: {obstacle}")
    if engine == "auto":
        return "keras" if obstacle else "fused"
    return engine
