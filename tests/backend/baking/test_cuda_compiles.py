"""The kernels of this package compile for CUDA also on a machine without a GPU."""

from __future__ import annotations

import pytest
import warp as wp

from headbridge.baking import bake, nearest, texture

pytestmark = pytest.mark.slow

_OLDEST_ARCHITECTURE = 75
_MODULES = (bake, nearest, texture)


@pytest.mark.parametrize("module", _MODULES, ids=lambda module: module.__name__.split(".")[-1])
def test_a_device_binary_comes_out(module, tmp_path):
    wp.compile_aot_module(module.__name__, arch=_OLDEST_ARCHITECTURE, module_dir=tmp_path)
    binaries = [path for path in tmp_path.iterdir() if path.suffix in (".cubin", ".ptx")]
    assert len(binaries) == 1 and binaries[0].stat().st_size > 1000
