"""The whole way from a scan to a textured head, as a job and on the command line."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.cli.main import main
from headbridge.errors import Cancelled, InputError
from headbridge.fitting.scan import fit as fit_module
from headbridge.fitting.scan.canonical import canonical_scan
from headbridge.fitting.scan.fit import fit_scan
from headbridge.fitting.scan.job import FitScanInput, FitScanSettings
from headbridge.images import Image, read_image
from headbridge.jobs.fit_scan import DETAIL_MESH, FIT_SCAN, MODEL_MESH, TURNTABLE
from headbridge.jobs.folder import JobFolder
from headbridge.mesh import Mesh
from headbridge.mesh.io import read_mesh, write_mesh
from headbridge.models.rig.fitted import read_fitted_rig
from headbridge.progress import Progress
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin
from headbridge.topologies.builtin import asset_path

pytestmark = pytest.mark.slow

SCAN = load_builtin("lee-perry-smith")
TURN, UNIT, PLACE = Rotation.from_euler("zx", [90, 180], degrees=True).as_matrix(), 0.01, np.array([3.0, -4.0, 5.0])


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The demo scan, turned and in decimetres, fitted by a job; its folder and answer."""
    path = tmp_path_factory.mktemp("fit_scan")
    write_mesh(path / "scan.npz", SCAN.with_vertices(UNIT * SCAN.vertices @ TURN.T + PLACE))
    (path / "skin.jpg").write_bytes(asset_path("lee_perry_smith_color.jpg").read_bytes())
    np.savez(path / "options.npz", texture_file=np.array("skin.jpg"))
    return path, FIT_SCAN.run(JobFolder(path), FitScanSettings(model="hack", size=256), Progress())


def test_the_head_lies_on_the_scan_without_flips_and_looks_like_it_from_new_sides(job):
    path, answer = job
    metrics = answer["metrics"]
    assert metrics["distances"]["narrow_face"]["source_to_target"]["p95"] < 0.3
    assert metrics["flipped_triangles"] == 0
    assert metrics["unseen_psnr"]["least"] > 30.0
    assert metrics["landmarks_found"] == 27
    detail = read_mesh(path / DETAIL_MESH)
    hits = Surface(SCAN.vertices, SCAN.triangles).closest((detail.vertices - PLACE) @ TURN / UNIT)
    assert np.percentile(hits.distances, 50) < 0.1


def test_unit_and_turn_are_found(job):
    _, answer = job
    assert answer["mm_per_unit"] == 100.0
    # The demo scan faces +Z: the pose turns as it was turned.
    turned = np.array(answer["pose"]["rotation"]) @ TURN.T
    assert np.degrees(np.arccos((np.trace(turned) - 1.0) / 2.0)) < 10.0
    assert abs(answer["pose"]["scale"] / UNIT - 1.0) < 0.1


def test_landmarks_lie_where_people_put_them(job):
    _, answer = job
    picked = {
        pair["name"]: pair["target"]
        for pair in json.loads(asset_path("lee_perry_smith_pairs.json").read_text(encoding="utf-8"))["pairs"]
    }
    both = sorted(set(picked) & set(answer["landmarks"]))
    assert {
        "right eye inner corner",
        "left eye inner corner",
        "right eye outer corner",
        "left eye outer corner",
    } <= set(both)
    for name in both:
        found = (np.array(answer["landmarks"][name]["point"]) - PLACE) @ TURN / UNIT
        assert np.linalg.norm(found - picked[name]) < 6.0, name


