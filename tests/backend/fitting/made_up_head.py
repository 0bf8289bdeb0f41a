"""A small head model of random numbers, and heads of the real ones by their coefficients."""

from __future__ import annotations

import numpy as np

from headbridge.fitting.posable import PosableHead, Posed
from headbridge.fitting.result import state_of
from headbridge.mesh import Mesh
from headbridge.topologies import load_builtin


def made_up_head(vertices: int = 12, identities: int = 3, expressions: int = 2, seed: int = 0) -> PosableHead:
    """Three joints in a chain with their own axes; correctives of both that have a parent."""
    random = np.random.default_rng(seed)
    count = identities + expressions
    weights = random.random((vertices, 3))
    axes = np.stack([np.linalg.qr(random.normal(size=(3, 3)))[0] for _ in range(3)])
    axes *= np.sign(np.linalg.det(axes))[:, None, None]
    return PosableHead(
        key="flame",
        label="made up",
        version="none",
        template=50.0 * random.normal(size=(vertices, 3)),
        bases=5.0 * random.normal(size=(vertices, 3, count)),
        groups=(("identity", identities), ("expression", expressions)),
        expression_names=(),
        sigma=np.ones(count),
        blendshapes=False,
        joint_names=("root", "neck", "jaw"),
        joints=20.0 * random.normal(size=(3, 3)),
        joint_bases=random.normal(size=(3, 3, count)),
        parents=np.array([-1, 0, 1]),
        weights=weights / weights.sum(axis=1, keepdims=True),
        axes=axes,
        correctives=random.normal(size=(vertices, 3, 4)),
        corrective_joints=np.array([1, 1, 2, 2]),
        corrective_entries=np.array([0, 5, 7, 3]),
    )


def random_coefficients(head: PosableHead, seed: int, jaw: float = 0.2) -> dict[str, np.ndarray]:
    """Identity of one standard deviation, some expression, jaw open, neck, eyes and place turned."""
    random = np.random.default_rng(seed)
    strength = random.uniform(0.0, 1.0, head.expression_count) * (random.random(head.expression_count) < 0.2)
    return {
        "identity": random.normal(size=head.identity_count),
        "expression": strength,
        "root": random.normal(0.0, 0.5, 3),
        "neck": random.normal(0.0, 0.1, 3),
        "jaw": np.array([jaw, 0.02, -0.01]),
        "left_eye": random.normal(0.0, 0.1, 3),
        "right_eye": random.normal(0.0, 0.1, 3),
        "translation": random.normal(0.0, 50.0, 3),
    }


def head_mesh(head: PosableHead, coefficients: dict[str, np.ndarray]) -> Mesh:
    """The model's head as a mesh of its topology, millimetres."""
    return load_builtin(head.key).with_vertices(Posed(head, state_of(head, coefficients)).vertices())
