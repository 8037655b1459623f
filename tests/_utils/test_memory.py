"""Freed memory goes back where the libraries can, and nothing happens where they cannot."""

import ctypes
import sys
from types import SimpleNamespace

import pytest

from skxpresso._utils.memory import give_memory_back


def test_what_is_loaded_is_asked(monkeypatch):
    asked = []
    pool = SimpleNamespace(release_unused=lambda: asked.append("pyarrow"))
    arrow = SimpleNamespace(default_memory_pool=lambda: pool)
    libc = SimpleNamespace(malloc_trim=lambda pad: asked.append(pad))
    monkeypatch.setitem(sys.modules, "pyarrow", arrow)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: libc)
    give_memory_back()
    assert asked == ["pyarrow", 0]


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_other_libraries_are_left_alone(error, monkeypatch):
    def refuse(name):
        raise error

    monkeypatch.delitem(sys.modules, "pyarrow", raising=False)
    monkeypatch.setattr(ctypes, "CDLL", refuse)
    give_memory_back()
