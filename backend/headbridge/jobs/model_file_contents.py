"""What a model file that was found holds."""

from __future__ import annotations

from ..model_files import FLAME_FILES, TEXTURE_FILES, FoundModel
from ..models.flame import read_flame_file
from ..models.flame.eyelids import FILE_NAMES as EYELID_FILES
from ..models.flame.eyelids import read_eyelids
from ..models.flame.landmarks import read_landmark_embedding, read_masks
from ..models.hack import read_hack_folder
from ..texture.published import examine


def describe_model(found: FoundModel) -> str:
    """What a found file holds, in a few words, after reading all of it; empty for kinds that are not read here.

    Raises `InputError` when it is not what its name says."""
    key, path = found.model.key, found.path
    if key in FLAME_FILES:
        data = read_flame_file(path)
        return f"valid, {data.label}, {len(data.identity)} identities and {len(data.expression)} expressions"
    if key == "flame_masks":
        return f"valid, {len(read_masks(path))} regions"
    if key in ("flame_landmarks", "flame_mediapipe"):
        embedding = read_landmark_embedding(path)
        kinds = {"static": "51", "full": "68", "dynamic": "contour", "mediapipe": "MediaPipe"}
        return f"valid, {', '.join(text for name, text in kinds.items() if getattr(embedding, name) is not None)}"
    if key == "flame_eyelids":
        read_eyelids(path.parent)
        return f"valid, {' and '.join(EYELID_FILES)}"
    if key == "hack":
        data = read_hack_folder(path.parent)
        return f"valid, {len(data.identity)} identities and {len(data.expression)} expressions"
    if key in TEXTURE_FILES:
        space = examine(path)
        return f"valid, {space.form.label}, {space.size} x {space.size}, {space.count} components"
    return ""
