# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker answered, looked at before any of it reaches the scene: file names, arrays, faces, the verdict.

A backend of another version, a full disk or a fault may leave anything in a job's folder. Blender takes positions that
are no numbers without a word, and dies of faces that name vertices which are not there.
"""

from __future__ import annotations

import os

import numpy as np

from .job_client import BackendError

# All other arrays hold numbers.
_TEXTS = frozenset({"names", "parts", "kinds", "joint_names", "material_names", "frame_names", "images"})
_LEVELS = ("good", "check", "failed")


def damaged(what: str) -> BackendError:
    """The error of an answer that cannot be used."""
    return BackendError(f"The backend's answer is damaged: {what}. Run the job again; nothing was changed.")


def path_in(folder: str, name: object) -> str:
    """The path of a file that an answer names; `BackendError` unless it is one inside the job's folder."""
    if not isinstance(name, str) or name in ("", ".", "..") or name != os.path.basename(name) or "\0" in name:
        raise damaged(f"{name!r} is no file of the job")
    path = os.path.join(folder, name)
    if os.path.islink(path):
        raise damaged(f"'{name}' leads out of the job's folder")
    return path


def read_arrays(
    folder: str, name: object, shapes: dict[str, tuple] | None = None, unmeasured: frozenset[str] = frozenset()
) -> dict[str, np.ndarray]:
    """The arrays of an .npz file that an answer names.

    shapes : the arrays that have to be there with their shapes, None where any length will do. unmeasured : arrays in
    which NaN means that something was not measured; in all others every number has to be finite."""
    path = path_in(folder, name)
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
    except MemoryError:
        raise
    except Exception as problem:
        # NumPy and its zip reader raise a dozen kinds of exceptions.
        cause = " ".join(str(problem).split())[:100] or type(problem).__name__
        raise damaged(f"'{name}' cannot be read ({cause})") from problem
    check_arrays(arrays, shapes or {}, str(name), unmeasured)
    return arrays


def check_arrays(
    arrays: dict[str, np.ndarray], shapes: dict[str, tuple], where: str, unmeasured: frozenset[str] = frozenset()
) -> None:
    """Raise `BackendError` unless arrays are as `read_arrays` says."""
    for key, wanted in shapes.items():
        if key not in arrays:
            raise damaged(f"'{key}' is missing in {where}")
        found = arrays[key].shape
        if len(found) != len(wanted) or any(w is not None and w != f for w, f in zip(wanted, found)):
            told = ", ".join("any" if length is None else str(length) for length in wanted)
            raise damaged(f"'{key}' in {where} has the shape {found} and not ({told})")
        if (arrays[key].dtype.kind == "U") != (key in _TEXTS):
            raise damaged(f"'{key}' in {where} holds {arrays[key].dtype}")
    for key, array in arrays.items():
        if array.dtype.kind not in "biufU":
            raise damaged(f"'{key}' in {where} holds {array.dtype}")
        if array.dtype.kind == "f" and key not in unmeasured and not np.isfinite(array).all():
            raise damaged(f"'{key}' in {where} holds values that are no numbers (NaN or infinite)")


def check_faces(arrays: dict[str, np.ndarray], where: str) -> None:
    """Raise `BackendError` unless the arrays of a mesh (vertices, corners, face_sizes, perhaps uvs and face_materials)
    fit each other."""
    check_arrays(arrays, {"vertices": (None, 3), "corners": (None,), "face_sizes": (None,)}, where)
    vertices, corners, sizes = (arrays[name] for name in ("vertices", "corners", "face_sizes"))
    whole = corners.dtype.kind in "iu" and sizes.dtype.kind in "iu" and vertices.dtype.kind in "fiu"
    if not whole or (len(sizes) and int(sizes.min()) < 3) or int(sizes.sum()) != len(corners):
        raise damaged(f"the faces in {where} do not fit their corners")
    if len(corners) and not 0 <= int(corners.min()) <= int(corners.max()) < len(vertices):
        raise damaged(f"a face in {where} names a vertex that is not there")
    if "uvs" in arrays:
        check_arrays(arrays, {"uvs": (len(corners), 2)}, where)
    if "face_materials" in arrays:
        check_arrays(arrays, {"face_materials": (len(sizes),)}, where)


def check(answer: object, kinds: dict[str, type | tuple[type, ...]]) -> dict:
    """The answer itself; `BackendError` unless it is an object whose entries are of these kinds, with a proper verdict
    where it has one."""
    if not isinstance(answer, dict):
        raise damaged(f"it is {type(answer).__name__} and no object")
    for key, kind in kinds.items():
        if key not in answer:
            raise damaged(f"'{key}' is missing")
        # True and false are whole numbers to Python.
        if not isinstance(answer[key], kind) or (isinstance(answer[key], bool) and kind is not bool):
            raise damaged(f"'{key}' is {answer[key]!r}"[:120])
    if not all(isinstance(note, str) for note in answer.get("notes", ())):
        raise damaged("its notes are no texts")
    if "verdict" in answer:
        _check_verdict(answer)
    _check_credits(answer.get("credits", []))
    return answer


def _check_credits(found: object) -> None:
    """Of models of others, as `model_terms` keeps them with the scene."""
    texts = ("key", "label", "terms", "credit", "source")
    if not isinstance(found, list) or not all(
        isinstance(each, dict) and all(isinstance(each.get(text), str) for text in texts) for each in found
    ):
        raise damaged("its credits say nothing")


def _check_verdict(answer: dict) -> None:
    reasons = answer.get("reasons")
    if answer["verdict"] not in _LEVELS or not isinstance(reasons, list):
        raise damaged(f"its verdict is {answer['verdict']!r}"[:120])
    for reason in reasons:
        texts = ("level", "text", "region", "step")
        if not isinstance(reason, dict) or not all(isinstance(reason.get(text), str) for text in texts):
            raise damaged("its verdict has reasons that say nothing")
