"""Images of several materials as one, and colours of vertices as a texture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from headbridge.baking.scan_colours import textured_mesh, vertex_colours
from headbridge.cli.main import main
from headbridge.errors import InputError
from headbridge.fitting.scan.reading import read_scan
from headbridge.images import read_image
from headbridge.mesh.io import read_coloured_mesh, read_mesh, write_mesh
from headbridge.topologies import load_builtin

from ..mesh.coloured_files import GlbWriter
from .sampled_image import sample_image

REPEAT, CLAMP, MIRRORED = 10497, 33071, 33648
RED, BLUE = np.array([1.0, 0.1, 0.0]), np.array([0.0, 0.3, 1.0])


def ramp(first: np.ndarray, size: int) -> tuple[np.ndarray, bytes]:
    """(size, size, 3) sRGB that goes smoothly over the picture and repeats without a jump; and its PNG."""
    along = 0.5 + 0.5 * np.sin(2.0 * np.pi * (np.arange(size) + 0.5) / size)
    picture = 0.25 + 0.5 * along[None, :, None] * first + 0.2 * along[:, None, None] * first[::-1]
    levels = np.rint(255.0 * picture).astype(np.uint8)
    return levels / 255.0, cv2.imencode(".png", levels[..., ::-1])[1].tobytes()


def square(writer: GlbWriter, corner: float, uvs, material: int) -> None:
    """Two triangles of the plane z = 0 from x = `corner` on."""
    positions = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], "<f4") + np.array([corner, 0, 0], "<f4")
    # glTF counts v from above.
    downward = np.asarray(uvs, np.float64) * (1, -1) + (0, 1)
    attributes = {"POSITION": writer.accessor(positions), "TEXCOORD_0": writer.accessor(downward.astype("<f4"))}
    writer.primitive(np.array([[0, 1, 2], [0, 2, 3]]), material, **attributes)


def shown(mesh, image, face: int, weights) -> np.ndarray:
    """(3,) sRGB of a place in a triangle."""
    place = np.asarray(weights) @ mesh.uvs[mesh.triangle_corners[face]].astype(np.float64)
    return sample_image(image, place[None], filter="bilinear")[0, :3]


def at(picture: np.ndarray, uv) -> np.ndarray:
    """Plain bilinear sRGB of a picture that repeats, v from below: a second writing, without linear light."""
    size = len(picture)
    x, y = uv[0] * size - 0.5, (1.0 - uv[1]) * size - 0.5
    i, j = int(np.floor(x)), int(np.floor(y))
    s, t = x - i, y - j
    rows = [(1 - s) * picture[row % size, i % size] + s * picture[row % size, (i + 1) % size] for row in (j, j + 1)]
    return (1 - t) * rows[0] + t * rows[1]


LOW, HIGH = [[0.1, 0.2], [0.9, 0.2], [0.9, 0.7], [0.1, 0.7]], [[1.6, -0.7], [3.4, -0.7], [3.4, 0.4], [1.6, 0.4]]
PLACES = [(0.6, 0.3, 0.1), (0.05, 0.9, 0.05), (1 / 3, 1 / 3, 1 / 3)]


@pytest.mark.parametrize("uvs", [LOW, HIGH])
def test_every_material_shows_its_own_image(tmp_path, uvs):
    (red, red_png), (blue, blue_png) = ramp(RED, 64), ramp(BLUE, 48)
    writer = GlbWriter()
    first = writer.material("skin", baseColorTexture={"index": writer.image(red_png, wrapS=REPEAT, wrapT=REPEAT)})
    second = writer.material("cloth", baseColorTexture={"index": writer.image(blue_png)})
    third = writer.material("flat", baseColorFactor=[0.2140411, 1.0, 0.0, 1.0])
    square(writer, 0.0, LOW, first)
    square(writer, 2.0, uvs, second)
    square(writer, 4.0, HIGH, third)
    (tmp_path / "a.glb").write_bytes(writer.content())
    mesh, image = textured_mesh(read_coloured_mesh(tmp_path / "a.glb"))
    assert mesh.uvs.min() >= 0.0 and mesh.uvs.max() <= 1.0 and image.encoded == "sRGB"
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    for face in range(2):
        for weights in PLACES:
            for start, picture, layout in ((0, red, LOW), (2, blue, uvs)):
                expected = at(picture, np.asarray(weights) @ np.array(layout)[triangles[face]])
                np.testing.assert_allclose(shown(mesh, image, start + face, weights), expected, atol=0.006)
            np.testing.assert_allclose(shown(mesh, image, 4 + face, weights), [0.5, 1.0, 0.0], atol=0.003)


def test_one_image_stays_as_it_is(tmp_path):
    picture, png = ramp(RED, 32)
    writer = GlbWriter()
    square(writer, 0.0, LOW, writer.material("skin", baseColorTexture={"index": writer.image(png)}))
    (tmp_path / "a.glb").write_bytes(writer.content())
    mesh, image = textured_mesh(read_coloured_mesh(tmp_path / "a.glb"))
    np.testing.assert_allclose(image.pixels, picture, atol=1e-6)
    np.testing.assert_array_equal(mesh.uvs, read_mesh(tmp_path / "a.glb").uvs)


def test_factors_and_transforms_count(tmp_path):
    picture, png = ramp(RED, 64)
    writer = GlbWriter()
    # A quarter turn about the upper left corner, then moved: (u, v) from above becomes (v, 1 - u).
    transform = {"KHR_texture_transform": {"offset": [0.0, 1.0], "rotation": np.pi / 2}}
    texture = {"index": writer.image(png), "extensions": transform}
    square(writer, 0.0, LOW, writer.material("a", baseColorTexture=texture))
    half = {"baseColorTexture": {"index": writer.image(png, wrapS=CLAMP)}, "baseColorFactor": [0.5, 0.5, 0.5, 1.0]}
    square(writer, 2.0, LOW, writer.material("b", **half))
    (tmp_path / "a.glb").write_bytes(writer.content())
    mesh, image = textured_mesh(read_coloured_mesh(tmp_path / "a.glb"))
    for weights in PLACES:
        u, v = np.asarray(weights) @ np.array(LOW)[[0, 1, 2]]
        from_above = (1.0 - v, 1.0 - u)
        turned = at(picture, (from_above[0], 1.0 - from_above[1]))
        np.testing.assert_allclose(shown(mesh, image, 0, weights), turned, atol=0.006)
        linear = ((at(picture, (u, v)) + 0.055) / 1.055) ** 2.4 / 2.0
        np.testing.assert_allclose(shown(mesh, image, 2, weights), 1.055 * linear ** (1 / 2.4) - 0.055, atol=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["images"][0].update(uri="skin.png"), "lies in another file"),
        (lambda d: d["samplers"][0].update(wrapS=MIRRORED), "repeats mirrored"),
        (lambda d: d["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"].update(texCoord=1), "second UV layout"),
        (lambda d: d["textures"][0].update(extensions={"KHR_texture_basisu": {"source": 0}}) or d["textures"][0].pop("source"),
         "KHR_texture_basisu"),
        (lambda d: d["bufferViews"][0].update(byteLength=10**9), "beyond the end"),
        (lambda d: d["images"][0].update(bufferView=1), "no image that can be read"),
        (lambda d: d["textures"][0].update(source=-1), "-1 is no index into images"),
    ],
)  # fmt: skip
def test_images_that_are_not_read_are_told_and_the_shape_is_read(tmp_path, change, message):
    writer = GlbWriter()
    texture = {"index": writer.image(ramp(RED, 16)[1], wrapS=REPEAT)}
    square(writer, 0.0, LOW, writer.material("skin", baseColorTexture=texture))
    change(writer.document)
    (tmp_path / "a.glb").write_bytes(writer.content())
    assert len(read_mesh(tmp_path / "a.glb").face_sizes) == 2
    with pytest.raises(InputError, match=f"a.glb.*{message}"):
        textured_mesh(read_coloured_mesh(tmp_path / "a.glb"))
    scan = read_scan(tmp_path / "a.glb")
    assert scan.texture is None and "images in the file were not used" in scan.notes[0]


def test_vertices_of_one_colour_have_none(tmp_path):
    (tmp_path / "a.obj").write_text("v 0 0 0 1 1 1\nv 1 0 0 1 1 1\nv 0 1 0 1 1 1\nf 1 2 3")
    assert vertex_colours(read_coloured_mesh(tmp_path / "a.obj")) is None
    (tmp_path / "a.obj").write_text("v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 0 1 0 0 0 1\nf 1 2 3")
    colours = vertex_colours(read_coloured_mesh(tmp_path / "a.obj"))
    np.testing.assert_allclose(colours.at([[0.25, 0.5, 0.3]]), [[0.25, 0.25, 0.5]], atol=1e-6)
    assert read_scan(tmp_path / "a.obj").own_colours is not None


@pytest.mark.slow
def test_the_command_bakes_the_images_of_a_glb(tmp_path, capsys):
    """Its halves have an image each, red at the right and blue at the left of the head."""
    head = load_builtin("hack")
    triangles, layout = head.triangles, head.uvs[head.triangle_corners] % 1.0
    left = head.vertices[triangles].mean(axis=1)[:, 0] > 0.0
    writer = GlbWriter()
    for chosen, colour in ((left, BLUE), (~left, RED)):
        level = np.rint(255.0 * colour[::-1]).astype(np.uint8)
        png = cv2.imencode(".png", np.tile(level, (8, 8, 1)))[1].tobytes()
        corners = np.arange(3 * chosen.sum()).reshape(-1, 3)
        uvs = layout[chosen].reshape(-1, 2) * (1, -1) + (0, 1)
        writer.primitive(
            corners,
            writer.material("m", baseColorTexture={"index": writer.image(png)}),
            POSITION=writer.accessor(head.vertices[triangles[chosen]].reshape(-1, 3).astype("<f4")),
            TEXCOORD_0=writer.accessor(uvs.astype("<f4")),
        )
    (tmp_path / "a.glb").write_bytes(writer.content())
    whole = read_mesh(tmp_path / "a.glb")
    write_mesh(tmp_path / "other.obj", whole)
    words = [
        "bake",
        "--from",
        str(tmp_path / "a.glb"),
        "--to",
        str(tmp_path / "other.obj"),
        "-o",
        str(tmp_path / "o.png"),
    ]
    assert main([*words, "--size", "128", "--padding", "0"]) == 0
    pixels = read_image(tmp_path / "o.png").pixels
    colours = {tuple(np.round(colour, 1)) for colour in pixels.reshape(-1, pixels.shape[2])[:, :3].tolist()}
    assert {tuple(np.round(RED, 1)), tuple(np.round(BLUE, 1))} <= colours
    assert main(["bake", "--from", str(tmp_path / "other.obj"), "--to", "flame", "-o", str(tmp_path / "o.png")]) == 2
    assert "there are no images in the file" in capsys.readouterr().err
