"""Makes performances and what they should look like; the backend's interpreter runs it: `motion_reference.py FOLDER`.

FOLDER/NAME.npz is a sequence.npz, FOLDER/NAME.expected.npz has vertices (T, V, 3) in mm and pixels (T, V, 2) in screen
coordinates, computed in float64 by the model itself: not by the rig that is handed to Blender.

head : open FLAME head, every joint turning, camera that moves and zooms, frames missing, root about its joint.
origin : the posed head turned about the origin and scaled, static and dynamic offsets, a camera that stands, orthographic.
wide : 101 identities and blendshapes far outside 0..1, a turn of the root of more than a half circle.
plain : vertices alone, in FLAME's topology. ict : ICT-FaceKit.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from tests.backend.models.torch_models.flame import FlameModel
from tests.backend.models.torch_models.registry import load_head_model

from headbridge.models.flame import FlameParameters
from headbridge.models.open_flame import load_open_flame
from headbridge.sequences import Sequence, write_sequence

FRAMES = 9
JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")


def main(folder: Path) -> None:
    for make in (head, origin, wide, plain, ict):
        sequence, vertices = make(np.random.default_rng(len(make.__name__)))
        write_sequence(folder / f"{make.__name__}.npz", sequence)
        np.savez(folder / f"{make.__name__}.expected.npz", vertices=vertices, pixels=pixels(sequence, vertices))


def waves(rng, columns: int, size: float) -> np.ndarray:
    """(T, columns) smooth curves."""
    at = np.linspace(0.0, 1.0, FRAMES)[:, None]
    return size * np.sin(2.0 * np.pi * (at * rng.uniform(0.3, 1.0, columns) + rng.random(columns)))


def head(rng) -> tuple[Sequence, np.ndarray]:
    focal = 900.0 * (1.0 + 0.1 * np.linspace(0.0, 1.0, FRAMES))
    matrix = np.tile(np.eye(3), (FRAMES, 1, 1))
    matrix[:, 0, 0] = matrix[:, 1, 1] = focal
    matrix[:, 0, 2], matrix[:, 1, 2] = 250.0 + waves(rng, 1, 9.0)[:, 0], 231.0
    turned = Rotation.from_rotvec(waves(rng, 3, 0.2)).as_matrix()
    sequence = Sequence(
        source="made",
        model="flame",
        version="open topology",
        topology="flame",
        mm_per_unit=1000.0,
        fps=24.0,
        frame_ids=np.array([3, 4, 5, 6, 9, 10, 11, 12, 13]),
        valid=np.arange(FRAMES) != 6,
        identity=rng.normal(size=(1, 60)),
        expression=np.abs(waves(rng, 55, 0.5)),
        rotations=waves(rng, 15, 0.4).reshape(FRAMES, 5, 3),
        translation=waves(rng, 3, 0.05),
        camera_model="perspective",
        camera_K=matrix,
        camera_R=np.diag([1.0, -1.0, -1.0]) @ turned,
        camera_t=np.array([0.01, -0.02, 0.6]) + waves(rng, 3, 0.03),
        camera_size=np.array([[512, 470]]),
        pixel_centre=0.0,
    )
    return sequence, open_flame(sequence)


def origin(rng) -> tuple[Sequence, np.ndarray]:
    count = len(load_open_flame().template)
    matrix = np.array([[[1.1, 0.0, 112.0], [0.0, 1.1, 110.0], [0.0, 0.0, 1.0]]])
    sequence = Sequence(
        source="made",
        model="flame",
        version="open topology",
        topology="flame",
        frame_ids=np.arange(FRAMES),
        identity=rng.normal(size=(1, 20)),
        expression=np.abs(waves(rng, 10, 0.5)),
        static_offset=rng.normal(0.0, 1.0, (count, 3)),
        dynamic_offset=(np.arange(FRAMES) % 3 == 1)[:, None, None] * rng.normal(0.0, 1.0, (FRAMES, count, 3)),
        rotations=waves(rng, 15, 0.3).reshape(FRAMES, 5, 3),
        root_pivot="origin",
        translation=waves(rng, 3, 20.0),
        scale=1.0 + 0.1 * np.linspace(0.0, 1.0, FRAMES),
        camera_model="orthographic",
        camera_K=matrix,
        camera_R=np.diag([1.0, -1.0, -1.0])[None],
        camera_t=np.zeros((1, 3)),
        camera_size=np.array([[224, 224]]),
    )
    return sequence, open_flame(sequence)


def wide(rng) -> tuple[Sequence, np.ndarray]:
    rotations = waves(rng, 15, 0.2).reshape(FRAMES, 5, 3)
    rotations[:, 0] = np.linspace(0.0, 4.5, FRAMES)[:, None] * [0.1, 0.99, 0.0]
    sequence = Sequence(
        source="made",
        model="flame",
        version="open topology",
        topology="flame",
        frame_ids=100 + np.arange(FRAMES),
        fps=25.0,
        identity=rng.normal(size=(1, 101)),
        expression=waves(rng, 55, 1.2) * np.where(np.arange(55) == 7, 10.0, 1.0),
        rotations=rotations,
    )
    return sequence, open_flame(sequence)


def open_flame(sequence: Sequence) -> np.ndarray:
    """(T, V, 3) mm of a sequence of the open head, frame by frame."""
    data, mm = load_open_flame(), sequence.mm_per_unit
    frames = []
    for row in range(sequence.frame_count):
        offset = np.zeros(data.template.shape)
        if sequence.static_offset is not None:
            offset = mm * (sequence.static_offset + sequence.dynamic_offset[row])
        # Joints are regressed from the template, and so follow the offsets.
        model = FlameModel(replace(data, template=data.template + offset), dtype=torch.float64)
        turns = {name: sequence.joint(name)[row] for name in JOINTS}
        root = turns["root"]
        if sequence.root_pivot == "origin":
            turns["root"] = np.zeros(3)
        vertices = posed(model, sequence, row, turns)
        if sequence.root_pivot == "origin":
            vertices = vertices @ Rotation.from_rotvec(root).as_matrix().T
        frames.append(sequence.scale[row] * vertices + mm * sequence.translation[row])
    return np.stack(frames)


def posed(model, sequence: Sequence, row: int, turns: dict) -> np.ndarray:
    given = {name: torch.as_tensor(turn[None]) for name, turn in turns.items()}
    parameters = FlameParameters(
        identity=torch.as_tensor(sequence.identity, dtype=torch.float64),
        expression=torch.as_tensor(sequence.expression[row : row + 1], dtype=torch.float64),
        translation=torch.zeros(1, 3, dtype=torch.float64),
        **given,
    )
    return model.forward(parameters).vertices[0].numpy()


def plain(rng) -> tuple[Sequence, np.ndarray]:
    sequence, vertices = wide(rng)
    metres = (vertices / 1000.0).astype(np.float32)
    return Sequence(
        source="voca", topology="flame", mm_per_unit=1000.0, frame_ids=sequence.frame_ids, vertices=metres
    ), 1000.0 * metres.astype(np.float64)


def ict(rng) -> tuple[Sequence, np.ndarray]:
    sequence = Sequence(
        source="headbridge",
        model="ict",
        version="ICT-FaceKit",
        topology="ict",
        frame_ids=np.arange(FRAMES),
        fps=30.0,
        joint_names=np.array(JOINTS),
        identity=rng.normal(size=(1, 10)),
        expression=np.abs(waves(rng, 57, 0.4)),
        rotations=waves(rng, 15, 0.2).reshape(FRAMES, 5, 3),
        translation=waves(rng, 3, 20.0),
    )
    model = load_head_model("ict", None, dtype=torch.float64)
    given = {name: torch.as_tensor(sequence.joint(name)) for name in JOINTS}
    parameters = FlameParameters(
        identity=torch.as_tensor(np.repeat(sequence.identity, FRAMES, axis=0)),
        expression=torch.as_tensor(sequence.expression),
        translation=torch.as_tensor(sequence.translation),
        **given,
    )
    return sequence, model.forward(parameters).vertices.numpy()


def pixels(sequence: Sequence, vertices: np.ndarray) -> np.ndarray:
    """(T, V, 2) by the definition of the data model, with the first pixel's centre at 0.5."""
    if not sequence.camera_model:
        return np.zeros((*vertices.shape[:2], 2))
    seen = np.einsum("tij,tvj->tvi", sequence.camera_R, vertices / sequence.mm_per_unit) + sequence.camera_t[:, None]
    if sequence.camera_model == "orthographic":
        seen[..., 2] = 1.0
    else:
        seen /= seen[..., 2:]
    found = np.einsum("tij,tvj->tvi", np.broadcast_to(sequence.camera_K, (len(seen), 3, 3)), seen)
    return found[..., :2] + 0.5 - sequence.pixel_centre


if __name__ == "__main__":
    main(Path(sys.argv[1]))
