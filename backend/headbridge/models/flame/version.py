"""Which FLAME a file is. Codes of one version mean other faces in another, and the files of three share their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .data import UNKNOWN_VERSION

JAW = 2
# The rest joints of FLAME 2020's generic model, millimetres.
_JOINTS_2020 = np.array(
    [
        [-1.333, -147.894, -82.942],
        [0.086, -8.040, -54.957],
        [-0.501, -14.625, -59.290],
        [31.724, 21.397, 24.625],
        [-31.452, 21.491, 23.546],
    ]
)
_JOINT_ERROR = 2e-3
_YEAR = re.compile(r"(?<![0-9])(2017|2019|2020|2023)(?![0-9])")
_SHARED_NAMES = {"generic_model", "female_model", "male_model"}


def flame_version(path: Path, arrays: Mapping[str, np.ndarray]) -> str:
    """The version of a model file, one of `data.VERSIONS` or `UNKNOWN_VERSION`.

    By its name (flame2023.pkl ...), by the year in the name of one of its two folders where the name is shared by
    several versions (generic_model.pkl ...), by the joints of the generic model of 2020, and by a jaw without weights.
    arrays : "weights" (V, 5), "joint_regressor" (5, V) and "template" (V, 3) in millimetres."""
    name = path.stem.lower()
    year = _year(name)
    if year is None and name in _SHARED_NAMES:
        year = next(filter(None, (_year(folder.name) for folder in list(path.absolute().parents)[:2])), None)
    joints = arrays["joint_regressor"] @ arrays["template"]
    if year is None and np.abs(joints - _JOINTS_2020).max() < _JOINT_ERROR:
        year = "2020"
    if year == "2023":
        if "open" in name:
            return "2023 Open"
        no_jaw = re.search(r"no[_\- ]?jaw", name) is not None or not np.any(arrays["weights"][:, JAW])
        return "2023 no-jaw" if no_jaw else "2023"
    return UNKNOWN_VERSION if year is None else year


def _year(name: str) -> str | None:
    found = _YEAR.search(name)
    return None if found is None else found.group(1)
