"""A head whose every move is scripted, and what a detector with known noise sees of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from headbridge.fitting.heads import load_head
from headbridge.fitting.photo.landmark_term import landmark_points
from headbridge.fitting.photo.posed_photo import PosedPhoto
from headbridge.fitting.photo.prior import photo_prior
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.photo.view import Screen
from headbridge.fitting.posable import HeadState, Posed
from headbridge.fitting.video.frame_problem import FrameModel, FrameProblem
from headbridge.fitting.video.parts import Parts
from headbridge.fitting.video.person import TrackedPerson
from headbridge.fitting.video.watching import SeenPoints, Watched
from headbridge.topologies import load_builtin, load_topology

# Pixels along the side of pictures.
SIDE = 224
SKIN, BACKGROUND = (0.72, 0.55, 0.46), (0.35, 0.42, 0.5)
SCREEN, FOCAL, FAR = Screen.whole(512, 512), 700.0, 600.0


@dataclass(frozen=True, eq=False)
class Script:
    """T frames. yaw, pitch, jaw, gaze (to the subject's left): (T,) degrees. blink, smile : (T,) 0..1. seconds : (T,)."""

    yaw: np.ndarray
    pitch: np.ndarray
    jaw: np.ndarray
    gaze: np.ndarray
    blink: np.ndarray
    smile: np.ndarray
    seconds: np.ndarray

    @classmethod
    def of(cls, count: int, fps: float = 30.0, **moves) -> Script:
        """Curves by name; what is left out rests."""
        names = ("yaw", "pitch", "jaw", "gaze", "blink", "smile")
        given = {name: np.broadcast_to(np.asarray(moves.pop(name, 0.0), float), count) for name in names}
        seconds = moves.pop("seconds", np.arange(count) / fps)
        assert not moves
        return cls(**given, seconds=seconds)


class ScriptedHead:
    """An open FLAME head of random identity in front of a camera."""

    def __init__(self, seed: int = 0):
        self.head = load_head("open-flame")
        self.coefficients = np.zeros(self.head.coefficient_count)
        identity = np.random.default_rng(seed).normal(size=self.head.identity_count)
        self.coefficients[self.head.parts["identity"]] = np.clip(identity, -2.0, 2.0)
        off = np.zeros((478, 3))
        self.person = TrackedPerson(self.head, self.coefficients, float(np.log(FOCAL)), SCREEN, off)
        self.model = FrameModel.of(self.person, photo_prior(self.head))

    def state(self, script: Script, row: int) -> HeadState:
        """The head as it is in a frame."""
        expression = np.zeros(self.head.expression_count)
        for name, value in (("eyeBlink", script.blink[row]), ("mouthSmile", script.smile[row])):
            for side in "LR":
                expression[self.head.expression_names.index(f"{name}_{side}")] = value
        rotations = self.head.neutral().rotations.copy()
        names = self.head.joint_names
        rotations[0] = Rotation.from_euler("XY", (script.pitch[row], script.yaw[row]), degrees=True).as_matrix()
        rotations[names.index("jaw")] = Rotation.from_rotvec([np.radians(script.jaw[row]), 0.0, 0.0]).as_matrix()
        for eye in ("left_eye", "right_eye"):
            rotations[names.index(eye)] = Rotation.from_euler("Y", script.gaze[row], degrees=True).as_matrix()
        return HeadState(expression, rotations, np.array([5.0, 10.0, -FAR]), 0.0)

    def points(self, state: HeadState) -> np.ndarray:
        """(478, 2) pixels where a true detector sees the head; 0 for points without a place."""
        whole = HeadState(self.coefficients.copy(), state.rotations, state.translation, 0.0)
        whole.coefficients[self.head.parts["expression"]] = state.coefficients
        landmarks = self.person.places.landmarks
        return SCREEN.project(landmark_points(Posed(self.head, whole), landmarks), FOCAL)

    def watched(self, script: Script, folder, noise: float, seed: int = 1, biased: bool = True) -> Watched:
        """What a detector sees whose points are off by `noise` pixels in every frame anew, and by their mean error."""
        random, count = np.random.default_rng(seed), len(script.seconds)
        points = np.zeros((count, 478, 2))
        for row in range(count):
            state = self.state(script, row)
            points[row] = self.points(state)
            if biased:
                points[row, self.model.numbers] += FrameProblem.of(
                    self.model, SeenPoints(points[row], np.full(2, np.nan)), state
                ).term.bias
        points += noise * random.normal(size=points.shape)
        return watched(points, script.seconds, folder)


def watched(points: np.ndarray, seconds: np.ndarray, folder, *, valid=None, starts=()) -> Watched:
    """(T, 478, 2) points as the first stage leaves them. valid : (T,) or None for all. starts : rows after a cut."""
    parts, count = Parts(folder), len(points)
    for number, first in enumerate(range(0, count, 128)):
        parts.keep(f"faces_{number:05d}", {"points": points[first : first + 128].astype(np.float32)})
    begun = np.zeros(count, bool)
    begun[[0, *starts]] = True
    seen = np.ones(count, bool) if valid is None else valid
    doubt = np.where(seen, 0.005, np.inf)
    return Watched(np.arange(count), seconds, seen, begun, doubt, 1, parts)


def filmed(head: ScriptedHead, script: Script) -> tuple[list[np.ndarray], np.ndarray]:
    """(SIDE, SIDE, 3) uint8 pictures of a plain head, and (T, 68, 2) pixels of its landmarks."""
    template, marks = load_builtin("flame"), load_topology("flame").landmarks_68
    focal = FOCAL * SIDE / 512
    matrix = np.array([[focal, 0.0, SIDE / 2], [0.0, focal, SIDE / 2], [0.0, 0.0, 1.0]])
    light = np.zeros((9, 3))
    light[0], light[1:4] = 2.4, [[0.3] * 3, [0.5] * 3, [0.35] * 3]
    background = np.full((SIDE, SIDE, 3), BACKGROUND, np.float32)
    texture = torch.tensor(SKIN)[None, None, None]
    pictures, places = [], []
    for row in range(len(script.seconds)):
        state = head.state(script, row)
        whole = HeadState(head.coefficients.copy(), state.rotations, state.translation, 0.0)
        whole.coefficients[head.head.parts["expression"]] = state.coefficients
        vertices = Posed(head.head, whole).vertices()
        photo = PosedPhoto(background, vertices, matrix, light)
        render = PhotoRender(photo, template)
        picture = render.over(np.clip(render.colours(texture), 0.0, 1.0), background)
        pictures.append(np.rint(255.0 * np.clip(picture, 0.0, 1.0)).astype(np.uint8))
        places.append(photo.projected(marks.evaluate(vertices))[:, :2])
    return pictures, np.array(places)
