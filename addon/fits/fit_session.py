# SPDX-License-Identifier: GPL-3.0-or-later
"""A fit from the scene to a rigged head: the fit itself, and then the loading of what it found."""

from __future__ import annotations

from ..job_session import JobSession
from .fitted_head import FittedHeadSession


class FitSession(JobSession):
    """The first of the two jobs; the second follows. A derived class reads the scene and writes the inputs.

    name : what the head is called; in_scene : see `FittedHeadSession`."""

    answer_kinds = {"result": str, "metrics": dict, "notes": list, "settings": dict}
    # Loading does.
    changes_scene = False
    # Loading takes about a second.
    share = 0.9

    def __init__(self, name: str, in_scene: bool = True):
        super().__init__()
        self._name = name
        self._in_scene = in_scene

    def _finish(self, answer: dict) -> None:
        self.following = self._load(self._folder.file(answer["result"]), answer)

    def _load(self, path: str, answer: dict) -> FittedHeadSession:
        return FittedHeadSession(path, self._name, answer, self._in_scene)
