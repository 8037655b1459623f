"""Errors in the words of the command line: parameters of Python become options."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["in_options", "plain_reason"]

#: Parameters of Python whose option has another name.
_OTHER_NAMES = {
    "random_state": "seed",
    "masked": "mask",
    "n_estimators": "ensemble",
    "sequence_column": "promoter_column",
    "source": "table",
}
#: Advice that needs a parameter, and what a command says that has no option for it.
_WITHOUT = {
    "short": (
        ("short='pad' to fill with N", "fill them with N yourself"),
        (
            "short='pad' aligns sequences at the TSS, cuts long ones and fills short ones with N",
            "cut them to one length yourself, or fill them with N",
        ),
    ),
    "folder": ((", or folder=,", ""),),
}
_CALL = re.compile(r"\b(?:make_)?[A-Za-z_]+\((\w+=(?:'[^']*'|[\w.]+))\)")
_OF_A_CLASS = re.compile(r"The '(\w+)' parameter of \w+ must")  # as scikit-learn says it
_VALUE = r"(?:'[^']*'|\"[^\"]*\"|\([^()]*\)|\[[^\[\]]*\]|[^\s,;:()]*[^\s,;:().?])"


def in_options(message: str, parameters: Iterable[Any]) -> str:
    """Replace parameters in a message by the options of a command.

    Parameters
    ----------
    message : str
        Message of an error that was raised in Python.
    parameters : iterable of option or argument
        The parameters of the command.

    Returns
    -------
    str
        The message; names that are no parameters of the command stay as they are, but for
        advice that says how the same is done without them.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from skxpresso.cli._speech import in_options
    >>> options = [
    ...     SimpleNamespace(name=name, opts=[f"--{name}"], secondary_opts=[f"--no-{name}"],
    ...                     is_flag=name == "log10", param_type_name="option")
    ...     for name in ("log10", "tss", "short")
    ... ]
    >>> in_options("log10=True needs 0 or more; log10=False takes it as it is", options)
    '--log10 needs 0 or more; --no-log10 takes it as it is'
    >>> in_options("Set tss if the TSS lies elsewhere, or short='pad'.", options)
    'Set --tss if the TSS lies elsewhere, or --short pad.'
    """
    options = {each.name: each for each in parameters if each.param_type_name == "option"}
    for python, name in _OTHER_NAMES.items():
        if name in options:
            options.setdefault(python, options[name])
    for name, advice in _WITHOUT.items():
        for theirs, ours in advice if name not in options else ():
            message = message.replace(theirs, ours)
    if not options:
        return message
    names = "|".join(sorted(map(re.escape, options), key=len, reverse=True))
    message = _CALL.sub(
        lambda call: call[1] if call[1].split("=")[0] in options else call[0], message
    )
    message = _OF_A_CLASS.sub(lambda found: f"{found[1]} must", message)
    message = re.sub(
        rf"(?<![\w.'/-])({names})=({_VALUE})?",
        lambda found: _option(options[found[1]], found[2]),
        message,
    )
    longer = "|".join(name for name in options if "_" in name) or "(?!)"
    return re.sub(
        rf"(?<![\w.'/-])(?:(?<=Set )({names})|({names})(?= must )|({longer}))(?![\w'-])",
        lambda found: _option(options[found[1] or found[2] or found[3]], None),
        message,
    )


def _option(option: Any, value: str | None) -> str:
    """Write an option with its value as one types it."""
    name = max(option.opts, key=len)
    if value is None:
        return name
    if option.secondary_opts and value in ("True", "False"):
        return name if value == "True" else str(option.secondary_opts[0])
    if option.is_flag:
        return name if value == "True" else f"no {name}"
    if value == "None":
        return f"no {name}"
    return f"{name} {_typed(value)}"


def _typed(value: str) -> str:
    """Return a value without Python's quotes; lists are separated by commas."""
    if value[0] in "([":
        return ",".join(part.strip(" '\"") for part in value[1:-1].split(",") if part.strip())
    return value.strip("'\"")


def plain_reason(error: BaseException) -> str:
    """Return the message of an error; one of the operating system as a sentence.

    Examples
    --------
    >>> from skxpresso.cli._speech import plain_reason
    >>> plain_reason(FileNotFoundError(2, "No such file or directory", "a/b.tsv"))
    'a/b.tsv: no such file or directory'
    """
    if isinstance(error, MemoryError):
        return f"there is not enough memory{f': {error}' if str(error) else ''}"
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error) or type(error).__name__
    reason = error.strerror[:1].lower() + error.strerror[1:]
    files = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return f"{' and '.join(files)}: {reason}" if files else reason
