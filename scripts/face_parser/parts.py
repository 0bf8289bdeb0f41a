"""What all portraits are made of, read once: MakeHuman's bust with classes and fields on it, skins, hair, a hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial import cKDTree
from strangers.hair import STYLES, fitted_hair
from strangers.makehuman_mesh import MM_PER_UNIT, head_rows
from strangers.open_data import makehuman_base

from headbridge.detection.ears.places import ear_places
from headbridge.detection.parsing.classes import EAR_OR_NECK, EYE, LIP, MOUTH, SKIN
from headbridge.detection.surface_points import surface_points
from headbridge.mesh import Mesh
from headbridge.render import Faces
from headbridge.topologies import Landmarks, load_builtin, load_topology

_LOWEST, _WIDEST = 340.0, 320.0
_EYES = ("helper-r-eye", "helper-l-eye")
_TEETH = ("helper-upper-teeth", "helper-lower-teeth")
_TONGUE = "helper-tongue"
_SKIN_SIDE, _SKIN_LEVELS = 1024, 4
# The detector's points along the upper lids' margins.
_UPPER_LIDS = ((33, 246, 161, 160, 159, 158, 157, 173, 133), (263, 466, 388, 387, 386, 385, 384, 398, 362))
# Nostrils belong to the face; what else of the head lies inside is not seen.
_ABOVE_CHIN = 660.0


@dataclass(frozen=True, eq=False)
class Bust:
    """MakeHuman's head and shoulders over all V vertices of its base mesh, mm.

    rest : (V, 3). triangles (T, 3), uvs (T, 3, 2), classes (T,) uint8. eyes : vertices of the right and the left eyeball.
    teeth, tongue : (T,) bool. hair_line : (V,) mm inside the scalp, negative outside. brow, lashes : (V,) mm to the brows' lines
    and to the upper lids' margins. beard, ears : (V,) 0..1. points, landmarks, ear_points : the detector's 478,
    the 68, and the ear finder's, over the V vertices.
    """

    rest: np.ndarray
    triangles: np.ndarray
    uvs: np.ndarray
    classes: np.ndarray
    eyes: tuple[np.ndarray, np.ndarray]
    teeth: np.ndarray
    skin: np.ndarray
    hair_line: np.ndarray
    brow: np.ndarray
    lashes: np.ndarray
    beard: np.ndarray
    ears: np.ndarray
    points: Landmarks
    landmarks: Landmarks
    ear_points: Landmarks
    faces: Faces

    @property
    def skin_triangles(self) -> np.ndarray:
        """(T', 3), eyes and teeth left out."""
        return self.triangles[self.skin]


@cache
def load_bust(data: Path) -> Bust:
    base, rows = makehuman_base(data), head_rows()
    rest = MM_PER_UNIT * base.vertices
    groups = np.array(base.groups)
    inside = ("body", *_EYES, *_TEETH, _TONGUE)
    chosen = [
        k
        for k, face in enumerate(base.faces)
        if groups[k] in inside and rest[face, 1].mean() > _LOWEST and np.abs(rest[face, 0]).max() < _WIDEST
    ]
    quads = np.array([base.faces[k] for k in chosen])
    corner_uvs = base.uvs[np.array([base.face_uvs[k] for k in chosen])]
    halves = ([0, 1, 2], [0, 2, 3])
    triangles = np.concatenate([quads[:, half] for half in halves])
    uvs = np.concatenate([corner_uvs[:, half] for half in halves])
    part = np.tile(groups[chosen], 2)
    topology, head = load_topology("makehuman"), load_builtin("makehuman")

    def region(*names: str) -> np.ndarray:
        mask = np.zeros(len(rest), bool)
        for name in names:
            mask[rows[topology.regions[name]]] = True
        return mask

    at_vertex = np.full(len(rest), EAR_OR_NECK, np.uint8)
    at_vertex[region("face")] = SKIN
    hidden = np.zeros(len(rest), bool)
    hidden[rows[topology.no_match]] = True
    at_vertex[hidden & (at_vertex == EAR_OR_NECK) & (rest[:, 1] > _ABOVE_CHIN)] = SKIN
    at_vertex[region("left_eye_socket", "right_eye_socket")] = SKIN
    at_vertex[region("lips")] = LIP
    at_vertex[region("mouth_bag")] = MOUTH
    corners = at_vertex[triangles]
    same = (corners == corners[:, :1]).all(axis=1)
    classes = np.where(same, corners[:, 0], np.where((corners == SKIN).any(axis=1), SKIN, corners.min(axis=1)))
    classes[np.isin(part, _EYES)] = EYE
    teeth = np.isin(part, _TEETH)
    classes[teeth | (part == _TONGUE)] = MOUTH
    body = part == "body"

    scalp = region("scalp")
    on_body = np.zeros(len(rest), bool)
    on_body[triangles[body]] = True
    into = cKDTree(rest[on_body & ~scalp]).query(rest)[0]
    out = cKDTree(rest[scalp]).query(rest)[0]
    marks = topology.landmarks_68.evaluate(head.vertices)
    brows = np.concatenate([_dense(marks[17:22]), _dense(marks[22:27])])
    below_nose = np.clip((marks[33, 1] - rest[:, 1]) / 25.0, 0.0, 1.0) * np.clip(rest[:, 2] / 60.0, 0.0, 1.0)
    above_throat = np.clip((rest[:, 1] - marks[8, 1] + 35.0) / 20.0, 0.0, 1.0)

    def over_base(points: Landmarks) -> Landmarks:
        return Landmarks(rows[points.vertices], points.weights, points.names)

    points = over_base(surface_points("makehuman").landmarks)
    detected = points.evaluate(rest)
    margins = np.concatenate([_dense(detected[list(lid)]) for lid in _UPPER_LIDS])
    return Bust(
        rest,
        triangles,
        uvs,
        classes.astype(np.uint8),
        tuple(np.unique(triangles[part == name]) for name in _EYES),
        teeth,
        body,
        np.where(scalp, into, -out),
        cKDTree(brows).query(rest)[0],
        cKDTree(margins).query(rest)[0],
        below_nose * above_throat,
        region("left_ear", "right_ear").astype(float),
        points,
        over_base(topology.landmarks_68),
        over_base(ear_places("makehuman")),
        Faces(triangles, len(rest)),
    )


def _dense(line: np.ndarray) -> np.ndarray:
    places = np.linspace(0.0, len(line) - 1.0, 8 * len(line))
    return np.column_stack([np.interp(places, np.arange(len(line)), line[:, axis]) for axis in range(3)])


@cache
def load_skins(data: Path) -> list[list[np.ndarray]]:
    """MakeHuman's skins in the base mesh's UVs, (S, S, 3) float32 linear each: of 1024 pixels a side, 512, 256 and 128."""
    files = sorted((data / "makehuman" / "skins").glob("*.jpg"))
    pictures = (cv2.imread(str(file))[..., ::-1] for file in files)
    small = (cv2.resize(picture, (_SKIN_SIDE, _SKIN_SIDE), interpolation=cv2.INTER_AREA) for picture in pictures)
    return [_levels(np.clip(picture / 255.0, 0.01, 1.0).astype(np.float32) ** 2.2) for picture in small]


def _levels(picture: np.ndarray) -> list[np.ndarray]:
    levels = [picture]
    while len(levels) < _SKIN_LEVELS:
        levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return levels


@cache
def hair_faces(data: Path, style: str) -> tuple[Faces, np.ndarray]:
    """A hair mesh's triangles, and their (T, 3, 2) UVs."""
    mesh: Mesh = fitted_hair(data, style, load_bust(data).rest)
    corners = mesh.triangle_corners
    return Faces(mesh.triangles, len(mesh.vertices)), mesh.uvs[corners]


HAIR_STYLES = STYLES
