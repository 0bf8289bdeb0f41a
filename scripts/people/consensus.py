"""Where HACK's vertices lie on MakeHuman's head: the consensus of registrations onto many people.

One registration slides by some millimetres where skin has no features. MakeHuman's people share their vertices, so the
results on different people can be pulled back to the base head and averaged."""

from __future__ import annotations

import numpy as np

from headbridge.mesh.interpolation import barycentric_rows
from headbridge.registration import RegisterInput
from headbridge.registration.register import register
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_topology

from .sources import mirrored
from .targets import Targets

ANCESTRIES = ("african", "asian", "caucasian")
SEXES = ("female", "male")
# Babies are too far from the start of a registration to vote.
AGES = ("child", "young", "old")


def consensus(targets: Targets, report=print) -> np.ndarray:
    """(14062, 3) HACK's vertices on the MakeHuman base head, mm in its frame; both sides alike."""
    hack, mesh, topology = load_builtin("hack"), load_builtin("makehuman"), load_topology("makehuman")
    triangles = mesh.triangles[~topology.no_match[mesh.triangles].any(axis=1)]
    people = [f"macrodetails/{ancestry}-{sex}-{age}" for ancestry in ANCESTRIES for sex in SEXES for age in AGES]
    votes = []
    for name in people:
        person = targets.head({name: 1.0}).astype(np.float64)
        # The model of all people is made from what is found here, so it cannot help to find it.
        inputs = RegisterInput(hack, mesh.with_vertices(person), head_space="ict")
        registered = register(inputs).registered
        hits = Surface(person, triangles).closest(registered)
        rows = barycentric_rows(triangles[hits.triangles], hits.barycentrics, len(person))
        votes.append(rows @ mesh.vertices + (registered - rows @ person))
        report(f"  registered onto {name}")
    votes = np.array(votes)
    face = load_topology("hack").regions["narrow_face"] & ~load_topology("hack").no_match
    spread = np.linalg.norm(votes - votes.mean(axis=0), axis=2)[:, face].mean()
    report(f"  {len(votes)} registrations lie {spread:.2f} mm from their mean in the face")
    return 0.5 * (votes.mean(axis=0) + mirrored(votes, "hack").mean(axis=0))
