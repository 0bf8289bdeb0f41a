# SPDX-License-Identifier: GPL-3.0-or-later
"""A head model from the backend to a rigged head in the scene."""

from __future__ import annotations

from .. import head_collection
from ..job_session import JobSession
from . import builder, handles, inner_parts, model_arrays

NAMES = {"flame": "FLAME", "ict": "ICT", "hack": "HACK"}


class AddRigSession(JobSession):
    """Has the backend hand over a model and builds its rig; settings : those of the task "head_model"."""

    task = "head_model"
    answer_kinds = {"result": str, "topology": str, "label": str, "version": str}

    def __init__(self, settings: dict):
        super().__init__()
        self.head_name = ""
        self.label = ""
        self._start(settings)

    def _finish(self, answer: dict) -> None:
        arrays = self._folder.read_arrays(answer["result"])
        model = model_arrays.read(arrays)
        parts, face_handles = inner_parts.given(arrays), handles.given(arrays)
        facts = {key: answer[key] for key in ("topology", "label", "version")}
        made = builder.build(model, {**facts, "name": NAMES[answer["topology"]]}, head_collection.for_new())
        inner_parts.add(made, parts)
        handles.keep(made.head, face_handles)
        self.head_name, self.label = made.head.name, answer["label"]
