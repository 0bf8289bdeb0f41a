"""Teeth, gums and tongue behind the lips of a head that was fitted to photos, and eyes where its topology has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import InputError
from ...images import Image
from ...mesh import Mesh
from ...mesh.udim import Tile
from ...models.rig.fitted import rig_of_version
from ...models.rig.inner_parts import inner_parts
from ...models.rig.model import RigModel
from ...texture.atlas.eye_colours import EyeColours, eye_picture
from ...texture.atlas.layout import HeadLayout
from ...topologies import load_topology
from ..posable import HeadState, PosableHead, Posed

NEVER, OPEN_MOUTH, ALWAYS = "never", "open-mouth", "always"
"""When a fit gets inner parts."""

TEETH, GUMS, EYES = "teeth", "gums", "eyes"
"""Materials of the parts. Gums: with tongue and palate."""

# What of ICT-FaceKit's parts a fit shows: its lashes are in the photos already.
_MATERIALS = {"M_Teeth": TEETH, "M_GumsTongue": GUMS, "M_ScleraLeft": EYES, "M_ScleraRight": EYES}
# Where in the parts' picture each has its own UVs: the lower left corner of a quarter.
_QUARTERS = {TEETH: (0.0, 0.0), GUMS: (0.5, 0.0), EYES: (0.0, 0.5)}
# Lips so far apart are open, mm.
_OPEN = 1.5
# Inner lips of the 68 landmarks, upper and lower.
_UPPER, _LOWER = (61, 62, 63), (67, 66, 65)
TEETH_COLOUR = np.array([0.85, 0.80, 0.72])
"""sRGB of teeth that no photo shows."""

# sRGB.
_GUMS_COLOUR = (0.56, 0.31, 0.30)


@dataclass(frozen=True, eq=False)
class InnerParts:
    """Parts of one person, in every photo of a fit.

    mesh : in the rest pose with neutral expression, mm, UVs in one picture; materials `TEETH`, `GUMS` and perhaps `EYES`.
    vertices : per view (V, 3) mm in the camera's upright frame. upright : (V, 3) those of the first view's head upright
    at the origin. image : their texture. colours : sRGB by the names teeth, gums, iris and white."""

    mesh: Mesh
    vertices: tuple[np.ndarray, ...]
    upright: np.ndarray
    image: Image
    colours: dict[str, tuple[float, ...]]

    def coloured(self, teeth: np.ndarray, eyes: EyeColours) -> InnerParts:
        """The parts with (3,) sRGB teeth and eyes of these colours."""
        return replace(
            self, image=_image(self.mesh, teeth, eyes, self.image.height), colours=_named_colours(teeth, eyes)
        )

    def triangles_of(self, material: str) -> np.ndarray:
        """(T,) bool, the triangles of a material."""
        return _faces_of(self.mesh, material)[self.mesh.triangle_faces]

    def beside(self, tile: Tile) -> Mesh:
        """The mesh with its UVs in a tile."""
        return replace(self.mesh, uvs=self.mesh.uvs + np.array(tile, np.float32))


def wants_parts(head: PosableHead, states: Sequence[HeadState], when: str) -> bool:
    """Whether a fit gets inner parts: a mouth is open in a photo, or the topology has no eyes."""
    if when == NEVER:
        return False
    return when == ALWAYS or lacks_eyes(head) or any(mouth_opening(head, state) > _OPEN for state in states)


def mouth_opening(head: PosableHead, state: HeadState) -> float:
    """Millimetres between the lips in the middle of the mouth, more than in the mean head's neutral face."""
    landmarks = load_topology(head.key).landmarks_68.subset([*_UPPER, *_LOWER])
    both = (landmarks.evaluate(vertices) for vertices in (Posed(head, state).vertices(), head.template))
    now, rest = (np.linalg.norm(points[: len(_UPPER)] - points[len(_UPPER) :], axis=1).mean() for points in both)
    return float(now - rest)


def photo_parts(
    head: PosableHead,
    states: Sequence[HeadState],
    upright: HeadState,
    model_file: str,
    size: int,
) -> InnerParts | None:
    """The parts of a fitted head in usual colours, None for models that do not say where they are.

    states : of every view; upright : the first's, upright at the origin. size : texels along the texture's sides."""
    counts = head.identity_count, head.expression_count
    try:
        rig = inner_parts(rig_of_version(head.key, head.version, *counts, path=model_file or None))
    except InputError:
        return None
    rig = _shown(rig, lacks_eyes(head))
    return InnerParts(
        _neutral(rig, states[0]).mesh,
        tuple(_posed(rig, state) for state in states),
        _posed(rig, upright),
        _image(rig.mesh, TEETH_COLOUR, EyeColours(), size),
        _named_colours(TEETH_COLOUR, EyeColours()),
    )


