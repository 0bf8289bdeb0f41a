"""Coarse-to-fine fit of shape, camera, light and albedo to the colours of photos, jointly, by Gauss-Newton."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.ndimage import map_coordinates

from ...errors import InputError
from ...linalg.bounded_step import Damping, levenberg_marquardt_step
from ...mesh import Mesh
from ...progress import Progress
from ...texture.space import TextureSpace
from ...topologies import Topology
from ..posable import Posed
from .albedo import AlbedoModel
from .exposure import exposure
from .job import StageLog
from .light import LIGHT_COUNT, PositiveShading, light_precision, white_light
from .openness import openness
from .outliers import noise_sigma, skin_chances
from .photometric_term import PhotometricTerm, SurfaceSamples, Visible
from .picture_level import PictureLevel, picture_level
from .problem import PhotoProblem
from .skin_mask import INNER, SKIN, albedo_spread, triangle_kinds
from .state import PhotoState, ViewState
from .view import Screen

LEVELS = ((96, 6), (160, 3), (256, 2))
"""The face's longer side in pixels, level by level, and the steps of each."""

# Steps of light and albedo alone before the shape may follow.
_FIRST_STEPS = 6
# What the colours' noise is at first and at least, sRGB.
_FIRST_SIGMA, _LEAST_SIGMA = 0.12, 0.03
# Errors of the model are alike over this distance (standard deviation, mm) and in all colours: so many pixels say as
# much as one that is independent.
_CORRELATION, _COLOURS = 1.25, 4.0
# How far pixels that show something else convince their neighbours, mm.
_REACH = 2.5
# Fewer pixels of skin than this tell nothing of light and albedo.
_FEWEST_PIXELS = 40
# The crop leaves so much room around the face.
_MARGIN = 0.12
# How much less is known of eyes and mouth than of skin.
_INNER_SPREAD = 4.0
# Where a point was wrong, colours were compared with the wrong place: so far around it, mm.
_MOVED_REACH = 20.0
_FIRST_DAMPING = 1e-3
_DAMPING = Damping(least=1e-6, raised=1e-3, largest=1e4)


@dataclass(frozen=True, eq=False)
class PhotoPixels:
    """A photo as the stage sees it: pixels (H, W, 3) float32 sRGB 0..1, its screen, and weights (H, W) 0..1 of the
    user's mask and the photo's alpha, or None. name : for messages."""

    pixels: np.ndarray
    screen: Screen
    weights: np.ndarray | None = None
    name: str = "photo"


@dataclass(frozen=True, eq=False)
class PhotometricResult:
    """state : with light in every view. albedo (Q,) : coefficients of `model`. skin : per view (H, W)
    float32, the chance that a pixel shows the head's own skin. openness : per view (V,), as light was fitted with.
    sigma : per view, what colours are off, sRGB. log : one per level."""

    state: PhotoState
    albedo: np.ndarray
    model: AlbedoModel
    skin: tuple[np.ndarray, ...]
    openness: tuple[np.ndarray, ...]
    sigma: tuple[float, ...]
    log: tuple[StageLog, ...]


@dataclass(eq=False)
class _Observed:
    """A view at a level and a state."""

    level: PictureLevel
    visible: Visible
    skin: SurfaceSamples
    chances: np.ndarray
    sigma: float


