"""OBJ files as they occur, written by hand with known content."""

from dataclasses import replace

import numpy as np
import pytest

from headbridge.errors import HeadBridgeError, InputError
from headbridge.mesh.io import read_mesh, write_mesh


@pytest.fixture
def obj(tmp_path):
    def read(text: str):
        path = tmp_path / "hand.obj"
        path.write_bytes(text.encode("utf-8"))
        return read_mesh(path)

    return read


SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def test_mixed_polygons_and_slash_forms(obj):
    mesh = obj(SQUARE + "v 2 .5 0\nvn 0 0 1\nvt 0 0\nvt 1 0\nvt 1 1\nf 1//1 2//1 3//1 4//1\nf 2/1/1 5/2/1 3/3\n")
    assert mesh.face_sizes.tolist() == [4, 3]
    assert mesh.corners.tolist() == [0, 1, 2, 3, 1, 4, 2]
    assert mesh.uvs.tolist() == [[0, 0]] * 4 + [[0, 0], [1, 0], [1, 1]]


def test_negative_indices_count_back_from_their_line(obj):
    mesh = obj("v 0 0 0\nv 1 0 0\nv 0 1 0\nvt .1 .2\nf -3/-1 -2/-1 -1/-1\nv 0 0 5\nvt .3 .4\nf -4/-1 -3/-1 -1/-2\n")
    assert mesh.corners.tolist() == [0, 1, 2, 0, 1, 3]
    np.testing.assert_allclose(mesh.uvs, [[0.1, 0.2]] * 3 + [[0.3, 0.4]] * 2 + [[0.1, 0.2]], rtol=1e-7)


def test_colours_comments_continuation_tabs_and_windows_lines(obj):
    mesh = obj(
        "# a head\r\nv 0 0 0 1 .5 .5\r\n  v\t1 0 0 1 1 1 # tip\r\nv 0 1e0 0 0 0 0\r\n\r\nv 0 0 1 1 1 1\r\nvt .5\r\n"
        "g face\r\ns off\r\nl 1 2\r\nf 1 2 \\\r\n 3\r\nf 1/1 3/1 4/1 # last\r\n"
    )
    assert mesh.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert mesh.corners.tolist() == [0, 1, 2, 0, 2, 3]
    assert mesh.uvs[3:].tolist() == [[0.5, 0.0]] * 3


def test_some_vertices_with_colours_and_some_without(obj):
    assert obj("v 0 0 0\nv 1 0 0 1 1 1\nv 0 1 0\nf 1 2 3\n").vertices.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_materials_by_name_and_faces_before_the_first(obj):
    mesh = obj(SQUARE + "f 1 2 3\nusemtl M_Skin #2\nf 1 3 4\nusemtl M_Eye\nf 1 2 4\nusemtl M_Skin #2\nf 2 3 4\n")
    assert mesh.material_names == ("default", "M_Skin #2", "M_Eye")
    assert mesh.face_materials.tolist() == [0, 1, 2, 1]


def test_byte_order_mark_and_old_encodings(tmp_path):
    (tmp_path / "a.obj").write_bytes(b"\xef\xbb\xbfv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl Haut\nf 1 2 3\n")
    (tmp_path / "b.obj").write_bytes("v 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl Zähne\nf 1 2 3\n".encode("latin-1"))
    assert len(read_mesh(tmp_path / "a.obj").vertices) == 3
    assert read_mesh(tmp_path / "b.obj").material_names == ("Zähne",)


