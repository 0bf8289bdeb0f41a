"""Dense images of a scan's views: where on the scan the places of FLAME's head lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.normals import normalized
from ...mesh.similarity import Similarity, fit_similarity_robust
from ...registration.job import LandmarkPairs
from ...spatial import Surface
from ...topologies import load_builtin, load_topology
from ..dense_images import DenseImage, surface_places
from ..photo.job import PhotoCamera

# Places on FLAME's skin that are asked for, mm apart; so many pixels that see them or their surroundings (mm) are asked,
# and where these do not agree to so many mm, so many.
_APART, _AROUND, _PIXELS, _AGREED, _MOST_PIXELS = 7.0, 7.0, 80, 1.0, 500
# Errors (mm) up to which a place is taken as it is told; else its neighbours within about so many mm are heard, and those
# of the face are left out.
_EXACT, _KNOWN_IN_FACE, _SMOOTH = 0.3, 0.3, 12.0
# Fewer pixels tell nothing; pixels that agree no better than this (mm, median) are of no use.
_FEWEST, _LARGEST_SPREAD = 6, 10.0
# Normals of the image and of the scan that differ more (cosine) belong to a pixel that was not understood.
_ALIKE = 0.7
# Most pixels lie so near (mm) to where the mean head, laid on the rest, has them; else they are of another scan.
_FAR, _LEAST_NEAR = 30.0, 0.5
# Cosine of its turn, and how much larger or smaller it may be.
_UPRIGHT, _SIZES = 0.5, 2.0
# Pixels that tell how the mean head lies on the scan.
_SOME = 4000
_MEDIAN_STEPS = 12


@dataclass(frozen=True, eq=False)
class DenseView:
    """An image of a view of the scan; camera : in the scan's frame and unit."""

    image: DenseImage
    camera: PhotoCamera


