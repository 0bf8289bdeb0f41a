# SPDX-License-Identifier: GPL-3.0-or-later
"""What users read of a job's setting in `job_settings.json`: its tooltip and the names of its choices."""

from __future__ import annotations

# Choices that are names, which are the same in every language.
NAMES = {
    "arkit": "ARKit",
    "arkit-csv": "ARKit CSV",
    "cpu": "CPU",
    "cuda": "CUDA",
    "deca": "DECA",
    "face-alignment": "face-alignment",
    "flame": "FLAME",
    "glb": "GLB",
    "hack": "HACK",
    "headbridge": "HeadBridge",
    "ict": "ICT",
    "mediapipe": "MediaPipe",
    "metrical-tracker": "metrical-tracker",
    "npz": "NPZ",
    "obj": "OBJ",
    "open-flame": "Open FLAME",
    "ply": "PLY",
    "pytorch3d": "PyTorch3D",
    "vhap": "VHAP",
    "w": "w",
    "w+": "w+",
    "z": "z",
}
_UNITS = {"px": "pixels", "mm": "millimetres", "fps": "frames a second"}


# Words that Blender writes small in names.
_SMALL = {"a", "and", "by", "for", "in", "of", "per", "the", "to"}


def name(setting: dict) -> str:
    """How a setting is called."""
    return _title(setting["label"])


def tooltip(setting: dict) -> str:
    """What a setting is for, with its unit; without the full stop that Blender adds."""
    told = setting["help"].rstrip(".")
    return f"{told}. In {_UNITS[setting['unit']]}" if setting["unit"] else told


def choice_name(choice: str) -> str:
    """How a choice is called."""
    return NAMES.get(choice) or _title(choice.replace("_", " ").replace("-", " "))


def _title(text: str) -> str:
    """Every word with a capital, as Blender's own names have it."""
    words = text.split()
    return " ".join(
        word if number and word in _SMALL else word[0].upper() + word[1:] for number, word in enumerate(words)
    )
