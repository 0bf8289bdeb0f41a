"""Expressions of FLAME as ARKit's keys, and the other way round: least squares over the face's vertices.

Both move the same vertices: ARKit's shapes are known in FLAME's topology, by its correspondence with ICT-FaceKit's
(`models.arkit`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg
from scipy.optimize import lsq_linear
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..fitting.heads import flame_head
from ..fitting.posable import HeadState, PosableHead, Posed
from ..linalg.blas_threads import single_blas_thread
from ..model_files import find_flame_file
from ..model_terms import note_flame
from ..models.arkit import ARKIT_PARTS, arkit_shapes
from ..models.catalogue import FLAME_JOINTS
from ..models.flame import FlameData, read_flame_file
from ..models.open_flame import load_open_flame
from ..progress import Progress
from ..topologies import load_topology
from .posing import SequencePoser
from .required_model import find_required
from .sequence import JOINT, Sequence

ARKIT, FLAME = "arkit", "flame"
# What holds coefficients that hardly move the face, squared mm beside the sum over the vertices.
_RIDGE = 1.0
_STEPS, _SMALL_STEP = 12, 1e-4
_JAW = FLAME_JOINTS.index("jaw")


@dataclass(frozen=True, eq=False)
class ConvertedExpressions:
    """sequence : with the other coefficients. errors : (T,) rms distance of the face's vertices, mm, between the
    expression that was given and the one that was found. moved : (T,) rms distance by which the given one moves them."""

    sequence: Sequence
    errors: np.ndarray
    moved: np.ndarray

    @property
    def report(self) -> str:
        """The error in a sentence."""
        worst = int(self.errors.argmax())
        explained = 1.0 - (self.errors**2).sum() / max((self.moved**2).sum(), 1e-12)
        return (
            f"Expressions: {self.errors.mean():.2f} mm off on the face on average (rms), of {self.moved.mean():.2f} mm "
            f"that it moves; {explained:.1%} of the motion is kept. Frame {self.sequence.frame_ids[worst]} is worst: "
            f"{self.errors[worst]:.2f} of {self.moved[worst]:.2f} mm."
        )


@single_blas_thread()
def convert_expressions(
    sequence: Sequence, to: str, model_file: str = "", progress: Progress = Progress()
) -> ConvertedExpressions:
    """A sequence of FLAME's codes as one of ARKit's 52 keys ("arkit"), or of ARKit's keys as one of FLAME's codes
    ("flame").

    To ARKit's keys, within 0..1, go the expression, the jaw and eyelids; head (the root's turn, then the neck's) and eyes
    keep their turns. To FLAME go expression coefficients and, where these are not blendshapes with a jawOpen, the jaw's
    turn. model_file : of FLAME; left out, the one of the codes' version, or to FLAME the one in the model folders, else
    the open head.
    Raises `InputError` for sequences without such expressions and models that are not at hand, and `Cancelled`."""
    if to == ARKIT:
        return _to_arkit(sequence, model_file, progress)
    if to != FLAME:
        raise InputError(f"There are no expressions '{to}'; choose {ARKIT} or {FLAME}.")
    return _to_flame(sequence, model_file, progress)


def _face() -> np.ndarray:
    """(N,) the vertices of FLAME's topology that count."""
    topology = load_topology("flame")
    return np.flatnonzero(topology.regions["face"] & topology.skin)


def _shapes(chosen: np.ndarray) -> np.ndarray:
    """(52, 3 N) mm, ARKit's shapes at the chosen vertices."""
    _, shapes = arkit_shapes("flame")
    return shapes[:, chosen].reshape(len(shapes), -1).astype(np.float64)


class _WithinBounds:
    """The least squares of shapes (K, M), coefficients within 0..1."""

    def __init__(self, shapes: np.ndarray):
        self._shapes = shapes
        self._factor = scipy.linalg.cholesky(shapes @ shapes.T + _RIDGE * np.eye(len(shapes)), lower=True)

    def solve(self, displacement: np.ndarray) -> np.ndarray:
        """(K,) for a displacement (M,)."""
        right = scipy.linalg.solve_triangular(self._factor, self._shapes @ displacement, lower=True)
        return np.clip(lsq_linear(self._factor.T, right, (0.0, 1.0), method="bvls").x, 0.0, 1.0)


def _rms(displacement: np.ndarray) -> float:
    """Of (3 N,) coordinates, the rms length of N vectors."""
    return float(np.sqrt(3.0 * np.mean(displacement**2)))


