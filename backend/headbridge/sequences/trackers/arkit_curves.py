"""ARKit's blendshapes over time: Live Link Face's CSV, and JSON of names and scores as MediaPipe and others write it."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import InputError
from ...models.arkit import ARKIT_PARTS
from ..sequence import Sequence
from .content import Content
from .reader import Reader, frame_numbers, gap_notes, listed, single

_NAMES = {name.lower(): name for name in ARKIT_PARTS}
_SIDES = re.compile(r"_(l|r|left|right)$", re.IGNORECASE)
# MediaPipe's first score, which is what all others leave over.
_NEUTRAL = ("_neutral", "neutral")
_ANGLES = {
    "root": ("HeadPitch", "HeadYaw", "HeadRoll"),
    "left_eye": ("LeftEyePitch", "LeftEyeYaw", "LeftEyeRoll"),
    "right_eye": ("RightEyePitch", "RightEyeYaw", "RightEyeRoll"),
}
_RATES = (24, 25, 30, 48, 50, 60, 100, 120, 240)
# Scores are 0..1 and may overshoot a little; percent go to 100.
_LARGEST_SCORE = 3.0
_LARGEST_RADIANS = 2.0 * np.pi
_FEWEST_NAMES = 10


def arkit_name(name: str) -> str | None:
    """ARKit's own spelling of a blendshape ("EyeBlinkLeft", "eyeBlink_L", "eyeblinkleft"); None for anything else."""
    side = _SIDES.search(name)
    if side is not None:
        name = name[: side.start()] + ("Left" if side[1][0].lower() == "l" else "Right")
    return _NAMES.get(name.replace("_", "").lower())


def _is_live_link(content: Content) -> bool:
    if content.kind != "csv":
        return False
    header = content.value.partition("\n")[0].split(",")
    return sum(arkit_name(name.strip()) is not None for name in header) >= _FEWEST_NAMES


def _read_live_link(contents: list[Content]) -> Sequence:
    content = single(contents, LIVE_LINK.label)
    source = str(content.path)
    rows = [row for row in csv.reader(io.StringIO(content.value)) if any(cell.strip() for cell in row)]
    header = [name.strip() for name in rows[0]]
    if len(rows) < 2:
        raise InputError(f"{source}: there are no frames below the names; record it again.")
    repeated = {name for name in header if header.count(name) > 1}
    if repeated:
        raise InputError(f"{source}: the column '{min(repeated)}' is there more than once.")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            raise InputError(f"{source}: line {number} has {len(row)} cells, but there are {len(header)} names.")
    columns = {name: [row[place] for row in rows[1:]] for place, name in enumerate(header)}
    codes = {name.lower(): name for name in header}
    stamps = columns.pop(codes["timecode"]) if "timecode" in codes else None
    if "blendshapecount" in codes:
        columns.pop(codes["blendshapecount"])
    curves = {name: _column(cells, name, source) for name, cells in columns.items()}
    ids, fps, notes = _times(stamps, len(rows) - 1)
    return _sequence(LIVE_LINK.key, curves, ids, stamps, fps, notes)


def _column(cells: list[str], name: str, source: str) -> np.ndarray:
    try:
        column = np.array([float(cell) for cell in cells])
    except ValueError:
        number = next(place for place, cell in enumerate(cells) if not _is_number(cell))
        raise InputError(f"{source}: '{name}' is no number in line {number + 2} ({cells[number]!r}).") from None
    if not np.isfinite(column).all():
        number = int(np.flatnonzero(~np.isfinite(column))[0])
        raise InputError(f"{source}: '{name}' is NaN or infinite in line {number + 2}; record it again.")
    return column


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _times(stamps: list[str] | None, count: int) -> tuple[np.ndarray, float | None, list[str]]:
    """Frame numbers from the first, frames a second and notes from timecodes HH:MM:SS:FF(.fraction)."""
    places = np.arange(count)
    if stamps is None:
        return places, None, ["There are no timecodes, so the frames a second are unknown; name them with --fps."]
    parts = [re.fullmatch(r"\s*(\d+)[:;](\d+)[:;](\d+)[:;.](\d+(?:\.\d+)?)\s*", stamp) for stamp in stamps]
    if not all(parts):
        return (
            places,
            None,
            ["The timecodes are in no known form, so the frames a second are unknown; name them with --fps."],
        )
    numbers = np.array([[float(group) for group in part.groups()] for part in parts])
    seconds, frames = numbers[:, :3] @ (3600.0, 60.0, 1.0), np.floor(numbers[:, 3])
    # Where a second ends, its last frame tells how many there are in one.
    if seconds[-1] - seconds[0] < 1.0:
        return (
            places,
            None,
            ["The recording is too short to tell the frames a second from its timecodes; name them with --fps."],
        )
    rate = next((rate for rate in _RATES if frames.max() < rate), None)
    if rate is None:
        return (
            places,
            None,
            ["The timecodes count more frames a second than known; name the frames a second with --fps."],
        )
    numbers_of_frames = np.rint(seconds * rate + frames).astype(np.int64)
    ids = numbers_of_frames - numbers_of_frames[0]
    if (np.diff(ids) <= 0).any():
        # A phone that records faster than its timecode counts repeats the code.
        mean = (count - 1) / max(seconds[-1] + numbers[-1, 3] / rate - seconds[0] - numbers[0, 3] / rate, 1e-9)
        nearest = min(_RATES, key=lambda each: abs(each - mean))
        return (
            places,
            float(nearest),
            [f"Timecodes repeat; by their span there are {mean:.4g} frames a second, taken as {nearest}."],
        )
    return ids, float(rate), gap_notes(ids)