def test_the_files_hold_one_head_twice_and_its_pictures(job):
    path, answer = job
    with np.load(path / "head.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    fitted = read_fitted_rig(arrays)
    model, detail = read_mesh(path / MODEL_MESH), read_mesh(path / DETAIL_MESH)
    assert np.allclose(fitted.similarity.apply(arrays["vertices"]), model.vertices, atol=1e-9)
    assert np.allclose(fitted.similarity.apply(arrays["detail"]), detail.vertices, atol=1e-9)
    # HACK's layout has two tiles.
    assert answer["textures"] == ["texture_1001.png", "texture_1002.png"]
    for texture, coverage in zip(answer["textures"], answer["coverages"], strict=True):
        assert read_image(path / texture).pixels.shape == (256, 256, 3)
        shares = read_image(path / coverage).pixels
        assert set(np.unique(shares)) == {0.0, 1.0} and shares.mean() > 0.2
    assert read_image(path / TURNTABLE).width == 1920
    assert json.loads((path / "fit.json").read_text())["settings"]["model"] == "hack"


def test_the_canonical_scan_is_the_same_bit_for_bit_in_another_orientation_and_unit(detector):
    turn = Rotation.create_group("O").as_matrix()[17]
    texture = read_image(asset_path("lee_perry_smith_color.jpg"))
    scan = SCAN.with_vertices(0.0254 * SCAN.vertices @ turn.T + (1.0, 2.0, 3.0))
    straight, turned = (
        canonical_scan(FitScanInput(mesh, texture), "cpu", detector, Progress()).mesh for mesh in (SCAN, scan)
    )
    assert np.array_equal(straight.vertices, turned.vertices)


def test_the_part_with_the_face_is_taken_from_a_scan_with_a_torso(detector):
    rows = np.arange(24)[:, None] * 32 + np.arange(32)
    after = np.roll(rows, -1, axis=1)
    around, up = np.meshgrid(2.0 * np.pi * np.arange(32) / 32, -150.0 - 20.0 * np.arange(24))
    torso = np.stack([250.0 * np.sin(around), up, 150.0 * np.cos(around)], axis=2).reshape(-1, 3)
    faces = np.stack([rows[:-1], rows[1:], after[1:], after[:-1]], axis=2).reshape(-1, 4)
    torso = Mesh.from_faces(torso, faces)
    both = Mesh.from_faces(
        np.concatenate([SCAN.vertices, torso.vertices]),
        np.concatenate([SCAN.triangles[:, ::-1], torso.triangles + len(SCAN.vertices)]),
        name="bust",
    )
    found = canonical_scan(FitScanInput(both), "cpu", detector, Progress())
    # Of the scan itself the shoulders may go, nothing above them.
    placed = found.pose.apply(found.mesh.vertices)
    assert Surface(SCAN.vertices, SCAN.triangles).closest(placed).distances.max() < 0.1
    assert len(placed) > 0.9 * len(SCAN.vertices)
    assert any("'bust': 1 loose part" in note for note in found.head.notes)
    assert any("looked inward" in note for note in found.head.notes)


def test_a_texture_without_uvs_is_refused(sphere_mesh):
    with pytest.raises(InputError, match="has no UVs"):
        fit_scan(FitScanInput(sphere_mesh(), Image(np.zeros((4, 4, 3)))), FitScanSettings(), Progress())


def test_cancelling_stops_before_the_face_is_found():
    with pytest.raises(Cancelled):
        fit_scan(FitScanInput(SCAN), FitScanSettings(), Progress(should_stop=lambda: True))


def test_the_command_refuses_what_it_cannot_use(tmp_path, monkeypatch, capsys, write_unchecked):
    monkeypatch.chdir(tmp_path)
    broken = SCAN.with_vertices(np.where(np.arange(len(SCAN.vertices))[:, None] % 3 == 0, np.nan, SCAN.vertices))
    write_unchecked(tmp_path / "broken.npz", broken)
    for arguments, message in (
        (["broken.npz", "-o", "out"], "NaN or infinite"),
        (["missing.obj", "-o", "out"], "no such file"),
        (["lee-perry-smith", "-o", "broken.npz"], "this is a file"),
    ):
        assert main(["fit-scan", *arguments]) == 2
        told = capsys.readouterr().err.splitlines()
        assert message in told[-1] and told[-1].startswith("headbridge: error: ")
    assert not (tmp_path / "out").exists()


def test_too_few_landmarks_are_told(monkeypatch, random_head, detector):
    mesh, _ = random_head(2)
    seen = canonical_scan(FitScanInput(mesh), "cpu", detector, Progress())
    monkeypatch.setattr(fit_module, "canonical_scan", lambda *_: replace(seen, landmarks=None))
    with pytest.raises(InputError, match="Only 0 of 27 landmarks"):
        fit_scan(FitScanInput(mesh), FitScanSettings(), Progress())
