"""Dense images of a scan's views: where on the scan the places of FLAME's head lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...progress import Progress
from ...spatial import Surface
from ...topologies import load_builtin, load_topology
from ..job import FitMeshInput, FitMeshSettings
from ..mesh import fit_mesh
from .skin_field import skin_field
from .votes import PASSES_BY, DenseView, Rays, Votes

# Fewer pixels tell nothing.
_FEWEST = 6
# Of a view so many pixels pass near the place that they name; over the face they are off together by no more than this,
# and over the rest of the head, where it is known less well, than that (mm).
_LEAST_NEAR, _OFF_IN_FACE, _OFF_ELSEWHERE = 0.5, 8.0, 15.0
# Pixels in the face that tell where a view has it, and of all of a view's at least this share.
_SOME_IN_FACE, _SHARE_IN_FACE = 200, 0.1
# Where the images put the face of the scan's own head, it lies on the scan as well as this (mm, median): 0.1, with noise
# and a registration far off 0.5; others' faces lie 1.9 and more off.
_ANOTHER = 1.2


def dense_head(
    views: Sequence[DenseView],
    scan: Mesh,
    pose: Similarity,
    head: np.ndarray,
    device: str = "cpu",
    progress: Progress = Progress(),
) -> np.ndarray:
    """(V, 3) where FLAME's head lies on the scan, canonical mm: its skin where the images say, and near the surface.

    scan : in canonical millimetres; pose : from there to the scan's own frame and unit, which the cameras have. head : (V, 3)
    FLAME's vertices as they were registered without the images, canonical mm.
    Raises `InputError` where the images cannot be of this scan."""
    check_images(views, "flame")
    surface = Surface(scan.vertices, scan.triangles, device)
    rays = []
    for number, view in enumerate(views):
        progress.report(0.1 * number / len(views), "Asking the dense images")
        rays.append(Rays.of(view, surface, pose))
    if sum(len(each.points) for each in rays) < _FEWEST:
        raise InputError(
            f"{_names(views)}: no valid pixel sees the scan; see that the cameras are in the scan's frame and unit."
        )
    _check_views(rays, head)
    moved = _moved(head, rays, pose, progress.part(0.1, 0.35))
    _check_person(moved, surface, views)
    known = _as_model(moved, progress.part(0.35, 0.65))
    # A registered head slips along the surface in short waves, which noisy pixels do not tell from noise; a head model
    # leaves less over, and in longer waves, unless the head is like none that it knows. From the head that the images move
    # least they say most. Which places a view sees depends on where they lie, too.
    again = _moved(known, rays, pose, progress.part(0.65, 0.85))
    if _size(again - known) < _size(moved - head):
        return again
    return _moved(moved, rays, pose, progress.part(0.85, 1.0))


def check_images(views: Sequence[DenseView], topology: str) -> None:
    """Raise `InputError` for images that say nothing of heads of a topology, or are not their cameras'."""
    if views and topology != "flame":
        raise InputError("Dense images are of FLAME's head; choose the model flame, or leave them out.")
    for view in views:
        view.image.check_size(view.camera.width, view.camera.height, "its camera")
        if view.image.uvs is None:
            raise InputError(f"{view.image.name}: there are normals alone; a scan is fitted with images of UVs.")


def _moved(head: np.ndarray, rays: Sequence[Rays], pose: Similarity, progress: Progress) -> np.ndarray:
    progress.report(0.0, "Asking the dense images")
    votes = Votes.on(head, rays, pose)
    if not len(votes.view):
        raise InputError(
            f"{_names([each.view for each in rays])}: no valid pixel sees the head's skin from the front; see that the cameras "
            "are in the scan's frame and unit."
        )
    moved = head.copy()
    moved[skin_field().vertices] += votes.motion(progress)
    return moved


def _as_model(head: np.ndarray, progress: Progress) -> np.ndarray:
    """(V, 3) the open head model, fitted to the skin of FLAME's head at (V, 3), mm."""
    settings = FitMeshSettings(model="open-flame", scale=True, region="skin")
    return fit_mesh(FitMeshInput(load_builtin("flame").with_vertices(head)), settings, progress).vertices


def _size(motion: np.ndarray) -> float:
    return float(np.sqrt((motion[skin_field().vertices] ** 2).mean()))


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
        known = in_face.sum() > max(_SOME_IN_FACE, _SHARE_IN_FACE * len(in_face))
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


def _check_person(moved: np.ndarray, scan: Surface, views: Sequence[DenseView]) -> None:
    """Raise `InputError` where all images together have another face than the scan: rays that show its places leave the
    surface, however badly the head was registered before."""
    topology = load_topology("flame")
    face = topology.regions["face"] & topology.skin & ~topology.no_match
    off = float(np.median(scan.closest(moved[face]).distances))
    if off > _ANOTHER:
        raise InputError(
            f"{_names(views)}: the face in them lies {off:.1f} mm (median) off the scan's; they are of another head, or of another "
            "expression."
        )


def _names(views: Sequence[DenseView]) -> str:
    return ", ".join(view.image.name for view in views[:3])
