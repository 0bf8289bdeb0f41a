"""The two kinds of people that the model is made from, as displacements of one base person in every topology."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from assets.open_flame import about_centre, shift_and_growth

from headbridge.mesh.normals import vertex_areas
from headbridge.mesh.similarity import fit_similarity
from headbridge.models.people.smooth_modes import motions
from headbridge.registration import Similarity
from headbridge.topologies import load_builtin, load_deltas, load_topology

from .base_person import BasePerson

# How much a square millimetre of the narrow face counts against one of the skin elsewhere, the neck and what is hidden.
_FACE, _SKIN, _NECK, _HIDDEN = 4.0, 1.0, 0.15, 0.05
_AT_A_TIME = 100


@dataclass(frozen=True, eq=False)
class Shapes:
    """N shapes, or displacements: hack (N, 14062, 3), parts (N, 12657, 3), makehuman (N, 5124, 3), mm."""

    hack: np.ndarray
    parts: np.ndarray
    makehuman: np.ndarray

    def __add__(self, other: Shapes) -> Shapes:
        return Shapes(self.hack + other.hack, self.parts + other.parts, self.makehuman + other.makehuman)

    def __mul__(self, factor: float) -> Shapes:
        return Shapes(self.hack * factor, self.parts * factor, self.makehuman * factor)

    def __sub__(self, other: Shapes) -> Shapes:
        return self + other * -1.0

    def mirrored(self) -> Shapes:
        """The displacements of the mirror images."""
        hack = self.hack.shape[1]
        whole = mirrored(np.concatenate([self.hack, self.parts], axis=1), "ict")
        return Shapes(whole[:, :hack], whole[:, hack:], mirrored(self.makehuman, "makehuman"))


def mirrored(shapes: np.ndarray, key: str) -> np.ndarray:
    """(N, V, 3) mirror images of shapes in a frame whose plane x = 0 halves the head."""
    return shapes[:, load_topology(key).mirror] * np.array([-1.0, 1.0, 1.0], shapes.dtype)


def vertex_weights() -> np.ndarray:
    """(14062,) weight of HACK's vertices in every mean over a head, summing to 1."""
    hack, table = load_builtin("hack"), load_topology("hack")
    skin = table.skin & ~table.no_match
    kind = np.where(skin, np.where(table.regions["neck"], _NECK, _SKIN), _HIDDEN)
    kind[skin & table.regions["narrow_face"]] = _FACE
    weights = vertex_areas(hack.vertices, hack.triangles) * kind
    # The bust moves with shoulders, not with heads.
    weights[skin & ~_head(table)] *= _NECK
    weights = weights + weights[table.mirror]
    return weights / weights.sum()


def alignment_weights() -> np.ndarray:
    """(14062,) weights of HACK's vertices by which heads are laid on each other: face, ears and scalp."""
    table = load_topology("hack")
    return vertex_weights() * (_head(table) & table.skin & ~table.no_match)


def _head(table) -> np.ndarray:
    return np.any([table.regions[name] for name in ("face", "left_ear", "right_ear", "scalp")], axis=0)


def laid_on_template(hack: np.ndarray) -> Similarity:
    """The similarity that lays a head (14062, 3) on HACK's template."""
    weights = alignment_weights()
    chosen = weights > 0
    return fit_similarity(hack[chosen], load_builtin("hack").vertices[chosen], weights[chosen])


