"""What is in a sequence, in words and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gaps import gaps
from .required_model import is_there, needed
from .sequence import Sequence


def described(sequence: Sequence, found: bool | None = None) -> dict[str, Any]:
    """Source, model, frames and contents of a sequence, JSON-able but for NumPy's numbers.

    found : whether the model that the codes need is here, None to look."""
    return {
        "source": sequence.source,
        "model": {
            "key": sequence.model,
            "version": sequence.version,
            "needed": needed(sequence),
            "found": is_there(sequence) if found is None else found,
        },
        "topology": sequence.topology,
        "mm_per_unit": sequence.mm_per_unit,
        "frames": {
            "count": sequence.frame_count,
            "first": int(sequence.frame_ids[0]),
            "last": int(sequence.frame_ids[-1]),
            "gaps": len(gaps(sequence.frame_ids)[0]),
            "valid": int(sequence.valid.sum()),
            "fps": sequence.fps,
        },
        "contents": _contents(sequence),
        "notes": list(sequence.notes),
    }


def _contents(sequence: Sequence) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if sequence.identity.shape[1]:
        shared = "" if len(sequence.identity) == 1 else ", one a frame"
        found["identity"] = f"{sequence.identity.shape[1]} coefficients{shared}"
    if sequence.expression.shape[1]:
        names = " by name" if len(sequence.expression_names) else ""
        found["expression"] = f"{sequence.expression.shape[1]} coefficients{names}"
    moved = [
        name for place, name in enumerate(sequence.joint_names.tolist()) if np.any(sequence.rotations[:, place] != 0.0)
    ]
    if moved:
        found["rotations"] = ", ".join(moved)
    if sequence.translation.any():
        found["translation"] = "yes"
    if sequence.eyelids is not None:
        found["eyelids"] = sequence.eyelid_stage
    for name in ("static_offset", "dynamic_offset", "vertices"):
        if getattr(sequence, name) is not None:
            found[name] = f"{getattr(sequence, name).shape[-2]} vertices"
    if sequence.teeth:
        found["teeth"] = "VHAP's"
    if sequence.camera_model:
        width, height = sequence.camera_size[0]
        moves = "moving" if max(len(sequence.camera_R), len(sequence.camera_t)) > 1 else "fixed"
        found["camera"] = f"{sequence.camera_model}, {moves}, {width} x {height} pixels"
        if sequence.view_names is not None:
            found["cameras"] = len(sequence.view_names)
        if sequence.crop_to_original is not None:
            found["crop"] = "leads back to the video"
    for name in ("texture", "light", "detail", "displacement_map", "normal_map", "texture_image", "curves"):
        array = getattr(sequence, name)
        if array is not None:
            found[name] = " x ".join(map(str, array.shape))
    return found


def description_lines(label: str, facts: dict[str, Any]) -> list[str]:
    """The facts of `described` for people to read. label : the project's name."""
    model, frames = facts["model"], facts["frames"]
    rate = "unknown frames a second" if frames["fps"] is None else f"{frames['fps']:g} frames a second"
    gaps = f", {frames['gaps']} gaps" if frames["gaps"] else ""
    lines = [f"Source: {label}.", f"Frames: {frames['count']} ({frames['first']} to {frames['last']}{gaps}), {rate}."]
    if frames["valid"] < frames["count"]:
        lines.append(f"Valid: {frames['valid']} of them.")
    if model["needed"]:
        lines.append(f"Model: {model['needed']}{'' if model['found'] else '; not in the models folder'}.")
    lines += [f"{name.replace('_', ' ').capitalize()}: {text}." for name, text in facts["contents"].items()]
    return lines + [f"Note: {note}" for note in facts["notes"]]
