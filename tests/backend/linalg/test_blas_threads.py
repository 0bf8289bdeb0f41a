"""Linear algebra on one thread."""

import sys

import pytest

from headbridge.linalg import blas_threads
from headbridge.linalg.blas_threads import single_blas_thread


def threads():
    return [get() for get, _ in blas_threads._libraries()]


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms' wheels may use another library")
def test_both_libraries_are_found():
    assert len(threads()) == 2


def test_one_thread_inside_and_as_before_afterwards():
    for _, put in blas_threads._libraries():
        put(2)
    before = threads()
    with pytest.raises(KeyError), single_blas_thread():
        assert threads() == [1] * len(before)
        raise KeyError
    assert threads() == before