def _to_arkit(sequence: Sequence, model_file: str, progress: Progress) -> ConvertedExpressions:
    if sequence.model != FLAME:
        raise InputError(f"{sequence.source}: these are no codes of FLAME, so that there is no expression to convert.")
    progress.report(0.0, "Reading the model")
    required, sequence = find_required(sequence, model_file)
    still = np.zeros_like(sequence.rotations)
    jaw = np.flatnonzero(sequence.joint_names == "jaw")
    turned = still.copy()
    turned[:, jaw] = sequence.rotations[:, jaw]
    count = sequence.frame_count
    moving = replace(
        sequence, rotations=turned, translation=np.zeros((count, 3)), scale=np.ones(count), root_pivot=JOINT
    )
    neutral = replace(
        moving, expression=np.zeros_like(sequence.expression), rotations=still, eyelids=None, dynamic_offset=None
    )
    heads = (SequencePoser(moving, required.data, required.eyelids), SequencePoser(neutral, required.data))
    chosen = _face()
    shapes = _shapes(chosen)
    keys, values, errors, moved = _WithinBounds(shapes), [], [], []
    for frame in range(count):
        progress.report(frame / count, "Converting expressions")
        posed, rest = (head.vertices(np.array([frame]))[0, chosen] for head in heads)
        displacement = sequence.mm_per_unit * (posed - rest).reshape(-1)
        values.append(keys.solve(displacement))
        errors.append(_rms(values[-1] @ shapes - displacement))
        moved.append(_rms(displacement))
    head = Rotation.from_rotvec(sequence.joint("root")) * Rotation.from_rotvec(sequence.joint("neck"))
    rotations = np.stack([head.as_rotvec(), sequence.joint("left_eye"), sequence.joint("right_eye")], axis=1)
    return _converted(
        Sequence(
            model=ARKIT,
            version="ARKit-52",
            expression=np.array(values),
            expression_names=np.array(list(ARKIT_PARTS)),
            joint_names=np.array(["root", "left_eye", "right_eye"]),
            rotations=rotations,
            **_time_of(sequence),
        ),
        errors,
        moved,
    )


def _to_flame(sequence: Sequence, model_file: str, progress: Progress) -> ConvertedExpressions:
    names = sequence.expression_names.tolist()
    if not names or not set(names) <= set(ARKIT_PARTS):
        raise InputError(f"{sequence.source}: the expression is not by ARKit's names, so that it cannot be converted.")
    progress.report(0.0, "Reading the model")
    path = model_file or find_flame_file()
    data = read_flame_file(path) if path else load_open_flame()
    if path:
        note_flame(data.version)
    chosen, rows = _face(), [list(ARKIT_PARTS).index(name) for name in names]
    shapes = _shapes(chosen)[rows]
    find = _FlameExpression(data, chosen)
    expressions, jaws, errors, moved = [], [], [], []
    for frame, values in enumerate(sequence.expression):
        progress.report(frame / sequence.frame_count, "Converting expressions")
        displacement = values @ shapes
        expression, jaw, error = find.solve(displacement)
        expressions.append(expression)
        jaws.append(jaw)
        errors.append(error)
        moved.append(_rms(displacement))
    joints = {name: sequence.joint(name) for name in FLAME_JOINTS}
    joints["jaw"] = np.array(jaws)
    return _converted(
        Sequence(
            model=FLAME,
            version=data.version,
            topology="flame",
            identity=np.zeros((1, len(data.identity))),
            expression=np.array(expressions),
            expression_names=np.array(data.expression_names, dtype=np.str_),
            rotations=np.stack([joints[name] for name in FLAME_JOINTS], axis=1),
            **_time_of(sequence),
        ),
        errors,
        moved,
    )


class _FlameExpression:
    """Finds FLAME's expression and jaw of displacements of its mean head at N chosen vertices."""

    def __init__(self, data: FlameData, chosen: np.ndarray):
        self._head: PosableHead = flame_head(replace(data, identity=data.identity[:0])).restricted(chosen)
        self._count = len(data.expression)
        self._template = self._head.template.reshape(-1)
        bases = self._head.bases.reshape(-1, self._count)
        self._linear = _WithinBounds(bases.T) if self._head.blendshapes else None
        self._start = self._rest()

    def _rest(self) -> HeadState:
        joints = len(self._head.joint_names)
        return HeadState(np.zeros(self._count), np.tile(np.eye(3), (joints, 1, 1)), np.zeros(3), 0.0)

    def solve(self, displacement: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """(E,) coefficients, (3,) the jaw's turn and the rms distance, mm, of a displacement (3 N,).

        Blendshapes are linear. With the jaw, Gauss-Newton steps start from the frame before."""
        if self._linear is not None:
            values = self._linear.solve(displacement)
            found = self._head.bases.reshape(-1, self._count) @ values
            return values, np.zeros(3), _rms(found - displacement)
        target, state = self._template + displacement, self._start
        jaw = slice(self._count + 3 * _JAW, self._count + 3 * _JAW + 3)
        free = np.r_[: self._count, jaw]
        for _ in range(_STEPS):
            posed, slopes = Posed(self._head, state).derivatives()
            slopes = slopes.reshape(len(target), -1)[:, free]
            held = np.append(state.coefficients, np.zeros(3))
            ridge = np.append(np.full(self._count, _RIDGE), np.zeros(3))
            right = slopes.T @ (target - posed.reshape(-1)) - ridge * held
            step = np.zeros(self._count + 3 * len(state.rotations) + 4)
            step[free] = scipy.linalg.solve(slopes.T @ slopes + np.diag(ridge), right, assume_a="pos")
            state = state.moved(step)
            if np.abs(step).max() < _SMALL_STEP:
                break
        self._start = state
        error = _rms(Posed(self._head, state).vertices().reshape(-1) - target)
        return state.coefficients, state.axis_angles[_JAW], error


def _time_of(sequence: Sequence) -> dict:
    """What the two sequences share."""
    names = ("source", "frame_ids", "video_frames", "frame_names", "valid", "fps", "notes")
    return {name: getattr(sequence, name) for name in names}


def _converted(sequence: Sequence, errors: list[float], moved: list[float]) -> ConvertedExpressions:
    found = ConvertedExpressions(sequence, np.array(errors), np.array(moved))
    return replace(found, sequence=replace(sequence, notes=(*sequence.notes, found.report)))
