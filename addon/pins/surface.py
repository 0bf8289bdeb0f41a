# SPDX-License-Identifier: GPL-3.0-or-later
"""Points on the surfaces of mesh objects, as the viewport shows them; all in world space."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector
from mathutils.interpolate import poly_3d_calc

from .. import mesh_arrays

# Shares of an object's largest side: a mirrored point this far off the surface is on no other side; one this near to its
# original is in the middle.
_OFF_SURFACE, _MIDDLE = 0.06, 0.02
# How far the box of an object that has two sides is off its own middle, as a share of its width.
_LOPSIDED = 0.1


@dataclass(frozen=True, eq=False)
class Hit:
    """Where a ray meets an object: the point, the face's number and how far it is from the ray's origin."""

    obj: bpy.types.Object
    point: Vector
    face: int
    distance: float


def cast(obj: bpy.types.Object, origin: Vector, direction: Vector, context: bpy.types.Context) -> Hit | None:
    """The first point of an object on a ray; None where it misses, or the view layer does not show the object."""
    if not obj.visible_get(view_layer=context.view_layer):
        return None
    inverse = obj.matrix_world.inverted()
    found, point, _normal, face = obj.ray_cast(
        inverse @ origin, inverse.to_3x3() @ direction, depsgraph=context.evaluated_depsgraph_get()
    )
    if not found:
        return None
    point = obj.matrix_world @ point
    return Hit(obj, point, face, (point - origin).length)


def nearest(obj: bpy.types.Object, point: Vector, context: bpy.types.Context) -> Vector:
    """The point of an object's surface that is nearest to a point."""
    return _nearest(obj, point, context)[0]


def _nearest(obj: bpy.types.Object, point: Vector, context: bpy.types.Context) -> tuple[Vector, int]:
    try:
        found, near, _normal, face = obj.closest_point_on_mesh(
            obj.matrix_world.inverted() @ point, depsgraph=context.evaluated_depsgraph_get()
        )
    except RuntimeError:
        # Blender evaluates nothing that is hidden.
        return point, -1
    return (obj.matrix_world @ near, face) if found else (point, -1)


def transferred(
    point: Vector, home: bpy.types.Object, other: bpy.types.Object, context: bpy.types.Context
) -> Vector | None:
    """The same place of another object with the same vertices: where the point of `home` nearest to a point is on it.

    None where modifiers give the two different faces, and where `home` is hidden."""
    depsgraph = context.evaluated_depsgraph_get()
    here, there = (obj.evaluated_get(depsgraph).data for obj in (home, other))
    near, face = _nearest(home, point, context)
    if len(here.polygons) != len(there.polygons) or len(here.vertices) != len(there.vertices) or face < 0:
        return None
    corners = list(here.polygons[face].vertices)
    weights = poly_3d_calc([home.matrix_world @ here.vertices[corner].co for corner in corners], near)
    at = sum((weight * there.vertices[corner].co for weight, corner in zip(weights, corners)), Vector((0.0, 0.0, 0.0)))
    return other.matrix_world @ at


def own_mirror(obj: bpy.types.Object) -> Matrix | None:
    """The reflection of the world in an object's own X = 0; None where the object lies to one side of that."""
    across = [corner[0] for corner in obj.bound_box]
    low, high = min(across), max(across)
    if abs(low + high) > _LOPSIDED * (high - low):
        return None
    return obj.matrix_world @ Matrix.Diagonal((-1.0, 1.0, 1.0, 1.0)) @ obj.matrix_world.inverted()


def mirrored(point: Vector, mirror: Matrix | None, obj: bpy.types.Object, context: bpy.types.Context) -> Vector | None:
    """A point of an object on its other side, on the surface; None in the middle, and where there is no such side."""
    if mirror is None:
        return None
    reflected = mirror @ point
    found, side = nearest(obj, reflected, context), max(obj.dimensions)
    if (found - reflected).length > _OFF_SURFACE * side or (found - point).length < _MIDDLE * side:
        return None
    return found


def seen_vertices_and_edges(obj: bpy.types.Object, context: bpy.types.Context) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) vertices in the world and (E, 2) edges of what the viewport shows of an object."""
    mesh = obj.evaluated_get(context.evaluated_depsgraph_get()).data
    vertices = mesh_arrays.foreach_floats(mesh.vertices, "co", 3)
    edges = mesh_arrays.foreach_ints(mesh.edges, "vertices", 2)
    return mesh_arrays.transform_points(obj.matrix_world, vertices), edges
