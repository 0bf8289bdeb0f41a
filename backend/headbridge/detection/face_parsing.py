"""The user's own face-parsing network (an ONNX file), which says which pixels show the face's skin and features.

Networks in the form published for CelebAMask-HQ (Lee et al. 2020; BiSeNet, Yu et al. 2018): a picture of the face, square,
normalised as ImageNet's, in; scores of 19 classes out. OpenCV runs them; nothing in the file can run by itself.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..apart import run_apart
from ..errors import InputError
from ..mesh.io.files import read_file

CLASSES = 19
# Skin, brows, eyes, ears, nose, the mouth's inside and the lips; not glasses, earrings, neck, clothes, hair or hats.
_FACE_CLASSES = (1, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13)
_SIDE = 512
# The crop is so many times as large as the landmarks' box, as the training pictures are.
_ROOM = 1.9
_MEAN, _DEVIATION = np.array((0.485, 0.456, 0.406), np.float32), np.array((0.229, 0.224, 0.225), np.float32)
_ADVICE = "use a face-parsing network of CelebAMask-HQ's 19 classes, such as BiSeNet, exported for 512 x 512 pixels"


def parse_face(pixels: np.ndarray, landmarks: np.ndarray, path: str) -> np.ndarray:
    """(H, W) float32, 1 where the face's own skin and features are seen, 0 elsewhere and far from the face.

    pixels : (H, W, 3) float32 sRGB 0..1. landmarks : (N, 2) of the face, pixels. path : of the .onnx file.
    Raises `InputError` when the file is missing, is no network that OpenCV can run, or gives other scores."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    side = _ROOM * float((high - low).max())
    left, top = 0.5 * (low + high) - 0.5 * side
    # OpenCV counts from the first pixel's centre.
    scale = _SIDE / side
    place = np.array([[scale, 0.0, 0.5 * scale - 0.5 - scale * left], [0.0, scale, 0.5 * scale - 0.5 - scale * top]])
    crop = cv2.warpAffine(pixels, place, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    given = {
        "network": np.frombuffer(read_file(path), np.uint8),
        "blob": np.ascontiguousarray(((crop - _MEAN) / _DEVIATION).transpose(2, 0, 1)[None]),
    }
    scores = run_apart(__name__, "network_scores", given, path, f"it cannot be run on a face, {_ADVICE}")["scores"]
    if scores.ndim != 4 or scores.shape[1] != CLASSES or not np.isfinite(scores).all():
        raise InputError(f"{path}: the network's scores have the shape {scores.shape}; {_ADVICE}.")
    face = np.isin(scores[0].argmax(axis=0), _FACE_CLASSES).astype(np.float32)
    face = cv2.resize(face, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
    height, width = pixels.shape[:2]
    return cv2.warpAffine(face, place, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def network_scores(network: np.ndarray, blob: np.ndarray) -> dict[str, np.ndarray]:
    """The output of an ONNX network, given as (N,) uint8, for (1, 3, H, W) float32; for `run_apart`, as some files end
    OpenCV's reader."""
    net = cv2.dnn.readNetFromONNX(network)
    net.setInput(blob)
    return {"scores": np.asarray(net.forward())}
