"""Where the free deformation may start: the source laid on the target as it is, or as head models would have it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..mesh import Mesh
from ..mesh.similarity import Similarity
from ..models import LinearHeadModel, head_model
from ..progress import Progress
from ..topologies import Topology
from .anchors import Anchors, EdgeLine
from .model_start import EFFECTIVE_SAMPLES, ModelFit, fit_model
from .target_surface import TargetSurface

# A head whose residuals are worth this share of the observations they were taken for needs no second, more careful start.
_EXPLAINED = 0.35
# A head model that shrank or grew the head by more than this has lost the target.
_MOST_GROWTH = 1.5
# The expressions, by ARKit's names, that shut an eye.
_BLINKS = {"right_lids": "eyeBlink_R", "left_lids": "eyeBlink_L"}


@dataclass(frozen=True, eq=False)
class Start:
    """positions : (V, 3) mm, the whole source in the target's frame; name : of what it was made by; modelled : whether it
    has the target's proportions and expression, as far as a model goes; opened : whether its mouth
    was opened to a hole, or to the edges of open lips."""

    positions: np.ndarray
    name: str
    modelled: bool
    opened: bool = False


def starts(
    source: Mesh,
    topology: Topology | None,
    spaces: tuple[str, ...],
    to_target: Similarity,
    target: TargetSurface,
    moving: np.ndarray,
    data_weights: np.ndarray,
    landmarks: Anchors | None,
    shut: tuple[str, ...],
    edges: tuple[EdgeLine, ...],
    compete: bool,
    progress: Progress,
    span: tuple[float, float],
) -> list[Start]:
    """One or two starts, the likelier first.

    The head models of the source's topology are fitted, that of adults first, and that of all people where the first leaves
    a misfit. Where there is one model and it leaves a smooth misfit, its residuals are worth fewer observations than they
    seem, and the same model fitted with so many is a second start. Which of two is better shows only in the end, where they
    `compete`; else the one that comes nearer to the target is taken.

    source : in its own frame; spaces : of heads that may be started from; to_target : from there to the target's, mm;
    moving : (K,) vertices, with `data_weights` (K,); shut : rims of eyes that are shut in the target; edges : of lids and
    lips there."""

    def fitted(model: LinearHeadModel, part: tuple[float, float], samples: float) -> ModelFit:
        return fit_model(
            source, model, to_target, target, moving, data_weights, landmarks, progress, part, samples, edges
        )

    as_it_is = Start(to_target.apply(source.vertices), "as it is", False)
    models = {}
    if topology is not None:
        models = {
            space: _with_expressions(model, [_BLINKS[rim] for rim in shut])
            for space in spaces
            if (model := head_model(topology.key, space)) is not None
        }
    if not models:
        return [as_it_is]
    step = (span[1] - span[0]) / (len(models) + 1)
    fits: dict[str, ModelFit] = {}
    for number, (space, model) in enumerate(models.items()):
        part = (span[0] + number * step, span[0] + (number + 1) * step)
        fits[space] = fitted(model, part, EFFECTIVE_SAMPLES[space])
        if fits[space].effective_samples >= _EXPLAINED * EFFECTIVE_SAMPLES[space]:
            break
    aligned = as_it_is.positions[moving]
    fits = {space: fit for space, fit in fits.items() if _growth(aligned, fit.positions[moving]) < _MOST_GROWTH}
    if not fits:
        return [as_it_is]
    if any(fit.opened for fit in fits.values()):
        # The others span the hole of an open mouth with skin, which no distance shows.
        fits = {space: fit for space, fit in fits.items() if fit.opened}
    ranked = sorted(fits, key=lambda space: fits[space].residual)
    found = [Start(fits[space].positions, space, True, fits[space].opened) for space in ranked]
    if not compete:
        return found[:1]
    if len(found) > 1:
        return found
    worth = fits[ranked[0]].effective_samples
    if worth < _EXPLAINED * EFFECTIVE_SAMPLES[ranked[0]]:
        part = (span[1] - step, span[1])
        careful = fitted(models[ranked[0]], part, worth)
        found.append(Start(careful.positions, f"{ranked[0]}, {worth:.0f} samples", True, careful.opened))
    return found


def _growth(before: np.ndarray, after: np.ndarray) -> float:
    """How many times larger or smaller (V, 3) points became as a whole; at least 1."""
    sizes = [float(np.linalg.norm(points - points.mean(axis=0))) for points in (before, after)]
    return max(sizes) / max(min(sizes), 1e-12)


def _with_expressions(model: LinearHeadModel, names: list[str]) -> LinearHeadModel:
    """The model with some expressions held at their upper bound."""
    held = np.isin(model.names, names)
    return replace(model, lower=np.where(held, model.upper, model.lower))
