"""The program around the commands: options of its own, errors, exit status."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import typer
import typer.core

from skxpresso import __version__
from skxpresso._utils.table import clip
from skxpresso.cli._speech import in_options, plain_reason

__all__ = ["app", "main"]

_EXPECTED = (
    ArithmeticError,
    ImportError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class _Commands(typer.core.TyperGroup):
    """The commands, of which the one that was chosen is known when something is to be said."""

    chosen: ClassVar[Any] = None

    def resolve_command(self, *arguments: Any) -> Any:
        found = super().resolve_command(*arguments)
        _Commands.chosen = found[1]
        return found


app = typer.Typer(
    cls=_Commands,
    help="Predict gene expression from promoter sequence with the Xpresso network.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # lines of a paragraph flow
)


def main() -> None:
    """Run the command line; an expected error ends with one line and exit status 1."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _show_log()
    _Commands.chosen = None
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warning_printer()
            _check_folder()
            _check_options(sys.argv[1:])
            app()
    except KeyboardInterrupt as interrupt:
        _fail("interrupted", 130, interrupt)
    except SystemExit as leaving:
        if leaving.code == 130:  # typer's way of taking an interrupt, without a word
            _fail("interrupted", 130, leaving)
        raise
    except _EXPECTED as error:
        if os.environ.get("SKXPRESSO_TRACEBACK"):
            raise
        _fail(_in_options(plain_reason(error)), 1, error, " (SKXPRESSO_TRACEBACK=1 shows where)")
    except Exception as error:  # a fault of the program is one line, too
        if os.environ.get("SKXPRESSO_TRACEBACK"):
            raise
        more = "; this should not happen: SKXPRESSO_TRACEBACK=1 shows where, please report it"
        _fail(f"{type(error).__name__}: {error}", 1, error, more)


def _check_folder() -> None:
    try:
        os.getcwd()
    except FileNotFoundError:
        raise OSError("the current folder has been removed; change to another one") from None


def _check_options(arguments: list[str]) -> None:
    """Raise for an option whose value is empty, as of a shell variable that is not set."""
    for name, value in zip(arguments, [*arguments, None][1:], strict=True):
        if name.startswith("--") and (name.endswith("=") or ("=" not in name and value == "")):
            raise ValueError(f"{name.rstrip('=')} must not be empty")


def _in_options(message: str) -> str:
    return in_options(message, getattr(_Commands.chosen, "params", ()))


def _show_log() -> None:
    """Print what the package logs, such as the columns that it uses, to standard error."""
    log = logging.getLogger("skxpresso")
    for handler in log.handlers[:]:  # of an earlier call in this process
        if isinstance(handler, _Printer):
            log.removeHandler(handler)
    log.addHandler(_Printer())
    log.setLevel(logging.INFO)


class _Printer(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _say(record.getMessage())


def _fail(message: str, status: int, error: BaseException, more: str = "") -> None:
    """Print the error, and its notes, in one line of at most 500 characters each, and leave."""
    _say(f"error: {message}", more)
    for note in getattr(error, "__notes__", ()):
        _say(note)
    sys.exit(status)


def _say(message: str, more: str = "") -> None:
    begin = "skxpresso: "
    print(f"{begin}{clip(message, 500 - len(begin) - len(more))}{more}", file=sys.stderr)


def _warning_printer(most: int = 5) -> Callable[..., None]:
    """Print warnings as one line each, and of one kind a few: a stream may warn without end."""
    counts: Counter[type[Warning]] = Counter()

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        counts[category] += 1
        if counts[category] <= most:
            more = " (further warnings of this kind are not shown)"
            _say(f"warning: {_in_options(str(message))}", more if counts[category] == most else "")

    return show


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"skxpresso {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and leave."
        ),
    ] = False,
) -> None:
    """Predict gene expression from promoter sequence with the Xpresso network."""
