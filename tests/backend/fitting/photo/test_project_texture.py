"""Photos projected on heads, as a function, as a command and as a job."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from headbridge.cli.main import main
from headbridge.errors import InputError
from headbridge.fitting.photo.job import PhotoCamera
from headbridge.fitting.photo.project_texture import project_texture
from headbridge.fitting.photo.projection_job import ProjectedPhoto, ProjectTextureInput, ProjectTextureSettings
from headbridge.images import Image, Photo, read_image, write_image
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.project_texture import PROJECT_TEXTURE
from headbridge.mesh import Mesh
from headbridge.mesh.io import write_mesh
from headbridge.progress import Progress
from headbridge.topologies import load_topology

from .painted_heads import PaintedHead, decibels, soft_light

# The head stands upright, a camera before it.
CAMERA_AXES = np.diag([1.0, -1.0, -1.0])


class Scene:
    """A mesh and a photo of it, and their files."""

    def __init__(self, key: str, folder=None):
        self.head = PaintedHead(key)
        posed = self.head.photo(0.0, soft_light())
        self.light = soft_light()
        self.mesh = self.head.template.with_vertices(self.head.vertices)
        size = len(posed.pixels)
        self.camera = PhotoCamera(posed.matrix, CAMERA_AXES, np.array([0.0, 0.0, 700.0]), size, size)
        self.photo = Photo(posed.pixels, name="face.png")
        if folder is not None:
            write_image(folder / "face.png", Image(posed.pixels))
            write_mesh(folder / "head.obj", self.mesh)
            camera = {"K": posed.matrix.tolist(), "R": CAMERA_AXES.tolist(), "t": [0.0, 0.0, 700.0]}
            camera |= {"width": size, "height": size, "pixel_centre": 0.5}
            view = {"photo": "face.png", "camera": camera, "light": self.light.tolist()}
            (folder / "fit.json").write_text(json.dumps({"views": [view]}), encoding="utf-8")

    def project(self, mesh=None, photo=None, camera=None, light=None, **settings):
        projected = ProjectedPhoto(photo or self.photo, camera or self.camera, light)
        chosen = ProjectTextureSettings(size=256, **settings)
        return project_texture(ProjectTextureInput((projected,), mesh or self.mesh), chosen)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene("flame")


@pytest.mark.slow
def test_light_is_kept_or_removed(scene):
    head = scene.head
    raw = scene.project()
    coverage = raw.texture.coverages[0, 0] == 255
    unlit = scene.project(light=scene.light, remove_light=True)
    front = head.layout.covered & coverage & (head.points[..., 2] > 30.0)
    # Encoded colours are albedo times shading; the median does not mind the lids' edges.
    error = np.abs(unlit.texture.images[0, 0].pixels - head.picture).max(axis=2)[front]
    assert np.median(error) < 0.005
    assert decibels((raw.texture.images[0, 0].pixels - head.picture)[front]) < 30.0
    assert raw.metrics["psnr"]["face.png"] > 38.0 and 0.1 < raw.metrics["coverage"] < 0.7


@pytest.mark.slow
@pytest.mark.parametrize("key", ["flame", "hack"])
def test_a_head_of_one_colour_gets_that_colour_to_the_edges_of_what_is_seen(key):
    scene = Scene(key)
    colour = np.float32([0.7, 0.5, 0.4])
    photo = replace(scene.photo, pixels=np.tile(colour, (*scene.photo.pixels.shape[:2], 1)))
    found = scene.project(photo=photo).texture
    for tile, image in found.images.items():
        assert np.abs(image.pixels[found.coverages[tile] > 0] - colour).max() < 0.5 / 255.0
    whole = scene.project(photo=photo, complete=True).texture.images
    head, skin = scene.head, load_topology(key)
    inner = np.append(skin.no_match[head.layout.packed.triangles].any(axis=1), True)[head.layout.raster.triangle]
    picture = head.layout.packing.joined({tile: image.pixels for tile, image in whole.items()})
    assert np.abs(picture[head.layout.covered & ~inner] - colour).max() < 1.5 / 255.0


@pytest.mark.slow
def test_meshes_without_a_layout_get_the_topologys(scene):
    bare = replace(scene.mesh, uvs=None)
    first, second = scene.project(), scene.project(mesh=bare)
    assert np.array_equal(first.texture.images[0, 0].pixels, second.texture.images[0, 0].pixels)


def test_wrong_input_is_told(scene):
    with pytest.raises(InputError, match="no known topology"):
        scene.project(mesh=Mesh.from_faces(np.eye(3), [[0, 1, 2]]))
    with pytest.raises(InputError, match="cameras are in millimetres"):
        scene.project(mesh=scene.mesh.with_vertices(scene.mesh.vertices / 1000.0))
    with pytest.raises(InputError, match="face.png has 192 x 100 pixels.*192 x 192"):
        scene.project(photo=replace(scene.photo, pixels=scene.photo.pixels[:100]))
    with pytest.raises(InputError, match="no light to remove"):
        scene.project(remove_light=True)
    with pytest.raises(InputError, match="not wholly before the camera"):
        scene.project(camera=replace(scene.camera, translation=np.array([0.0, 0.0, 10.0])))


@pytest.mark.slow
def test_the_command_writes_every_tile(tmp_path, capsys):
    scene = Scene("hack", tmp_path)
    arguments = ["project-texture", str(tmp_path / "face.png"), "--mesh", str(tmp_path), "--size", "256"]
    report, mask = tmp_path / "report.json", tmp_path / "mask_<UDIM>.png"
    more = ["-o", str(tmp_path / "out_<UDIM>.png"), "--mask", str(mask), "--json", str(report), "--complete"]
    assert main([*arguments, *more]) == 0
    assert "dB in the face" in capsys.readouterr().out
    front = read_image(tmp_path / "out_1001.png").pixels
    seen = read_image(tmp_path / "mask_1001.png").pixels[..., 0] > 0.99
    assert front.shape == (256, 256, 3) and (tmp_path / "out_1002.png").exists() and 0.1 < seen.mean() < 0.9
    assert json.loads(report.read_text())["metrics"]["psnr"]["face.png"] > 35.0
    raw = scene.project(complete=True).texture.images[0, 0].pixels
    # The photo's file has 8 bits.
    assert np.median(np.abs(front - raw)[seen]) < 0.006
    for wrong, message in (
        (["-o", str(tmp_path / "out.png")], "put <UDIM> into the name"),
        (["-o", str(tmp_path / "out_<UDIM>.jpg")], "images are not written as '.jpg'"),
        (["-o", str(tmp_path / "o_<UDIM>.png"), "--camera", str(tmp_path / "head.obj")], "no JSON"),
        (
            ["-o", str(tmp_path / "o_<UDIM>.png"), "--mesh", str(tmp_path / "head.obj")],
            "name their file after --camera",
        ),
    ):
        assert main([*arguments, *wrong]) == 2
        assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("o_*"))


@pytest.mark.slow
def test_the_job_writes_texture_and_coverage(tmp_path, scene):
    Scene("flame", tmp_path)
    folder = JobFolder(tmp_path)
    (tmp_path / "fit.json").rename(tmp_path / "cameras.json")
    write_mesh(tmp_path / "mesh.npz", scene.mesh)
    folder.write_arrays("options.npz", photo_files=np.array(["face.png"]))
    answer = PROJECT_TEXTURE.run(folder, ProjectTextureSettings(size=256), Progress())
    assert answer["textures"] == ["texture.png"] and answer["coverages"] == ["coverage.png"]
    assert read_image(tmp_path / "texture.png").pixels.shape == (256, 256, 3)
    json.dumps(answer)
    (tmp_path / "other.png").write_bytes((tmp_path / "face.png").read_bytes())
    folder.write_arrays("options.npz", photo_files=np.array(["face.png", "other.png"]))
    with pytest.raises(InputError, match="has 1 views .face.png., but none of 'other.png'"):
        PROJECT_TEXTURE.run(folder, ProjectTextureSettings(size=256), Progress())
