# SPDX-License-Identifier: GPL-3.0-or-later
"""Closing the openings of a head: neck, mouth, eyes."""

from __future__ import annotations

import bmesh
import bpy

from ..mesh_arrays import MeshError


def fill_openings(obj: bpy.types.Object) -> int:
    """Close every opening of a mesh by a fan of triangles around a new vertex in its middle; returns their number.

    Shape keys, weights and UVs of the new vertices are the means of the rim's, so that a rigged head stays one. Raises
    `MeshError`, leaving the mesh as it is, when it cannot become closed and manifold."""
    content = bmesh.new()
    try:
        content.from_mesh(obj.data)
        loops = _openings(content, obj.name)
        for loop in loops:
            _fill(content, loop)
        if any(len(edge.link_faces) != 2 or not edge.is_contiguous for edge in content.edges):
            raise MeshError(f"'{obj.name}' cannot be closed: some of its edges belong to more than two faces.")
        content.to_mesh(obj.data)
    finally:
        content.free()
    obj.data.update()
    return len(loops)


def _openings(content: bmesh.types.BMesh, name: str) -> list[list[bmesh.types.BMLoop]]:
    """The rims as closed chains of the face corners along them, in the faces' direction."""
    if any(not edge.link_faces for edge in content.edges) or any(not vertex.link_faces for vertex in content.verts):
        raise MeshError(f"'{name}' has loose edges or vertices; delete these first (Mesh > Clean Up > Delete Loose).")
    following = {}
    for edge in content.edges:
        if edge.is_boundary:
            corner = edge.link_loops[0]
            if corner.vert in following:
                raise MeshError(f"'{name}' has openings that touch in one vertex; separate them there first.")
            following[corner.vert] = corner
    loops = []
    while following:
        vertex, corner = following.popitem()
        loop = [corner]
        while (corner := following.pop(corner.link_loop_next.vert, None)) is not None:
            loop.append(corner)
        if loop[-1].link_loop_next.vert != vertex:
            raise MeshError(f"'{name}' has faces that disagree in direction; recalculate its normals first.")
        loops.append(loop)
    return loops


def _fill(content: bmesh.types.BMesh, rim: list[bmesh.types.BMLoop]) -> None:
    corners = [(corner, corner.link_loop_next) for corner in rim]
    vertices = [corner.vert for corner in rim]
    share = 1.0 / len(vertices)
    middle = content.verts.new(sum((v.co for v in vertices[1:]), vertices[0].co.copy()) * share)
    for layer in content.verts.layers.shape.values():
        middle[layer] = sum((v[layer] for v in vertices[1:]), vertices[0][layer].copy()) * share
    for layer in content.verts.layers.deform.values():
        for vertex in vertices:
            for group, weight in vertex[layer].items():
                middle[layer][group] = middle[layer].get(group, 0.0) + share * weight
    for start, end in corners:
        # Against the direction of the face on the other side of the edge.
        face = content.faces.new((end.vert, start.vert, middle), start.face)
        face.smooth = start.face.smooth
        for layer in content.loops.layers.uv.values():
            uvs = [start[layer].uv.copy() for start, _end in corners]
            face.loops[0][layer].uv, face.loops[1][layer].uv = end[layer].uv, start[layer].uv
            face.loops[2][layer].uv = sum(uvs[1:], uvs[0]) * share
