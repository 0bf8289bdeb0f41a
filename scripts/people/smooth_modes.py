"""Smooth displacements that the principal components cannot say: modes of a Gaussian process over the head.

No collection of heads is all of mankind. What a face has beyond the components is taken for a smooth random field over
the skin (Luethi et al., "Gaussian process morphable models", 2018): Gaussian kernels of several widths, of which the
part that is symmetric under mirroring varies in full and the other part less. Only what is left of the field beside
components, motions and growth counts, so that the components keep their meaning."""

from __future__ import annotations

import numpy as np

from headbridge.models import head_model
from headbridge.models.people.frames import hack_to_flame
from headbridge.models.people.smooth_modes import SmoothModes, kernels, motions
from headbridge.topologies import load_topology

from .sources import alignment_weights, vertex_weights

# Reach and standard deviation of the kernels, mm. Chosen where faces that are in no collection (the demo scan, FLAME's
# mean) need coefficients of a usual size.
_WIDTHS, _SIZES = np.array([30.0, 14.0]), np.array([2.5, 1.5])
# Of what is not symmetric, this share of the deviation.
_UNEVEN = 0.35
# How much more the narrow face counts than in the components: modes that only shape scalps and necks are of no use.
_FACE = 12.0
# Centres of the kernels on one half of the head; vertices by which the modes are judged.
_CENTRES, _JUDGED, _SEED = 250, 5000, 3
# Directions whose share of the greatest variance is less are rounding.
_SMALLEST = 1e-5


def smooth_modes(count: int) -> SmoothModes:
    """The `count` modes of the largest variance, mean squared mm over the weighted head."""
    model, table, weights = head_model("hack"), load_topology("hack"), judged_weights()
    mean, shapes = model.mean, model.basis[~model.is_expression].astype(np.float64)
    half = np.random.default_rng(_SEED).choice(len(mean), _JUDGED // 2, replace=False, p=weights)
    # With their mirror images, even fields are told from odd ones exactly.
    chosen = np.concatenate([half, table.mirror[half]])
    centres = _spread_out(mean)
    within = motions(mean)
    known = np.concatenate([shapes, within])[:, chosen].reshape(-1, 3 * _JUDGED)
    # The same vertex may count for others, too, so that each of the chosen counts alike.
    inverse = np.linalg.pinv(known.T)
    evenly, unevenly = kernels(mean[chosen], centres, _WIDTHS, _SIZES)
    halves = [_square_root(part) for part in kernels(centres, centres, _WIDTHS, _SIZES)]
    found = []
    for even, share in ((True, 1.0), (False, _UNEVEN)):
        # A symmetric field has antisymmetric x; kernels sum up both sides, each half of the field's variance.
        order = (1, 0, 0) if even else (0, 1, 1)
        roots = [share * np.sqrt(0.5) * halves[kind] for kind in order]
        fields = [(evenly, unevenly)[kind] @ root for kind, root in zip(order, roots)]
        ends = np.cumsum([0, *(field.shape[1] for field in fields)])
        flat = np.zeros((_JUDGED, 3, ends[-1]))
        for axis, field in enumerate(fields):
            flat[:, axis, ends[axis] : ends[axis + 1]] = field
        flat = flat.reshape(3 * _JUDGED, -1)
        explained = inverse @ flat
        left = flat - known.T @ explained
        variances, vectors = np.linalg.eigh(left.T @ left / _JUDGED)
        best = np.argsort(-variances)[:count]
        vectors = vectors[:, best]
        centre_weights = np.stack(
            [root @ vectors[ends[axis] : ends[axis + 1]] for axis, root in enumerate(roots)], axis=1
        )
        found += list(
            zip(variances[best], np.full(len(best), even), centre_weights.transpose(2, 1, 0), (explained @ vectors).T)
        )
    found = sorted(found, key=lambda mode: -mode[0])[:count]
    variances, even, centre_weights, explained = (np.array(part) for part in zip(*found))
    to_flame = hack_to_flame()
    return SmoothModes(
        centres=centres,
        widths=_WIDTHS,
        sizes=_SIZES,
        even=even,
        weights=centre_weights,
        explained=explained[:, : len(shapes)],
        motion=explained[:, len(shapes) :],
        variances=variances,
        flame_rotation=to_flame.rotation,
        flame_translation=to_flame.translation,
    )


def judged_weights() -> np.ndarray:
    """(14062,) weight of HACK's vertices in the variances of the modes, summing to 1."""
    table = load_topology("hack")
    weights = vertex_weights() * np.where(table.regions["narrow_face"] & ~table.no_match, _FACE, 1.0)
    return weights / weights.sum()


def _spread_out(mean: np.ndarray) -> np.ndarray:
    """(C, 3) points of one half of the head, each as far as can be from those before."""
    points = mean[(alignment_weights() > 0.0) & (mean[:, 0] >= 0.0)]
    # The first centre lies in the middle of the face.
    chosen, nearest = [int(np.argmax(points[:, 2]))], np.full(len(points), np.inf)
    while len(chosen) < _CENTRES:
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(nearest.argmax()))
    return points[chosen]


def _square_root(matrix: np.ndarray) -> np.ndarray:
    """(C, R) such that kernels at C centres times it are a field's values at one standard deviation each (Nystroem)."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > _SMALLEST * values[-1]
    return vectors[:, kept] / np.sqrt(values[kept])
