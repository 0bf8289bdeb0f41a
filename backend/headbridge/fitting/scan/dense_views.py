"""Dense images of a scan's views: where on the scan the places of FLAME's head lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...registration.job import LandmarkPairs
from ...spatial import Surface
from ...topologies import load_builtin, load_topology
from .skin_field import skin_field
from .votes import PASSES_BY, DenseView, Rays, Votes

# Fewer pixels tell nothing.
_FEWEST = 6
# Of a view so many pixels pass near the place that they name; over the face they are off together by no more than this,
# and over the rest of the head, where it is known less well, than that (mm).
_LEAST_NEAR, _OFF_IN_FACE, _OFF_ELSEWHERE = 0.5, 8.0, 15.0
# Pixels in the face that tell where a view has it.
_SOME_IN_FACE = 200
# The face of the person in the images lies on the scan's as well as this (mm, median).
_ANOTHER = 3.5


def dense_pairs(
    views: Sequence[DenseView], scan: Mesh, pose: Similarity, head: np.ndarray, device: str = "cpu"
) -> LandmarkPairs:
    """Pairs of FLAME's skin and where it lies on the scan, mm.

    scan : in canonical millimetres; pose : from there to the scan's own frame and unit, which the cameras have. head : (V, 3)
    FLAME's vertices as they were registered without the images, canonical mm.
    Raises `InputError` where the images cannot be of this scan."""
    surface = Surface(scan.vertices, scan.triangles, device)
    rays = [_seen(view, surface, pose) for view in views]
    if sum(len(each.points) for each in rays) < _FEWEST:
        raise InputError(
            f"{_names(views)}: no valid pixel sees the scan; see that the cameras are in the scan's frame and unit."
        )
    _check_views(rays, head)
    moved = _moved(head, rays, pose)
    _check_person(moved - head, views)
    # Which places a view sees depends on where they lie.
    moved = _moved(moved, rays, pose)
    topology = load_topology("flame")
    outside = topology.skin & ~topology.no_match
    return LandmarkPairs(load_builtin("flame").vertices[outside], moved[outside])


def _seen(view: DenseView, surface: Surface, pose: Similarity) -> Rays:
    image, camera = view.image, view.camera
    image.check_size(camera.width, camera.height, "its camera")
    if image.uvs is None:
        raise InputError(f"{image.name}: there are normals alone; a scan is fitted with images of UVs.")
    return Rays.of(view, surface, pose)


def _moved(head: np.ndarray, rays: Sequence[Rays], pose: Similarity) -> np.ndarray:
    votes = Votes.on(head, rays, pose)
    if not len(votes.view):
        raise InputError(
            f"{_names([each.view for each in rays])}: no valid pixel sees the head's skin from the front; see that the cameras "
            "are in the scan's frame and unit."
        )
    moved = head.copy()
    moved[skin_field().vertices] += votes.motion()
    return moved


def _check_views(rays: Sequence[Rays], head: np.ndarray) -> None:
    """Raise `InputError` for images that are shifted, turned, mirrored or of other views: the registered head says where
    they ought to have its places."""
    face = load_topology("flame").regions["face"]
    for each in rays:
        if not len(each.points):
            continue
        to_ray = each.centre - each.places(head)
        across = to_ray - each.directions * np.einsum("nd,nd->n", to_ray, each.directions)[:, None]
        near = np.linalg.norm(across, axis=1) < PASSES_BY
        in_face = near & face[each.corners].all(axis=1)
        known = in_face.sum() > _SOME_IN_FACE
        off = float(np.linalg.norm(np.median(across[in_face if known else near], axis=0))) if near.any() else np.inf
        if near.mean() < _LEAST_NEAR:
            raise InputError(
                f"{each.view.image.name}: {1.0 - near.mean():.0%} of its pixels do not lie where the head has them; it is of "
                "another view or another scan, or its channels are exchanged or upside down."
            )
        if off > (_OFF_IN_FACE if known else _OFF_ELSEWHERE):
            raise InputError(
                f"{each.view.image.name}: its pixels lie {off:.0f} mm beside the head; the image is shifted, or of another view "
                "or camera."
            )


def _check_person(motion: np.ndarray, views: Sequence[DenseView]) -> None:
    """Raise `InputError` where all images together have another face than the scan."""
    topology = load_topology("flame")
    face = topology.regions["face"] & topology.skin & ~topology.no_match
    off = float(np.median(np.linalg.norm(motion[face], axis=1)))
    if off > _ANOTHER:
        raise InputError(
            f"{_names(views)}: the face in them lies {off:.1f} mm (median) off the scan's; they are of another head, or of another "
            "expression."
        )


def _names(views: Sequence[DenseView]) -> str:
    return ", ".join(view.image.name for view in views[:3])
