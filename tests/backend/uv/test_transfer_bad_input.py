"""What a UV transfer refuses: one line with cause and fix, and nothing of the user's changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.cache import Cache
from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.topologies import load_builtin, load_topology
from headbridge.uv.job import UvInput, UvSettings
from headbridge.uv.transfer import transfer_uvs

from .tubes import tube

SOURCE, TARGET = replace(tube(24, 6), name="layout"), replace(tube(20, 7), name="head")


def refused(message, source=SOURCE, target=TARGET, registered=SOURCE, **more):
    meshes = [mesh for mesh in (source, target, registered) if mesh is not None]
    before = [[np.array(a) for a in (m.vertices, m.corners) if a is not None] for m in meshes]
    uvs = [None if m.uvs is None else np.array(m.uvs) for m in meshes]
    with pytest.raises(InputError, match=message) as told:
        transfer_uvs(UvInput(source, target, registered, **more), UvSettings(), Progress(), Cache(None))
    assert "\n" not in str(told.value) and told.value.exit_code == 2
    for mesh, arrays, own_uvs in zip(meshes, before, uvs):
        np.testing.assert_array_equal(mesh.vertices, arrays[0])
        np.testing.assert_array_equal(mesh.corners, arrays[1])
        if own_uvs is not None:
            np.testing.assert_array_equal(mesh.uvs, own_uvs)


def with_uvs(change):
    uvs = np.array(SOURCE.uvs)
    change(uvs)
    return replace(SOURCE, uvs=uvs)


def break_one(uvs):
    uvs[7, 0] = np.nan


def flatten(uvs):
    uvs[:, 1] = 0.5


def gather(uvs):
    uvs[:] = 0.25


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (replace(SOURCE, uvs=None), "^layout has no UVs; unwrap it first"),
        (with_uvs(break_one), "^layout has UVs that are not finite numbers; export it again"),
        (with_uvs(flatten), "^layout has UVs without any area; unwrap it first"),
        (with_uvs(gather), "^layout has UVs without any area; unwrap it first"),
    ],
)
def test_layouts_that_are_none(source, message):
    refused(message, source=source)
    # Without a registered mesh they are refused before anything is registered.
    refused(message, source=source, registered=None)


def test_a_layout_of_the_eyes_only():
    flame, topology = load_builtin("flame"), load_topology("flame")
    uvs = np.array(flame.uvs)
    uvs[topology.skin[flame.corners]] = 0.5
    refused(
        "have no area in its UVs, so nothing can be placed there; unwrap them first",
        source=replace(flame, uvs=uvs),
        registered=flame,
    )


def test_a_source_with_collapsed_faces():
    def collapse(uvs):
        uvs[: 4 * 10] = 0.5

    refused("20 of 288 triangles have no area in its UVs", source=with_uvs(collapse))


def test_a_target_of_loose_faces():
    """Faces that do not touch each other."""
    corners = TARGET.vertices[TARGET.corners].reshape(-1, 4, 3)
    apart = 0.5 * (corners + corners.mean(axis=1, keepdims=True))
    confetti = Mesh.from_faces(apart.reshape(-1, 3), np.arange(len(TARGET.corners)).reshape(-1, 4), name="confetti")
    refused("largest connected part of confetti is only 1 % of it; merge its vertices by distance", target=confetti)


def broken_positions(mesh):
    vertices = np.array(mesh.vertices)
    vertices[3, 1] = np.nan
    return mesh.with_vertices(vertices)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            TARGET.with_vertices(np.where(np.arange(160)[:, None] % 9 == 0, np.nan, TARGET.vertices)),
            "^The target 'head' has 18 of 160 vertices with NaN or infinite coordinates",
        ),
        (Mesh(TARGET.vertices, np.zeros(0), np.zeros(0), name="head"), "^The target 'head' has no faces"),
        (TARGET.with_vertices(TARGET.vertices * (1.0, 1.0, 0.001)), "^The target 'head' is one flat sheet"),
    ],
)
def test_targets_that_are_no_surface(target, message):
    refused(message, target=target)


def test_sources_that_are_no_surface():
    doubled = np.concatenate([SOURCE.corners, SOURCE.corners[:4]])
    uvs = np.concatenate([SOURCE.uvs, SOURCE.uvs[:4]])
    source = Mesh(SOURCE.vertices, doubled, np.append(SOURCE.face_sizes, 4), uvs, name="layout")
    refused("^The source 'layout' has 1 face that lies on another one", source=source, registered=source)


def test_registered_meshes_that_belong_to_neither():
    refused("^The registered mesh has 66 vertices and 60 faces, neither the source's", registered=tube(6, 10))
    refused("^The registered mesh 'layout' has 1 vertex with NaN", registered=broken_positions(SOURCE))


def test_heads_that_do_not_lie_on_each_other():
    far = SOURCE.with_vertices(SOURCE.vertices + [0.0, 0.0, 900.0])
    refused(r"^Only 0 % of head lies on layout after registration; give the mesh as a registration", registered=far)
    other_units = SOURCE.with_vertices(0.01 * SOURCE.vertices)
    refused("in the same units and place as the other head", registered=other_units)


def test_a_topology_that_is_not_the_meshs():
    refused("^layout has 168 vertices, but the HACK topology has", source_topology="hack")
    refused("^head has 160 vertices, but the FLAME topology has", target_topology="flame")
