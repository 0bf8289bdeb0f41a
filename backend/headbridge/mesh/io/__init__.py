"""Mesh files: .obj, .ply, .glb, .stl and .npz, read into and written from :class:`headbridge.mesh.Mesh`.

Positions are kept as they stand in the file: no format conversion changes units or axes (glTF node transforms are
applied).

=====  ==========================================================================================================
.obj   mixed polygons, per-corner UVs, materials by name (no .mtl is written); positions are exact in float64
.ply   mixed polygons, per-corner UVs (`texcoord` list) or per-vertex UVs; written binary, exact in float64
.npz   everything :class:`Mesh` holds, exact; the format jobs travel in
.glb   triangles in float32; vertices are split at seams on writing, joined along coincident edges on reading
.stl   triangles in float32, positions only; joined along coincident edges on reading
=====  ==========================================================================================================
"""

from .registry import (
    READABLE,
    WRITABLE,
    check_writable,
    encode_mesh,
    read_coloured_mesh,
    read_mesh,
    write_mesh,
)

__all__ = ["READABLE", "WRITABLE", "check_writable", "encode_mesh", "read_coloured_mesh", "read_mesh", "write_mesh"]
