import numpy as np
import pytest

from headbridge.uv.neural.domain import REACH, PatchDomain

from .patch_shapes import RADIUS, on_cylinder, outward, seamed_cylinder

PLACE = np.array([[30.0, 10.0]])


@pytest.fixture(scope="module")
def domain():
    return PatchDomain(seamed_cylinder())


@pytest.mark.parametrize("height", [-0.9, 0.0, 0.9])
def test_points_within_reach_stay_with_their_normals(domain, height):
    points = on_cylinder(PLACE) + height * REACH * outward(PLACE)
    normals = np.array([[0.6, 0.0, 0.8]])
    drawn, facing = domain.near_any(points, normals)
    assert drawn == pytest.approx(points, abs=1e-6)
    assert facing == pytest.approx(normals, abs=1e-6)


def test_points_further_off_are_drawn_to_the_edge_of_the_layer(domain):
    # The facets of the cylinder lie up to 0.14 mm below it.
    drawn, facing = domain.near_any(on_cylinder(PLACE) + 50.0 * outward(PLACE), np.array([[0.0, 1.0, 0.0]]))
    assert drawn == pytest.approx(on_cylinder(PLACE) + REACH * outward(PLACE), abs=0.3)
    # Of its own normal a fiftieth is left.
    assert facing == pytest.approx(outward(PLACE), abs=0.03)


def test_points_are_drawn_to_the_patch_they_were_given_to(domain):
    """Seen from the right patch's point, the left patch ends at the seam."""
    points, normals = on_cylinder(PLACE), outward(PLACE)
    own, _ = domain.near_own(points, np.array([1]), normals)
    other, _ = domain.near_own(points, np.array([0]), normals)
    assert own == pytest.approx(points, abs=1e-6)
    assert np.linalg.norm(other - [[0.0, 10.0, RADIUS]]) == pytest.approx(REACH, abs=1e-3)
