"""A head model as a fit sees it: linear shapes, joints and skinning, with the derivatives of every vertex."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from ..models.hack.larynx import Larynx

ROOT = 0


@dataclass(frozen=True, eq=False)
class PosableHead:
    """A linear head model with linear blend skinning; millimetres, Y up, face along +Z. V vertices, K coefficients, J
    joints.

    key : "flame", "hack" or "ict", the topology. label, version : what to call the model.
    template : (V, 3). bases : (V, 3, K), displacement per unit of a coefficient, identities first.
    groups : (name, count) of the coefficients' kinds in order: identity, expression, and what the model has besides.
    expression_names : empty where expressions are numbered.
    sigma : (K,) standard deviations of the prior. blendshapes : whether expressions mean 0..1.
    joint_names : J names. joints : (J, 3) of the mean head. joint_bases : (J, 3, K). parents : (J,), the root's is -1;
        a parent comes before its children. weights : (V, J), rows sum to 1. axes : (J, 3, 3), columns are the axes
        that the model's own axis-angles refer to, in the head's frame.
    correctives : (V, 3, C), per entry of R - 1 in the head's frame; corrective_joints, corrective_entries : (C,) of
        which joint, and which of its nine, row-major.
    larynx : HACK's, whose size is a coefficient and which stands at `larynx_height`; None of other models.
    """

    key: str
    label: str
    version: str
    template: np.ndarray
    bases: np.ndarray
    groups: tuple[tuple[str, int], ...]
    expression_names: tuple[str, ...]
    sigma: np.ndarray
    blendshapes: bool
    joint_names: tuple[str, ...]
    joints: np.ndarray
    joint_bases: np.ndarray
    parents: np.ndarray
    weights: np.ndarray
    axes: np.ndarray
    correctives: np.ndarray
    corrective_joints: np.ndarray
    corrective_entries: np.ndarray
    larynx: Larynx | None = None
    larynx_height: float = 0.0

    @property
    def coefficient_count(self) -> int:
        return self.bases.shape[2]

    @cached_property
    def parts(self) -> dict[str, slice]:
        """Where each kind of coefficient lies."""
        ends = np.cumsum([count for _, count in self.groups]).tolist()
        return {name: slice(end - count, end) for (name, count), end in zip(self.groups, ends)}

    @property
    def identity_count(self) -> int:
        return dict(self.groups)["identity"]

    @property
    def expression_count(self) -> int:
        return dict(self.groups)["expression"]

    def restricted(self, vertices: np.ndarray | slice) -> PosableHead:
        """The same head with some of its vertices; joints stay where they are."""
        return replace(
            self,
            template=self.template[vertices],
            bases=self.bases[vertices],
            weights=self.weights[vertices],
            correctives=self.correctives[vertices],
            larynx=None if self.larynx is None else self.larynx.restricted(vertices),
        )

    def with_larynx_height(self, height: float) -> PosableHead:
        """The same head with its larynx at another height."""
        bases = self.bases.copy()
        bases[:, :, self.parts["larynx_size"]] = self.larynx.displacement(height)[..., None]
        return replace(self, bases=bases, larynx_height=height)

    def of_one_person(self, coefficients: np.ndarray) -> PosableHead:
        """The head whose template is the face of (K,) coefficients without their expression; only expressions remain
        to it."""
        kept = self.parts["expression"]
        person = np.array(coefficients, np.float64)
        person[kept] = 0.0
        return replace(
            self,
            template=self.template + self.bases @ person,
            joints=self.joints + self.joint_bases @ person,
            bases=np.ascontiguousarray(self.bases[:, :, kept]),
            joint_bases=np.ascontiguousarray(self.joint_bases[:, :, kept]),
            sigma=self.sigma[kept],
            groups=(("identity", 0), ("expression", self.expression_count)),
            larynx=None,
        )

    def neutral(self) -> HeadState:
        """The mean head in the rest pose."""
        count = len(self.joint_names)
        return HeadState(np.zeros(self.coefficient_count), np.tile(np.eye(3), (count, 1, 1)), np.zeros(3), 0.0)

    @cached_property
    def descendants(self) -> np.ndarray:
        """(J, J) float, 1 where the column's joint hangs on the row's or is it."""
        below = np.eye(len(self.parents))
        for joint in range(len(self.parents) - 1, 0, -1):
            below[self.parents[joint]] += below[joint]
        return below


@dataclass(frozen=True, eq=False)
class HeadState:
    """What a fit looks for: coefficients (K,), rotations (J, 3, 3) each in its parent's frame, translation (3,) mm,
    and the logarithm of the scale that comes last."""

    coefficients: np.ndarray
    rotations: np.ndarray
    translation: np.ndarray
    log_scale: float

    @property
    def axis_angles(self) -> np.ndarray:
        """(J, 3) radians."""
        return Rotation.from_matrix(self.rotations).as_rotvec()

    def moved(self, step: np.ndarray) -> HeadState:
        """The state a step (K + 3J + 3 + 1,) away: coefficients, turns before each rotation, translation, scale."""
        count, joints = len(self.coefficients), len(self.rotations)
        turns = Rotation.from_rotvec(step[count : count + 3 * joints].reshape(joints, 3)).as_matrix()
        return HeadState(
            self.coefficients + step[:count],
            turns @ self.rotations,
            self.translation + step[-4:-1],
            self.log_scale + float(step[-1]),
        )


class Posed:
    """A head in a state: its skeleton once, its vertices and their derivatives a slice at a time."""

    def __init__(self, head: PosableHead, state: HeadState):
        self._head, self._state = head, state
        self._scale = float(np.exp(state.log_scale))
        rest = head.joints + head.joint_bases @ state.coefficients
        count = len(rest)
        self._turns = np.empty((count, 3, 3))
        self._places, place_bases = np.empty((count, 3)), np.empty_like(head.joint_bases)
        for joint, parent in enumerate(head.parents):
            if parent < 0:
                self._turns[joint] = state.rotations[joint]
                self._places[joint], place_bases[joint] = rest[joint], head.joint_bases[joint]
                continue
            turn = self._turns[parent]
            self._turns[joint] = turn @ state.rotations[joint]
            self._places[joint] = self._places[parent] + turn @ (rest[joint] - rest[parent])
            bone = head.joint_bases[joint] - head.joint_bases[parent]
            place_bases[joint] = place_bases[parent] + turn @ bone
        # x_j = G_j T + offset_j, and how the offsets follow the coefficients.
        self._offsets = self._places - np.einsum("jab,jb->ja", self._turns, rest)
        self._offset_bases = place_bases - self._turns @ head.joint_bases
        self._features = (state.rotations - np.eye(3)).reshape(count, 9)[
            head.corrective_joints, head.corrective_entries
        ]

    @property
    def joints(self) -> np.ndarray:
        """(J, 3) joint centres after posing."""
        return self._scale * (self._places + self._state.translation)

    def vertices(self, part: slice = slice(None)) -> np.ndarray:
        """(n, 3) posed vertices."""
        blended, moved = self._blend(part)
        return self._scale * ((blended @ self._shaped(part)[..., None])[..., 0] + moved + self._state.translation)

    def at_rest(self, displacements: np.ndarray) -> np.ndarray:
        """(V, 3) displacements before skinning that move the posed vertices by those given."""
        blended, _ = self._blend(slice(None))
        return np.linalg.solve(self._scale * blended, displacements[..., None])[..., 0]

    def derivatives(self, part: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """(n, 3) posed vertices, and (n, 3, K + 3J + 3 + 1) how they follow a step of the state (`HeadState.moved`)."""
        head, state = self._head, self._state
        count, joints = head.coefficient_count, len(head.joint_names)
        weights = head.weights[part]
        blended, moved = self._blend(part)
        shaped = self._shaped(part)
        posed = (blended @ shaped[..., None])[..., 0] + moved + state.translation
        out = np.empty((len(weights), 3, count + 3 * joints + 4))
        np.matmul(blended, head.bases[part], out=out[:, :, :count])
        out[:, :, :count] += (weights @ self._offset_bases.reshape(joints, -1)).reshape(-1, 3, count)

        # A turn of joint a moves what hangs on it about a's place: w x (x - p), in the parent's frame.
        by_joint = np.einsum("jab,vb->vja", self._turns, shaped) + self._offsets
        by_joint *= weights[..., None]
        share = weights @ head.descendants.T
        arms = np.einsum("aj,vjd->vad", head.descendants, by_joint) - share[..., None] * self._places
        features = blended @ head.correctives[part]
        for joint, parent in enumerate(head.parents):
            turn = _cross_matrices(-arms[:, joint])
            if parent >= 0:
                turn = turn @ self._turns[parent]
            own = head.corrective_joints == joint
            if own.any():
                spins = np.stack([_cross_matrices(axis) @ state.rotations[joint] for axis in np.eye(3)])
                slopes = spins.reshape(3, 9)[:, head.corrective_entries[own]]
                turn = turn + features[:, :, own] @ slopes.T
            out[:, :, count + 3 * joint : count + 3 * joint + 3] = turn
        out[:, :, -4:-1] = np.eye(3)
        out[:, :, -1] = posed
        out *= self._scale
        return self._scale * posed, out

    def _shaped(self, part: slice) -> np.ndarray:
        head = self._head
        shaped = head.template[part] + head.bases[part] @ self._state.coefficients
        return shaped + head.correctives[part] @ self._features

    def _blend(self, part: slice) -> tuple[np.ndarray, np.ndarray]:
        weights = self._head.weights[part]
        return (weights @ self._turns.reshape(-1, 9)).reshape(-1, 3, 3), weights @ self._offsets


def _cross_matrices(vectors: np.ndarray) -> np.ndarray:
    """(..., 3, 3) matrices of v x . for (..., 3) vectors."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    rows = [np.stack(row, axis=-1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
    return np.stack(rows, axis=-2)
