"""Random heads of a model: faces with expression and pose, neutral templates, smooth sequences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..models.catalogue import FLAME_JOINTS, of_all_people
from ..models.people.handles import load_handles
from ..progress import Progress
from ..random_draws import EXPRESSION, IDENTITY, POSE, generator, truncated_normal
from .job import HeadSample, SampleSettings
from .own_expressions import with_own_expressions
from .posable import ROOT, HeadState, PosableHead, Posed
from .result import coefficients_of

# Radians, standard deviations: the head as a whole, the neck or each of several cervical joints, the eyes.
_ROOT_SIGMA, _NECK_SIGMA, _EYE_SIGMA = 0.1, 0.1, 0.1
# The jaw opens about x alone, up to some 15 degrees, and shifts little.
_JAW_OPEN, _JAW_SIDE = 0.13, 0.02
# Wider, and odd noses are among the people drawn.
_PEOPLE_SPREAD = 0.75
# FLAME's expressions in standard deviations; of blendshapes, how many are on and how far.
_EXPRESSION_SIGMA, _BLENDSHAPE_SHARE, _BLENDSHAPE_LARGEST = 0.5, 0.15, 0.8


def sample_heads(
    head: PosableHead, settings: SampleSettings = SampleSettings(), progress: Progress = Progress()
) -> Iterator[HeadSample]:
    """`settings.count` random heads, one by one.

    Identities are normal, truncated at the limit; expressions likewise at half the deviation, or, where they are
    blendshapes, a random few between 0 and 1. Of all people are drawn those whom the settings want, as the handles make
    them. A sequence is one identity whose expression and pose follow a cubic
    spline through random keyframes, from rest to rest. Equal settings give equal heads. May raise `Cancelled`."""
    check_wanted(head, settings)
    own = _OwnExpressions(head) if _are_own(head, settings) else lambda state: head
    for index, state in enumerate(_states(head, settings)):
        progress.report(index / settings.count, f"Head {index + 1} of {settings.count}")
        word = {"heads": "head", "neutral": "template", "sequence": "frame"}[settings.kind]
        name = f"{word}_{index:0{max(4, len(str(settings.count - 1)))}d}"
        yield HeadSample(name, coefficients_of(head, state), Posed(own(state), state).vertices())


def check_wanted(head: PosableHead, settings: SampleSettings) -> None:
    """Raise `InputError` where somebody of an age, sex, ancestry or with features is wanted of a head without these."""
    if settings.wanted().anything and not of_all_people(head.version):
        raise InputError(
            f"{head.label[0].upper()}{head.label[1:]} knows neither age, sex, ancestry nor features; leave these out, or "
            "choose the identities 'people'."
        )


class _OwnExpressions:
    """The head with the expressions of a state's face; those of the last face are kept for the next frame."""

    def __init__(self, head: PosableHead):
        self._head, self._own = head, head
        self._identity, self._known = None, np.zeros(head.expression_count, bool)

    def __call__(self, state: HeadState) -> PosableHead:
        identity = state.coefficients[self._head.parts["identity"]]
        used = state.coefficients[self._head.parts["expression"]] != 0.0
        if self._identity is None or (identity != self._identity).any():
            self._own, self._identity, self._known = self._head, identity, np.zeros_like(used)
        if (used & ~self._known).any():
            self._known = self._known | used
            self._own = with_own_expressions(self._head, identity, self._known)
        return self._own


def _are_own(head: PosableHead, settings: SampleSettings) -> bool:
    if settings.expressions == "own" and not head.blendshapes:
        raise InputError(f"The expressions of {head.label} are no blendshapes; leave out the expressions 'own'.")
    return settings.expressions == "own" or (settings.expressions == "auto" and of_all_people(head.version))


