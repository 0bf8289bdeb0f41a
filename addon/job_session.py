# SPDX-License-Identifier: GPL-3.0-or-later
"""One job from the scene to what it leaves there, advanced step by step from the main thread.

The modal operators call `step` from a timer, background mode from a loop; nothing here needs a window.
"""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Sequence
from typing import ClassVar

import bpy
import numpy as np

from . import backend_worker, edited_mode, job_answer, model_terms, verdict
from .image_files import ImageError
from .job_client import BackendError, Job
from .job_files import JobFolder
from .mesh_arrays import MeshError
from .new_blocks import taken_back_on_failure

# The job that ends when another one begins.
_giving_way: JobSession | None = None


class Session:
    """What a `JobRunner` runs, whatever it is that works meanwhile.

    A derived class has `state` (which ends as "done", "cancelled" or "failed"), `fraction` and `message`, and the methods
    `step`, `cancel` and `abort`, which are those of `JobSession`.

    log_path : of what works. error : why it failed. reasons : what spoke against a result that failed. verdict : of the
    result, None where it is not judged. terms : whose terms the user has to accept first, as the worker describes a
    model. left_mode : the mode that was left for the result, to be entered again when the scene is complete. following :
    the session that goes on when this one has ended well. share : of the whole progress, where one follows."""

    log_path = error = ""
    reasons: Sequence[dict] = ()
    verdict: dict | None = None
    terms: dict[str, str] | None = None
    left_mode: edited_mode.EditedMode | None = None
    following: Session | None = None
    share = 1.0


class WorkerSession(Session):
    """A session of which the worker says how far it is; a derived class starts `_job`."""

    _job: Job

    @property
    def state(self) -> str:
        return self._job.state

    @property
    def finished(self) -> bool:
        return self._job.finished

    @property
    def fraction(self) -> float:
        return self._job.fraction

    @property
    def message(self) -> str:
        return self._job.message

    def cancel(self) -> None:
        """Ask for the end; `step` finishes within a second."""
        self._job.cancel()


class JobSession(WorkerSession):
    """A job of the backend's worker; each kind of job derives its own.

    A derived class reads the scene in its constructor and then calls `_start`; the scene changes in `_finish` alone,
    and perhaps by a preview that `_remove_preview` takes away whenever the job has ended.
    Constructors raise `MeshError` or `BackendError` when the job cannot begin.
    """

    task = ""
    # What the answer has to hold: names, and of which type.
    answer_kinds: ClassVar[dict[str, type]] = {}
    # A job that nobody waits for ends as soon as another one begins.
    gives_way = False
    # Whether the user's mode has to be left for what the job brings into the scene.
    changes_scene = True

    def __init__(self):
        # The verdict of a registration the job is given, which its result inherits.
        self._registration_verdict: dict | None = None
        self._ended = False

    def _start(self, settings: dict) -> None:
        """Make the job folder, have its files written and send the request."""
        global _giving_way
        if _giving_way is not None and not _giving_way._ended:
            _giving_way.abort()
        _giving_way = None
        worker = backend_worker.worker()
        self.log_path = worker.log_path
        self._folder = JobFolder()
        try:
            self._write_inputs(self._folder)
        except BaseException:
            self._folder.remove()
            raise
        params = {"job": uuid.uuid4().hex, "folder": self._folder.path, "settings": settings}
        params["accepted_terms"] = model_terms.accepted()
        self._job = Job(worker, self.task, params)
        if self.gives_way:
            _giving_way = self

    def _write_inputs(self, folder: JobFolder) -> None:
        """Write what the job needs beside its settings."""

    def _show_preview(self, vertices: np.ndarray) -> None:
        """Show (V, 3) canonical intermediate vertices."""

    def _remove_preview(self) -> None:
        """Take a preview away that has not become the result."""

    def _finish(self, answer: dict) -> None:
        """Bring the worker's answer into the scene."""
        raise NotImplementedError

    def step(self, show_preview: bool = True) -> bool:
        """Take in what the worker sent, move the preview; True once the session has ended and cleaned up."""
        if self._ended:
            return True
        backend_worker.touch()
        self._job.step()
        try:
            if self._job.preview and self._job.state == "running":
                name, self._job.preview = self._job.preview, None
                vertices = self._folder.take_preview(name)
                if show_preview and vertices is not None:
                    self._show_preview(vertices)
            if self._job.state == "done":
                if self.changes_scene:
                    self.left_mode = edited_mode.leave()
                answer = job_answer.check(self._job.result, self.answer_kinds)
                answer = verdict.inherited(answer, self._registration_verdict)
                self.verdict = verdict.of(answer)
                with taken_back_on_failure():
                    self._finish(answer)
                    model_terms.credit(answer)
        except (MeshError, ImageError, BackendError, OSError, RuntimeError) as problem:
            self._fail(str(problem))
        except Exception as problem:
            # Whatever it is, the job is over, its folder goes, and the next one can begin.
            traceback.print_exc()
            cause = " ".join(str(problem).split()) or type(problem).__name__
            self._fail(
                f"The backend's answer could not be used ({type(problem).__name__}: {cause}); run the job again."
            )
        if not self.finished:
            return False
        if self._job.state == "failed" and not self.error:
            self.error, self.reasons, self.terms = str(self._job.error), self._job.reasons, self._job.terms
        self._clean_up()
        return True

    def _fail(self, text: str) -> None:
        self._job.cancel()
        self._job.state = "failed"
        self.error = text
        if self.following is not None:
            # It has begun already, for a result that is not there.
            self.following.abort()
            self.following = None

    def abort(self) -> None:
        """End at once, for instance because another file is loaded."""
        self._job.cancel()
        self._clean_up()

    def _clean_up(self) -> None:
        self._ended = True
        try:
            self._remove_preview()
        finally:
            self._folder.remove()


def find_pair(source: str, target: str) -> tuple[bpy.types.Object, bpy.types.Object]:
    """The two different objects of these names, with meshes of their own; raises `MeshError`."""
    found = []
    for name, role in ((source, "source"), (target, "target")):
        obj = bpy.data.objects.get(name)
        if obj is None:
            raise MeshError(
                f"There is no {role} object '{name}'." if name else f"No {role} object is chosen; pick one."
            )
        found.append(obj)
    if found[0] == found[1]:
        raise MeshError(f"Source and target are the same object, '{found[0].name}'; pick two different ones.")
    if found[0].data is not None and found[0].data is found[1].data:
        raise MeshError("Source and target share one mesh; make one of them single-user first.")
    return found[0], found[1]