def _sequence(source, curves: dict[str, np.ndarray], ids, names, fps, notes) -> Sequence:
    """The sequence of curves by name, of which those that ARKit knows become the expression."""
    scores: dict[str, np.ndarray] = {}
    others: dict[str, np.ndarray] = {}
    for name, curve in curves.items():
        known = arkit_name(name)
        if known in scores:
            raise InputError(f"{source}: there are two curves for '{known}'; keep one.")
        (others if known is None else scores)[known or name] = curve
    neutral = [name for name in others if name.lower() in _NEUTRAL]
    for name in neutral:
        del others[name]
    values = np.stack(list(scores.values()), axis=1)
    if np.abs(values).max() > _LARGEST_SCORE:
        values = values / 100.0
        notes = [*notes, "The scores are percent; they are kept as 0..1."]
    missing = sorted(set(ARKIT_PARTS) - scores.keys())
    if missing:
        notes = [*notes, f"Not in the file: {', '.join(missing)}."]
    joints, turns = [], []
    for joint, angles in _ANGLES.items():
        if all(angle in others for angle in angles):
            joints.append(joint)
            turns.append(_rotations(*(others[angle] for angle in angles)))
    left = {name for name in others if not any(name in angles for angles in _ANGLES.values())}
    if left:
        notes = [*notes, f"Kept as further curves, as unknown: {listed(left)}."]
    if joints:
        notes = [*notes, "Head and eye angles are read as pitch about X, yaw about Y and roll about Z (R = Ry Rx Rz)."]
    return Sequence(
        source=source,
        frame_ids=ids,
        frame_names=None if names is None else np.array(names),
        model="arkit",
        version="ARKit-52",
        fps=fps,
        expression=values,
        expression_names=np.array(list(scores)),
        joint_names=np.array(joints, dtype=np.str_),
        rotations=np.stack(turns, axis=1) if turns else np.zeros((len(ids), 0, 3)),
        curve_names=np.array(list(others)) if others else None,
        curves=np.stack(list(others.values()), axis=1) if others else None,
        notes=tuple(notes),
    )


