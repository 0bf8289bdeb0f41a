# SPDX-License-Identifier: GPL-3.0-or-later
"""A fit from the scene to a rigged head: the fit itself, and then the loading of what it found."""

from __future__ import annotations

from ..edited_mode import EditedMode
from ..job_session import JobSession
from .fitted_head import FittedHeadSession

# Of the whole progress, as loading takes about a second.
_FIT_SHARE = 0.9


class FitSession(JobSession):
    """The first of the two jobs; its end starts `loading`. A derived class reads the scene and writes the inputs.

    name : what the head is called; in_scene : see `FittedHeadSession`."""

    answer_kinds = {"result": str, "metrics": dict, "notes": list, "settings": dict}
    # Loading does.
    changes_scene = False

    def __init__(self, name: str, in_scene: bool = True):
        super().__init__()
        self.loading: FittedHeadSession | None = None
        self._name = name
        self._in_scene = in_scene

    def _finish(self, answer: dict) -> None:
        self.loading = self._load(self._folder.file(answer["result"]), answer)

    def _load(self, path: str, answer: dict) -> FittedHeadSession:
        return FittedHeadSession(path, self._name, answer, self._in_scene)


class RiggedFit:
    """A fit and its loading as one: what an operator runs like a `JobSession`."""

    def __init__(self, fit: FitSession):
        self._fit = fit

    @property
    def _present(self) -> JobSession:
        return self._fit.loading or self._fit

    @property
    def loaded(self) -> JobSession:
        """The second job, once the first has ended."""
        return self._fit.loading

    @property
    def head_name(self) -> str:
        return self._fit.loading.head_name

    @property
    def label(self) -> str:
        return self._fit.loading.label

    @property
    def state(self) -> str:
        return self._present.state

    @property
    def finished(self) -> bool:
        return self._present.finished

    @property
    def error(self) -> str:
        return self._present.error

    @property
    def reasons(self) -> list[dict]:
        return self._present.reasons

    @property
    def terms(self) -> dict[str, str] | None:
        return self._present.terms

    @property
    def verdict(self) -> dict | None:
        return self._fit.verdict

    @property
    def left_mode(self) -> EditedMode | None:
        return self._present.left_mode

    @property
    def log_path(self) -> str:
        return self._present.log_path

    @property
    def message(self) -> str:
        return self._present.message

    @property
    def fraction(self) -> float:
        if self._fit.loading is None:
            return _FIT_SHARE * self._fit.fraction
        return _FIT_SHARE + (1.0 - _FIT_SHARE) * self._fit.loading.fraction

    def cancel(self) -> None:
        """Ask for the end; `step` finishes within a second."""
        self._present.cancel()

    def abort(self) -> None:
        """End at once."""
        self._present.abort()

    def step(self, show_preview: bool = True) -> bool:
        """Move on; True once both jobs have ended, or one has without success."""
        if self._fit.loading is None:
            return self._fit.step(show_preview) and self._fit.loading is None
        return self._fit.loading.step(show_preview)
