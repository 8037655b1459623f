"""Memory that outlives a thread: who helps next takes what the last helper left."""

import threading

import numpy as np

from skxpresso._kernels.memory import borrowed_memory, scratch


def in_a_thread(function):
    """Call a function in a thread of its own and return what it gave."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def borrow():
    """Return the memory that a helper works in."""
    with borrowed_memory():
        return scratch("test of memory", (7, 3), np.float32)


def test_helpers_take_turns_with_one_memory():
    assert np.shares_memory(in_a_thread(borrow), in_a_thread(borrow))


def test_two_helpers_at_once_share_nothing():
    def both():
        with borrowed_memory():
            own = scratch("test of memory", (7, 3), np.float32)
            return own, in_a_thread(borrow)

    assert not np.shares_memory(*in_a_thread(both))


def test_the_own_memory_of_a_thread_comes_back():
    before = scratch("test of memory", (5,), np.float64)
    borrow()
    assert np.shares_memory(before, scratch("test of memory", (5,), np.float64))
