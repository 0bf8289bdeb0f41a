"""An image's values at single UVs, by the sampling that bakes run for each texel."""

from __future__ import annotations

import numpy as np
import warp as wp

from headbridge.baking.sampling import encode, in_texels, levels_needed, sample_footprint, sampling_arguments
from headbridge.baking.texture import Levels, Texture
from headbridge.device import warp_device
from headbridge.images import Image
from headbridge.spatial.blocks import run_in_blocks


@wp.kernel(enable_backward=False)
def _sample_kernel(
    levels: Levels,
    coarsest: int,
    cubic: bool,
    is_srgb: bool,
    low: float,
    high: float,
    places: wp.array(dtype=wp.vec2d),
    footprints: wp.array(dtype=wp.mat22),
    first: int,
    values: wp.array2d(dtype=float),
):
    i = wp.tid() + first
    colour = encode(sample_footprint(levels, coarsest, cubic, places[i], footprints[i]), is_srgb, low, high)
    for channel in range(values.shape[1]):
        values[i, channel] = colour[channel]


def sample_image(
    image: Image,
    uvs: np.ndarray,
    footprints: np.ndarray | None = None,
    layout: np.ndarray | None = None,
    filter: str = "cubic",
    device: str = "cpu",
) -> np.ndarray:
    """(..., C) float32 values of an image, in its own encoding, at (..., 2) UVs of the tile 0..1.

    footprints : (..., 2, 2), the sides of the sampled parallelograms (columns), in texels of the image with y down;
        None samples points.
    layout : (T, 3, 2) UV triangles: only texels they cover count; None: all do.
    filter : "cubic" (Catmull-Rom) or "bilinear". Colours are averaged in linear light, weighted by alpha.
    """
    uvs = np.asarray(uvs, dtype=np.float64)
    flat = in_texels(uvs.reshape(-1, 2), image)
    if footprints is None:
        footprints = np.zeros((len(flat), 2, 2))
    footprints = np.asarray(footprints, dtype=np.float32).reshape(-1, 2, 2)
    place = warp_device(device)
    texture = Texture(image, layout, (0, 0), levels_needed(footprints), place)
    arguments = [
        *sampling_arguments(texture, filter),
        wp.array(flat, dtype=wp.vec2d, device=place),
        wp.array(footprints, dtype=wp.mat22, device=place),
    ]
    values = wp.empty((len(flat), image.channels), dtype=float, device=place)
    run_in_blocks(
        _sample_kernel,
        place,
        len(flat),
        lambda _block, first, last: wp.launch(
            _sample_kernel, dim=last - first, inputs=[*arguments, first, values], device=place
        ),
    )
    return values.numpy().reshape(*uvs.shape[:-1], image.channels)