def dense_pairs(views: tuple[DenseView, ...], scan: Mesh, pose: Similarity, device: str = "cpu") -> LandmarkPairs:
    """Pairs of places on FLAME's mean head and on the scan, mm.

    scan : in canonical millimetres; pose : from there to the scan's own frame and unit, which the cameras have. Every
    place is where the pixels that see its surroundings say (geometric median), so that single errors move nothing.
    Raises `InputError` where the images cannot be of this scan."""
    surface = Surface(scan.vertices, scan.triangles, device)
    parts = [_seen(view, surface, pose) for view in views]
    places, points = (np.concatenate(part) for part in zip(*parts, strict=True))
    names = ", ".join(view.image.name for view in views[:3])
    if len(places) < _FEWEST:
        raise InputError(
            f"{names}: no valid pixel sees the scan; see that the cameras are in the scan's frame and unit."
        )
    some = slice(None, None, max(1, len(places) // _SOME))
    onto = fit_similarity_robust(places[some], points[some])
    near = np.linalg.norm(onto.apply(places) - points, axis=1) < _FAR
    # The scan stands upright, and has the mean head's size.
    upright = np.trace(onto.rotation) > 1.0 + 2.0 * _UPRIGHT and 1.0 / _SIZES < onto.scale < _SIZES
    if near.mean() < _LEAST_NEAR or not upright:
        raise InputError(
            f"{names}: the pixels do not lie where the mean head has them ({1.0 - near.mean():.0%} are far off); the images are of other "
            "views or another scan, or their channels are exchanged or upside down."
        )
    places, points = places[near], points[near]
    wanted = _apart(_asked_for())
    distances, around = cKDTree(places).query(wanted, min(_MOST_PIXELS, len(places)), distance_upper_bound=_AROUND)
    source, target, errors = [], [], []
    for place, there, pixels in zip(wanted, np.isfinite(distances), around):
        pixels = pixels[there]
        if len(pixels) < _FEWEST:
            continue
        told = points[pixels] + onto.apply(place[None]) - onto.apply(places[pixels])
        # The nearest say it best, as long as they agree.
        for count in (_PIXELS, _MOST_PIXELS):
            found = _geometric_median(told[:count])
            spread = float(np.median(np.linalg.norm(told[:count] - found, axis=1)))
            if spread < _AGREED:
                break
        if spread < _LARGEST_SPREAD:
            source.append(place)
            target.append(found)
            errors.append(spread / np.sqrt(min(count, len(told))))
    if not source:
        raise InputError(f"{names}: the images' pixels do not agree on any place of the head; leave them out.")
    return _pairs(np.array(source), np.array(target), np.array(errors), onto, surface)


def _pairs(
    source: np.ndarray, target: np.ndarray, errors: np.ndarray, onto: Similarity, surface: Surface
) -> LandmarkPairs:
    """The (N, 3) places and where they lie, those with large errors (N,) mm as their neighbours say.

    Faces differ smoothly: what the places are off the mean head is a linear field around each. In the face and at the ears,
    landmarks and the surface's own shape know better than pixels that do not agree."""
    off, tree = target - onto.apply(source), cKDTree(source)
    loose = np.flatnonzero(errors > _EXACT)
    smooth = off.copy()
    for number, neighbours in zip(loose, tree.query_ball_point(source[loose], 2.0 * _SMOOTH)):
        away = source[neighbours] - source[number]
        weights = np.exp(-0.25 * (away**2).sum(axis=1) / _SMOOTH**2) / np.maximum(errors[neighbours], _EXACT)
        basis = np.column_stack([np.ones(len(neighbours)), away / _SMOOTH]) * weights[:, None]
        # A little less than a plane where neighbours are few.
        normal = basis.T @ basis + np.diag([0.0, *3 * [0.1 * (weights**2).sum()]])
        smooth[number] = np.linalg.solve(normal, basis.T @ (off[neighbours] * weights[:, None]))[0]
    template, regions = load_builtin("flame").vertices, load_topology("flame").regions
    shaped = np.any([regions[name] for name in ("face", "left_ear", "right_ear")], axis=0)
    in_face = shaped[cKDTree(template).query(source)[1]]
    kept = ~(in_face & (errors > _KNOWN_IN_FACE))
    if not kept.any():
        kept[:] = True
    return LandmarkPairs(source[kept], surface.closest(onto.apply(source[kept]) + smooth[kept]).points, ())


def _seen(view: DenseView, surface: Surface, pose: Similarity) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) places on FLAME's mean head, and (N, 3) where its pixels see them on the scan, canonical mm."""
    image, camera = view.image, view.camera
    image.check_size(camera.width, camera.height, "its camera")
    if image.uvs is None:
        raise InputError(f"{image.name}: there are normals alone; a scan is fitted with images of UVs.")
    rows, columns = np.nonzero(image.valid)
    pixels = np.stack([columns + 0.5, rows + 0.5, np.ones(len(rows))], axis=1)
    rays = pixels @ np.linalg.inv(camera.matrix).T @ camera.rotation
    back = pose.inverse()
    centre = back.apply((-camera.rotation.T @ camera.translation)[None])
    directions = normalized(back.apply(rays) - back.apply(np.zeros((1, 3))))
    hits = surface.cast(np.repeat(centre, len(rays), axis=0), directions)
    landmarks, there = surface_places(image.uvs[rows, columns])
    good = hits.hit & there
    if image.normals is not None:
        turned = image.normals[rows, columns] * (1.0, -1.0, -1.0) @ camera.rotation
        mine = surface.triangle_normals()[hits.triangles] @ pose.rotation.T
        good &= np.abs(np.einsum("nd,nd->n", normalized(turned), mine)) > _ALIKE
    places = landmarks.evaluate(load_builtin("flame").vertices)
    return places[good], hits.points[good]


def _asked_for() -> np.ndarray:
    """(N, 3) FLAME's outer skin, but for lips and lids: what lies near on the mean head, where they are shut, may be far
    apart on the scan."""
    template, topology = load_builtin("flame").vertices, load_topology("flame")
    rims = np.concatenate([topology.rims[name] for name in ("lips_inner", "left_lids", "right_lids")])
    far = cKDTree(template[rims]).query(template)[0] > _AROUND
    return template[topology.skin & ~topology.no_match & far]


def _apart(points: np.ndarray) -> np.ndarray:
    """Some of the points, about `_APART` from each other."""
    tree, free, chosen = cKDTree(points), np.ones(len(points), bool), []
    for number, point in enumerate(points):
        if free[number]:
            chosen.append(number)
            free[tree.query_ball_point(point, _APART)] = False
    return points[chosen]


def _geometric_median(points: np.ndarray) -> np.ndarray:
    """The point whose distances to all add up to least (Weiszfeld's iteration)."""
    found = np.median(points, axis=0)
    for _ in range(_MEDIAN_STEPS):
        weights = 1.0 / np.maximum(np.linalg.norm(points - found, axis=1), 1e-3)
        found = weights @ points / weights.sum()
    return found
