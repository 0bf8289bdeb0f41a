"""A head model as plain arrays, for programs that shape, pose and skin a head themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...mesh import Mesh

COEFFICIENT_BOUND = 10.0
"""Coefficients are in standard deviations; beyond this many no head is left."""


@dataclass(frozen=True, eq=False)
class RigModel:
    """A posable head: K keys that shape it, J joints that follow the keys, C correctives that follow the joints.

    Millimetres, Y up, the face along +Z. With coefficients c and joint rotations R the head is, before skinning,
    template + c . deltas + sum over entries (j, row, column) of (R_j - 1)[row, column] * correctives; its joints are
    joints + c . joint_deltas, and linear blend skinning by `weights` about them gives the posed head.

    topology : key of the mesh's topology. label, version : what to call the model, and which one it is.
    mesh : the template, its faces and UVs; V vertices.
    names, kinds : of the keys; a kind is "identity", "expression", "larynx" or "eyelid". lower, upper : (K,) range of the
        coefficients. deltas : (K, V, 3) float32.
    joint_names, parents : J, the root's parent is -1. joints : (J, 3). joint_deltas : (K, J, 3). weights : (V, J).
    joint_axes : (J, 3, 3), columns are the axes each joint's rotation is given in, in the head's frame.
    correctives : (C, V, 3) float32. corrective_entries : (C, 3) int32, joint, row and column.
    """

    topology: str
    label: str
    version: str
    mesh: Mesh
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    lower: np.ndarray
    upper: np.ndarray
    deltas: np.ndarray
    joint_names: tuple[str, ...]
    parents: np.ndarray
    joints: np.ndarray
    joint_deltas: np.ndarray
    joint_axes: np.ndarray
    weights: np.ndarray
    correctives: np.ndarray
    corrective_entries: np.ndarray

    def folded(self, values: np.ndarray, keys: np.ndarray) -> RigModel:
        """The rig whose template and joints have some of the keys at their values, and which lacks these keys.

        values : (K,). keys : (K,) bool, which to fold. One shape in place of hundreds plays several times as fast."""
        amounts = np.where(keys, values, 0.0)
        template = self.mesh.vertices + np.einsum("k,kvd->vd", amounts, self.deltas, optimize=True)
        kept = np.flatnonzero(~keys)
        return replace(
            self,
            mesh=self.mesh.with_vertices(template),
            names=tuple(self.names[key] for key in kept),
            kinds=tuple(self.kinds[key] for key in kept),
            lower=self.lower[kept],
            upper=self.upper[kept],
            deltas=self.deltas[kept],
            joints=self.joints + np.einsum("k,kjd->jd", amounts, self.joint_deltas),
            joint_deltas=self.joint_deltas[kept],
        )

    def with_offset(self, offset: np.ndarray, joint_offset: np.ndarray) -> RigModel:
        """The rig with a (V, 3) displacement of its template, and a (J, 3) one of its joints."""
        mesh = self.mesh.with_vertices(self.mesh.vertices + offset)
        return replace(self, mesh=mesh, joints=self.joints + joint_offset)

    def with_keys(self, names: tuple[str, ...], kind: str, deltas: np.ndarray, bound: float) -> RigModel:
        """The rig with more keys, which leave its joints where they are. deltas : (N, V, 3); bound : of their values."""
        count = len(names)
        return replace(
            self,
            names=(*self.names, *names),
            kinds=(*self.kinds, *count * (kind,)),
            lower=np.concatenate([self.lower, np.full(count, -bound)]),
            upper=np.concatenate([self.upper, np.full(count, bound)]),
            deltas=np.concatenate([self.deltas, np.asarray(deltas, np.float32)]),
            joint_deltas=np.concatenate([self.joint_deltas, np.zeros((count, len(self.joints), 3))]),
        )


def numbered(kind: str, count: int) -> tuple[str, ...]:
    """Names of coefficients that have none of their own."""
    return tuple(f"{kind}{number:03d}" for number in range(count))


def matrix_entries(pairs: list[tuple[int, int]]) -> np.ndarray:
    """(C, 3) joint, row and column of pairs of a joint and a place in its row-major 3 x 3 matrix."""
    return np.array([(joint, place // 3, place % 3) for joint, place in pairs], np.int32).reshape(-1, 3)


def key_ranges(identities: int, expressions: int, blendshapes: bool) -> dict[str, object]:
    """Kinds and coefficient ranges: standard deviations, or 0..1 for expressions that are blendshapes."""
    is_expression = np.arange(identities + expressions) >= identities
    blend = is_expression & blendshapes
    return {
        "kinds": tuple(np.where(is_expression, "expression", "identity").tolist()),
        "lower": np.where(blend, 0.0, -COEFFICIENT_BOUND),
        "upper": np.where(blend, 1.0, COEFFICIENT_BOUND),
    }
