"""Materials of OBJ files."""

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.io import mtl_writer, obj_reader, obj_writer


def test_materials_name_their_picture_or_a_grey():
    lines = mtl_writer.encode({"skin": "texture.png", "teeth": ""}).decode().splitlines()
    assert lines[1:] == [
        "newmtl skin", "Kd 1 1 1", "Ks 0 0 0", "map_Kd texture.png", "newmtl teeth", "Kd 0.8 0.8 0.8", "Ks 0 0 0"
    ]  # fmt: skip


def test_an_obj_names_its_library_and_reads_back_the_same():
    mesh = Mesh.from_faces(np.eye(3), np.array([[0, 1, 2]]), face_materials=[0], material_names=("skin",))
    content = obj_writer.encode(mesh, "head.mtl")
    assert content.splitlines()[1] == b"mtllib head.mtl"
    assert b"mtllib" not in obj_writer.encode(mesh)
    again = obj_reader.decode(content, "head.obj").mesh
    np.testing.assert_array_equal(again.vertices, mesh.vertices)
    assert again.material_names == ("skin",)
