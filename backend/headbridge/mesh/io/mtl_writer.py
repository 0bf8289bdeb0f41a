"""Writing Wavefront MTL: an OBJ file's materials, each with a picture."""

from __future__ import annotations

from collections.abc import Mapping

from .obj_writer import statement_name


def encode(pictures: Mapping[str, str]) -> bytes:
    """The content of an MTL file; pictures : name of a material to the file of its colours, "" for none."""
    lines = ["# HeadBridge"]
    for name, picture in pictures.items():
        lines += [f"newmtl {statement_name(name)}", "Kd 1 1 1" if picture else "Kd 0.8 0.8 0.8", "Ks 0 0 0"]
        lines += [f"map_Kd {statement_name(picture)}"] if picture else []
    return ("\n".join(lines) + "\n").encode("utf-8")