class PhotometricFit:
    """The stage for one head model.

    problem : landmarks, prior and what may move. photos : one per view. shape : whether geometry moves at all.
    levels : the face's longer side in pixels, and the steps there, coarse to fine.
    """

    def __init__(
        self,
        problem: PhotoProblem,
        template: Mesh,
        topology: Topology,
        space: TextureSpace,
        photos: tuple[PhotoPixels, ...],
        shape: bool = True,
        levels: tuple[tuple[int, int], ...] = LEVELS,
    ):
        self._problem, self._shape, self._levels = problem, shape, levels
        # Dark and bright photos are fitted as usual ones, under less or more light.
        self._exposures = [exposure(photo.pixels, photo.weights) for photo in photos]
        self._photos = [
            replace(photo, pixels=photo.pixels / np.float32(one)) for photo, one in zip(photos, self._exposures)
        ]
        self.model = AlbedoModel(template, topology, space)
        self._triangles = template.triangles
        kinds = triangle_kinds(template, topology)
        self._term = PhotometricTerm(problem.head, template, kinds, self.model)
        self._spread = np.where(kinds == INNER, _INNER_SPREAD, albedo_spread(template, topology))
        self._face = np.flatnonzero(topology.regions["face"])
        self._light_prior, self._albedo_prior = light_precision(), self.model.precision()
        self._albedo_limits = self.model.limits()
        self._sign = PositiveShading()
        self._sigma = [_FIRST_SIGMA] * len(photos)
        self._openness: tuple[np.ndarray, ...] = ()

    def run(self, state: PhotoState, progress: Progress) -> PhotometricResult:
        """The state of least cost near `state`. Raises `Cancelled`, `InputError` where a photo shows no skin, and
        `HeadBridgeError` where there is no solution."""
        albedo = np.zeros(self.model.count)
        self._sigma = [_FIRST_SIGMA] * len(self._photos)
        state = replace(state, views=tuple(_lit(view, 1.0 / one) for view, one in zip(state.views, self._exposures)))
        self._openness = self._open(state)
        log, done, total = [], 0, _FIRST_STEPS + sum(steps for _, steps in self._levels)
        observed: list[_Observed] = []
        for number, (size, steps) in enumerate(self._levels):
            started = time.perf_counter()
            levels = [self._level(photo, view, size) for photo, view in zip(self._photos, state.views, strict=True)]
            costs = []
            plan = [False] * _FIRST_STEPS * (number == 0) + [self._shape] * steps
            damping = _FIRST_DAMPING
            for shape in plan:
                report = partial(progress.report, done / total, "Fitting light, albedo and shape to the photo")
                report()
                observed = [
                    self._observe(k, level, view, albedo)
                    for k, (level, view) in enumerate(zip(levels, state.views, strict=True))
                ]
                state, albedo, damping, before, after = self._step(state, albedo, observed, shape, damping, report)
                albedo = self._with_inner(state, albedo, observed)
                scale = sum(self._normalisation(seen) for seen in observed)
                costs.append((before + scale, after + scale))
                done += 1
            log.append(
                StageLog(f"photo {size} px", costs[0][0], costs[-1][1], len(plan), time.perf_counter() - started)
            )
        sigma = np.array(self._sigma) * self._exposures
        state = replace(state, views=tuple(_lit(view, one) for view, one in zip(state.views, self._exposures)))
        return self.known(state, albedo, sigma, tuple(log))

    def known(
        self,
        state: PhotoState,
        albedo: np.ndarray,
        sigma: np.ndarray,
        log: tuple[StageLog, ...] = (),
        opened: tuple[np.ndarray, ...] | None = None,
    ) -> PhotometricResult:
        """The result of an earlier run, of which state, albedo (Q,) and sigma (views,) are known, or of one near it.

        opened : per view (V,) openness of a head that is much the same; None finds the state's own."""
        self._openness = self._open(state) if opened is None else opened
        _, observed = self._known(state, albedo, sigma)
        skin = tuple(_in_photo(seen, photo) for seen, photo in zip(observed, self._photos, strict=True))
        return PhotometricResult(state, albedo, self.model, skin, self._openness, tuple(sigma.tolist()), log)

    def curvature(self, found: PhotometricResult, around: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(U, U) and (U,) of what the colours tell of the problem's unknowns at a result, light and albedo as they are.

        around : per view (N, 3) places in the upright camera frame, mm, around which colours tell nothing."""
        self._openness = found.openness
        state, observed = self._known(found.state, found.albedo, np.array(found.sigma))
        problem = self._problem
        matrix, right = np.zeros((len(problem.moving),) * 2), np.zeros(len(problem.moving))
        for number, (view, seen) in enumerate(zip(state.views, observed, strict=True)):
            posed, where = Posed(problem.head, view.head), problem.places(number)
            samples = self._term.away_from(seen.skin, posed, around[number], _MOVED_REACH)
            own = self._term.normal_equations(seen.level, samples, view, posed, found.albedo)
            matrix[np.ix_(where, where)] += own.matrix[: len(where), : len(where)]
            right[where] += own.right[: len(where)]
        return matrix, right

    def _open(self, state: PhotoState) -> tuple[np.ndarray, ...]:
        """Per view (V,) openness of the head."""
        vertices = (Posed(self._problem.head, view.head).vertices() for view in state.views)
        return tuple(openness(own, self._triangles) for own in vertices)

    def _known(self, state: PhotoState, albedo: np.ndarray, sigma: np.ndarray) -> tuple[PhotoState, list[_Observed]]:
        """A state as the stage has it and what is observed there, the colours' noise being known."""
        state = replace(state, views=tuple(_lit(view, 1.0 / one) for view, one in zip(state.views, self._exposures)))
        self._sigma = list(sigma / self._exposures)
        observed = []
        for number, (photo, view) in enumerate(zip(self._photos, state.views, strict=True)):
            level = self._level(photo, view, self._levels[-1][0])
            observed.append(self._observe(number, level, view, albedo, settled=True))
        return state, observed

    def _level(self, photo: PhotoPixels, view: ViewState, size: float) -> PictureLevel:
        points = Posed(self._problem.head, view.head).vertices(self._face)
        places = photo.screen.project(points, view.focal)
        low, high = places.min(axis=0), places.max(axis=0)
        room = _MARGIN * (high - low).max()
        box = np.concatenate([low - room, high + room])
        # Pixels that the photo does not have tell nothing.
        scale = min(size / float((high - low).max()), 1.0)
        return picture_level(photo.pixels, photo.weights, photo.screen, box, scale)

    def _observe(
        self, number: int, level: PictureLevel, view: ViewState, albedo: np.ndarray, settled: bool = False
    ) -> _Observed:
        """settled : whether the noise is known; else it follows from what is seen."""
        posed = Posed(self._problem.head, view.head)
        visible = self._term.visible(level, view, posed, self._openness[number])
        model = self._term.picture(level, visible, posed, view.light, albedo)
        residuals = model - level.pixels
        seen = visible.usable
        spread = self._spread[visible.triangle]
        chances = skin_chances(residuals, seen, self._sigma[number] * spread, _REACH * visible.pixels_per_mm)
        own = seen & (self._term.kinds[visible.triangle] == SKIN)
        if np.count_nonzero(own) < _FEWEST_PIXELS:
            raise InputError(
                f"{self._photos[number].name}: next to nothing of the face's skin is left to compare with; look at the "
                "mask (give one where skin is not found), the picture's transparency, and whether the landmarks lie on "
                "the face."
            )
        if not settled:
            fresh = noise_sigma(residuals[own], chances[own] / spread[own] ** 2, _LEAST_SIGMA)
            # Slowly, so that what cannot be explained yet is not given up.
            self._sigma[number] = float(np.clip(fresh, 0.8 * self._sigma[number], self._sigma[number]))
        information = self._information(number, visible)
        samples = self._term.samples(level, visible, chances * information / spread**2, model)
        return _Observed(level, visible, samples, chances, self._sigma[number])

    def _information(self, number: int, visible: Visible) -> float:
        """1 / variance of a pixel's colour, as if all were independent."""
        alike = max(4.0 * np.pi * (_CORRELATION * visible.pixels_per_mm) ** 2, 1.0)
        return 1.0 / (alike * _COLOURS * self._sigma[number] ** 2)

    def _normalisation(self, seen: _Observed) -> float:
        """What the noise's size adds to -2 log posterior: losses under different noise can be compared."""
        count = 3.0 * float(seen.skin.weights.sum()) * seen.sigma**2
        return count * float(np.log(seen.sigma**2))

    def _step(
        self,
        state: PhotoState,
        albedo: np.ndarray,
        observed: list[_Observed],
        shape: bool,
        damping: float,
        report: Callable[[], None],
    ) -> tuple[PhotoState, np.ndarray, float, float, float]:
        """The state and albedo a step on, the damping for the next, and the cost before and after; `shape` : whether
        geometry moves."""
        problem = self._problem
        matrix, right = self._equations(state, albedo, observed, shape, report)
        geometry, views, size = len(problem.moving), len(state.views), len(right)
        shared = np.arange(geometry + views * LIGHT_COUNT, size)
        moving = np.ones(size, bool)
        moving[:geometry] = problem.moving & shape
        # Eyes and mouth are solved for by themselves.
        inner = self.model.component_count + 3 * (self.model.region_count - self.model.inner)
        moving[shared[inner:]] = False
        free = np.flatnonzero(moving)
        room = np.full((2, size), np.inf) * [[-1.0], [1.0]]
        room[:, :geometry] = problem.room(state)
        room[:, shared] = self._albedo_limits - albedo
        before = self._cost(state, albedo, observed)

        def attempt(part: np.ndarray) -> tuple[tuple[PhotoState, np.ndarray], float]:
            step = np.zeros(size)
            step[free] = part
            candidate = problem.moved(state, step[:geometry])
            lights = step[geometry : shared[0]].reshape(views, 9, 3)
            candidate = replace(
                candidate,
                views=tuple(replace(view, light=view.light + light) for view, light in zip(candidate.views, lights)),
            )
            tried = albedo + step[shared]
            return (candidate, tried), self._cost(candidate, tried, observed)

        _, found, cost, damping = levenberg_marquardt_step(
            attempt, before, matrix[np.ix_(free, free)], right[free], room[:, free], damping, _DAMPING
        )
        if found is None:
            return state, albedo, damping, before, before
        return *found, _DAMPING.lowered(damping), before, cost

    def _equations(
        self,
        state: PhotoState,
        albedo: np.ndarray,
        observed: list[_Observed],
        shape: bool,
        report: Callable[[], None],
    ) -> tuple[np.ndarray, np.ndarray]:
        """(N, N) and (N,) over the problem's unknowns, every view's light, and the albedo."""
        problem = self._problem
        geometry, views, count = len(problem.moving), len(state.views), self.model.count
        size = geometry + views * LIGHT_COUNT + count
        matrix, right = np.zeros((size, size)), np.zeros(size)
        matrix[:geometry, :geometry], right[:geometry] = problem.normal_equations(state)
        shared = np.arange(geometry + views * LIGHT_COUNT, size)
        for number, (view, seen) in enumerate(zip(state.views, observed, strict=True)):
            report()
            lit = geometry + number * LIGHT_COUNT + np.arange(LIGHT_COUNT)
            where = np.concatenate([problem.places(number), lit, shared])
            posed = Posed(problem.head, view.head)
            own = self._term.normal_equations(seen.level, seen.skin, view, posed, albedo, shape)
            matrix[np.ix_(where, where)] += own.matrix
            right[where] += own.right
            sign, pull, _ = self._sign.normal_equations(view.light)
            matrix[np.ix_(lit, lit)] += self._light_prior + sign
            right[lit] += pull - self._light_prior @ (view.light - white_light()).reshape(-1)
        matrix[np.ix_(shared, shared)] += self._albedo_prior
        right[shared] -= self._albedo_prior @ albedo
        return matrix, right

    def _cost(self, state: PhotoState, albedo: np.ndarray, observed: list[_Observed]) -> float:
        """-2 log posterior of the samples as they are weighted now."""
        total = self._problem.cost(state) + albedo @ self._albedo_prior @ albedo
        for view, seen in zip(state.views, observed, strict=True):
            posed = Posed(self._problem.head, view.head)
            residuals = self._term.residuals(seen.level, seen.skin, view, posed, albedo).astype(np.float64)
            total += float(seen.skin.weights @ (residuals**2).sum(axis=1))
            offset = (view.light - white_light()).reshape(-1)
            total += float(offset @ self._light_prior @ offset) + self._sign.cost(view.light)
        return total

    def _with_inner(self, state: PhotoState, albedo: np.ndarray, observed: list[_Observed]) -> np.ndarray:
        """The coefficients with the offsets of eyes and mouth solved for, all else as it is."""
        first = self.model.component_count + 3 * (self.model.region_count - self.model.inner)
        matrix = self._albedo_prior[first:, first:].copy()
        right = np.zeros(len(matrix))
        rest = np.where(np.arange(len(albedo)) < first, albedo, 0.0)
        for number, (view, seen) in enumerate(zip(state.views, observed, strict=True)):
            ones = self._information(number, seen.visible) * np.ones_like(seen.chances)
            samples = self._term.samples(seen.level, seen.visible, ones, kind=INNER)
            if not len(samples.pixels):
                continue
            shading = self._term.shading(samples, Posed(self._problem.head, view.head), view.light)
            own = self._term.albedo_equations(samples, shading)
            matrix += own.matrix[first:, first:]
            right += own.right[first:] - own.matrix[first:] @ rest
        return np.concatenate([albedo[:first], np.linalg.solve(matrix, right)])


def _lit(view: ViewState, strength: float) -> ViewState:
    """The view under a light `strength` times as strong as its own, or the usual one where it has none."""
    return replace(view, light=white_light() if view.light is None else strength * view.light)


def _in_photo(seen: _Observed, photo: PhotoPixels) -> np.ndarray:
    """(H, W) chances transferred from the level to the photo's pixels."""
    height, width = photo.pixels.shape[:2]
    level = seen.level
    result = np.zeros((height, width), np.float32)
    middle = level.screen.centre - level.scale * photo.screen.centre
    columns = level.scale * (np.arange(width) + 0.5) + middle[0]
    rows = level.scale * (np.arange(height) + 0.5) + middle[1]
    across = (columns >= 0.0) & (columns < level.screen.width)
    down = (rows >= 0.0) & (rows < level.screen.height)
    place = np.meshgrid(rows[down] - 0.5, columns[across] - 0.5, indexing="ij")
    result[np.ix_(down, across)] = map_coordinates(seen.chances * level.weights, place, order=1, mode="nearest")
    return result
