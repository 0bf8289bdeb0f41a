# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures that follow their sliders: an image's pixels are made of its coefficients as soon as they move.

With a window they follow beside Blender's main thread: the worker is asked for what is not here, and a thread computes
and encodes. One picture is made at a time; what has moved meanwhile is made next, in the state it has then. In
background mode pixels follow at once, where the worker need not be asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import bpy
import numpy as np

from .. import session_report
from ..image_files import ImageError
from ..job_client import BackendError
from . import basis, fitted, live, requests
from .basis import Basis, BasisKey

# Moves of a slider within this time become one picture.
_PAUSE_SECONDS = 0.04
_TICK_SECONDS = 0.02
_WAIT_SECONDS = 0.2
# What takes longer is said in the panel.
_UNSAID_SECONDS = 0.6
# A generator whose pictures take longer several times running makes them only when it is asked to.
_SLOWEST_SECONDS, _PATIENCE = 2.0, 2

_held = False
_waiting: list[str] = []
_work: Iterator[None] | None = None
_session: requests.Request | None = None
_name, _began = "", 0.0
# What went wrong with a texture, and how often running a generator was too slow.
_failed: dict[BasisKey, str] = {}
_slow: dict[BasisKey, int] = {}


class _GaveWay(Exception):
    """Another job has begun."""


@contextmanager
def held():
    """Several coefficients change inside before any picture is made."""
    global _held
    before, _held = _held, True
    try:
        yield
    finally:
        _held = before


def moved(image: bpy.types.Image) -> None:
    """Coefficients of an image have moved: its pixels follow."""
    if _held or not live.is_texture(image):
        return
    if bpy.app.background:
        live.refresh(image)
    else:
        _begin(image)


def set_coefficients(image: bpy.types.Image, values: np.ndarray, detail: float | None = None) -> None:
    """Give an image coefficients, and the share of a fit's detail where that is given; its pixels follow."""
    with held():
        for each, value in zip(image.headbridge.coefficients, values):
            each.value = float(value)
        if detail is not None:
            image.headbridge.detail = detail
    moved(image)


def after_undo() -> None:
    """Blender keeps an image's pixels through an undo; those of textures are to be those of the coefficients."""
    for image in bpy.data.images:
        # What was painted on one, and not saved, is nowhere else.
        if live.is_texture(image) and not image.is_dirty:
            image.buffers_free()
            try:
                moved(image)
            except (BackendError, ImageError, RuntimeError, OSError) as problem:
                print(f"HeadBridge: '{image.name}' could not follow its coefficients: {problem}")


def _begin(image: bpy.types.Image) -> None:
    key = live.key_of(image)
    if live.is_up_to_date(image) or key in _failed or is_slow(image):
        return
    if image.name not in _waiting:
        _waiting.append(image.name)
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=_PAUSE_SECONDS)


def message(image: bpy.types.Image) -> str:
    """What is done for an image at the moment; empty for nothing that takes long."""
    if _session is None or image.name != _name or time.monotonic() - _began < _UNSAID_SECONDS:
        return ""
    return _session.message


def problem(image: bpy.types.Image) -> str:
    """Why an image does not follow; empty where it does."""
    return _failed.get(live.key_of(image), "")


def is_slow(image: bpy.types.Image) -> bool:
    """Whether an image's generator takes too long to follow sliders."""
    return _slow.get(live.key_of(image), 0) >= _PATIENCE


def try_again(image: bpy.types.Image) -> None:
    """Forget what went wrong with an image's texture."""
    _failed.pop(live.key_of(image), None)


def _tick() -> float | None:
    global _work, _name
    if _work is None:
        if not _waiting:
            return None
        if bpy.context.window_manager.headbridge.task:
            return _WAIT_SECONDS
        _name = _waiting.pop(0)
        _work = _follow(_name)
    try:
        next(_work)
        return _TICK_SECONDS
    except StopIteration:
        pass
    except _GaveWay:
        _waiting.append(_name)
    except (BackendError, ImageError, RuntimeError, OSError, ValueError, KeyError, MemoryError) as problem:
        image = bpy.data.images.get(_name)
        if live.is_texture(image):
            _failed[live.key_of(image)] = (
                str(problem) or "There is not enough memory for this texture; take a smaller one."
            )
    _work = None
    session_report.redraw()
    return _TICK_SECONDS if _waiting else None


