"""VHAP's parameters of a whole sequence, and its export of one file a frame with cameras, which GaussianAvatars and the
tracks of NeRSemble have too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...mesh.io.files import read_file
from ...models.flame.file import VERTICES
from ...models.flame.layouts import VHAP
from ..sequence import Sequence
from ..teeth import TEETH
from .cameras import Camera, intrinsics, opencv_of_camera_to_world, perspective
from .collecting import PARAMETERS_LINK
from .content import Content, read_content
from .reader import (
    Reader,
    check_same_shape,
    fixed_or_frames,
    frame_numbers,
    gap_notes,
    identity_notes,
    in_all,
    listed,
    numbers,
    parameter_fields,
    read_parameters,
    single,
    unknown_notes,
)

_CODES = {"shape", "expr", "rotation", "neck_pose", "jaw_pose", "eyes_pose", "translation"}
_OFFSETS = {"static_offset", "dynamic_offset"}
_TRACKED_KEYS = _CODES | _OFFSETS | {
    "timestep_id", "n_processed_frames", "focal_length", "tex_extra", "lights", "image_size", "tex", "tex_pca",
}  # fmt: skip
_TRANSFORMS = ("transforms.json", "transforms_train.json", "transforms_val.json", "transforms_test.json")


def _is_tracked(content: Content) -> bool:
    marks = {"timestep_id", "n_processed_frames", "focal_length"}
    return content.keys >= _CODES and bool(
        content.keys & marks or len(np.shape(content.value["expr"])) == 2 and len(content.value["expr"]) > 1
    )


def _is_exported(content: Content) -> bool:
    return content.keys >= _CODES


def _read_tracked(contents: list[Content]) -> Sequence:
    content = single(contents, TRACKED.label)
    values, source = content.value, str(content.path)
    head = read_parameters(VHAP, values, source)
    fields = parameter_fields([head], [source])
    count = head.batch
    names = _texts(values["timestep_id"]) if "timestep_id" in values else [str(number) for number in range(count)]
    if len(names) != count:
        raise InputError(f"{source}: there are {len(names)} timestep_id for {count} frames; export the file again.")
    ids = frame_numbers(names)
    notes = [*unknown_notes([values], _TRACKED_KEYS, VHAP), *gap_notes(ids)]
    valid = np.ones(count, dtype=bool)
    if "n_processed_frames" in values:
        processed = int(numbers(values, "n_processed_frames", (), source))
        if 0 < processed < count:
            valid[processed:] = False
            notes.append(f"Only {processed} of {count} frames were tracked; the others are marked as no results.")
    camera, camera_notes = _tracked_camera(values, source)
    light = numbers(values, "lights", (9, 3), source, optional=True)
    image = numbers(values, "tex_extra", (None, None, None), source, optional=True)
    if image is not None:
        # What is added to VHAP's painted texture, so that it may be below 0.
        image = (image.transpose(1, 2, 0) if image.shape[0] == 3 else image).astype(np.float32)
    return Sequence(
        source=TRACKED.key,
        frame_ids=ids,
        frame_names=np.array(names),
        valid=valid,
        version="2023",
        light=None if light is None else light[None],
        texture_image=image,
        texture_space="" if image is None else "vhap residual",
        notes=tuple(notes + camera_notes),
        **_offsets([values], source, count),
        **camera,
        **fields,
    )


def _tracked_camera(values: dict, source: str) -> tuple[dict, list[str]]:
    """The camera that stands at (0, 0, 1) and looks along -z; its focal length is in sizes of the larger side."""
    focal = numbers(values, "focal_length", (1,), source, optional=True)
    size = numbers(values, "image_size", (2,), source, optional=True)
    if focal is None:
        return {}, ["The cameras are calibrated ones, which stand in the data set and not in this file."]
    if size is None:
        return {}, ["The size of the images is not in this file, so the camera is left out; VHAP's export has it."]
    height, width = size
    length = focal[0] * max(height, width)
    place = np.eye(4)
    place[2, 3] = 1.0
    matrix = intrinsics(length, length, 0.5 * width, 0.5 * height)
    return perspective([Camera(matrix, *opencv_of_camera_to_world(place), np.array([width, height]))]), []


def _offsets(records: list[dict], source: str, count: int) -> dict:
    """The offsets of a head with or without teeth."""
    found: dict = {"offsets_move_joints": True, "teeth": False}
    sources = [source] * len(records)
    static = [numbers(record, "static_offset", (None, 3), source, optional=True) for record in records]
    dynamic = [numbers(record, "dynamic_offset", (None, None, 3), source, optional=True) for record in records]
    if in_all(static, "static_offset", sources):
        check_same_shape([each[None] for each in static], "static_offset", sources)
        static = fixed_or_frames(static)
        if len(static) == 1:
            found["static_offset"] = static[0]
        else:
            # Frames of several persons: both kinds are added in one place.
            found["dynamic_offset"] = static
    if in_all(dynamic, "dynamic_offset", sources):
        check_same_shape(dynamic, "dynamic_offset", sources)
        moving = np.concatenate(dynamic)
        if len(moving) != count:
            raise InputError(f"{source}: there are {len(moving)} dynamic offsets for {count} frames.")
        if "dynamic_offset" in found:
            check_same_shape([found["dynamic_offset"], moving], "dynamic_offset", [source] * 2)
            moving = found["dynamic_offset"] + moving
        found["dynamic_offset"] = moving
    for name in _OFFSETS & found.keys():
        vertices = found[name].shape[-2]
        if vertices not in (VERTICES, VERTICES + TEETH):
            raise InputError(
                f"{source}: '{name}' is of {vertices} vertices, FLAME has {VERTICES} and with teeth {VERTICES + TEETH}."
            )
        found["teeth"] = vertices > VERTICES
    return found


def _read_exported(contents: list[Content]) -> Sequence:
    path = contents[0].path
    root = path.parent.parent if path.parent.name == "flame_param" else path.parent
    # The whole file, or those of training, validation and test together.
    files = [root / name for name in _TRANSFORMS if (root / name).is_file()]
    files = files[:1] if files and files[0].name == _TRANSFORMS[0] else files
    names = [content.path.stem for content in contents]
    return _exported(contents, frame_numbers(names), names, files)


def _is_linked(content: Content) -> bool:
    frames = content.value.get("frames") if content.kind == "json" and isinstance(content.value, dict) else None
    return isinstance(frames, list) and bool(frames) and isinstance(frames[0], dict) and PARAMETERS_LINK in frames[0]


def _read_linked(contents: list[Content]) -> Sequence:
    """An export whose parameters lie in other folders, to which transforms.json leads: GaussianAvatars joins several
    performances of a person so, with frame numbers of its own."""
    files = [content.path for content in contents]
    whole = [path for path in files if path.name == _TRANSFORMS[0]]
    files = whole or files
    links: dict[int, Path] = {}
    for path in files:
        for number, entry in enumerate(_entries(path)):
            link, step = entry.get(PARAMETERS_LINK), _step(entry, number, path)
            if not isinstance(link, str):
                raise InputError(f"{path}: frame {step} has no '{PARAMETERS_LINK}'; export it again.")
            if links.setdefault(step, path.parent / link) != path.parent / link:
                raise InputError(f"{path}: frame {step} has two different '{PARAMETERS_LINK}'; export it again.")
    ids = np.array(sorted(links), dtype=np.int64)
    heads = [read_content(links[step]) for step in ids.tolist()]
    if not all(map(_is_exported, heads)):
        wrong = next(head for head in heads if not _is_exported(head))
        raise InputError(f"{wrong.path}: this is no file of {EXPORTED.label} (it has {listed(wrong.keys)}).")
    return _exported(heads, ids, [str(step) for step in ids], files)


def _exported(contents: list[Content], ids: np.ndarray, names: list[str], files: list[Path]) -> Sequence:
    """The sequence of one file of parameters a frame. files : the transforms.json with the cameras."""
    sources = [str(content.path) for content in contents]
    records = [content.value for content in contents]
    heads = [read_parameters(VHAP, record, source) for record, source in zip(records, sources)]
    for head, source in zip(heads, sources):
        if head.batch != 1:
            raise InputError(f"{source}: a file of one frame has {head.batch} rows; this is no file of an export.")
    fields = parameter_fields(heads, sources)
    offsets = _offsets(records, sources[0], len(contents))
    notes = [
        *unknown_notes(records, _CODES | _OFFSETS, VHAP),
        *gap_notes(ids),
        *identity_notes(fields["identity"]),
    ]
    if "static_offset" not in offsets and "dynamic_offset" not in offsets:
        # The export's own head has them always; without offsets nothing in the file says so.
        notes.append("VHAP's export adds teeth to its meshes; the files have no offsets, so the head is FLAME's own.")
    cameras, camera_notes = _exported_cameras(files, ids)
    return Sequence(
        source=EXPORTED.key,
        frame_ids=ids,
        frame_names=np.array(names),
        version="2023",
        notes=tuple(notes + camera_notes),
        **offsets,
        **cameras,
        **fields,
    )


def _step(entry: dict, number: int, file: Path) -> int:
    step = entry.get("timestep_index", number)
    if not isinstance(step, int):
        raise InputError(f"{file}: 'timestep_index' should be a whole number, not {step!r}.")
    return step


def _exported_cameras(files: list[Path], ids: np.ndarray) -> tuple[dict, list[str]]:
    """The cameras of the frames in transforms.json; the first camera where there are several."""
    if not files:
        return {}, [f"There is no {_TRANSFORMS[0]} beside the parameters, so there is no camera."]
    views: dict[str, dict[int, dict]] = {}
    for file in files:
        for number, entry in enumerate(_entries(file)):
            name = str(entry.get("camera_id", entry.get("camera_index", "0")))
            views.setdefault(name, {})[_step(entry, number, file)] = entry
    source = str(files[0])
    # A camera that sees all frames before one that sees some; the held-out camera of GaussianAvatars sees some.
    order = sorted(views, key=lambda name: (-len(views[name].keys() & set(ids.tolist())), _rank(views, name), name))
    chosen = views[order[0]]
    missing = [int(number) for number in ids if int(number) not in chosen]
    if missing:
        return {}, [f"{source} has no camera for frame {missing[0]} ({len(missing)} in all), so there is no camera."]
    found = perspective([_transform(chosen[int(number)], source) for number in ids])
    images = [str(chosen[int(number)].get("file_path", "")) for number in ids]
    found["images"] = np.array(images) if any(images) else None
    if len(order) == 1:
        return found, []
    firsts = [_transform(next(iter(views[name].values())), source) for name in order]
    matrices, rotations, translations, sizes = (np.stack(list(part)) for part in zip(*firsts))
    found |= {"view_names": np.array(order), "view_K": matrices, "view_R": rotations, "view_t": translations}
    found["view_size"] = np.rint(sizes).astype(np.int64)
    return found, [f"There are {len(order)} cameras ({listed(order)}); camera {order[0]} is the one of the frames."]


def _rank(views: dict[str, dict[int, dict]], name: str) -> int:
    index = next(iter(views[name].values())).get("camera_index", 0)
    return index if isinstance(index, int) else 0


def _entries(path: Path) -> list[dict]:
    try:
        stored = json.loads(read_file(path))
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path}: this is no JSON file, or a damaged one ({problem}).") from problem
    frames = stored.get("frames") if isinstance(stored, dict) else None
    if not isinstance(frames, list) or not all(isinstance(frame, dict) for frame in frames):
        raise InputError(f"{path}: there is no list 'frames' in it; export it again.")
    shared = {key: value for key, value in stored.items() if key != "frames"}
    return [shared | frame for frame in frames]


def _transform(entry: dict, source: str) -> Camera:
    matrix = numbers(entry, "transform_matrix", (4, 4), source)
    fx, fy, cx, cy, width, height = (
        float(numbers(entry, key, (), source)) for key in ("fl_x", "fl_y", "cx", "cy", "w", "h")
    )
    size = np.array([width, height])
    return Camera(intrinsics(fx, fy, cx, cy), *opencv_of_camera_to_world(matrix), size)


def _texts(value) -> list[str]:
    return [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in np.ravel(value)]


TRACKED = Reader("vhap", "VHAP", _is_tracked, _read_tracked)
EXPORTED = Reader(
    "vhap-export", "VHAP's export (GaussianAvatars, NeRSemble)", _is_exported, _read_exported, one_folder=True
)
LINKED = Reader(
    "vhap-transforms", "transforms.json of VHAP's export (GaussianAvatars)", _is_linked, _read_linked, one_folder=True
)