def test_nan_is_read_for_the_check_to_refuse(obj):
    assert np.isnan(obj("v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").vertices[0, 0])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SQUARE + "f 1 2 5\n", "line 5 names vertex 5, but the file has 4"),
        (SQUARE + "f 1 2 0\n", "line 5 names vertex 0, but the file has 4"),
        (SQUARE + "f 1 2 -5\n", "line 5 names vertex -5, but the file has 4"),
        (SQUARE + "vt 0 0\nf 1/1 2/1 3/2\n", "line 6 names texture coordinate 2, but the file has 1"),
        (SQUARE + "f 1 2\n", "line 5, 'f 1 2', has fewer than three corners"),
        (SQUARE + "f 1 2 x\n", "line 5: 'x' is not a vertex index"),
        (SQUARE + "f 1 2 /1\n", "line 5: '' is not a vertex index"),
        ("v 0 0 0\nv 1 zero 0\nv 0 1 0\nf 1 2 3\n", "line 2, 'v 1 zero 0': 'zero' is not a number"),
        ("v 0 0 0\nv 1 0\nv 0 1 0\nf 1 2 3\n", "line 2, 'v 1 0', has fewer than 3 numbers"),
        (SQUARE, "there are no faces in the file"),
        ("f 1 2 3\n", "there are no vertices in the file"),
        ("\0\1\2 binary", "there are no vertices in the file"),
    ],
)
def test_damage_is_named_with_its_line(obj, text, line):
    with pytest.raises(InputError, match=f"hand.obj: .*{line}") as caught:
        obj(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", ["{0}", "{0}/{1}", "{0}/{1}/{2}", "{0}//{2}", "-{3}/-{4}"])
@pytest.mark.parametrize("blank", [" ", "   "], ids=["even", "uneven"])
def test_evenly_and_unevenly_written_files_read_the_same(obj, seamed_prism, form, blank):
    # Evenly written lines are read all at once, others one by one.
    positions, uvs = len(seamed_prism.vertices), len(seamed_prism.uvs)
    lines = [f"v {blank.join(map(repr, xyz))}" for xyz in seamed_prism.vertices.tolist()]
    lines += [f"vt {u}{blank}{v}" for u, v in seamed_prism.uvs.tolist()]
    words = [form.format(v + 1, k + 1, 1, positions - v, uvs - k) for k, v in enumerate(seamed_prism.corners)]
    for start, size in zip(seamed_prism.face_starts, seamed_prism.face_sizes):
        lines.append("f " + blank.join(words[start : start + size]))
    mesh = obj("\n".join(lines))
    np.testing.assert_array_equal(mesh.vertices, seamed_prism.vertices)
    np.testing.assert_array_equal(mesh.corners, seamed_prism.corners)
    np.testing.assert_array_equal(mesh.face_sizes, seamed_prism.face_sizes)
    if "{1}" in form or "{4}" in form:
        np.testing.assert_array_equal(mesh.uvs, seamed_prism.uvs)
    else:
        assert mesh.uvs is None


def test_corner_forms_that_only_look_even(obj):
    # As many slashes as corners, yet not one form.
    mesh = obj(SQUARE + "vt .5 .5\nvn 0 0 1\nf 1 2/1/1 3/1\nf 1 3/1/1 4/1\n")
    assert mesh.corners.tolist() == [0, 1, 2, 0, 2, 3]
    assert mesh.uvs.tolist() == [[0, 0], [0.5, 0.5], [0.5, 0.5]] * 2


def test_names_of_materials_write_no_statements(seamed_prism, tmp_path):
    hostile = replace(seamed_prism, material_names=("skin\nv 0 0 0\r\nf 1 2 3", "eye \\"))
    write_mesh(tmp_path / "a.obj", hostile)
    back = read_mesh(tmp_path / "a.obj")
    np.testing.assert_array_equal(back.vertices, seamed_prism.vertices)
    np.testing.assert_array_equal(back.corners, seamed_prism.corners)
    assert back.material_names == ("skin v 0 0 0  f 1 2 3", "eye")


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".glb", ".stl", ".npz"])
def test_positions_that_are_no_numbers_are_not_written(seamed_prism, tmp_path, suffix):
    vertices = seamed_prism.vertices.copy()
    vertices[3, 0] = np.nan
    with pytest.raises(HeadBridgeError, match="1 of 12 vertices of 'prism' are NaN or infinite, the first is 3"):
        write_mesh(tmp_path / f"a{suffix}", seamed_prism.with_vertices(vertices))
    assert not list(tmp_path.iterdir())
