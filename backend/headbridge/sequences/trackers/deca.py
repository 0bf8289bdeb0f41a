"""DECA's and EMOCA's files: codes as dictionaries or folders of arrays, and DECA's .mat, which holds outputs alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InputError
from ...models.flame.data import MILLIMETRES
from ...models.flame.file import VERTICES
from ...models.flame.layouts import EMOCA, Field, Layout, Part
from ..sequence import ORTHOGRAPHIC, Sequence
from .cameras import FLIP, scaled_orthographic
from .content import Content
from .reader import (
    Reader,
    check_same_shape,
    fixed_or_frames,
    frame_numbers,
    gap_notes,
    in_all,
    named_frames,
    numbers,
    read_code_frames,
    unknown_notes,
)

_SIZE = 224
_CODES = Layout(
    "DECA",
    (
        Field("shape", (Part("identity", 300),), required=True),
        Field("exp", (Part("expression", 100),), required=True),
        Field("pose", (Part("root", 3), Part("jaw", 3)), required=True),
    ),
)
_KEYS = {"tex": "tex", "light": "light", "cam": "cam", "detail": "detail", "tform": "tform"}
_EMOCA_KEYS = {"tex": "texcode", "light": "lightcode", "cam": "cam", "detail": "detailcode", "tform": "tform"}
# Pictures in and out of the networks.
_LEFT = {"images", "image", "original_image", "image_original", "image_name", "image_path", "path", "bbox"}


def _columns(content: Content, key: str) -> int:
    first = content.records[0][key]
    return np.shape(first)[-1] if np.ndim(first) else 0


def _is_codes(content: Content) -> bool:
    return content.keys >= {"shape", "exp", "pose"} and "rot" not in content.keys and _columns(content, "pose") == 6


def _is_emoca(content: Content) -> bool:
    return content.keys >= {"shapecode", "expcode", "posecode"} or (_is_codes(content) and content.path.is_dir())


def _names(content: Content) -> tuple[str | None, str | None]:
    posed = next((key for key in ("vertices", "verts") if key in content.keys), None)
    seen = next((key for key in ("transformed_vertices", "trans_verts") if key in content.keys), None)
    return posed, seen


def _is_outputs(content: Content) -> bool:
    return None not in _names(content) and not (_is_codes(content) or _is_emoca(content))


def _read_codes(contents: list[Content]) -> Sequence:
    return _codes(contents, _CODES, _KEYS, CODES.key)


def _read_emoca(contents: list[Content]) -> Sequence:
    if "shapecode" in contents[0].keys:
        return _codes(contents, EMOCA, _EMOCA_KEYS, EMOCA_CODES.key)
    # A folder of arrays an image, under DECA's names.
    return _codes(contents, _CODES, _KEYS, EMOCA_CODES.key)


def _codes(contents: list[Content], layout: Layout, keys: dict[str, str], key: str) -> Sequence:
    frames = read_code_frames(layout, contents)
    cam, back = frames.rows(keys["cam"], 3), frames.rows(keys["tform"], 3, 3)
    notes = [
        *unknown_notes(frames.records, set(keys.values()) | _LEFT, layout),
        *gap_notes(frames.fields["frame_ids"]),
    ]
    if cam is None:
        notes.append("There is no camera ('cam') in the files.")
    elif back is None:
        notes.append(
            "The camera is that of the crop of 224 pixels; the way back to the picture ('tform') is in no file."
        )
    texture = frames.rows(keys["tex"], None)
    return Sequence(
        source=key,
        version="2020",
        crop_to_original=None if back is None or cam is None else _crop_to_original(back),
        texture=texture,
        texture_space="" if texture is None else "flame_texture",
        light=frames.rows(keys["light"], 9, 3),
        detail=frames.rows(keys["detail"], None),
        notes=tuple(notes),
        **({} if cam is None else scaled_orthographic(cam, _SIZE)),
        **frames.fields,
    )


def _crop_to_original(tform: np.ndarray) -> np.ndarray:
    """(T, 3, 3) from pixels of the crop, whose edges are 0 and 224, to those of the picture. `tform` is scikit-image's
    similarity from the picture to the crop in its pixels' centres, as stored (transposed by DECA's own data loader)."""
    upright = np.where(np.abs(tform[:, 2:, :2]).max(axis=(1, 2))[:, None, None] > 1e-6, tform.transpose(0, 2, 1), tform)
    half = np.eye(3)
    half[:2, 2] = 0.5
    return half @ np.linalg.inv(upright) @ np.linalg.inv(half)


def _read_outputs(contents: list[Content]) -> Sequence:
    names, records, sources = named_frames(contents)
    posed_key, seen_key = _names(contents[0])
    posed = [numbers(record, posed_key, (VERTICES, 3), source) for record, source in zip(records, sources)]
    seen = [numbers(record, seen_key, (VERTICES, 3), source) for record, source in zip(records, sources)]
    cameras = [
        _camera_of(a, b, _size_of(record), source) for a, b, record, source in zip(posed, seen, records, sources)
    ]
    intrinsic, translation, size = (fixed_or_frames(list(part)) for part in zip(*cameras))
    ids = frame_numbers(names)
    known = {
        posed_key, seen_key, "normals", "landmarks2d", "landmarks3d", "landmarks3d_world", "uv_detail_normals",
        "uv_texture_gt", "displacement_map", "images", "albedo", "shape_images", "shape_detail_images", "rendered_images",
    }  # fmt: skip
    notes = [
        "The file holds outputs and no codes: the vertices are taken; headbridge fit-mesh or fit-sequence finds codes.",
        *unknown_notes(records, known),
        *gap_notes(ids),
    ]
    return Sequence(
        source=OUTPUTS.key,
        frame_ids=ids,
        frame_names=np.array(names),
        model="",
        topology="flame",
        mm_per_unit=MILLIMETRES,
        vertices=np.stack(posed),
        camera_model=ORTHOGRAPHIC,
        camera_K=intrinsic,
        camera_R=FLIP[None],
        camera_t=translation,
        camera_size=size.astype(np.int64),
        notes=tuple(notes),
        **_pictures(records, sources),
    )


def _pictures(records: list[dict], sources: list[str]) -> dict[str, Any]:
    """Texture of the first frame, and displacement and normal maps of all, where the files have them."""
    found: dict[str, Any] = {}
    texture = numbers(records[0], "uv_texture_gt", (None, None, None), sources[0], optional=True)
    if texture is not None:
        found["texture_image"] = np.clip(_channels_last(texture), 0.0, 1.0).astype(np.float32)
    for field, key, sides in (("displacement_map", "displacement_map", 2), ("normal_map", "uv_detail_normals", 3)):
        maps = [numbers(record, key, (None,) * sides, s, optional=True) for record, s in zip(records, sources)]
        if in_all(maps, key, sources):
            check_same_shape([each[None] for each in maps], key, sources)
            found[field] = np.stack(list(map(_channels_last, maps))).astype(np.float32)
    return found


def _channels_last(image: np.ndarray) -> np.ndarray:
    return image.transpose(1, 2, 0) if image.ndim == 3 and image.shape[0] == 3 else image


def _size_of(record: dict) -> tuple[int, int]:
    """Width and height of the picture that the head lies on."""
    for key in ("rendered_images", "images", "shape_images"):
        shape = np.shape(record.get(key, ()))[-3:]
        if len(shape) == 3 and shape[0] == 3:
            return shape[2], shape[1]
    return _SIZE, _SIZE


def _camera_of(posed: np.ndarray, seen: np.ndarray, size: tuple[int, int], source: str):
    """K, t and size of the camera that takes vertices to their places in the picture (-1..1, y down): exact, as two
    numbers a side of many vertices."""
    width, height = size
    turned = posed @ FLIP
    scale, shift, worst = np.ones(2), np.zeros(2), 0.0
    for side in (0, 1):
        system = np.stack([turned[:, side], np.ones(len(turned))], axis=1)
        (scale[side], shift[side]), *_ = np.linalg.lstsq(system, seen[:, side], rcond=None)
        worst = max(worst, float(np.abs(system @ (scale[side], shift[side]) - seen[:, side]).max()))
    if worst > 1e-2 or (scale <= 0).any():
        raise InputError(
            f"{source}: the transformed vertices are no scaled and shifted vertices (off by {worst:.3g}); this is no "
            "output of DECA."
        )
    half = 0.5 * np.array([width, height])
    matrix = np.eye(3)
    matrix[(0, 1), (0, 1)], matrix[:2, 2] = half * scale, half
    return matrix, np.array([*(shift / scale), 0.0]), np.array([width, height])


CODES = Reader("deca", "DECA", _is_codes, _read_codes)
EMOCA_CODES = Reader("emoca", "EMOCA", _is_emoca, _read_emoca)
OUTPUTS = Reader("deca-outputs", "DECA's .mat", _is_outputs, _read_outputs)
