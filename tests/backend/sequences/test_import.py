"""Every form of file becomes the vertices, pixels and curves that its project means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.progress import Progress
from headbridge.sequences import import_sequence
from headbridge.sequences.job import ImportSettings

from .published_files import FORMS

pytestmark = pytest.mark.slow

# What the files do not say has to be named.
NAMED = {"ringnet", "tf-flame"}


@pytest.fixture(scope="module")
def imported(published, eyelid_shapes, models_folder, tmp_path_factory):
    """Imports a form once: (what was written, what was imported)."""
    done = {}

    def run(form):
        if form not in done:
            write, version = FORMS[form]
            written = write(tmp_path_factory.mktemp(form), published[version], eyelid_shapes)
            file = str(models_folder / "FLAME2020" / "generic_model.pkl") if form in NAMED else ""
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("HEADBRIDGE_MODELS", str(models_folder))
                settings = ImportSettings(meshes="npz", model_file=file)
                done[form] = written, import_sequence([str(written.path)], settings)
        return done[form]

    return run


@pytest.mark.parametrize("form", FORMS)
def test_told_by_its_content(imported, form):
    written, result = imported(form)
    assert result.sequence.source == form
    if result.sequence.model == "flame":
        assert result.sequence.version == FORMS[form][1]
    assert not any("unknown:" in note for note in result.sequence.notes), result.sequence.notes


@pytest.mark.parametrize("form", FORMS)
def test_vertices_are_those_of_the_source(imported, form):
    written, result = imported(form)
    vertices = np.stack(list(result.frames(Progress())))
    assert vertices.shape == written.vertices.shape
    off = np.linalg.norm(vertices - written.vertices, axis=2).max() * result.sequence.mm_per_unit
    assert off <= 0.01, f"{off:.3g} mm"


@pytest.mark.parametrize("form", FORMS)
def test_vertices_land_on_the_pixels_of_the_source(imported, form):
    written, result = imported(form)
    sequence = result.sequence
    if written.pixels is None:
        assert sequence.camera_K is None
        return
    seen = (
        np.einsum("fij,tvj->tvi", sequence.camera_R, written.vertices)
        if len(sequence.camera_R) == 1
        else np.einsum("tij,tvj->tvi", sequence.camera_R, written.vertices)
    )
    seen = seen + sequence.camera_t[:, None]
    if sequence.camera_model == "perspective":
        assert (seen[..., 2] > 0.0).all(), "the head lies behind the camera"
        seen = seen / seen[..., 2:]
    else:
        seen = np.concatenate([seen[..., :2], np.ones_like(seen[..., :1])], axis=-1)
    pixels = np.broadcast_to(sequence.camera_K, (len(seen), 3, 3)) @ seen.transpose(0, 2, 1)
    off = np.linalg.norm(pixels.transpose(0, 2, 1)[..., :2] - written.pixels, axis=2).max()
    assert off <= 0.05, f"{off:.3g} px"


@pytest.mark.parametrize("form", FORMS)
def test_curves_are_those_of_the_file(imported, form):
    written, result = imported(form)
    for name, wanted in written.curves.items():
        found = getattr(result.sequence, name)
        if isinstance(wanted, str | bool | float):
            assert found == wanted, name
        elif name == "rotations":
            apart = Rotation.from_rotvec(found.reshape(-1, 3)).inv() * Rotation.from_rotvec(wanted.reshape(-1, 3))
            assert apart.magnitude().max() <= 1e-6
        else:
            assert np.shape(found) == np.shape(wanted), name
            assert np.abs(found - np.asarray(wanted)).max() <= 1e-6, name


def test_head_file_of_a_single_head_is_the_same_head(published, eyelid_shapes, models, tmp_path):
    from headbridge.cli.main import main
    from headbridge.jobs.head_file import read_head_mesh

    written = FORMS["tf-flame"][0](tmp_path, published["2020"], eyelid_shapes)
    model = str(models / "FLAME2020" / "generic_model.pkl")
    arguments = ["import", str(tmp_path / "fit_1.npz"), "-o", str(tmp_path / "out"), "--model-file", model]
    assert main(arguments) == 0
    head = read_head_mesh(tmp_path / "out" / "head.npz", model)
    assert np.linalg.norm(head.vertices - 1000.0 * written.vertices[1], axis=1).max() < 0.01


def test_maps_of_deca_become_images(published, eyelid_shapes, tmp_path):
    from headbridge.cli.main import main
    from headbridge.images import read_image

    FORMS["deca-outputs"][0](tmp_path, published["2020"], eyelid_shapes)
    assert main(["import", str(tmp_path), "-o", str(tmp_path / "out")]) == 0
    out = tmp_path / "out"
    assert sorted(path.name for path in (out / "maps").iterdir()) == [
        *(f"displacement_{frame:05d}.exr" for frame in range(3)),
        *(f"normal_{frame:05d}.exr" for frame in range(3)),
    ]
    assert np.allclose(read_image(out / "maps" / "displacement_00001.exr").pixels[..., 0], 1e-3)
    assert np.allclose(read_image(out / "maps" / "normal_00001.exr").pixels, 0.5)
    assert np.allclose(read_image(out / "texture.png").pixels, 0.25, atol=1 / 255)
