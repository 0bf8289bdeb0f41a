# SPDX-License-Identifier: GPL-3.0-or-later
"""What the task "animated_head" answers, looked at before any of it reaches the scene."""

from __future__ import annotations

import numpy as np

from ..job_answer import check, check_arrays, check_faces, damaged

_WHERE = "the performance"
# Text and numbers that the kinds have besides those of all.
_ANSWERS = {"rig": {"topology": str, "version": str}, "mesh": {"topology": str}, "arkit": {}}


def check_answer(answer: dict, arrays: dict[str, np.ndarray]) -> None:
    """Raise `BackendError` unless answer and arrays are of a known kind and fit each other."""
    kind, count = answer["kind"], answer["frames"]
    if kind not in _ANSWERS:
        raise damaged(f"its kind is {kind!r}"[:120])
    check(answer, _ANSWERS[kind])
    if answer.get("fps") is not None:
        check(answer, {"fps": (int, float)})
    shapes: dict[str, tuple] = {"frame_ids": (count,), "valid": (count,), "frame_names": (count,)}
    if kind == "rig":
        check_arrays(arrays, {"names": (None,), "joint_names": (None,), "offset_rows": (None,)}, _WHERE)
        keys, joints, offsets = (len(arrays[name]) for name in ("names", "joint_names", "offset_rows"))
        shapes |= {"values": (count, keys), "quaternions": (count, joints, 4), "place": (count, 3), "scale": (count,)}
        shapes |= {"offsets": (offsets, len(arrays.get("vertices", ())), 3)}
    elif kind == "mesh":
        check_arrays(arrays, {"vertices": (count, None, 3)}, _WHERE)
        check_faces({**arrays, "vertices": arrays["vertices"][0]}, _WHERE)
    else:
        check_arrays(arrays, {"names": (None,), "joint_names": (None,)}, _WHERE)
        shapes |= {"values": (count, len(arrays["names"])), "quaternions": (count, len(arrays["joint_names"]), 4)}
    if answer["camera"]:
        check(answer, {"orthographic": bool})
        shapes |= {"camera_matrix": (count, 3, 3), "camera_rotation": (count, 3, 3)}
        shapes |= {"camera_translation": (count, 3), "camera_size": (2,)}
    optional = {"camera_to_original": (count, 3, 3), "images": (count,), "video_frames": (count,)}
    shapes |= {name: shape for name, shape in optional.items() if name in arrays}
    check_arrays(arrays, shapes, _WHERE)
    ids, rows = arrays["frame_ids"], arrays.get("offset_rows", np.zeros(0, int))
    if not count or ids.dtype.kind not in "iu" or (np.diff(ids) <= 0).any():
        raise damaged("the numbers of its frames do not rise")
    if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < count:
        raise damaged("an offset belongs to a frame that is not there")
