"""The regions a registration's verdict names are found on the target, whichever head was registered."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from headbridge.cache import Cache
from headbridge.errors import FailedResult
from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.registration import register as registering
from headbridge.topologies import load_builtin, load_topology
from headbridge.uv.doubtful import doubtful_triangles
from headbridge.uv.job import UvInput, UvSettings
from headbridge.uv.overlay import Overlay
from headbridge.uv.transfer import transfer_uvs
from headbridge.verdict import Reason, Verdict

from .tubes import tube


def overlay(regions, backward):
    """FLAME on itself."""
    mesh, topology = load_builtin("flame"), load_topology("flame")
    verdict = Verdict.of([Reason("check", "It is off.", region) for region in regions])
    return Overlay(
        mesh, mesh, topology, topology, mesh.vertices, mesh.vertices, 0.0, False, (), backward=backward, verdict=verdict
    )


@pytest.mark.parametrize(
    ("region", "own"),
    [
        ("mouth", "lips"),
        ("lip_edges", "lips"),
        ("eyes", "left_eye_region"),
        ("lid_edges", "left_eye_region"),
        ("left eye", "left_eye_region"),
        ("nose", "nose"),
    ],
)
@pytest.mark.parametrize("backward", [False, True])
def test_a_region_is_found_on_the_target(region, own, backward):
    mesh, topology = load_builtin("flame"), load_topology("flame")
    found = doubtful_triangles(overlay([region, ""], backward), "cpu")
    wanted = topology.regions[own][mesh.triangles].any(axis=1)
    assert found[wanted].all()
    if region not in ("eyes", "lid_edges"):
        np.testing.assert_array_equal(found, wanted)


def test_reasons_without_a_place_name_nothing():
    for regions in ([], [""], ["hat"]):
        assert not doubtful_triangles(overlay(regions, False), "cpu").any()
        assert not doubtful_triangles(overlay(regions, True), "cpu").any()


@pytest.mark.parametrize("level", ["check", "failed"])
def test_a_transfer_inherits_the_verdict_of_its_registration_also_from_the_cache(monkeypatch, tmp_path, level):
    registrations, verdict = [], Verdict.of([Reason(level, "It lies wrong.", "nose", "Look.")])

    def register(inputs, settings, progress):
        registrations.append(inputs)
        return SimpleNamespace(registered=inputs.source.vertices, mm_per_target_unit=1.0, notes=(), verdict=verdict)

    monkeypatch.setattr(registering, "register", register)
    inputs = UvInput(tube(24, 6), tube(20, 7))
    for _ in range(2):
        if level == "failed":
            with pytest.raises(FailedResult, match="Failed: It lies wrong. Look."):
                transfer_uvs(inputs, UvSettings(), Progress(), Cache(tmp_path))
        else:
            assert transfer_uvs(inputs, UvSettings(), Progress(), Cache(tmp_path)).verdict == verdict
    assert len(registrations) == 1


@pytest.mark.slow
@pytest.mark.parametrize("repaired", [False, True])
def test_a_given_registration_has_the_verdict_that_is_given_with_it(tmp_path, repaired):
    """On a scan of FLAME's own skin the lips' triangles are marked, also where the scan had a face twice."""
    mesh, topology = load_builtin("flame"), load_topology("flame")
    verdict = Verdict.of([Reason("check", "They lie wrong.", "lips")])
    skin = topology.skin
    numbers = np.cumsum(skin) - 1
    faces = numbers[mesh.triangles[skin[mesh.triangles].all(axis=1)]]
    scan = Mesh.from_faces(mesh.vertices[skin], np.concatenate([faces, faces[:1]]) if repaired else faces)
    result = transfer_uvs(
        UvInput(mesh, scan, registered=mesh, registered_verdict=verdict), UvSettings(), Progress(), Cache(tmp_path)
    )
    assert result.verdict == verdict and "triangles_to_check" in result.metrics
    assert result.problem_triangles[topology.regions["lips"][skin][scan.triangles].all(axis=1)].all()
    assert result.metrics["triangles_to_check"] < 400 and any("should be looked at" in note for note in result.notes)
