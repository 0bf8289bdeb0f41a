"""FLAME's codes as TF_FLAME, FLAME_PyTorch, RingNet and MICA's data sets store them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...models.flame.layouts import FLAME_PYTORCH, MICA_DATASET, RINGNET, TF_FLAME, Layout
from ..sequence import Sequence
from .cameras import scaled_orthographic
from .content import Content
from .reader import Reader, gap_notes, read_code_frames, unknown_notes

_RINGNET_SIZE = 224


def _columns(content: Content, key: str) -> int:
    shape = np.shape(content.records[0].get(key))
    return shape[-1] if shape else 0


def _codes(
    contents: list[Content],
    reader: Reader,
    layout: Layout,
    version: str,
    said: Iterable[str],
    with_camera: bool = False,
) -> Sequence:
    frames = read_code_frames(layout, contents)
    cam = frames.rows("cam", 3) if with_camera else None
    unknown = unknown_notes(frames.records, {"cam"} if with_camera else (), layout)
    return Sequence(
        source=reader.key,
        version=version,
        notes=(*said, *unknown, *gap_notes(frames.fields["frame_ids"])),
        **({} if cam is None else scaled_orthographic(cam, _RINGNET_SIZE)),
        **frames.fields,
    )


_NO_VERSION = "The files do not say of which FLAME the codes are; --model-file names it."


def _read_tf_flame(contents):
    return _codes(contents, TF_FLAME_READER, TF_FLAME, "unknown", [_NO_VERSION])


def _read_flame_pytorch(contents):
    return _codes(contents, FLAME_PYTORCH_READER, FLAME_PYTORCH, "unknown", [_NO_VERSION])


def _read_ringnet(contents):
    said = ["The camera is that of RingNet's crop of 224 pixels.", _NO_VERSION]
    return _codes(contents, RINGNET_READER, RINGNET, "unknown", said, with_camera=True)


def _read_mica_dataset(contents):
    return _codes(contents, MICA_DATASET_READER, MICA_DATASET, "2020", [])


TF_FLAME_READER = Reader(
    "tf-flame",
    "TF_FLAME",
    lambda content: content.keys >= {"shape", "exp", "rot", "pose"} and _columns(content, "pose") == 12,
    _read_tf_flame,
)
FLAME_PYTORCH_READER = Reader(
    "flame-pytorch",
    "FLAME_PyTorch",
    lambda content: content.keys >= {"shape_params", "pose_params"} and _columns(content, "pose_params") == 6,
    _read_flame_pytorch,
)
RINGNET_READER = Reader(
    "ringnet",
    "RingNet",
    lambda content: content.keys >= {"shape", "expression", "pose", "cam"},
    _read_ringnet,
)
MICA_DATASET_READER = Reader(
    "mica-dataset",
    "MICA's data sets",
    lambda content: content.keys >= {"betas", "pose"} and _columns(content, "pose") == 15,
    _read_mica_dataset,
)
