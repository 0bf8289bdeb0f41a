"""The one data model of a performance: what every tracker's file becomes, and what every job on sequences takes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np

from ..errors import InputError
from ..models.catalogue import FLAME_JOINTS
from .array_checks import checked_array

JOINT, ORIGIN = "joint", "origin"
BEFORE_SKINNING, AFTER_SKINNING = "before skinning", "after skinning"
PERSPECTIVE, ORTHOGRAPHIC = "perspective", "orthographic"

_CHOICES = {
    "root_pivot": (JOINT, ORIGIN),
    "eyelid_stage": (BEFORE_SKINNING, AFTER_SKINNING),
    "camera_model": ("", PERSPECTIVE, ORTHOGRAPHIC),
}


def _array(kind: str, *shape: str | int, optional: bool = True):
    """A field that holds an array. kind : "f", "i", "b" or "U". shape : sizes; a letter stands for the same number
    wherever it is, "T" for the frames, "F" for one entry for all frames or one a frame."""
    metadata = {"kind": kind, "shape": shape}
    return field(default=None, metadata=metadata) if optional else field(metadata=metadata)


@dataclass(frozen=True, eq=False)
class Sequence:
    """T frames of one head. Lengths are in the source's own unit and frame (FLAME's axes: Y up, the face along +Z, the
    subject's left at +X); `mm_per_unit` says how long a unit is.

    What it is
        source : the project whose file it was ("vhap", "metrical-tracker", ...; "headbridge" for our own).
        model : "flame", "ict", "hack", "arkit" (blendshape weights for any head with such keys), "bfm2009", or "" for
            plain vertices. version : of the model, as `models.flame.data.VERSIONS` has it, "unknown" where the source
            does not say. Coefficients of one version mean other faces in another.
        topology : of the vertices: a key of `topologies.TOPOLOGY_KEYS`, or "" where only `corners` tell it.
        teeth : whether the 120 vertices of VHAP's teeth follow FLAME's.
        mm_per_unit : millimetres per unit of length.

    Time
        frame_ids : (T,) int64, the source's frame numbers, rising; gaps are frames that are missing.
        video_frames : (T,) int64, the frames of the original video, from 0, where they differ from `frame_ids`.
        frame_names : (T,) what the source calls them. valid : (T,) False where the source says that the frame is no
            result. fps : frames a second, None where unknown.

    Shape
        identity : (1, I) shared or (T, I) per frame. expression : (T, E). expression_names : (E,) or (0,) where the
            coefficients have numbers only. Coefficients are as the source has them.
        static_offset : (V, 3) and dynamic_offset : (T, V, 3), added to the shaped head in the rest pose.
        offsets_move_joints : whether the joints are regressed from the shape with the offsets.
        eyelids : (T, 2) coefficients of the left and the right eyelid shape. eyelid_stage : "before skinning" (added to
            the shaped head) or "after skinning" (added to the posed head, before rotation about the origin).

    Pose
        joint_names : (J,), FLAME's are `FLAME_JOINTS`. rotations : (T, J, 3) axis-angle, radians, each in its parent's
            frame. root_pivot : "joint" where the root turns about its joint, as FLAME does; "origin" where the posed
            head is turned about the origin afterwards.
        translation : (T, 3) and scale : (T,), at the very end: x -> scale x + translation.

    Plain vertices
        vertices : (T, V, 3), the whole posed head. corners : (C,) and face_sizes : (P,) of its polygons, where the
            topology is none of the known.

    Camera: a vertex x of a frame is seen at pixel K (R x + t), divided by its depth where perspective
        camera_model : "perspective", "orthographic" or "" for none. camera_K : (1 or T, 3, 3) pixels, of an orthographic
            camera pixels per unit. camera_R : (1 or T, 3, 3). camera_t : (1 or T, 3) in units of length. As in OpenCV:
            x right, y down, z forward. camera_size : (1 or T, 2) width and height of the image in pixels.
        pixel_centre : the coordinate of the centre of the first pixel, 0 or 0.5.
        crop_to_original : (1 or T, 3, 3), from pixels of the image to those of the video it was cut from.
        images : (T,) the images' files as the source names them.
        view_names : (C,), view_K : (C, 3, 3), view_R : (C, 3, 3), view_t : (C, 3), view_size : (C, 2): all cameras of a
            rig of several that stand still; the first is the camera above.

    Look
        texture : (1 or T, K) coefficients of `texture_space` (a key of `model_files.MODEL_FILES` or the source's word).
        texture_image : (H, W, 3) 0..1, or where `texture_space` is "vhap residual" what VHAP adds to its painted texture.
        displacement_map : (1 or T, H, W) along the normal in units of length, and normal_map : (1 or T, H, W, 3) unit
            vectors, both in the topology's UV layout.
        light : (1 or T, 9, 3) spherical harmonics. detail : (1 or T, D) DECA's code.

    curve_names : (N,), curves : (T, N): what else the source has a number a frame of, as it stands there.

    notes : what the reader has to say, such as keys of the file that were not understood.

    Raises `InputError` where arrays do not fit each other or hold NaN or infinite values.
    """

    source: str
    frame_ids: np.ndarray = _array("i", "T", optional=False)
    model: str = ""
    version: str = ""
    topology: str = ""
    teeth: bool = False
    mm_per_unit: float = 1.0
    fps: float | None = None
    video_frames: np.ndarray | None = _array("i", "T")
    frame_names: np.ndarray | None = _array("U", "T")
    valid: np.ndarray | None = _array("b", "T")
    identity: np.ndarray | None = _array("f", "F", "I")
    expression: np.ndarray | None = _array("f", "T", "E")
    expression_names: np.ndarray | None = _array("U", "N")
    static_offset: np.ndarray | None = _array("f", "V", 3)
    dynamic_offset: np.ndarray | None = _array("f", "T", "V", 3)
    offsets_move_joints: bool = True
    eyelids: np.ndarray | None = _array("f", "T", 2)
    eyelid_stage: str = AFTER_SKINNING
    joint_names: np.ndarray | None = _array("U", "J")
    rotations: np.ndarray | None = _array("f", "T", "J", 3)
    root_pivot: str = JOINT
    translation: np.ndarray | None = _array("f", "T", 3)
    scale: np.ndarray | None = _array("f", "T")
    vertices: np.ndarray | None = _array("f", "T", "V", 3)
    corners: np.ndarray | None = _array("i", "C")
    face_sizes: np.ndarray | None = _array("i", "P")
    camera_model: str = ""
    camera_K: np.ndarray | None = _array("f", "F", 3, 3)
    camera_R: np.ndarray | None = _array("f", "F", 3, 3)
    camera_t: np.ndarray | None = _array("f", "F", 3)
    camera_size: np.ndarray | None = _array("i", "F", 2)
    pixel_centre: float = 0.5
    crop_to_original: np.ndarray | None = _array("f", "F", 3, 3)
    images: np.ndarray | None = _array("U", "T")
    view_names: np.ndarray | None = _array("U", "W")
    view_K: np.ndarray | None = _array("f", "W", 3, 3)
    view_R: np.ndarray | None = _array("f", "W", 3, 3)
    view_t: np.ndarray | None = _array("f", "W", 3)
    view_size: np.ndarray | None = _array("i", "W", 2)
    texture: np.ndarray | None = _array("f", "F", "K")
    texture_space: str = ""
    texture_image: np.ndarray | None = _array("f", "H", "B", 3)
    displacement_map: np.ndarray | None = _array("f", "F", "D1", "D2")
    normal_map: np.ndarray | None = _array("f", "F", "N1", "N2", 3)
    light: np.ndarray | None = _array("f", "F", 9, 3)
    detail: np.ndarray | None = _array("f", "F", "D")
    curve_names: np.ndarray | None = _array("U", "Q")
    curves: np.ndarray | None = _array("f", "T", "Q")
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        sizes = {"T": len(np.atleast_1d(np.asarray(self.frame_ids)))}
        if sizes["T"] == 0:
            raise InputError(f"{self.source}: a sequence needs at least one frame.")
        for each in fields(self):
            value = getattr(self, each.name)
            if value is not None and "shape" in each.metadata:
                array = checked_array(
                    value, each.name, each.metadata["kind"], each.metadata["shape"], sizes, self.source
                )
                object.__setattr__(self, each.name, array)
        self._fill()
        self._check()

    def _fill(self) -> None:
        """Give what every sequence has where it was not given."""
        count = self.frame_count
        filled = {
            "frame_names": lambda: np.array([str(number) for number in self.frame_ids]),
            "valid": lambda: np.ones(count, dtype=bool),
            "identity": lambda: np.zeros((1, 0)),
            "expression": lambda: np.zeros((count, 0)),
            "expression_names": lambda: np.zeros(0, dtype="U1"),
            "joint_names": lambda: np.array(FLAME_JOINTS if self.model == "flame" else (), dtype=np.str_),
            "rotations": lambda: np.zeros((count, len(self.joint_names), 3)),
            "translation": lambda: np.zeros((count, 3)),
            "scale": lambda: np.ones(count),
        }
        for name, make in filled.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, make())

    def _check(self) -> None:
        def refuse(cause: str):
            raise InputError(f"{self.source}: {cause}.")

        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                refuse(f"'{name}' should be one of {', '.join(map(repr, choices))}, not '{getattr(self, name)}'")
        if (np.diff(self.frame_ids) <= 0).any():
            number = self.frame_ids[1:][np.diff(self.frame_ids) <= 0][0]
            refuse(f"the frame numbers should rise, but {number} comes after a frame with the same or a later number")
        if self.fps is not None and not 0.0 < self.fps < np.inf:
            refuse(f"the frames a second should be above 0, not {self.fps:g}; name them with --fps")
        if not 0.0 < self.mm_per_unit < np.inf:
            refuse(f"the millimetres per unit should be above 0, not {self.mm_per_unit:g}")
        if len(self.joint_names) != self.rotations.shape[1]:
            refuse(f"there are {self.rotations.shape[1]} joint rotations for {len(self.joint_names)} joints")
        if len(self.expression_names) not in (0, self.expression.shape[1]):
            refuse(
                f"there are {len(self.expression_names)} names for {self.expression.shape[1]} expression coefficients"
            )
        cameras = [getattr(self, name) is not None for name in ("camera_K", "camera_R", "camera_t", "camera_size")]
        if len(set(cameras)) != 1 or cameras[0] != bool(self.camera_model):
            refuse("a camera needs its model, K, R, t and size together")
        if cameras[0]:
            turns = self.camera_R @ self.camera_R.transpose(0, 2, 1)
            if np.abs(turns - np.eye(3)).max() > 1e-3 or (np.linalg.det(self.camera_R) < 0).any():
                refuse("a camera's R is no rotation")
            if (self.camera_size <= 0).any() or (self.camera_K[:, (0, 1), (0, 1)] <= 0).any():
                refuse("a camera's size and focal length should be above 0")
        if (self.corners is None) != (self.face_sizes is None):
            refuse("polygons need corners and face sizes")
        if self.corners is not None and self.face_sizes.sum() != len(self.corners):
            refuse(f"the face sizes add up to {self.face_sizes.sum()}, but there are {len(self.corners)} corners")

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.frame_ids)

    def joint(self, name: str) -> np.ndarray:
        """(T, 3) axis-angle of a joint, zero where the sequence does not have it."""
        found = np.flatnonzero(self.joint_names == name)
        return self.rotations[:, found[0]] if len(found) else np.zeros((self.frame_count, 3))

    def of_frames(self, chosen: np.ndarray) -> Sequence:
        """The frames that a slice, mask or index array chooses, in their order; what all frames share stays."""
        given = {}
        for each in fields(self):
            value, shape = getattr(self, each.name), each.metadata.get("shape", ())
            per_frame = value is not None and (shape[:1] == ("T",) or (shape[:1] == ("F",) and len(value) > 1))
            if per_frame:
                given[each.name] = value[chosen]
        return replace(self, **given)
