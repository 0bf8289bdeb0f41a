"""The texture of a tracked head, from frames that differ, and the light of the frames around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...detection.landmark_hull import landmark_hull
from ...detection.parsing.classes import COVERING
from ...images import Image
from ...images.colour import psnr
from ...mesh import Mesh
from ...progress import Progress
from ...topologies import load_builtin, load_topology
from ...video import Footage, Frame
from ..photo.colours import fit_colours
from ..photo.job import DETECTED, FitPhotoSettings, PhotoLandmarks, PhotoTexture
from ..photo.light import LIGHT_COUNT, light_basis, light_precision
from ..photo.openness import openness
from ..photo.parsing import parse_photos
from ..photo.posed_photo import PosedPhoto
from ..photo.prior import photo_prior
from ..photo.problem import PhotoProblem
from ..photo.rendering import PhotoRender
from ..photo.seen_face import SeenFace
from ..photo.state import PhotoState, ViewState, step_size
from ..photo.tones import eye_colours
from ..posable import HeadState, Posed
from ..sequence.choice import evenly_spread
from .aligning import frames_of
from .choice import frames_that_differ
from .job import TrackVideoSettings
from .parts import Parts
from .person import TrackedPerson
from .watching import Watched

# So many frames that differ make the texture; so many others say how well the head repeats the video.
_PAINTED, _MEASURED = 8, 12
# Light changes slowly: about the middle of what the painted frames have, this many times as firmly as light is known
# before any picture is seen; and how bright a frame is as a whole is its own, a standard deviation.
_SLOW, _EXPOSURE = 30.0, 0.3
# Of a pixel's colour, sRGB, and what it says once it is farther off.
_COLOUR, _DEGREES, _ROUNDS = 0.03, 4.0, 3
# Neighbouring pixels are wrong together: so many say all that a frame says.
_PIXELS = 400.0
# Around a head, a share of its size in the picture.
_ROOM = 0.1
_STAGE, _MEASURING = "texture", "Measuring colours"


@dataclass(frozen=True, eq=False)
class Colouring:
    """texture : of the head. psnr : dB inside the face hull, the mean of the frames measured. light : (T, 9, 3) what falls on
    the head in every frame, as `FittedView.light`. notes : sentences."""

    texture: PhotoTexture
    psnr: float
    light: np.ndarray
    notes: tuple[str, ...] = ()


def colour_head(
    footage: Footage,
    person: TrackedPerson,
    watched: Watched,
    states: list[HeadState | None],
    settings: TrackVideoSettings,
    parts: Parts,
    progress: Progress,
) -> Colouring:
    """One texture for all frames, and their light: of those that are measured, and in between.

    watched : with the detector's own points. Raises `Cancelled`, and what `photo.colours.fit_colours` does."""
    kept = parts.load(_STAGE)
    if kept is not None:
        return _unpacked(kept)
    rows = frames_that_differ(watched, _PAINTED)
    faces = tuple(
        _face(frame, watched.points(row), person, states[row])
        for row, frame in zip(
            rows, frames_of(footage, watched, rows, progress.part(0.0, 0.05), "For the texture"), strict=True
        )
    )
    head = person.head
    views = tuple(ViewState(person.whole(states[row]), person.log_focal) for row in rows)
    state = PhotoState(person.coefficients[head.parts["identity"]], views)
    # Only light and colours are looked for: where the head is was weighed over all frames.
    still = np.zeros((len(views), step_size(head)), bool)
    problem = PhotoProblem(head, ((),) * len(views), photo_prior(head, settings.prior), still, same_lens=True)
    how = FitPhotoSettings(model=settings.model, size=settings.size, device=settings.device)
    colours = fit_colours(problem, faces, state, how, progress.part(0.05, 0.75))
    template, topology = load_builtin(head.key), load_topology(head.key)
    seen = []
    for photo in colours.photos:
        progress.report(0.75, "Colouring the eyes")
        seen.append(PhotoRender(photo, template))
    eyes = eye_colours(faces, colours.photos, seen, [parse.found for parse in colours.parsed])
    texture = colours.texture.with_eyes(colours.layout, topology, eyes)
    mesh, picture = texture.packed(template), torch.from_numpy(np.ascontiguousarray(texture.picture[..., :3]))[None]
    usual = np.mean([view.light for view in colours.state.views], axis=0)
    others = np.setdiff1d(np.flatnonzero(watched.valid), rows)
    measured = evenly_spread(others if len(others) else rows, _MEASURED)
    lights, decibels = [], []
    frames = frames_of(footage, watched, measured, progress.part(0.75, 1.0), _MEASURING)
    for number, (row, frame) in enumerate(zip(measured, frames, strict=True)):
        at = 0.75 + 0.25 * number / len(measured)
        face = _face(frame, watched.points(row), person, states[row])
        light, error = _repeated(
            face, person, states[row], mesh, picture, usual, settings.device, progress.part(at, at)
        )
        lights.append(light)
        decibels.append(error)
    found = Colouring(
        PhotoTexture(texture.images, texture.coverages),
        float(np.nanmean(decibels)) if np.isfinite(decibels).any() else float("nan"),
        _between(watched.seconds, measured, lights),
        colours.notes,
    )
    parts.keep(_STAGE, _packed(found))
    return found


