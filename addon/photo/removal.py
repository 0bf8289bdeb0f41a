# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking away the head of a fit that another one takes the place of."""

from __future__ import annotations

import re

import bpy

from .. import head_collection
from ..photo_facts import facts_of
from ..rig import rigged_head
from ..rig.rigged_head import RiggedHead
from . import landmark_points, photo_camera

_COPY = re.compile(r"\.\d{3}$")


def remove(rigged: RiggedHead) -> None:
    """Remove a fitted head with the cameras of its photos, or hide it where the user has tied other objects to it."""
    own = _own_objects(rigged)
    if any(child not in own for obj in own for child in obj.children):
        for obj in own:
            obj.hide_set(True)
            obj.hide_render = True
        return
    collections = {collection for obj in own for collection in obj.users_collection}
    worlds = [obj.headbridge.photo_world for obj in own if obj.headbridge.photo_world is not None]
    materials = [slot.material for slot in rigged.head.material_slots if slot.material is not None]
    images = [node.image for material in materials for node in _nodes(material) if node.type == "TEX_IMAGE"]
    images.append(rigged.head.headbridge.coverage)
    originals = [image.headbridge.original for image in images if image is not None]
    # Photos are the user's; upright pictures of them were made for the cameras.
    cameras = photo_camera.cameras_of(rigged)
    images += [obj.headbridge.photo for obj in cameras if facts_of(obj)["source"] is not None]
    data = {obj.data for obj in own if obj.data is not None}
    bpy.data.batch_remove(own)
    for blocks in (data, worlds, materials, images, originals):
        bpy.data.batch_remove([block for block in blocks if block is not None and block.users == 0])
    head_collection.remove_empty(collections)


def take_names(rigged: RiggedHead) -> None:
    """Give a head's objects, collections and pictures the names that a removed one has left: those without a copy's number."""
    own = _own_objects(rigged)
    collections = {collection for obj in own for collection in obj.users_collection}
    state = rigged.head.headbridge
    pictures = [image for image in (state.texture, state.coverage) if image is not None]
    for block in [*own, *(c for c in collections if head_collection.KEY in c), *pictures]:
        block.name = _COPY.sub("", block.name)


def has_light(rigged: RiggedHead) -> bool:
    """Whether a fitted head has the light of its first photo."""
    return any(part.type == "LIGHT" for camera in photo_camera.cameras_of(rigged) for part in camera.children)


def _nodes(material: bpy.types.Material):
    return material.node_tree.nodes if material.node_tree is not None else ()


def _own_objects(rigged: RiggedHead) -> list[bpy.types.Object]:
    """The rig's objects, those that carry it first."""
    cameras = photo_camera.cameras_of(rigged)
    parts = [child for camera in cameras for child in camera.children]
    parts = [part for part in parts if part.type == "LIGHT" or landmark_points.LANDMARK_KEY in part]
    joints = rigged_head.joints_of(rigged)
    return [rigged.rig, rigged.head, *([joints] if joints is not None else []), *cameras, *parts]
