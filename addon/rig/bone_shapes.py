# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles to grab the joints by: rings around neck and root, rings before the eyes and under the chin."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

_RING = "HeadBridge Ring"
_POINTS = 32


@dataclass(frozen=True)
class _Handle:
    """A ring of a radius, `offset` from the joint along the bone's axes (x left, y up, z forward), in metres. A flat
    one lies in the plane of x and z, others face forward."""

    radius: float
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    flat: bool = False


_HANDLES = {
    "root": _Handle(0.13, (0.0, -0.03, 0.02), flat=True),
    "neck": _Handle(0.11, (0.0, -0.06, 0.0), flat=True),
    "jaw": _Handle(0.018, (0.0, -0.06, 0.15)),
    "left_eye": _Handle(0.012, (0.0, 0.0, 0.06)),
    "right_eye": _Handle(0.012, (0.0, 0.0, 0.06)),
}
_OTHER = _Handle(0.07, flat=True)


def dress(bone: bpy.types.PoseBone) -> None:
    """Give a control its handle."""
    handle = _HANDLES.get(bone.name, _OTHER)
    bone.custom_shape = _ring()
    bone.use_custom_shape_bone_size = False
    bone.custom_shape_scale_xyz = (handle.radius,) * 3
    bone.custom_shape_translation = handle.offset
    bone.custom_shape_rotation_euler = (np.pi / 2.0 if handle.flat else 0.0, 0.0, 0.0)


def _ring() -> bpy.types.Object:
    """The wire circle of radius 1 that all handles share; it is in no scene."""
    found = bpy.data.objects.get(_RING)
    if found is not None and found.type == "MESH":
        return found
    mesh = bpy.data.meshes.new(_RING)
    angle = 2.0 * np.pi * np.arange(_POINTS) / _POINTS
    points = np.stack([np.cos(angle), np.sin(angle), np.zeros(_POINTS)], axis=1)
    mesh.from_pydata(points.tolist(), [(k, (k + 1) % _POINTS) for k in range(_POINTS)], [])
    return bpy.data.objects.new(_RING, mesh)
