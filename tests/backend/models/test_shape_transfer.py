"""Expressions between topologies: ICT-FaceKit's shapes on one head against the same shapes known on another."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.models.arkit import ARKIT_PARTS, arkit_shapes
from headbridge.models.conversion import flame_hack_correspondence
from headbridge.models.shape_transfer import transfer_shapes
from headbridge.topologies import load_builtin, load_deltas, load_topology

SAMPLE = [list(ARKIT_PARTS).index(name) for name in ("eyeBlinkLeft", "jawOpen", "mouthSmileRight", "browInnerUp")]


def shapes(key: str):
    mesh, deltas = arkit_shapes(key)
    return mesh, deltas[SAMPLE]


def relative_error(found: np.ndarray, expected: np.ndarray, where: np.ndarray) -> np.ndarray:
    size = np.linalg.norm(expected, axis=2)[:, where]
    return np.linalg.norm(found - expected, axis=2)[:, where].sum(axis=1) / size.sum(axis=1)


def test_arkit_names_and_shapes():
    assert len(ARKIT_PARTS) == 52 and list(ARKIT_PARTS) == sorted(ARKIT_PARTS)
    deltas = load_deltas("hack")
    used = [part for parts in ARKIT_PARTS.values() for part in parts]
    left_out = set(deltas.expression_names) - set(used)
    assert len(used) == len(set(used)) == 53
    assert left_out == {"cheekRaiser_L", "cheekRaiser_R", "PupilDilate_L", "PupilDilate_R"}
    _, made = arkit_shapes("hack")
    rows = {name: row for row, name in enumerate(ARKIT_PARTS)}
    own = dict(zip(deltas.expression_names, deltas.expression))
    np.testing.assert_array_equal(made[rows["eyeBlinkLeft"]], own["eyeBlink_L"])
    np.testing.assert_array_equal(made[rows["cheekPuff"]], own["cheekPuff_L"] + own["cheekPuff_R"])
    assert not made[rows["tongueOut"]].any()
    # The subject's left is +X.
    mesh, _ = arkit_shapes("hack")
    assert mesh.vertices[np.linalg.norm(made[rows["eyeBlinkLeft"]], axis=1) > 1.0][:, 0].min() > 0.0
    with pytest.raises(InputError, match="not on 'makehuman'"):
        arkit_shapes("makehuman")


def on_one_face():
    """FLAME and HACK heads that are the same face, with the same expressions."""
    both = flame_hack_correspondence()
    hack, deltas = shapes("hack")
    flame = load_builtin("flame").with_vertices(both.flame_rest)
    transferred = np.stack([both.flame_from_hack @ delta for delta in deltas])
    return {"flame": (flame, transferred), "hack": (hack, deltas), "ict": shapes("ict")}


@pytest.mark.slow
@pytest.mark.parametrize("source, target", [("flame", "hack"), ("hack", "flame"), ("flame", "ict"), ("ict", "flame")])
def test_between_topologies(source, target):
    heads = on_one_face()
    (mesh, deltas), (other, expected) = heads[source], heads[target]
    found = transfer_shapes(mesh, deltas, other)
    topology = load_topology(target)
    assert found.dtype == np.float32
    assert (relative_error(found, expected, topology.regions["face"]) < 0.1).all()
    if target != "hack":
        assert not found[:, topology.regions["left_eyeball"] | topology.regions["right_eyeball"]].any()
    # Hidden parts never move farther than the skin that they hang on.
    sizes = np.linalg.norm(found, axis=2)
    assert (sizes[:, topology.no_match].max(axis=1) <= 1.01 * sizes[:, ~topology.no_match].max(axis=1)).all()


def test_a_blink_closes_other_eyes():
    """On another face the lids travel as far as its eyes are open, not as far as the source's."""
    hack, deltas = shapes("hack")
    model = load_deltas("hack")
    face = hack.vertices + np.einsum("k,kvd->vd", np.random.default_rng(1).normal(size=100), model.identity)
    found = transfer_shapes(hack, deltas[:1], hack.with_vertices(face))[0]
    left = [opening(hack.vertices + deltas[0]), opening(face + deltas[0]), opening(face + found)]
    assert opening(hack.vertices) > 5.0 and opening(face) > 5.0
    assert abs(left[2] - left[0]) < 0.8 * abs(left[1] - left[0])


def opening(vertices: np.ndarray) -> float:
    """Mean height between the rims of the left eye's lids, mm."""
    rim = vertices[load_topology("hack").rims["left_lids"]]
    outer = int(np.abs(rim[:, 0] - rim[0, 0]).argmax())
    across = np.linspace(rim[0, 0], rim[outer, 0], 17)[2:-2]
    heights = []
    for side in (rim[1:outer], rim[outer + 1 :]):
        order = np.argsort(side[:, 0])
        heights.append(np.interp(across, side[order, 0], side[order, 1]))
    return float(np.abs((heights[0] - heights[1]).mean()))


def test_through_a_registered_head():
    """A mesh of no known topology (HACK's without some faces) on which FLAME lies, both ways."""
    heads = on_one_face()
    (flame, flame_deltas), (hack, hack_deltas) = heads["flame"], heads["hack"]
    unknown = Mesh.from_faces(0.1 * hack.vertices, hack.triangles[:-5], name="scan")
    lying = flame.with_vertices(0.1 * flame.vertices)
    found = transfer_shapes(flame, flame_deltas, unknown, lying)
    assert (relative_error(10.0 * found, hack_deltas, load_topology("hack").regions["face"]) < 0.1).all()
    back = transfer_shapes(unknown.with_vertices(hack.vertices), hack_deltas, flame, flame)
    assert (relative_error(back, flame_deltas, load_topology("flame").regions["face"]) < 0.1).all()


def test_bad_input(sphere_mesh):
    flame, deltas = shapes("flame")
    with pytest.raises(InputError, match="register one onto the other first"):
        transfer_shapes(flame, deltas, sphere_mesh())
    with pytest.raises(InputError, match=r"should have the shape \('K', 5023, 3\), not \(4, 7, 3\)"):
        transfer_shapes(flame, deltas[:, :7], flame)
    with pytest.raises(InputError, match="not finite"):
        transfer_shapes(flame, np.where(deltas == deltas[0, 0, 0], np.nan, deltas), flame)