def _states(head: PosableHead, settings: SampleSettings) -> Iterator[HeadState]:
    if settings.kind == "sequence":
        yield from _sequence(head, settings)
        return
    for index in range(settings.count):
        identity, expression, pose = (generator(settings.seed, index, part) for part in (IDENTITY, EXPRESSION, POSE))
        identity = _identity(head, settings, identity)
        if settings.kind == "neutral":
            yield _state(head, identity, np.zeros(head.expression_count), np.zeros((len(head.joint_names), 3)))
        else:
            yield _state(head, identity, _expression(head, settings, expression), _pose(head, settings, pose))


def _sequence(head: PosableHead, settings: SampleSettings) -> Iterator[HeadState]:
    identity, expressions, poses = (generator(settings.seed, 0, part) for part in (IDENTITY, EXPRESSION, POSE))
    identity = _identity(head, settings, identity)
    joints = len(head.joint_names)
    rest = np.zeros(head.expression_count + 3 * joints)
    keys = [rest]
    for _ in range(settings.keyframes):
        keys.append(np.concatenate([_expression(head, settings, expressions), _pose(head, settings, poses).ravel()]))
    keys.append(rest)
    curve = CubicSpline(np.linspace(0.0, 1.0, len(keys)), np.array(keys), bc_type="clamped")
    for time in np.linspace(0.0, 1.0, settings.count):
        values = curve(time)
        expression = values[: head.expression_count]
        if head.blendshapes:
            # Between keyframes the spline swings a little beyond them.
            expression = np.clip(expression, 0.0, 1.0)
        yield _state(head, identity, expression, values[head.expression_count :].reshape(joints, 3))


def _state(head: PosableHead, identity: np.ndarray, expression: np.ndarray, turns: np.ndarray) -> HeadState:
    state = head.neutral()
    state.coefficients[head.parts["identity"]] = identity
    state.coefficients[head.parts["expression"]] = expression
    rotations = Rotation.from_rotvec(np.einsum("jab,jb->ja", head.axes, turns)).as_matrix()
    return HeadState(state.coefficients, rotations, state.translation, 0.0)


def _identity(head: PosableHead, settings: SampleSettings, random: np.random.Generator) -> np.ndarray:
    if of_all_people(head.version):
        handles, person = load_handles(), settings.wanted().draw(random)
        spread = _PEOPLE_SPREAD * settings.identity
        named = handles.identity(handles.random_shape(person, random, spread, settings.limit))
        # Nobody is drawn with smooth modes, which belong to no age, sex or ancestry.
        return np.pad(named, (0, head.identity_count - len(named)))
    return settings.identity * truncated_normal(head.identity_count, settings.limit, random)


def _expression(head: PosableHead, settings: SampleSettings, random: np.random.Generator) -> np.ndarray:
    count = head.expression_count
    if not head.blendshapes:
        return settings.expression * _EXPRESSION_SIGMA * truncated_normal(count, settings.limit, random)
    on, strength = random.uniform(size=(count, 2)).T
    return np.clip(settings.expression * _BLENDSHAPE_LARGEST * strength * (on < _BLENDSHAPE_SHARE), 0.0, 1.0)


def _pose(head: PosableHead, settings: SampleSettings, random: np.random.Generator) -> np.ndarray:
    """(J, 3) axis-angles in the joints' own axes."""
    turns = np.zeros((len(head.joint_names), 3))
    turns[ROOT] = random.normal(0.0, _ROOT_SIGMA, 3)
    if head.joint_names != FLAME_JOINTS:
        turns[ROOT + 1 :] = random.normal(0.0, _NECK_SIGMA, (len(turns) - 1, 3)) / np.sqrt(len(turns) - 1)
        return settings.pose * turns
    turns[FLAME_JOINTS.index("neck")] = random.normal(0.0, _NECK_SIGMA, 3)
    turns[FLAME_JOINTS.index("jaw")] = np.abs(random.normal(0.0, _JAW_OPEN)), *random.normal(0.0, _JAW_SIDE, 2)
    # Both eyes look the same way.
    turns[FLAME_JOINTS.index("left_eye"), :2] = turns[FLAME_JOINTS.index("right_eye"), :2] = random.normal(
        0.0, _EYE_SIGMA, 2
    )
    return settings.pose * turns
