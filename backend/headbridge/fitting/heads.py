"""The head models fits know, by name: the user's where a file is given or found, else the open ones."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..linalg.blas_threads import single_blas_thread
from ..models.catalogue import FLAME_JOINTS, of_all_people
from ..models.finding import find_head
from ..models.flame import FlameData
from ..models.hack import HackData
from ..models.hack.larynx import Larynx
from ..models.ict import load_ict_head
from ..models.jaw_corrective import MINUS_SINE, SINE, jaw_opening_correctives
from ..models.open_flame import load_open_flame
from ..models.people.identity import SMALLEST
from ..topologies import load_topology
from ..units import SMALLEST_ADULT
from .posable import PosableHead

_JAW = FLAME_JOINTS.index("jaw")
# Blendshapes lie in 0..1, mostly near 0.
_BLENDSHAPE_SIGMA = 0.5


@single_blas_thread()
def load_head(model: str, model_file: str = "", identities: str = "ict") -> PosableHead:
    """A head model by its name, as `find_head` finds it; `PosableHead.label` says which it is."""
    found = find_head(model, model_file, identities)
    if found.data is None:
        return _open_head(found.key, found.identities)
    return flame_head(found.data) if found.key == "flame" else hack_head(found.data)


@lru_cache(maxsize=2)
def _open_head(model: str, identities: str) -> PosableHead:
    return flame_head(load_open_flame(identities)) if model == "flame" else ict_head(model, identities)


def flame_head(data: FlameData) -> PosableHead:
    """A head with FLAME's layout; pose correctives that are zero throughout are left out."""
    bases = np.concatenate([data.identity, data.expression])
    blendshapes = bool(data.expression_names)
    used = np.flatnonzero(np.abs(data.pose_correctives).max(axis=(1, 2)) > 0.0)
    sigma = np.ones(len(bases))
    if blendshapes:
        sigma[len(data.identity) :] = _BLENDSHAPE_SIGMA
    return PosableHead(
        key="flame",
        label=data.label,
        version=data.version,
        template=np.asarray(data.template, np.float64),
        bases=_coefficients_last(bases),
        groups=(("identity", len(data.identity)), ("expression", len(data.expression))),
        expression_names=data.expression_names,
        sigma=sigma,
        blendshapes=blendshapes,
        joint_names=FLAME_JOINTS,
        joints=np.asarray(data.joints, np.float64),
        joint_bases=_joint_bases(data.joint_regressor, bases),
        parents=data.parents,
        weights=np.asarray(data.weights, np.float64),
        axes=_own_axes(),
        correctives=_coefficients_last(data.pose_correctives[used]),
        corrective_joints=1 + used // 9,
        corrective_entries=used % 9,
    )


def ict_head(key: str, identities: str = "ict") -> PosableHead:
    """ICT-FaceKit with all vertices, or the first of them, which are HACK's topology."""
    head, count = load_ict_head(identities), len(load_topology(key).skin)
    rig = head.rig
    bases = np.concatenate([head.identity, head.expression])
    opening = np.stack(jaw_opening_correctives(rig.jaw_corrective, rig.jaw_sine))
    sigma = np.ones(len(bases))
    sigma[len(head.identity) :] = _BLENDSHAPE_SIGMA
    return PosableHead(
        key=key,
        label=head.label(key),
        version=head.version,
        template=np.asarray(head.template[:count], np.float64),
        bases=_coefficients_last(bases[:, :count]),
        groups=(("identity", len(head.identity)), ("expression", len(head.expression))),
        expression_names=head.expression_names,
        sigma=sigma,
        blendshapes=True,
        joint_names=FLAME_JOINTS,
        joints=rig.joints(head.template),
        joint_bases=_joint_bases(rig.joint_regressor, bases),
        parents=rig.parents,
        weights=rig.weights[:count],
        axes=_own_axes(),
        correctives=_coefficients_last(opening[:, :count]),
        corrective_joints=np.array([_JAW, _JAW]),
        corrective_entries=np.array([MINUS_SINE, SINE]),
    )


def hack_head(data: HackData) -> PosableHead:
    """The user's HACK model; its larynx at the template's height (`with_larynx_height`), its size a coefficient more."""
    larynx = Larynx.of(data)
    bases = np.concatenate([data.identity, data.expression, larynx.displacement()[None]])
    sigma = np.ones(len(bases))
    expressions = slice(len(data.identity), len(data.identity) + len(data.expression))
    sigma[expressions] = _BLENDSHAPE_SIGMA
    bones = data.bones
    count = len(bones.names)
    # The published correctives are of R - 1 in each bone's own axes; R in the head's frame is A R A^T.
    own = np.asarray(data.pose_correctives, np.float64).reshape(count - 1, 3, 3, -1)
    axes = bones.axes[1:]
    turned = np.einsum("jam,jmnx,jbn->jabx", axes, own, axes, optimize=True)
    return PosableHead(
        key="hack",
        label=data.label,
        version="HACK",
        template=np.asarray(data.mean, np.float64),
        bases=_coefficients_last(bases),
        groups=(("identity", len(data.identity)), ("expression", len(data.expression)), ("larynx_size", 1)),
        expression_names=data.expression_names,
        sigma=sigma,
        blendshapes=True,
        joint_names=bones.names,
        joints=bones.joints,
        joint_bases=np.zeros((count, 3, len(bases))),
        parents=bones.parents,
        weights=data.weights,
        axes=bones.axes,
        correctives=_coefficients_last(turned.reshape(9 * (count - 1), len(data.mean), 3)),
        corrective_joints=1 + np.arange(9 * (count - 1)) // 9,
        corrective_entries=np.arange(9 * (count - 1)) % 9,
        larynx=larynx,
    )


def smallest_size(head: PosableHead) -> float:
    """The least size, 1 being the template's, at which data are taken for a head in a known unit."""
    return SMALLEST if of_all_people(head.version) else SMALLEST_ADULT


def _own_axes() -> np.ndarray:
    """The axes of joints that turn in the head's frame."""
    return np.tile(np.eye(3), (len(FLAME_JOINTS), 1, 1))


def _coefficients_last(rows: np.ndarray) -> np.ndarray:
    """(V, 3, K) float64 of (K, V, 3)."""
    count = len(rows)
    return np.ascontiguousarray(rows.reshape(count, -1).T, dtype=np.float64).reshape(*rows.shape[1:], count)


def _joint_bases(regressor, bases: np.ndarray) -> np.ndarray:
    """(J, 3, K) joints' displacements, of a dense or sparse (J, V) regressor and (K, V, 3) bases."""
    planes = bases.transpose(1, 2, 0).reshape(bases.shape[1], -1)
    return np.asarray(regressor @ planes, np.float64).reshape(regressor.shape[0], 3, len(bases))
