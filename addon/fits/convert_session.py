# SPDX-License-Identifier: GPL-3.0-or-later
"""A head of the scene in the topology of another model."""

from __future__ import annotations

from ..job_files import JobFolder
from .fit_session import FitSession
from .mesh_session import chosen_object, head_of, read_head


class ConvertSession(FitSession):
    """A running conversion of a head, by name, else of the active one; the scene gets the other head when it has
    succeeded. A rigged head is taken as its sliders and bones stand."""

    task = "convert"

    def __init__(self, name: str, settings: dict):
        obj = head_of(chosen_object(name, "the head to convert"))
        super().__init__(f"{obj.name} Converted")
        self._arrays = read_head(obj)
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("mesh.npz", self._arrays)
