"""The open head in FLAME's topology, which stands in where no FLAME model file is in place."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..topologies import load_builtin
from ..topologies.builtin import asset_path
from ..topologies.packed_shapes import shapes_of
from .catalogue import ADULTS_ON_FLAME, ALL_PEOPLE
from .flame import FlameData
from .jaw_corrective import MINUS_SINE, SINE, jaw_opening_correctives
from .people.identity import sized_people

LABEL = "the open FLAME-topology head"
PEOPLE_LABEL = "the head of all people in FLAME's topology"

NEUTRAL_IDENTITY, NEUTRAL_COEFFICIENT = 100, 3.0
"""The added identity, and the coefficient at which it leads from FLAME's mean to ICT-FaceKit's neutral face. Far enough
out that random heads stay near FLAME's mean."""

# The first of the jaw's nine rows among the 36 of joints 1 to 4.
_JAW_ROWS = 9


@cache
def load_open_flame(identities: str = "ict", smooth: bool = True) -> FlameData:
    """FLAME's mean template with the identity and expression of ICT-FaceKit; the arrays are shared and read-only.

    identities "people" : the mean head and the identities of all people (`models.people.identity`) in FLAME's topology
    instead, under the same expressions, joints and weights; smooth : whether with their smooth modes.

    identity : 101, standard deviations. 0..99 are ICT-FaceKit's principal components; NEUTRAL_IDENTITY leads from
        FLAME's mean to ICT-FaceKit's neutral face: an ICT head is this head with the same 100 coefficients and
        NEUTRAL_COEFFICIENT.
    expression : 55 blendshapes in 0..1 in alphabetical order, ICT-FaceKit's ARKit shapes (browInnerUp and cheekPuff in
        halves) and its cheekRaiser. The eyeballs stay in place: gaze belongs to the eye joints.
    pose_correctives : of the jaw's opening alone, made so that the jaw joint opened to the angle of jawOpen gives that
        shape; linear in the sine of the angle.

    The joints lie where FLAME's do; the skinning weights are derived. Nothing of it is FLAME's statistics, and codes of
    FLAME models mean other faces here. Displacements are stored in steps of 0.002 mm.
    """
    mesh = load_builtin("flame")
    with np.load(asset_path("flame_open.npz"), allow_pickle=False) as stored:
        correctives = np.zeros((36, *mesh.vertices.shape), np.float32)
        opening = jaw_opening_correctives(stored["jaw_corrective"], float(stored["jaw_sine"]))
        correctives[_JAW_ROWS + MINUS_SINE], correctives[_JAW_ROWS + SINE] = opening
        regressor = stored["joint_regressor"]
        if identities == "people":
            people = sized_people("flame", regressor[0], smooth)
            whose = (people.template, people.identity, people.names, ALL_PEOPLE, PEOPLE_LABEL)
        else:
            whose = (mesh.vertices, shapes_of(stored, "identity", len(mesh.vertices)), (), ADULTS_ON_FLAME, LABEL)
        template, identity, identity_names, version, label = whose
        data = FlameData(
            template=template,
            faces=mesh.triangles.astype(np.int32),
            identity=identity,
            expression=shapes_of(stored, "expression", len(mesh.vertices)),
            pose_correctives=correctives,
            joint_regressor=regressor,
            weights=stored["weights"].astype(np.float64),
            parents=stored["parents"].astype(np.int64),
            version=version,
            name=label,
            expression_names=tuple(stored["expression_names"].tolist()),
            identity_names=identity_names,
        )
    for array in vars(data).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return data