def _face(frame: Frame, points: np.ndarray, person: TrackedPerson, state: HeadState) -> SeenFace:
    """The part of a frame around the head; points : (478, 2) as the detector has them."""
    vertices = Posed(person.head, person.whole(state)).vertices()
    places = person.screen.project(vertices, float(np.exp(person.log_focal)))
    size = np.array(frame.pixels.shape[1::-1])
    room = _ROOM * float(np.ptp(places, axis=0).max())
    left, top = np.clip(np.floor(places.min(axis=0) - room), 0, size - 2).astype(int).tolist()
    right, bottom = np.clip(np.ceil(places.max(axis=0) + room), (left + 2, top + 2), size).astype(int).tolist()
    pixels = frame.pixels[top:bottom, left:right].astype(np.float32) / np.float32(255.0)
    screen = person.screen.cropped(float(left), float(top), 1.0, right - left, bottom - top)
    marks = PhotoLandmarks(points - (left, top), np.arange(len(points)), DETECTED)
    return SeenFace(f"frame {frame.number}", pixels, screen, marks, float(np.exp(person.log_focal)))


def _repeated(
    face: SeenFace,
    person: TrackedPerson,
    state: HeadState,
    mesh: Mesh,
    picture: torch.Tensor,
    usual: np.ndarray,
    device: str,
    progress: Progress,
) -> tuple[np.ndarray, float]:
    """The (9, 3) light under which the head repeats a frame, and how well it does, dB; the usual light and NaN where nothing
    of the head is seen.

    mesh, picture : the head with its texture. usual : (9, 3) light of other frames."""
    whole = person.whole(state)
    view = ViewState(whole, person.log_focal)
    of_view = PhotoState(whole.coefficients[person.head.parts["identity"]], (view,))
    (parse,) = parse_photos(person.head, (face,), of_view, False, device, progress)
    progress.report(1.0, _MEASURING)
    vertices = Posed(person.head, whole).vertices()
    photo = PosedPhoto(
        face.pixels,
        vertices,
        face.screen.matrix(view.focal),
        name=face.name,
        openness=openness(vertices, mesh.triangles),
    )
    render = PhotoRender(photo, mesh)
    progress.report(1.0, _MEASURING)
    bare = render.colours(picture)
    hull = landmark_hull(face.landmarks.points, bare.shape[:2])
    inside = hull & render.covered & ~np.isin(parse.labels, COVERING)
    if not inside.any():
        return usual, float("nan")
    light = _light(bare[inside], face.pixels[inside], render.normals[inside], usual)
    shown = bare[inside] * (light_basis(render.normals[inside].astype(np.float64)) @ light)
    return light, psnr(float(((np.clip(shown, 0.0, 1.0) - face.pixels[inside]) ** 2).mean()))


def _light(bare: np.ndarray, seen: np.ndarray, normals: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """(9, 3) light that makes (N, 3) colours of (N, 3) bare ones at (N, 3) normals, near the usual one times an exposure:
    least squares with Student's t, and the prior of light about it."""
    basis = light_basis(normals.astype(np.float64))
    light, precision = usual, _SLOW * light_precision() * len(bare) / _PIXELS
    weights = np.ones(len(bare))
    for _ in range(_ROUNDS):
        lit = bare * (basis @ usual)
        pull = 1.0 / _EXPOSURE**2
        exposure = (weights @ (lit * seen).sum(axis=1) / _COLOUR**2 + pull) / (
            weights @ (lit**2).sum(axis=1) / _COLOUR**2 + pull
        )
        middle = exposure * usual
        matrix, right = precision.copy(), precision @ middle.reshape(-1)
        for colour in range(3):
            own = np.arange(colour, LIGHT_COUNT, 3)
            columns = bare[:, colour, None] * basis
            matrix[np.ix_(own, own)] += columns.T @ (columns * weights[:, None]) / _COLOUR**2
            right[own] += columns.T @ (weights * seen[:, colour]) / _COLOUR**2
        light = np.linalg.solve(matrix, right).reshape(-1, 3)
        off = ((bare * (basis @ light) - seen) ** 2).mean(axis=1) / _COLOUR**2
        weights = (_DEGREES + 1.0) / (_DEGREES + off)
    return light


def _between(seconds: np.ndarray, rows: np.ndarray, lights: list[np.ndarray]) -> np.ndarray:
    """(T, 9, 3) of all frames by those of some rows."""
    flat = np.array(lights).reshape(len(rows), -1)
    return np.stack([np.interp(seconds, seconds[rows], own) for own in flat.T], axis=1).reshape(-1, 9, 3)


def _packed(found: Colouring) -> dict[str, np.ndarray]:
    arrays = {"psnr": np.array(found.psnr), "light": found.light}
    arrays |= {"notes": np.array(found.notes, np.str_), "tiles": np.array(list(found.texture.images))}
    for number, tile in enumerate(found.texture.images):
        arrays[f"image_{number}"] = found.texture.images[tile].pixels
        arrays[f"coverage_{number}"] = found.texture.coverages[tile]
    return arrays


def _unpacked(arrays: dict[str, np.ndarray]) -> Colouring:
    tiles = [tuple(tile) for tile in arrays["tiles"].tolist()]
    images = {tile: Image(arrays[f"image_{number}"], name="texture") for number, tile in enumerate(tiles)}
    coverages = {tile: arrays[f"coverage_{number}"] for number, tile in enumerate(tiles)}
    notes = tuple(arrays["notes"].tolist())
    return Colouring(PhotoTexture(images, coverages), float(arrays["psnr"]), arrays["light"], notes)