def _follow(name: str) -> Iterator[None]:
    """Make the pixels of an image those of its coefficients."""
    image = _texture(name)
    if image is None or live.is_up_to_date(image):
        return
    drawing = live.drawing_as_fitted(image)
    if drawing is None:
        drawing = yield from (_of_space(name) if image.headbridge.kind == "space" else _of_generator(name))
    if drawing is None:
        return
    made = _InThread(drawing.files)
    yield from made.wait()
    image = _texture(name)
    if image is not None and not image.is_dirty:
        live.show(image, drawing, made.result())
        if not live.is_up_to_date(image):
            _begin(image)


def _of_space(name: str) -> Generator[None, None, live.Drawing | None]:
    """What components make of an image's coefficients, once they are here; None where the image has gone."""
    image = _texture(name)
    key = live.key_of(image)
    if basis.find(key) is None:
        yield from _read_basis(key, len(image.headbridge.coefficients))
        image = _texture(name)
    kept = basis.find(key)
    return None if image is None or kept is None else live.drawing_of_space(image, kept)


def _of_generator(name: str) -> Generator[None, None, live.Drawing | None]:
    """What a generator makes of an image's coefficients; None where the image has gone."""
    image = _texture(name)
    key, request = live.key_of(image), requests.PicturesRequest(image)
    try:
        yield from _run(request)
        image = _texture(name)
        if image is None:
            return None
        pixels = request.read_pixels()
    finally:
        request.remove()
    too_long = request.answer["seconds"] > _SLOWEST_SECONDS
    _slow[key] = _slow.get(key, 0) + 1 if too_long else 0
    return live.drawing_of_pictures(image, request.drawn, request.answer, pixels, fitted.LARGEST_LIVE)


def _texture(name: str) -> bpy.types.Image | None:
    image = bpy.data.images.get(name)
    return image if live.is_texture(image) else None


def _read_basis(key: BasisKey, count: int) -> Iterator[None]:
    request = requests.BasisRequest(key)
    try:
        yield from _run(request)
        reading = _InThread(lambda: Basis.read(request.path, request.answer))
        yield from reading.wait()
        made = reading.result()
    finally:
        request.remove()
    if len(made.components) != count:
        raise ImageError(f"'{key.space}' is another than the one this texture was made with; make a new texture.")
    basis.keep(key, made)


def _run(request: requests.Request) -> Iterator[None]:
    """Step a job to its end."""
    global _session, _began
    _session, _began, said = request, time.monotonic(), ""
    try:
        while not request.step():
            if time.monotonic() - _began > _UNSAID_SECONDS and request.message != said:
                said = request.message
                session_report.redraw()
            yield
    finally:
        if not request.finished:
            request.abort()
        _session = None
    if request.error:
        raise BackendError(request.error)
    if request.answer is None:
        raise _GaveWay


class _InThread:
    """A computation that needs nothing of Blender's."""

    def __init__(self, compute: Callable[[], object]):
        self._compute, self._result, self._problem = compute, None, None
        self._thread = threading.Thread(target=self._run, name="headbridge-picture", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._compute()
        except Exception as problem:
            self._problem = problem

    def wait(self) -> Iterator[None]:
        while self._thread.is_alive():
            yield

    def result(self):
        """What was computed; raises what went wrong."""
        self._thread.join()
        if self._problem is not None:
            raise self._problem
        return self._result


def stop() -> None:
    """Follow no image any more, and forget what belongs to this file's."""
    global _work
    _waiting.clear()
    if _work is not None:
        _work.close()
        _work = None
    for known in (_failed, _slow):
        known.clear()
    fitted.forget()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
