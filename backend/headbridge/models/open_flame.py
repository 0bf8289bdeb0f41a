"""The open head in FLAME's topology, which stands in where no FLAME model file is in place."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..topologies import load_builtin
from ..topologies.builtin import asset_path
from .flame import FlameData

LABEL = "the open FLAME-topology head"

# Rows of the pose correctives that belong to entries (1, 2) and (2, 1) of the jaw's R - 1: -sin and +sin of its angle
# about x. Joint 1 (neck) has rows 0..8, joint 2 (jaw) 9..17.
_MINUS_SINE, _SINE = 9 + 5, 9 + 7


@cache
def load_open_flame() -> FlameData:
    """FLAME's mean template with the identity and expression of ICT-FaceKit; the arrays are shared and read-only.

    identity : 101, standard deviations. 0..99 are ICT-FaceKit's principal components; number 100 leads from FLAME's
        mean to ICT-FaceKit's neutral face, which it reaches at 2.
    expression : 55 blendshapes in 0..1 in alphabetical order, ICT-FaceKit's ARKit shapes (browInnerUp and cheekPuff in
        halves) and its cheekRaiser. The eyeballs stay in place: gaze belongs to the eye joints.
    pose_correctives : of the jaw's opening alone, made so that the jaw joint opened to the angle of jawOpen gives that
        shape; linear in the sine of the angle.

    The joints lie where FLAME's do; the skinning weights are derived. Nothing of it is FLAME's statistics, and codes of
    FLAME models mean other faces here. Positions are stored as float16, which moves a vertex by less than 0.02 mm per
    unit of a coefficient.
    """
    template = load_builtin("flame")
    with np.load(asset_path("flame_open.npz"), allow_pickle=False) as stored:
        corrective = stored["jaw_corrective"].astype(np.float32) / (2.0 * float(stored["jaw_sine"]))
        correctives = np.zeros((36, *template.vertices.shape), np.float32)
        correctives[_MINUS_SINE], correctives[_SINE] = -corrective, corrective
        data = FlameData(
            template=template.vertices,
            faces=template.triangles.astype(np.int32),
            identity=stored["identity"].astype(np.float32),
            expression=stored["expression"].astype(np.float32),
            pose_correctives=correctives,
            joint_regressor=stored["joint_regressor"],
            weights=stored["weights"].astype(np.float64),
            parents=stored["parents"].astype(np.int64),
            version="open topology",
            name=LABEL,
            expression_names=tuple(stored["expression_names"].tolist()),
        )
    for array in vars(data).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return data
