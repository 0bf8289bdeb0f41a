"""Meshes and similarities of all kinds."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.transform import Rotation

from headbridge.mesh import Mesh
from headbridge.mesh.similarity import Similarity

coordinates = st.floats(-1e3, 1e3, width=32).map(float)


def points(count: int) -> st.SearchStrategy[np.ndarray]:
    """(count, 3) float64."""
    return arrays.arrays(np.float64, (count, 3), elements=coordinates)


@st.composite
def meshes(draw, uvs: bool = True) -> Mesh:
    """Polygons of three to six different vertices, of which every vertex is one's, perhaps with UVs and materials."""
    count = draw(st.integers(6, 12))
    faces = draw(
        st.lists(st.lists(st.integers(0, count - 1), min_size=3, max_size=6, unique=True), min_size=1, max_size=6)
    )
    used = {vertex for face in faces for vertex in face}
    faces += [[vertex, (vertex + 1) % count, (vertex + 2) % count] for vertex in range(count) if vertex not in used]
    corners = sum(map(len, faces))
    has_uvs = uvs and draw(st.booleans())
    layout = draw(arrays.arrays(np.float32, (corners, 2), elements=st.floats(0.0, 1.0, width=32))) if has_uvs else None
    mesh = Mesh.from_faces(draw(points(count)), faces, uvs=layout)
    if draw(st.booleans()):
        return mesh
    materials = draw(arrays.arrays(np.int32, len(faces), elements=st.integers(0, 1)))
    return Mesh(mesh.vertices, mesh.corners, mesh.face_sizes, mesh.uvs, materials, ("skin", "a name"))


similarities = st.builds(
    lambda scale, turn, moved: Similarity(scale, Rotation.from_rotvec(turn).as_matrix(), moved),
    st.floats(1e-3, 1e3),
    arrays.arrays(np.float64, 3, elements=st.floats(-3.0, 3.0)),
    arrays.arrays(np.float64, 3, elements=coordinates),
)
