# SPDX-License-Identifier: GPL-3.0-or-later
"""A head's materials as Blender's exporters read them, for as long as they write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import bpy

from .. import image_files
from ..job_files import JobFolder
from ..materials import PHOTO_AMBIENT


@contextmanager
def plain_materials(obj: bpy.types.Object) -> Iterator[None]:
    """Without the ambient light of a photo, which belongs to the photo and not to the head, and with tiles as files.

    Raises `ImageError` when a texture has no pixels to be had."""
    trees = [slot.material.node_tree for slot in obj.material_slots if slot.material is not None]
    with ExitStack() as stack:
        for tree in trees:
            if tree is not None:
                stack.enter_context(_without_glow(tree))
                stack.enter_context(_tiles_as_files(tree))
        yield


def has_tiles(obj: bpy.types.Object) -> bool:
    """Whether a texture of the object has several tiles."""
    trees = [slot.material.node_tree for slot in obj.material_slots if slot.material is not None]
    return any(_is_tiled(node) for tree in trees if tree is not None for node in tree.nodes)


def _is_tiled(node: bpy.types.Node) -> bool:
    return node.type == "TEX_IMAGE" and node.image is not None and node.image.source == "TILED"


@contextmanager
def _without_glow(tree: bpy.types.NodeTree) -> Iterator[None]:
    ambient = tree.nodes.get(PHOTO_AMBIENT)
    links = [link for link in tree.links if ambient is not None and link.from_node == ambient]
    ends = [(link.from_socket, link.to_socket, link.to_node.inputs["Emission Strength"]) for link in links]
    values = [strength.default_value for _start, _end, strength in ends]
    for link in links:
        tree.links.remove(link)
    for _start, _end, strength in ends:
        strength.default_value = 0.0
    try:
        yield
    finally:
        for (start, end, strength), value in zip(ends, values):
            tree.links.new(start, end)
            strength.default_value = value


@contextmanager
def _tiles_as_files(tree: bpy.types.NodeTree) -> Iterator[None]:
    nodes = [node for node in tree.nodes if _is_tiled(node) and node.image.packed_files]
    if not nodes:
        yield
        return
    originals = [node.image for node in nodes]
    folder = JobFolder()
    copies: dict[bpy.types.Image, bpy.types.Image] = {}
    try:
        for node in nodes:
            if node.image not in copies:
                copies[node.image] = image_files.tiles_on_disk(node.image, folder)
            node.image = copies[node.image]
        yield
    finally:
        for node, image in zip(nodes, originals):
            node.image = image
        for copy in copies.values():
            bpy.data.images.remove(copy)
        folder.remove()