class MakeHumanPeople:
    """Displacements of MakeHuman's people from the base person, of whom their MakeHuman vertices are known."""

    def __init__(self, base: BasePerson):
        self._base = base

    def of_makehuman(self, makehuman: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """HACK's (N, 14062, 3) and MakeHuman's (N, 5124, 3) displacements, float32, of (N, 5124, 3) heads anywhere,
        each laid on HACK's template; and (N,) how large the heads are against the base person."""
        base, count = self._base, len(makehuman)
        hack = np.empty((count, len(base.hack), 3), np.float32)
        own = np.empty((count, len(base.makehuman), 3), np.float32)
        sizes = np.empty(count)
        for first in range(0, count, _AT_A_TIME):
            heads = makehuman[first : first + _AT_A_TIME].astype(np.float64)
            worn = base.hack + base.to_hack(heads - base.makehuman)
            for k, (head, skin) in enumerate(zip(heads, worn), start=first):
                motion = laid_on_template(skin)
                hack[k] = motion.apply(skin) - base.hack
                own[k] = motion.apply(head) - base.makehuman
                sizes[k] = 1.0 / motion.scale
        return hack, own, sizes

    def completed(self, hack: np.ndarray, makehuman: np.ndarray) -> Shapes:
        """With ICT's other parts: they follow the skin, the eyeballs MakeHuman's."""
        parts = self._base.to_parts(hack)
        for mine, theirs in zip(_eyeballs("ict", len(self._base.hack)), _eyeballs("makehuman")):
            _follow(parts, self._base.parts, mine, makehuman, self._base.makehuman, theirs)
        return Shapes(hack, parts, makehuman)


class IctPeople:
    """Displacements of ICT-FaceKit's people from the base person, of whom their ICT vertices are known."""

    def __init__(self, base: BasePerson):
        self._base = base
        self._count = len(base.hack)

    def completed(self, ict: np.ndarray) -> Shapes:
        """With MakeHuman's vertices, of (N, 26719, 3) displacements."""
        hack, parts = ict[:, : self._count], ict[:, self._count :]
        makehuman = self._base.to_makehuman(hack)
        for mine, theirs in zip(_eyeballs("makehuman"), _eyeballs("ict", self._count)):
            _follow(makehuman, self._base.makehuman, mine, parts, self._base.parts, theirs)
        return Shapes(hack, parts, makehuman)

    def mean(self) -> Shapes:
        """The neutral head, (1, ...) displacements."""
        base = np.concatenate([self._base.hack, self._base.parts])
        return self.completed((load_builtin("ict").vertices - base)[None])

    def components(self) -> Shapes:
        """The 100 identities at one standard deviation, without what moves, turns or grows the whole head."""
        template = load_builtin("ict").vertices
        deltas = load_deltas("ict").identity.astype(np.float64)
        return self.completed(without_similarity(deltas, template))


def random_adults(count: int, seed: int) -> Iterator[np.ndarray]:
    """(14062, 3) heads of ICT-FaceKit's own model."""
    rng, deltas, template = np.random.default_rng(seed), load_deltas("hack").identity, load_builtin("hack").vertices
    return (template + np.tensordot(rng.standard_normal(len(deltas)), deltas, 1) for _ in range(count))


def without_similarity(deltas: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(N, V, 3) displacements of a head `rest` (V, 3) whose first vertices are HACK's, less their least-squares
    infinitesimal similarity, by the weights that lay heads on each other."""
    weights = alignment_weights()
    chosen = np.flatnonzero(weights)
    within = motions(rest)
    weighted = within[:, chosen] * weights[chosen, None]
    system = np.einsum("avd,bvd->ab", weighted, within[:, chosen])
    right = np.einsum("avd,nvd->an", weighted, deltas[:, chosen])
    return deltas - np.tensordot(np.linalg.solve(system, right).T, within, 1)


def _eyeballs(key: str, first: int = 0) -> list[np.ndarray]:
    regions = load_topology(key).regions
    return [np.flatnonzero(regions[f"{side}_eyeball"]) - first for side in ("left", "right")]


def _follow(shapes, rest, mine, others, others_rest, theirs) -> None:
    """Let an eyeball (vertices `mine`) move and grow as one of another topology; it stays a sphere."""
    for shape, other in zip(shapes, others):
        shift, growth = shift_and_growth(others_rest[theirs], other[theirs])
        shape[mine] = shift + growth * about_centre(rest[mine])
