"""FLAME's forward pass in plain float64 NumPy, one head at a time, in metres, from the published dictionary."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation


def reference_head(model: dict[str, Any], identity, expression, pose, translation) -> tuple[np.ndarray, np.ndarray]:
    """(5023, 3) vertices and (5, 3) joints, metres.

    identity : (300,), expression : (100,), pose : (5, 3) axis-angle of root, neck, jaw and eyes, translation : (3,).
    """
    shaped = model["v_template"] + model["shapedirs"] @ np.concatenate([identity, expression])
    joints = model["J_regressor"] @ shaped
    turns = Rotation.from_rotvec(pose).as_matrix()
    bent = shaped + model["posedirs"] @ (turns[1:] - np.eye(3)).reshape(-1)
    worlds: list[np.ndarray] = []
    for joint, parent in enumerate((-1, 0, 1, 1, 1)):
        about = np.eye(4)
        about[:3, :3], about[:3, 3] = turns[joint], joints[joint] - turns[joint] @ joints[joint]
        worlds.append(about if parent < 0 else worlds[parent] @ about)
    each = np.stack([bent @ world[:3, :3].T + world[:3, 3] for world in worlds])
    vertices = np.einsum("vj,jvd->vd", model["weights"], each)
    posed = np.stack([world[:3] @ [*joint, 1.0] for world, joint in zip(worlds, joints)])
    return vertices + translation, posed + translation
