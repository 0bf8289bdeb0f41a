"""A photo's geometry: where points of the upright camera frame lie on the screen, and how that follows a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..posable import PosableHead, Posed
from .job import PhotoCamera
from .state import ViewState

# Nothing is nearer to a camera than this, mm; a point that is has no place on the screen.
_NEAREST = 1.0


@dataclass(frozen=True)
class Screen:
    """A picture of width x height pixels whose principal point is its middle, unless a crop moved it to
    (centre_x, centre_y)."""

    width: int
    height: int
    centre_x: float
    centre_y: float

    @classmethod
    def whole(cls, width: int, height: int) -> Screen:
        return cls(width, height, 0.5 * width, 0.5 * height)

    @property
    def centre(self) -> np.ndarray:
        """(2,) where the camera's axis meets the picture."""
        return np.array([self.centre_x, self.centre_y])

    @property
    def diagonal(self) -> float:
        """Pixels."""
        return float(np.hypot(self.width, self.height))

    def project(self, points: np.ndarray, focal: float) -> np.ndarray:
        """(N, 2) columns and rows of (N, 3) points of the upright camera frame."""
        depth = np.maximum(-points[:, 2:], _NEAREST)
        return self.centre + focal * points[:, :2] * (1.0, -1.0) / depth

    def slopes(self, points: np.ndarray, focal: float) -> np.ndarray:
        """(N, 2, 3) how their places follow (N, 3) points."""
        inverse = 1.0 / np.maximum(-points[:, 2], _NEAREST)
        slopes = np.zeros((len(points), 2, 3))
        slopes[:, 0, 0] = focal * inverse
        slopes[:, 1, 1] = -focal * inverse
        slopes[:, 0, 2] = focal * points[:, 0] * inverse**2
        slopes[:, 1, 2] = -focal * points[:, 1] * inverse**2
        return slopes

    def linearised(self, view: ViewState, points: np.ndarray, jacobian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 2) places of (N, 3) points and (N, 2, P) how they follow a step of the view.

        jacobian : (N, 3, P) how the points follow a step of the head, as `Posed.derivatives` has it."""
        places = self.project(points, view.focal)
        out = self.slopes(points, view.focal) @ jacobian
        out[:, :, -1] = places - self.centre
        return places, out

    def cropped(self, left: float, top: float, scale: float, width: int, height: int) -> Screen:
        """That of a crop which starts at (left, top) and is then enlarged by `scale`; focal lengths grow with it."""
        return Screen(width, height, scale * (self.centre_x - left), scale * (self.centre_y - top))

    def matrix(self, focal: float) -> np.ndarray:
        """(3, 3) K for screen coordinates."""
        return np.array([[focal, 0.0, self.centre_x], [0.0, focal, self.centre_y], [0.0, 0.0, 1.0]])


def photo_camera(head: PosableHead, view: ViewState, screen: Screen) -> PhotoCamera:
    """The camera as seen from the head's own upright frame: the head's turn and place move into it."""
    root = view.head.rotations[0]
    pivot = Posed(head, view.head).joints[0] - view.head.translation
    flip = np.diag([1.0, -1.0, -1.0])
    translation = flip @ (pivot - root @ pivot + view.head.translation)
    return PhotoCamera(screen.matrix(view.focal), flip @ root, translation, screen.width, screen.height)
