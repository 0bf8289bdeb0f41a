"""Files as the trackers write them, with the heads and pixels they mean, computed by another writing of their code.

Everything here is float64 NumPy in the source's own conventions (PyTorch3D's row vectors, OpenGL's cameras, 6D rotations
of two rows); nothing of it uses HeadBridge's readers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
import torch
from scipy.spatial.transform import Rotation

from ..models.flame.reference import reference_head

FRAMES = 3
NO_JOINTS = np.zeros((FRAMES, 3))


@dataclass
class Written:
    """path : what to import. vertices : (T, V, 3) in the source's frame and unit. pixels : (T, V, 2) or None.
    curves : what fields of the sequence should hold."""

    path: Path
    vertices: np.ndarray | None
    pixels: np.ndarray | None = None
    curves: dict[str, Any] = field(default_factory=dict)


def heads(model, identity, expression, joints, translation=None, offset=None) -> np.ndarray:
    """(T, V, 3) metres. joints : (T, 5, 3). offset : (V, 3) or (T, V, 3), added to the template, so that joints follow."""
    made = []
    for number in range(len(expression)):
        template = model["v_template"]
        if offset is not None:
            template = template + (offset[number] if offset.ndim == 3 else offset)
        person = identity[number] if np.ndim(identity) == 2 else identity
        codes = [np.pad(code, (0, size - len(code))) for code, size in ((person, 300), (expression[number], 100))]
        moved = np.zeros(3) if translation is None else translation[number]
        made.append(reference_head({**model, "v_template": template}, *codes, joints[number], moved)[0])
    return np.stack(made)


def random_codes(seed=3, identity=300, expression=100):
    """Identity (300,), expression (T, 100) and rotations (T, 5, 3), as float32 as files have them."""
    random = np.random.default_rng(seed)
    joints = random.normal(0.0, 0.25, (FRAMES, 5, 3)).astype(np.float32).astype(np.float64)
    person = random.normal(0.0, 1.0, identity).astype(np.float32).astype(np.float64)
    return person, random.normal(0.0, 1.0, (FRAMES, expression)).astype(np.float32).astype(np.float64), joints


def six(vectors) -> np.ndarray:
    """(T, 6): the first two rows of the rotations."""
    return Rotation.from_rotvec(vectors).as_matrix()[:, :2].reshape(-1, 6)


def matrices(vectors) -> np.ndarray:
    return Rotation.from_rotvec(vectors).as_matrix()


def metrical_tracker(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes()
    joints[:, :2] = 0.0
    eyelids = np.random.default_rng(4).random((FRAMES, 2))
    height, width, focal, centre = 480, 640, 5.2, np.array([0.04, -0.03])
    run = folder / "output" / "someone"
    (run / "checkpoint").mkdir(parents=True)
    (folder / "input" / "someone").mkdir(parents=True)
    torch.save(np.array([100, 900, 50, 650]), folder / "input" / "someone" / "bbox.pt")
    # x_camera = x R + t: x to the left, y up, z forward.
    turns = matrices(np.array([[0.05, np.pi - 0.1 * n, 0.02 * n] for n in range(FRAMES)]))
    shifts = np.array([[0.01 * n, -0.02, 0.9 + 0.05 * n] for n in range(FRAMES)])
    flip = np.diag([-1.0, -1.0, 1.0])
    half = min(height, width) / 2.0
    intrinsics = np.array(
        [
            [focal * half, 0.0, width / 2 - half * centre[0]],
            [0.0, focal * half, height / 2 - half * centre[1]],
            [0, 0, 1],
        ]
    )
    for n in range(FRAMES):
        frame = {
            "flame": {
                "exp": expression[n : n + 1].astype(np.float32),
                "shape": person[None].astype(np.float32),
                "tex": np.full((1, 140), 0.1 * n, np.float32),
                "sh": np.full((1, 9, 3), 0.5, np.float32),
                "eyes": np.concatenate([six(joints[n : n + 1, 3]), six(joints[n : n + 1, 4])], axis=1),
                "eyelids": eyelids[n : n + 1],
                "jaw": six(joints[n : n + 1, 2]),
            },
            "camera": {
                "R": turns[n, :2].reshape(1, 6),
                "t": shifts[n : n + 1],
                "fl": np.array([[focal]]),
                "pp": centre[None],
            },
            "opencv": {
                "R": (flip @ turns[n].T)[None],
                "t": (shifts[n] @ flip)[None],
                "K": intrinsics[None],
            },
            "img_size": np.array([height, width]),
            "frame_id": f"{n + 7:05d}",
            "global_step": 12 * n,
        }
        torch.save(frame, run / "checkpoint" / f"{n + 7:05d}.frame")
    vertices = heads(model, person, expression, joints) + np.einsum("tl,lvd->tvd", eyelids, lids)
    seen = vertices @ turns + shifts[:, None]
    ndc = focal * seen[..., :2] / seen[..., 2:] + centre
    pixels = np.array([width, height]) / 2.0 - half * ndc
    curves = {
        "identity": person[None],
        "expression": expression,
        "rotations": joints,
        "eyelids": eyelids,
        "frame_ids": [7, 8, 9],
        "video_frames": [8, 9, 10],
        "camera_size": [[width, height]],
        "crop_to_original": [[[1.0, 0.0, 100.0], [0.0, 1.0, 50.0], [0.0, 0.0, 1.0]]],
        "light": np.full((1, 9, 3), 0.5),
    }
    return Written(run, vertices, pixels, curves)


def pixel3dmm(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(11)
    eyelids, size, focal, centre = np.random.default_rng(4).random((FRAMES, 2)), 256, 7.5, np.array([0.01, -0.02])
    moves = np.random.default_rng(6).normal(0.0, 0.05, (FRAMES, 3))
    base_turn, base_shift = matrices(np.array([[0.02, -0.03, 0.01]])), np.array([[0.01, 0.02, -1.1]])
    turns = matrices(joints[:, 0])
    for n in range(FRAMES):
        frame = {
            "flame": {
                "exp": expression[n : n + 1],
                "shape": person[None],
                "eyes": np.concatenate([six(joints[n : n + 1, 3]), six(joints[n : n + 1, 4])], axis=1),
                "eyelids": eyelids[n : n + 1],
                "jaw": six(joints[n : n + 1, 2]),
                "neck": six(joints[n : n + 1, 1]),
                "R": turns[n, :2].reshape(1, 6),
                "R_rotation_matrix": turns[n : n + 1],
                "t": moves[n : n + 1],
            },
            "camera": {
                "R_base_0": base_turn,
                "t_base_0": base_shift,
                "fl": np.array([[focal]]),
                "pp": centre[None],
            },
            "img_size": np.array([size, size]),
            "frame_id": n,
            "global_step": 5,
            "joint_transforms": np.zeros((1, 5, 4, 4)),
        }
        (folder / "checkpoint").mkdir(exist_ok=True)
        torch.save(frame, folder / "checkpoint" / f"{n:05d}.frame")
    still = joints.copy()
    still[:, 0] = 0.0
    # The lids are added to the skinned head, the head is then turned about the origin.
    posed = heads(model, person, expression, still) + np.einsum("tl,lvd->tvd", eyelids, lids)
    vertices = np.einsum("tij,tvj->tvi", turns, posed) + moves[:, None]
    seen = vertices @ base_turn[0].T + base_shift[0]
    middle = size / 2 + 0.5 + centre * (size / 2 + 0.5)
    # OpenGL: y up, looking along -z; pixels count down.
    pixels = np.stack(
        [
            middle[0] + focal * size * seen[..., 0] / -seen[..., 2],
            middle[1] - focal * size * seen[..., 1] / -seen[..., 2],
        ],
        axis=-1,
    )
    curves = {"identity": person[None], "expression": expression, "rotations": joints, "translation": moves}
    return Written(folder, vertices, pixels, curves | {"eyelids": eyelids, "root_pivot": "origin"})


def vhap_head(seed: int, count: int):
    """Codes, offset of `count` vertices (metres) and translation, as VHAP names them."""
    person, expression, joints = random_codes(seed)
    random = np.random.default_rng(seed + 1)
    offset = random.normal(0.0, 2e-3, (count, 3)).astype(np.float32)
    place = random.normal(0.0, 0.05, (FRAMES, 3)).astype(np.float32)
    values = {
        "translation": place,
        "rotation": joints[:, 0].astype(np.float32),
        "neck_pose": joints[:, 1].astype(np.float32),
        "jaw_pose": joints[:, 2].astype(np.float32),
        "eyes_pose": joints[:, 3:].reshape(FRAMES, 6).astype(np.float32),
        "shape": person.astype(np.float32),
        "expr": expression.astype(np.float32),
    }
    return values, person, expression, joints, offset.astype(np.float64), place.astype(np.float64)


def vhap(folder: Path, model, lids) -> Written:
    values, person, expression, joints, offset, place = vhap_head(21, 5023)
    height, width, focal = 800, 550, 2.1
    np.savez(
        folder / "tracked_flame_params_30.npz",
        **values,
        timestep_id=np.array(["00000", "00001", "00003"]),
        n_processed_frames=np.array(FRAMES),
        focal_length=np.array([focal], np.float32),
        static_offset=offset[None].astype(np.float32),
        image_size=np.array([height, width]),
        lights=np.full((9, 3), 0.25, np.float32),
        tex_extra=np.full((3, 8, 8), 0.5, np.float32),
    )
    vertices = heads(model, person, expression, joints, place, offset)
    focal = float(np.float32(focal)) * max(height, width)
    depth = 1.0 - vertices[..., 2]
    pixels = np.stack(
        [width / 2 + focal * vertices[..., 0] / depth, height / 2 - focal * vertices[..., 1] / depth], axis=-1
    )
    curves = {
        "identity": person[None],
        "expression": expression,
        "rotations": joints,
        "translation": place,
        "frame_ids": [0, 1, 3],
        "light": np.full((1, 9, 3), 0.25),
        "static_offset": offset,
    }
    return Written(folder, vertices, pixels, curves)


# VHAP's teeth, written once more from its description: rows of 15 between the lips' outer rings.
_UPPER = [1713, 1715, 1716, 1735, 1696, 1694, 1657, 3543, 2774, 2811, 2813, 2850, 2833, 2832, 2830]
_LOWER = [1576, 1577, 1773, 1774, 1795, 1802, 1865, 3503, 2948, 2905, 2898, 2881, 2880, 2713, 2712]


def with_teeth(model: dict) -> dict:
    upper, lower = model["v_template"][_UPPER], model["v_template"][_LOWER]
    gap = np.mean(np.linalg.norm(upper - lower, axis=1))
    middle = (upper + lower) / 2
    middle = np.stack([middle[:, 0], np.full(15, middle[:, 1].mean()), middle[:, 2] - 1.5 * gap], axis=1)
    y, z = np.array([0.0, gap, 0.0]), np.array([0.0, 0.0, gap])
    upper_edge, lower_edge = middle + 0.1 * y, middle - 0.1 * y - 0.4 * z
    upper_root, lower_root = upper_edge + 2 * y, lower_edge - 2 * y
    rows = [
        upper_root,
        lower_root,
        upper_edge,
        lower_edge,
        upper_root - z,
        upper_edge - z,
        lower_root - z,
        lower_edge - z,
    ]
    shapes = np.zeros((120, 3, 400))
    shapes[:, :, :300] = np.tile(
        (model["shapedirs"][_UPPER, :, :300] + model["shapedirs"][_LOWER, :, :300]) / 2, (8, 1, 1)
    )
    weights = np.zeros((120, 5))
    for row, joint in enumerate((1, 2, 1, 2, 1, 1, 2, 2)):
        weights[15 * row : 15 * row + 15, joint] = 1.0
    regressor = np.asarray(model["J_regressor"].todense())
    return {
        **model,
        "v_template": np.concatenate([model["v_template"], *rows]),
        "shapedirs": np.concatenate([model["shapedirs"], shapes]),
        "posedirs": np.concatenate([model["posedirs"], np.zeros((120, 3, 36))]),
        "weights": np.concatenate([model["weights"], weights]),
        "J_regressor": np.concatenate([regressor, np.zeros((5, 120))], axis=1),
    }


def vhap_export(folder: Path, model, lids) -> Written:
    values, person, expression, joints, offset, place = vhap_head(31, 5143)
    dynamic = np.random.default_rng(9).normal(0.0, 1e-3, (FRAMES, 5143, 3)).astype(np.float32)
    (folder / "flame_param").mkdir()
    rows, shared = ("translation", "rotation", "neck_pose", "jaw_pose", "eyes_pose", "expr"), {"shape": values["shape"]}
    for n in range(FRAMES):
        np.savez(
            folder / "flame_param" / f"{n:05d}.npz",
            **{key: values[key][n : n + 1] for key in rows},
            **shared,
            static_offset=offset[None].astype(np.float32),
            dynamic_offset=dynamic[n : n + 1],
        )
    np.savez(folder / "canonical_flame_param.npz", **{key: values[key][:1] for key in rows}, **shared)
    width, height, focal, cx, cy = 550, 802, 1400.0, 270.0, 405.0
    to_world = [np.eye(4) for _ in range(FRAMES)]
    for n, matrix in enumerate(to_world):
        matrix[:3, :3], matrix[:3, 3] = matrices(np.array([0.1, 0.2 * n, 0.05])), [0.1, 0.05 * n, 1.2]
    frames = []
    # A second camera sees one frame only, as one that is held out for validation.
    for n, camera in [(n, 3) for n in range(FRAMES)] + [(1, 8)]:
        matrix = to_world[n] if camera == 3 else np.eye(4)
        frames.append(
            {"timestep_index": n, "camera_index": camera, "camera_id": f"cam{camera}", "fl_x": focal, "fl_y": focal,
             "cx": cx, "cy": cy, "w": width, "h": height, "transform_matrix": matrix.tolist(),
             "file_path": f"images/{n:05d}_{camera:02d}.png", "flame_param_path": f"flame_param/{n:05d}.npz"}
        )  # fmt: skip
    (folder / "transforms.json").write_text(json.dumps({"frames": frames}))
    vertices = heads(with_teeth(model), person, expression, joints, place, offset + dynamic)
    pixels = []
    for head, matrix in zip(vertices, to_world):
        seen = (head - matrix[:3, 3]) @ matrix[:3, :3]
        pixels.append(np.stack([cx + focal * seen[:, 0] / -seen[:, 2], cy - focal * seen[:, 1] / -seen[:, 2]], axis=-1))
    curves = {"expression": expression, "rotations": joints, "translation": place, "teeth": True}
    return Written(folder, vertices, np.stack(pixels), curves)


def flame_head_tracker(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(41)
    joints[:, 1] = 0.0
    random = np.random.default_rng(42)
    angles = random.normal(0.0, 0.2, (FRAMES, 3))
    places = np.array([0.0, 0.0, 1.0]) + random.normal(0.0, 0.02, (FRAMES, 3))
    fov, size = 20.0, 256
    focal = 0.5 * size / np.tan(np.radians(fov) / 2)
    intrinsics = np.array([[focal, 0, size / 2], [0, focal, size / 2], [0, 0, 1]])
    pixels = []
    vertices = heads(model, person, expression, joints)
    for n in range(FRAMES):
        np.savez_compressed(
            folder / f"{10 * n}.npz",
            shape=person[None],
            exp=expression[n : n + 1],
            head_pose=joints[n : n + 1, 0],
            jaw_pose=joints[n : n + 1, 2],
            eye_pose=joints[n : n + 1, 3:].reshape(1, 6),
            tex=np.full((1, 50), 0.1),
            light=np.ones((1, 9, 3)),
            cam=np.concatenate([angles[n], places[n]])[None],
            fov=np.array([fov]),
            K=intrinsics[None],
            img=np.zeros((1, 4, 4, 3), np.uint8),
        )
        yaw, pitch, roll = angles[n]
        rotation = np.eye(3)
        for axis, angle in ((0, pitch), (1, yaw), (2, roll)):
            rotation = matrices(np.eye(3)[axis] * angle) @ rotation
        place = np.eye(4)
        place[:3, :3], place[:3, 3] = rotation, places[n]
        place[:, [1, 2]] *= -1
        seen = np.concatenate([vertices[n], np.ones((5023, 1))], axis=1) @ np.linalg.inv(place).T
        pixels.append(focal * seen[:, :2] / seen[:, 2:3] + size / 2)
    curves = {"identity": person[None], "expression": expression, "rotations": joints, "frame_ids": [0, 10, 20]}
    return Written(folder, vertices, np.stack(pixels), curves)


def orthographic_pixels(vertices, cam) -> np.ndarray:
    """As DECA sees a head on its 224 pixels: x and y are scaled and shifted, then y and z are turned over."""
    shifted = cam[:, None, :1] * (vertices[..., :2] + cam[:, None, 1:])
    shifted[..., 1] *= -1
    return shifted * 112.0 + 112.0


CAM = np.array([[8.1, 0.01, -0.02], [8.3, 0.02, 0.03], [7.9, 0.0, 0.0]])


def deca(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(51, 100, 50)
    joints[:, [1, 3, 4]] = 0.0
    persons = np.stack([person, 0.9 * person, 1.1 * person])
    for n in range(FRAMES):
        codes = {
            "shape": torch.tensor(persons[n : n + 1]),
            "tex": torch.zeros(1, 50),
            "exp": torch.tensor(expression[n : n + 1]),
            "pose": torch.tensor(np.concatenate([joints[n : n + 1, 0], joints[n : n + 1, 2]], axis=1)),
            "cam": torch.tensor(CAM[n : n + 1]),
            "light": torch.full((1, 9, 3), 1.0 + n),
            "images": torch.zeros(1, 3, 8, 8),
            "detail": torch.full((1, 128), 0.1 * n),
        }
        np.save(folder / f"face_{n:03d}.npy", codes, allow_pickle=True)
    vertices = heads(model, persons, expression, joints)
    curves = {"identity": persons, "expression": expression, "rotations": joints}
    curves["light"] = np.broadcast_to(np.arange(1.0, 1.0 + FRAMES)[:, None, None], (FRAMES, 9, 3))
    return Written(folder, vertices, orthographic_pixels(vertices, CAM), curves)


def emoca(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(61, 100, 50)
    joints[:, [1, 3, 4]] = 0.0
    for n in range(FRAMES):
        each = folder / f"{n + 1:06d}_000"
        each.mkdir()
        np.save(each / "shape.npy", person)
        np.save(each / "exp.npy", expression[n])
        np.save(each / "pose.npy", np.concatenate([joints[n, 0], joints[n, 2]]))
        np.save(each / "tex.npy", np.zeros(50))
        np.save(each / "detail.npy", np.full(128, 0.5))
    vertices = heads(model, person, expression, joints)
    curves = {"identity": person[None], "expression": expression, "rotations": joints, "frame_ids": [1, 2, 3]}
    return Written(folder, vertices, None, curves | {"detail": np.full((1, 128), 0.5)})


def deca_mat(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(71, 100, 50)
    joints[:, [1, 3, 4]] = 0.0
    vertices = heads(model, person, expression, joints)
    pixels = orthographic_pixels(vertices, CAM)
    for n in range(FRAMES):
        (folder / f"f{n}").mkdir()
        seen = np.concatenate([pixels[n] / 112.0 - 1.0, -CAM[n, 0] * vertices[n, :, 2:]], axis=1)
        outputs = {
            "vertices": vertices[n].astype(np.float32),
            "transformed_vertices": seen.astype(np.float32),
            "normals": np.zeros((5023, 3)),
            "landmarks2d": np.zeros((68, 2)),
            "landmarks3d": np.zeros((68, 3)),
            "uv_texture_gt": np.full((3, 16, 16), 0.25),
            "uv_detail_normals": np.zeros((3, 16, 16)),
            "displacement_map": np.full((16, 16), 1e-3),
        }
        scipy.io.savemat(folder / f"f{n}" / f"f{n}.mat", outputs)
    curves = {"topology": "flame", "displacement_map": np.full((FRAMES, 16, 16), np.float32(1e-3))}
    return Written(folder, vertices, pixels, curves)


def smirk(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(81, 300, 50)
    joints[:, [1, 3, 4]] = 0.0
    eyelids = np.random.default_rng(82).random((FRAMES, 2))
    outputs = {
        "pose_params": torch.tensor(joints[:, 0]),
        "cam": torch.tensor(CAM),
        "shape_params": torch.tensor(np.tile(person, (FRAMES, 1))),
        "expression_params": torch.tensor(expression),
        "eyelid_params": torch.tensor(eyelids),
        "jaw_params": torch.tensor(joints[:, 2]),
    }
    torch.save(outputs, folder / "outputs.pt")
    # The lids are added after the head has turned, and do not turn with it.
    vertices = heads(model, person, expression, joints) + np.einsum("tl,lvd->tvd", eyelids, lids)
    curves = {"identity": person[None], "expression": expression, "rotations": joints, "eyelids": eyelids}
    return Written(folder / "outputs.pt", vertices, orthographic_pixels(vertices, CAM), curves)


def ringnet(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(91, 100, 50)
    joints[:, [1, 3, 4]] = 0.0
    for n in range(FRAMES):
        codes = {
            "cam": CAM[n],
            "pose": np.concatenate([joints[n, 0], joints[n, 2]]),
            "shape": person,
            "expression": expression[n],
        }
        np.save(folder / f"frame{n}.npy", codes, allow_pickle=True)
    vertices = heads(model, person, expression, joints)
    curves = {"identity": person[None], "expression": expression, "rotations": joints}
    return Written(folder, vertices, orthographic_pixels(vertices, CAM), curves)


def tf_flame(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(101)
    place = np.random.default_rng(102).normal(0.0, 0.1, (FRAMES, 3))
    for n in range(FRAMES):
        np.savez(
            folder / f"fit_{n}.npz",
            shape=person[None],
            exp=expression[n : n + 1],
            rot=joints[n : n + 1, 0],
            pose=joints[n : n + 1, 1:].reshape(1, 12),
            trans=place[n : n + 1],
        )
    curves = {"identity": person[None], "expression": expression, "rotations": joints, "translation": place}
    return Written(folder, heads(model, person, expression, joints, place), None, curves)


def mica(folder: Path, model, lids) -> Written:
    person, _, _ = random_codes(111)
    (folder / "someone").mkdir()
    np.save(folder / "someone" / "identity.npy", person.astype(np.float32))
    np.save(folder / "someone" / "kpt7.npy", np.zeros((7, 3)))
    np.save(folder / "someone" / "kpt68.npy", np.zeros((1, 68, 3)))
    # MICA writes its meshes in millimetres.
    vertices = 1000.0 * heads(model, person, np.zeros((1, 1)), np.zeros((1, 5, 3)))
    return Written(folder / "someone" / "identity.npy", vertices, None, {"identity": person[None], "mm_per_unit": 1.0})


def voca(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(121)
    vertices = heads(model, person, expression, joints)
    for n, head in enumerate(vertices):
        lines = [f"v {x:.9f} {y:.9f} {z:.9f}" for x, y, z in head]
        lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in model["f"].astype(int)]
        (folder / f"{n:05d}.obj").write_text("\n".join(lines) + "\n")
    return Written(folder, vertices, None, {"topology": "flame", "mm_per_unit": 1000.0})


def faceformer(folder: Path, model, lids) -> Written:
    person, expression, joints = random_codes(131)
    vertices = heads(model, person, expression, joints).astype(np.float32)
    np.save(folder / "spoken.npy", vertices.reshape(FRAMES, -1))
    return Written(folder / "spoken.npy", vertices, None, {"topology": "flame", "mm_per_unit": 1000.0})


FORMS: dict[str, tuple[Callable[..., Written], str]] = {
    "metrical-tracker": (metrical_tracker, "2020"),
    "pixel3dmm": (pixel3dmm, "2020"),
    "vhap": (vhap, "2023"),
    "vhap-export": (vhap_export, "2023"),
    "flame-head-tracker": (flame_head_tracker, "2020"),
    "deca": (deca, "2020"),
    "emoca": (emoca, "2020"),
    "deca-outputs": (deca_mat, "2020"),
    "smirk": (smirk, "2020"),
    "ringnet": (ringnet, "2020"),
    "tf-flame": (tf_flame, "2020"),
    "mica": (mica, "2020"),
    "mesh-files": (voca, "2020"),
    "mesh-array": (faceformer, "2020"),
}
"""Writer by what reads it, and the version of FLAME its codes are of."""