def lacks_eyes(head: PosableHead) -> bool:
    """Whether a head's topology has no eyeballs."""
    return "left_eyeball" not in load_topology(head.key).regions


def _shown(rig: RigModel, with_eyes: bool) -> RigModel:
    """The rig of the parts that are shown alone, under the names of their materials and with UVs in one picture."""
    mesh, names = rig.mesh, (TEETH, GUMS, *((EYES,) if with_eyes else ()))
    material = np.array(
        [names.index(found) if (found := _MATERIALS.get(name)) in names else -1 for name in mesh.material_names]
    )
    of_face = material[mesh.face_materials]
    corners = np.repeat(of_face, mesh.face_sizes)
    used, places = np.unique(mesh.corners[corners >= 0], return_inverse=True)
    quarters = np.array([_QUARTERS[name] for name in names])[corners[corners >= 0]]
    shown = Mesh(
        mesh.vertices[used],
        places,
        mesh.face_sizes[of_face >= 0],
        0.5 * (mesh.uvs[corners >= 0] % 1.0) + quarters,
        of_face[of_face >= 0],
        names,
        "inner parts",
    )
    return replace(
        rig, mesh=shown, deltas=rig.deltas[:, used], weights=rig.weights[used], correctives=rig.correctives[:, used]
    )


def _neutral(rig: RigModel, state: HeadState) -> RigModel:
    identity = np.array(rig.kinds) == "identity"
    return rig.folded(state.coefficients, identity)


def _posed(rig: RigModel, state: HeadState) -> np.ndarray:
    """(V, 3) of the parts in a state of their head."""
    whole = rig.folded(state.coefficients, np.ones(len(rig.names), bool))
    joints = len(whole.joint_names)
    head = PosableHead(
        key=whole.topology,
        label=whole.label,
        version=whole.version,
        template=whole.mesh.vertices,
        bases=np.zeros((*whole.mesh.vertices.shape, 0)),
        groups=(("identity", 0), ("expression", 0)),
        expression_names=(),
        sigma=np.zeros(0),
        blendshapes=False,
        joint_names=whole.joint_names,
        joints=whole.joints,
        joint_bases=np.zeros((joints, 3, 0)),
        parents=whole.parents,
        weights=whole.weights,
        axes=whole.joint_axes,
        correctives=np.moveaxis(whole.correctives.astype(np.float64), 0, -1),
        corrective_joints=whole.corrective_entries[:, 0],
        corrective_entries=3 * whole.corrective_entries[:, 1] + whole.corrective_entries[:, 2],
    )
    return Posed(head, replace(state, coefficients=np.zeros(0))).vertices()


def _faces_of(mesh: Mesh, material: str) -> np.ndarray:
    if material not in mesh.material_names:
        return np.zeros(len(mesh.face_sizes), bool)
    return mesh.face_materials == mesh.material_names.index(material)


def _named_colours(teeth: np.ndarray, eyes: EyeColours) -> dict[str, tuple[float, ...]]:
    return {"teeth": tuple(teeth.tolist()), "gums": _GUMS_COLOUR, "iris": eyes.iris, "white": eyes.white}


def _image(mesh: Mesh, teeth: np.ndarray, eyes: EyeColours, size: int) -> Image:
    layout = HeadLayout(mesh, size)
    picture = np.zeros((*layout.shape, 3), np.float32)
    for material, colour in ((TEETH, teeth), (GUMS, _GUMS_COLOUR)):
        shown = np.append(_faces_of(mesh, material)[mesh.triangle_faces], False)[layout.raster.triangle]
        picture[shown] = colour
    eye = _faces_of(mesh, EYES)
    if eye.any():
        used = mesh.vertices[np.unique(mesh.corners[np.repeat(eye, mesh.face_sizes)])]
        right = used[:, 0] < 0.0
        shown = np.append(eye[mesh.triangle_faces], False)[layout.raster.triangle]
        corners = mesh.triangles[layout.raster.triangle[shown]]
        points = np.einsum("nk,nkd->nd", layout.raster.barycentrics[shown], mesh.vertices[corners])
        middles = np.stack([0.5 * (ball.min(axis=0) + ball.max(axis=0)) for ball in (used[~right], used[right])])
        picture[shown] = eye_picture(points - middles[(points[:, 0] < 0.0).astype(int)], eyes)
    return layout.images(picture)[layout.packing.tiles[0]]