def _rotations(pitch: np.ndarray, yaw: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """(T, 3) axis-angle; angles beyond a whole turn are degrees."""
    angles = np.stack([yaw, pitch, roll], axis=1)
    return Rotation.from_euler("YXZ", angles, degrees=bool(np.abs(angles).max() > _LARGEST_RADIANS)).as_rotvec()


def _is_blendshapes(content: Content) -> bool:
    if content.kind != "json":
        return False
    try:
        frames, _, _ = _frames(content.value, "")
    except InputError:
        return False
    return bool(frames) and any(
        sum(arkit_name(name) is not None for name in frame) >= _FEWEST_NAMES for frame in frames if frame
    )


def _read_blendshapes(contents: list[Content]) -> Sequence:
    frames: list[dict[str, float] | None] = []
    names: list[str] = []
    times: list[float] = []
    fps = None
    for content in contents:
        found, stamps, rate = _frames(content.value, str(content.path))
        frames += found
        fps = fps or rate
        times += stamps
        names += [content.path.stem] if len(found) == 1 else [f"{content.path.stem}_{n:05d}" for n in range(len(found))]
    source = str(contents[0].path)
    empty = [number for number, frame in enumerate(frames) if not frame]
    keys = list(next(frame for frame in frames if frame))
    for number, frame in enumerate(frames):
        if frame and set(frame) != set(keys):
            odd = min(set(frame) ^ set(keys))
            raise InputError(f"{source}: frame {number} and the first frame do not both have '{odd}'.")
    kept = [number for number in range(len(frames)) if number not in set(empty)]
    curves = {key: np.array([float(frames[number][key]) for number in kept]) for key in keys}
    for key, curve in curves.items():
        if not np.isfinite(curve).all():
            raise InputError(
                f"{source}: '{key}' is NaN or infinite in frame {kept[int(np.argmin(np.isfinite(curve)))]}."
            )
    ids = frame_numbers(names)[kept] if len(contents) > 1 else np.array(kept)
    notes = [] if not empty else [f"No face in {len(empty)} frames, which are left out (first: {empty[0]})."]
    if fps is None and len(times) == len(frames) > 1 and times[-1] > times[0]:
        fps = float((len(frames) - 1) / (times[-1] - times[0]))
        steps = np.diff(times)
        if steps.max() - steps.min() > 0.5 * np.median(steps):
            notes.append(
                f"The time from frame to frame varies ({steps.min():.4g} to {steps.max():.4g} s); fps is the mean."
            )
    return _sequence(BLENDSHAPES.key, curves, ids, [names[number] for number in kept], fps, notes + gap_notes(ids))


def _frames(value: Any, source: str) -> tuple[list[dict[str, float] | None], list[float], float | None]:
    """Scores by name of every frame (None where there is no face), times in seconds where the file has them, and frames
    a second. The forms: a list of frames, or a dictionary with one; a frame is a dictionary of scores, a list of
    categories with a name and a score, or holds either under "blendshapes"; or names once and rows of numbers."""
    fps = None
    if isinstance(value, dict):
        # A rate of 0 says that none is known.
        rates = (float(value[key]) for key in ("fps", "exportFps", "frame_rate") if _number(value.get(key)))
        fps = next((rate for rate in rates if 0.0 < rate < np.inf), None)
        table = _table(value, source)
        if table is not None:
            return table, [], fps
        rows = next(
            (value[key] for key in ("frames", "blendshapes", "results") if isinstance(value.get(key), list)), [value]
        )
    else:
        rows = value
    if not isinstance(rows, list):
        raise InputError(f"{source}: there is no list of frames with blendshapes in it.")
    if rows and _is_categories(rows):
        rows = [rows]
    frames, times = [], []
    for number, row in enumerate(rows):
        frames.append(_scores(row, f"{source}: frame {number}"))
        if isinstance(row, dict):
            scale = {"time": 1.0, "timestamp": 1.0, "timestamp_ms": 1e-3, "time_ms": 1e-3}
            times += [float(row[key]) * scale[key] for key in scale if _number(row.get(key))][:1]
    return frames, times, fps


def _table(value: dict, source: str) -> list[dict[str, float]] | None:
    names = next(
        (value[key] for key in ("names", "facsNames", "blendshape_names") if isinstance(value.get(key), list)), None
    )
    rows = next(
        (value[key] for key in ("weightMat", "scores", "weights", "values") if isinstance(value.get(key), list)), None
    )
    if names is None or rows is None:
        return None
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names) or not all(map(_number, row)):
            raise InputError(f"{source}: row {number} should have {len(names)} numbers, one for each name.")
    return [dict(zip(map(str, names), row)) for row in rows]


def _is_categories(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) and _category(each) for each in value)


def _category(each: dict) -> tuple[str, float] | None:
    name = next(
        (each[key] for key in ("category_name", "categoryName", "name") if isinstance(each.get(key), str)), None
    )
    score = next((each[key] for key in ("score", "value", "weight") if _number(each.get(key))), None)
    return None if name is None or score is None else (name, float(score))


def _scores(row: Any, source: str) -> dict[str, float] | None:
    if isinstance(row, dict):
        inner = next(
            (
                row[key]
                for key in ("blendshapes", "face_blendshapes", "faceBlendshapes", "categories", "scores")
                if key in row
            ),
            None,
        )
        if inner is not None:
            return _scores(inner, source)
        return {str(name): float(score) for name, score in row.items() if _number(score)} or None
    if row is None or row == []:
        return None
    if _is_categories(row):
        return dict(map(_category, row))
    if isinstance(row, list) and len(row) == 1:
        return _scores(row[0], source)
    if isinstance(row, list):
        raise InputError(f"{source} has {len(row)} faces, or something that is none; keep one face a frame.")
    raise InputError(f"{source} holds no blendshapes; each frame needs names and scores.")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


LIVE_LINK = Reader("live-link-face", "Live Link Face", _is_live_link, _read_live_link)
BLENDSHAPES = Reader(
    "mediapipe-blendshapes", "blendshape scores in JSON (MediaPipe)", _is_blendshapes, _read_blendshapes
)
