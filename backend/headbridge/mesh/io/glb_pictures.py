"""The base colours of a glTF file's materials, and the images in the file that they come from."""

from __future__ import annotations

import base64
import math

import numpy as np

from ...errors import InputError
from .coloured import Picture

# Wrapping of samplers; a texture without one repeats.
_CLAMP, _MIRRORED, _REPEAT = 33071, 33648, 10497
_WEBP, _TRANSFORM = "EXT_texture_webp", "KHR_texture_transform"
_WHITE = (1.0, 1.0, 1.0, 1.0)


def item_of(document: dict, kind: str, index: int) -> dict:
    """One of the file's meshes, nodes, accessors, ...; Python's own lists would count negative numbers from the end."""
    if type(index) is not int or index < 0:
        raise ValueError(f"{index!r} is no index into {kind}")
    return document[kind][index]


def material_picture(document: dict, binary: bytes, material: int | None, source: str) -> Picture:
    """The base colour of a material by its number; None is glTF's default material, which is white.

    The content of its image is taken from the file, which is not decoded here. Raises `InputError` for an image that lies in
    another file, uses a second UV layout, or is mirrored where it repeats."""
    if material is None:
        return Picture(None, np.ones(3), (True, True), None, "default")
    described = item_of(document, "materials", material)
    name = str(described.get("name", f"material {material}"))
    shading = described.get("pbrMetallicRoughness", {})
    factor = np.array(shading.get("baseColorFactor", _WHITE), np.float64)
    if factor.shape != (4,) or not ((factor >= 0.0) & (factor <= 1.0)).all():
        raise ValueError(f"the base colour of the material {material} is {factor.tolist()}")
    used = shading.get("baseColorTexture")
    if used is None:
        return Picture(None, factor[:3], (True, True), None, name)
    transform = used.get("extensions", {}).get(_TRANSFORM, {})
    if transform.get("texCoord", used.get("texCoord", 0)) != 0:
        raise InputError(
            f"{source}: the image of the material '{name}' lies in a second UV layout, which is not read; export the mesh with "
            "the layout of its colours as the first."
        )
    texture = item_of(document, "textures", used["index"])
    image = texture.get("extensions", {}).get(_WEBP, texture).get("source")
    if image is None:
        raise InputError(
            f"{source}: the image of the material '{name}' is of a kind that is not read ({', '.join(texture.get('extensions', {}))}); "
            "export the images as PNG, JPEG or WebP."
        )
    sampler = item_of(document, "samplers", texture["sampler"]) if "sampler" in texture else {}
    wraps = [sampler.get(key, _REPEAT) for key in ("wrapS", "wrapT")]
    if _MIRRORED in wraps:
        raise InputError(
            f"{source}: the image of the material '{name}' repeats mirrored, which is not read; export it without."
        )
    content = _image_content(document, binary, image, source)
    return Picture(
        content,
        factor[:3],
        (wraps[0] != _CLAMP, wraps[1] != _CLAMP),
        _uv_transform(transform) if transform else None,
        f"{source}, image of '{name}'",
    )


def _image_content(document: dict, binary: bytes, image: int, source: str) -> bytes:
    described = item_of(document, "images", image)
    uri = described.get("uri")
    if uri is not None:
        head, mark, data = str(uri).partition(";base64,")
        if not head.startswith("data:") or not mark:
            raise InputError(f"{source}: an image lies in another file ('{uri[:60]}'); export as one .glb.")
        return base64.b64decode(data)
    view = item_of(document, "bufferViews", described["bufferView"])
    start, length = view.get("byteOffset", 0), view["byteLength"]
    if type(start) is not int or type(length) is not int or start < 0 or length < 1 or start + length > len(binary):
        raise InputError(f"{source}: an image reaches beyond the end of the file; it is damaged, export it again.")
    return binary[start : start + length]


def _uv_transform(described: dict) -> np.ndarray:
    """(2, 3) of KHR_texture_transform, which counts v from above, for UVs that count it from below."""
    offset, scale, turn = (
        described.get("offset", (0, 0)),
        described.get("scale", (1, 1)),
        described.get("rotation", 0.0),
    )
    c, s = math.cos(turn), math.sin(turn)
    linear = np.array([[c, s], [-s, c]]) @ np.diag(np.asarray(scale, np.float64))
    # v' = 1 - v before and after.
    flip = np.diag([1.0, -1.0])
    upward = flip @ linear @ flip
    shift = np.array([0.0, 1.0]) + flip @ (linear @ np.array([0.0, 1.0]) + np.asarray(offset, np.float64))
    matrix = np.column_stack([upward, shift])
    if matrix.shape != (2, 3) or not np.isfinite(matrix).all():
        raise ValueError(f"the transform of a texture is {described}")
    return matrix
