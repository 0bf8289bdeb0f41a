"""The end state: no flipped triangle, and no self-intersection that the template does not have itself."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from ..linalg import SparseCholesky
from ..mesh.laplacian import cotangent_laplacian, thin_plate
from ..metrics.flips import FlipTest
from ..progress import Progress
from ..spatial.intersections import SelfIntersections
from .parting import BuriedVertices, buried_vertices
from .rotations import LocalRotations
from .surface_term import selection

_ROUNDS = 13
# So many intersecting triangles are as bad as one flipped one.
_FLIP = 4
# After so many rounds a state with no more intersecting triangles than the template has is good enough.
_PATIENCE = 2
# Strengths against a plate of bending length 1 mm, mm^2: a parted sheet is held firmly, an edge ever more firmly.
_PARTING = 100.0
_EDGE = 20.0
# How much better vertices with data keep their place, and the margin a sheet without data gives way by, mm a round.
_DATA_HOLD = 4.0
_MARGIN = 0.15
# How far from crossing triangles buried vertices are looked for, and how much farther from a triangle at fault its
# surroundings are freed in every round, mm.
_PARTING_REACH = 10.0
_FREED = 1.5
# What stays at fault for longer than so many rounds frees no more: one fault must not cost a whole cheek.
_OLDEST = 4
# How far along the surface around flips that are left the template's shape is filled in, mm, one after the other; how often
# each; how often its rotations are found anew; and how firmly vertices keep their place meanwhile.
_FILLED = (2.0, 3.0, 4.5, 7.0, 10.0)
_FILLINGS, _TURNS = 3, 4
_FILLED_HOLD = 0.05


class Untangler:
    """Takes flips and self-intersections out of a deformed surface, and leaves the rest where it is.

    Where two sheets run through each other (lips, lids, ears against the head), the vertices inside the other sheet are
    moved to half way between both, so that the sheets meet where they were seen to meet. A flipped triangle gets back
    its template edges, turned with the surface around it. The surroundings follow as a thin plate that holds on to its
    place; what stays at fault frees more of them from round to round.

    Parameters
    ----------
    rest : (V, 3) mm, the undeformed source; triangles : (T, 3); has_data : (V,) bool, vertices that were matched: they
    keep their place before others; device : for the queries.
    """

    def __init__(self, rest: np.ndarray, triangles: np.ndarray, has_data: np.ndarray, device: str = "cpu"):
        self._has_data = has_data
        self._rest = rest
        self._triangles = triangles
        self._device = device
        self._flips = FlipTest(rest, triangles)
        self._crossings = SelfIntersections(rest, triangles, device)
        own = np.unique(self._crossings.pairs())
        self._own_count = len(own)
        # Where the template crosses itself its sheets stay entangled: which triangles meet there means nothing.
        touched = np.zeros(len(rest), bool)
        touched[triangles[own]] = True
        self._entangled = touched[triangles].any(axis=1)
        self._laplacian = cotangent_laplacian(rest, triangles)
        self._plate, self._areas = thin_plate(rest, triangles, self._laplacian)
        self._rotations = LocalRotations(rest, triangles, self._laplacian, smoothing=8)

    def faults(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """(N,) flipped triangles, (M,) triangles of intersecting pairs outside the template's own entangled places, and how
        many triangles intersect in all."""
        flipped = np.flatnonzero(self._flips.flipped(positions))
        self._crossings.move(positions)
        pairs = self._crossings.pairs()
        new = pairs[~self._entangled[pairs].all(axis=1)]
        return flipped, np.unique(new), len(np.unique(pairs))

    def run(self, positions: np.ndarray, progress: Progress, span: tuple[float, float]) -> np.ndarray:
        """(V, 3) positions with as few faults as the rounds reach, usually none; hardly ever a flip."""
        x = np.array(positions)
        places = np.full_like(x, np.nan)
        # How often each triangle has been found flipped, and at fault at all.
        times_flipped = np.zeros(len(self._triangles), np.int32)
        age = np.zeros(len(self._triangles), np.int32)
        best, least = x, np.inf
        for number in range(_ROUNDS + 1):
            progress.report(
                span[0] + (span[1] - span[0]) * number / _ROUNDS,
                "Removing folds",
                x if progress.wants_vertices else None,
            )
            flipped, crossing, crossings = self.faults(x)
            surplus = max(crossings - self._own_count, 0)
            if (faults := _FLIP * len(flipped) + surplus) < least:
                best, least = x, faults
            sound = len(flipped) == 0 and (len(crossing) == 0 or (surplus == 0 and number >= _PATIENCE))
            if sound or number == _ROUNDS:
                break
            times_flipped[flipped] += 1
            age[np.union1d(flipped, crossing)] += 1
            self._part(x, crossing, number, places)
            x = self._relaxed(x, age, times_flipped, places)
        return self._filled(best)

    def _part(self, x: np.ndarray, crossing: np.ndarray, number: int, places: np.ndarray) -> None:
        """Write into `places` (V, 3) where vertices near `crossing` triangles should go to get out of another sheet."""
        if len(crossing):
            near = self._near(x, crossing, _PARTING_REACH)
            buried = buried_vertices(x, self._triangles, near, self._device)
            places[buried.vertices] = x[buried.vertices] + self._ways(buried, number)

    def _ways(self, buried: BuriedVertices, number: int) -> np.ndarray:
        """(M, 3) how far each vertex goes: half way between equals; where only one sheet has data the other one gives way,
        in every round a little more than needed, because its triangles may still cross where its vertices do not."""
        own = self._has_data[buried.vertices]
        other = self._has_data[self._triangles[buried.across]].any(axis=1)
        length = np.linalg.norm(buried.ways, axis=1)
        yielding = 1.0 + _MARGIN * (number + 1) / length
        return np.where(own == other, 0.5, np.where(own, 0.0, yielding))[:, None] * buried.ways

    def _filled(self, x: np.ndarray) -> np.ndarray:
        """(V, 3) positions in which the surroundings of flipped triangles have the template's shape instead of their own.

        What keeps a triangle flipped is mostly its neighbours' place; nearest to a flip nothing is known better than the
        template. Each time it is taken where fewer triangles are flipped afterwards, so that this ends and never does harm
        farther away."""
        flipped = np.flatnonzero(self._flips.flipped(x))
        if len(flipped) == 0:
            return x
        edges = np.unique(np.sort(self._triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
        lengths = np.linalg.norm(self._rest[edges[:, 0]] - self._rest[edges[:, 1]], axis=1)
        graph = sp.csr_matrix((lengths, edges.T), shape=(len(x), len(x)))
        for reach in _FILLED:
            for _ in range(_FILLINGS):
                if len(flipped) == 0:
                    return x
                corners = np.unique(self._triangles[flipped])
                away = dijkstra(graph, directed=False, indices=corners, limit=reach, min_only=True)
                filled = self._template_shape(x, np.flatnonzero(np.isfinite(away)))
                left = np.flatnonzero(self._flips.flipped(filled))
                if len(left) >= len(flipped):
                    break
                x, flipped = filled, left
        return x

    def _template_shape(self, x: np.ndarray, free: np.ndarray) -> np.ndarray:
        """(V, 3) positions whose `free` (N,) vertices fit to the others with the template's shape."""
        spring = _FILLED_HOLD * self._areas[free]
        factor = SparseCholesky((self._plate.tocsr()[free][:, free] + sp.diags(spring)).tocsr())
        out = np.array(x)
        for _ in range(_TURNS):
            turned = self._rotations.turned(self._rotations.at(out))
            bent = (self._laplacian @ ((self._laplacian @ out - turned) / self._areas[:, None]))[free]
            out[free] -= factor.solve(bent + spring[:, None] * (out[free] - x[free]))
        return out

    def _near(self, x: np.ndarray, triangles: np.ndarray, distance: float) -> np.ndarray:
        """Vertices of some (N,) triangles and those within `distance` mm of the middles of them."""
        corners = self._triangles[triangles]
        away, _ = cKDTree(x[corners].mean(axis=1)).query(x, distance_upper_bound=distance)
        return np.union1d(np.flatnonzero(np.isfinite(away)), corners)

    def _relaxed(self, x: np.ndarray, age: np.ndarray, times_flipped: np.ndarray, places: np.ndarray) -> np.ndarray:
        hold = np.where(self._has_data, _DATA_HOLD, 1.0)
        freed = [np.flatnonzero(np.isfinite(places[:, 0]))]
        for years in range(1, min(int(age.max()), _OLDEST) + 1):
            near = self._near(x, np.flatnonzero(age >= years), _FREED * (1 + years))
            hold[near] *= np.where(self._has_data[near], 0.8, 0.4)
            freed.append(near)
        # Around flips the surface's own shape is the fault: the template's shape counts, farther around from round to round.
        reshaped = np.zeros(0, np.int64)
        for years in range(1, min(int(times_flipped.max()), _OLDEST) + 1):
            near = self._near(x, np.flatnonzero(times_flipped >= years), _FREED * years)
            hold[near] *= 0.5
            reshaped = np.union1d(reshaped, near)
        free = np.unique(np.concatenate([*freed, reshaped]))
        spring = hold * self._areas
        # What was parted is held where it should go, instead of where it is.
        parted = freed[0]
        anchored = np.array(x)
        anchored[parted] = places[parted]
        spring[parted] = _PARTING
        flipped = np.flatnonzero(times_flipped)
        edges = self._triangles[flipped][:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
        strength = sp.diags(np.repeat(_EDGE * 3.0 ** times_flipped[flipped].clip(1, 8), 3))
        rows = selection(edges[:, 0], len(x)) - selection(edges[:, 1], len(x))
        columns = (rows.T @ strength).tocsr()
        matrix = (self._plate + columns @ rows + sp.diags(spring)).tocsr()[free]
        inside = matrix[:, free]
        factor = SparseCholesky(inside)
        shape = self._laplacian @ x
        # Where no data shaped the surface the template's shape counts too.
        reshaped = np.union1d(reshaped, free[~self._has_data[free]])
        out = np.array(x)
        for _ in range(2):
            rotations = self._rotations.at(out)
            shape[reshaped] = self._rotations.turned(rotations)[reshaped]
            turned = 0.5 * (rotations[edges[:, 0]] + rotations[edges[:, 1]])
            force = columns @ np.einsum("sij,sj->si", turned, rows @ self._rest)
            force += spring[:, None] * anchored + self._laplacian @ (shape / self._areas[:, None])
            out[free] = factor.solve(force[free] - (matrix @ out - inside @ out[free]))
        return out
