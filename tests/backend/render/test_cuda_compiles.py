"""The kernels of this package compile for CUDA also on a machine without a GPU."""

from __future__ import annotations

import pytest
import warp as wp

from headbridge.render import edge_pairs, visibility
from headbridge.render.interpolation_kernels import interpolation_kernels
from headbridge.render.texture_kernels import texture_kernels

pytestmark = pytest.mark.slow

_OLDEST_ARCHITECTURE = 75

MODULES = {
    "visibility": visibility.__name__,
    "edge_pairs": edge_pairs.__name__,
    "interpolate_forward": interpolation_kernels(3).forward.module,
    "interpolate_backward": interpolation_kernels(3).backward.module,
    "sum_corners": interpolation_kernels(3).sum_corners.module,
    "sample_forward": texture_kernels(3).forward.module,
    "sample_backward": texture_kernels(3).backward.module,
}


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
def test_a_device_binary_comes_out(module, tmp_path):
    wp.compile_aot_module(module, arch=_OLDEST_ARCHITECTURE, module_dir=tmp_path)
    binaries = [path for path in tmp_path.iterdir() if path.suffix in (".cubin", ".ptx")]
    assert len(binaries) == 1 and binaries[0].stat().st_size > 1000
