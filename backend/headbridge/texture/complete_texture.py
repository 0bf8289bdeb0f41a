"""A whole texture of one that is known in parts."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.ndimage import binary_dilation

from ..baking.padding import pad_image
from ..errors import InputError
from ..images import Image
from ..images.colour import srgb_to_linear
from ..mesh import Mesh
from ..mesh.udim import Tile
from ..models.catalogue import LAYOUTS
from ..progress import Progress
from ..topologies import TOPOLOGY_KEYS, Topology, load_builtin, load_topology
from ..topologies.recognise import recognise
from .atlas.layout import PADDING_SHARE, HeadLayout
from .completion_job import CompleteTextureInput, CompleteTextureResult, CompleteTextureSettings
from .filling import filled_in
from .given_texture import checked_size, colours_of
from .inpainting import guess_hidden, shipped_network

# UVs that agree this well are the same layout.
_SAME_LAYOUT = 1e-3
# Known texels beside the charts tell of another layout, unless nearly all texels there are known: no one drew round
# them.
_BESIDE, _ALL_BESIDE = 0.5, 0.9


def complete_texture(
    inputs: CompleteTextureInput, settings: CompleteTextureSettings = CompleteTextureSettings(), progress=Progress()
) -> CompleteTextureResult:
    """The texture with its hidden parts filled in; known texels away from these stay as they are.

    Raises `InputError` for a head of no known topology, images that do not fit its layout or the masks, textures of
    which nothing is known, and where the texture space does not know the layout."""
    started = time.perf_counter()
    progress.report(0.0, "Looking at the texture")
    template, topology = _template(load_builtin(settings.layout) if inputs.head is None else inputs.head)
    size = checked_size(inputs.images, inputs.known, template)
    if settings.method != "symmetric":
        _check_known_layout(template, topology)
    layout = HeadLayout(template, size, settings.device)
    progress.report(0.1, "Looking at the texture")
    shown = layout.packing.joined({tile: known > 0.5 for tile, known in inputs.known.items()})
    notes = _check_known(shown, layout, topology)
    known = shown & layout.covered
    hidden = float((layout.covered & ~known).sum() / layout.covered.sum())
    if hidden == 0.0:
        images, notes = inputs.images, (*notes, "Nothing of the texture is hidden: it is returned as it is.")
    else:
        images = _completed(inputs, known, layout, topology, settings.method, progress.part(0.1, 0.95))
    progress.report(1.0, "Done")
    return CompleteTextureResult(images, {"hidden": hidden, "seconds": time.perf_counter() - started}, notes)


def _template(head: Mesh) -> tuple[Mesh, Topology]:
    """The mean head with the mesh's layout, and its topology."""
    topology = recognise(head)
    if topology is None or not _is_head(topology):
        labels = ", ".join(topology.label for topology in map(load_topology, TOPOLOGY_KEYS) if _is_head(topology))
        raise InputError(
            f"'{head.name}' ({len(head.vertices)} vertices) is no head of a known topology; give a mesh of "
            f"one: {labels}."
        )
    mean = load_builtin(topology.key)
    return (mean if head.uvs is None else replace(head, vertices=mean.vertices)), topology


def _is_head(topology: Topology) -> bool:
    """Whether the halves of the face are known; they are not of the demo's scan."""
    return "lips" in topology.regions


def _check_known_layout(template: Mesh, topology: Topology) -> None:
    if topology.key in LAYOUTS:
        own = load_builtin(topology.key)
        places, others = (mesh.uvs[mesh.triangle_corners] for mesh in (template, own))
        if places.shape == others.shape and np.abs(places - others).max() < _SAME_LAYOUT:
            return
    raise InputError(
        f"The texture space knows the layouts {' and '.join(LAYOUTS)}, not that of '{template.name}'; choose the "
        "method symmetric, or transfer the texture to one of them (headbridge bake)."
    )


def _check_known(shown: np.ndarray, layout: HeadLayout, topology: Topology) -> tuple[str, ...]:
    """Notes on where an (H, K W) texture is known; `InputError` for nothing, or for what belongs to another layout."""
    known = shown & layout.covered
    if not known.any():
        raise InputError(
            "The mask hides the whole texture; it should be white where the texture is known, on the charts of the "
            f"layout of {topology.label}."
        )
    padded = binary_dilation(layout.covered, iterations=max(1, round(PADDING_SHARE * layout.shape[0])))
    beside = shown & ~padded
    if not beside.any() or beside.sum() > _ALL_BESIDE * (~padded).sum():
        return ()
    share, by_chance = beside.sum() / shown.sum(), (~padded).mean()
    # On layouts of few charts a mask drawn by hand, too, is mostly beside them.
    if share > _BESIDE > by_chance:
        raise InputError(
            f"Most of what the mask shows ({share:.0%}) lies beside the charts of the layout of {topology.label}; the "
            "texture is in another layout: name its own."
        )
    if share > 0.5 * by_chance:
        return (
            f"{share:.0%} of what the mask shows lies beside the charts of the layout of {topology.label}; look whether "
            "the texture is in that layout.",
        )
    return ()


def _completed(
    inputs: CompleteTextureInput, known: np.ndarray, layout: HeadLayout, topology: Topology, method: str, progress
) -> dict[Tile, Image]:
    packing = layout.packing
    colours = {tile: colours_of(inputs.images[tile]) for tile in packing.tiles}
    guess = None
    if method != "symmetric":
        guess = partial(guess_hidden, layout=topology.key, network=shipped_network() if method == "network" else None)
    whole, share = filled_in(colours, known, layout, topology, guess, progress)
    parts, kept = packing.split(whole), packing.split(share >= 1.0)
    covered = packing.split(layout.covered)
    return {
        tile: _like(inputs.images[tile], parts[tile], kept[tile], covered[tile], layout.device)
        for tile in packing.tiles
    }


def _like(image: Image, colours: np.ndarray, kept: np.ndarray, covered: np.ndarray, device: str) -> Image:
    """A picture (H, W, 3) encoded sRGB as an image of the kind of `image`, with its very pixels where `kept`; opaque on
    the charts; colours continue beyond them."""
    pixels = colours if image.encoded == "sRGB" else srgb_to_linear(colours)
    if image.channels == 1:
        pixels = pixels.mean(axis=2, keepdims=True)
    if image.channels == 4:
        pixels = np.concatenate([pixels, np.ones_like(pixels[..., :1])], axis=2)
    pixels = np.where(kept[..., None], image.pixels, pixels)
    padding = round(PADDING_SHARE * len(pixels))
    beyond = np.where(covered[..., None], pixels, image.pixels)
    return replace(image, pixels=pad_image(beyond, covered, padding, device))
