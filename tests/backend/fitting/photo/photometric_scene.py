"""A head before a camera, and pictures of it made with the albedo model itself."""

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.fitting.photo.albedo import AlbedoModel
from headbridge.fitting.photo.light import white_light
from headbridge.fitting.photo.photometric_term import PhotometricTerm
from headbridge.fitting.photo.picture_level import PictureLevel, picture_level
from headbridge.fitting.photo.skin_mask import triangle_kinds
from headbridge.fitting.photo.state import ViewState
from headbridge.fitting.photo.view import Screen
from headbridge.fitting.posable import ROOT, HeadState, Posed
from headbridge.texture import load_texture_space
from headbridge.topologies import load_builtin, load_topology

SIZE = 160
SCREEN = Screen.whole(SIZE, SIZE)
FOCAL = 420.0
BACKGROUND = (0.2, 0.3, 0.25)


class Scene:
    """open_flame : the head model."""

    def __init__(self, open_flame):
        self.head, self.template, self.topology = open_flame, load_builtin("flame"), load_topology("flame")
        self.space = load_texture_space("open", "flame", size=128)
        model = AlbedoModel(self.template, self.topology, self.space)
        self.term = PhotometricTerm(open_flame, self.template, triangle_kinds(self.template, self.topology), model)

    def view(self, coefficients=(), yaw: float = 15.0, light: np.ndarray | None = None) -> ViewState:
        """A head 60 cm away; yaw in degrees."""
        state = self.head.neutral()
        values = state.coefficients.copy()
        values[: len(coefficients)] = coefficients
        rotations = state.rotations.copy()
        rotations[ROOT] = Rotation.from_euler("y", yaw, degrees=True).as_matrix()
        head = HeadState(values, rotations, np.array([0.0, 0.0, -600.0]), 0.0)
        return ViewState(head, float(np.log(FOCAL)), white_light() if light is None else light)

    def lamp(self) -> np.ndarray:
        """(9, 3) light from above the subject's left, a little warm."""
        light = white_light()
        light[1:4] = np.array([0.25, 0.2, 0.1])[:, None] * (1.05, 1.0, 0.95)
        return light

    def picture(self, view: ViewState, albedo: np.ndarray) -> np.ndarray:
        """(SIZE, SIZE, 3) float32 of the skin, eyes and mouth, before a plain background."""
        level = self.level(np.broadcast_to(np.float32(BACKGROUND), (SIZE, SIZE, 3)))
        posed = Posed(self.head, view.head)
        return self.term.picture(level, self.term.visible(level, view, posed), posed, view.light, albedo)

    def level(self, pixels: np.ndarray) -> PictureLevel:
        return picture_level(pixels, None, SCREEN, np.array([0.0, 0.0, SIZE, SIZE]), 1.0)
