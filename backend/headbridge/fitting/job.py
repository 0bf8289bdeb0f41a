"""What the fits take and give."""

from __future__ import annotations

from dataclasses import dataclass, field, make_dataclass
from typing import Any

import numpy as np

from ..mesh import Mesh
from ..mesh.similarity import Similarity
from ..models.catalogue import HEADS, MODELS
from ..models.people.person import FEATURES
from ..models.people.wanted import Wanted, read_wanted
from ..settings import device_setting, model_file_setting, scale_setting, seed_setting, setting
from ..verdict import Verdict


def fit_model_file_setting():
    """The setting `model_file` of jobs that fit heads to meshes and landmarks."""
    return model_file_setting(
        "FLAME model file (flame2023.pkl ...) to fit; left out, the one in the model folders, else the open head."
    )


def identities_setting():
    """The setting `identities` of jobs that make heads of what tells little of them."""
    return setting(
        "ict",
        label="Identities",
        help="Whose heads the open models can be: ict, 100 identities of adults (ICT-FaceKit); people, all ages and "
        "ancestries, one set of coefficients for all topologies. A model file has its own.",
        choices=("ict", "people"),
    )


def mesh_identities_setting():
    """The setting `identities` of jobs that fit heads to surfaces."""
    return setting(
        "auto",
        label="Identities",
        help="Whose heads the open models can be: people, all ages and ancestries, one set of coefficients for all "
        "topologies; ict, 100 identities of adults (ICT-FaceKit); auto, those that come nearer. "
        "A model file has its own.",
        choices=("auto", "people", "ict"),
    )


def region_setting():
    """The setting `region` of jobs that fit heads to meshes."""
    return setting(
        "all",
        label="Region",
        help="Vertices the fit follows: all, the outer skin, or the face without ears, scalp and neck.",
        choices=("all", "skin", "face"),
    )


def mesh_prior_setting():
    """The setting `prior` of jobs that fit heads to meshes."""
    return setting(
        1.0,
        label="Prior",
        help="Scales how firmly coefficients are held near the mean head's; exact meshes need next to none.",
        minimum=0.0,
        maximum=1000.0,
    )


@dataclass(frozen=True)
class FitMeshSettings:
    """Settings of a fit to a registered mesh."""

    model: str = setting(
        "auto",
        label="Model",
        help="Head model to fit; auto takes the one of the mesh's topology, flame the user's file where there is one.",
        choices=("auto", *MODELS),
    )
    model_file: str = fit_model_file_setting()
    identities: str = mesh_identities_setting()
    scale: bool = setting(
        False,
        label="Free scale",
        help="Also find the head's scale; without, it follows from the unit, where the mesh is in a known one.",
    )
    robust: bool = setting(
        False, label="Robust", help="Let vertices far off the fit count less: for meshes with wrong or altered parts."
    )
    region: str = region_setting()
    identity_count: int = setting(
        0, label="Identities", help="Fits this many of the first identity coefficients; 0 all.", minimum=0, maximum=300
    )
    expression_count: int = setting(
        0,
        label="Expressions",
        help="Fits this many of the first expression coefficients; 0 all.",
        minimum=0,
        maximum=100,
    )
    pose: bool = setting(True, label="Pose", help="Fit neck, jaw and eyes; without, only the head's place and turn.")
    limits: bool = setting(
        True,
        label="Expression limits",
        help="Keep blendshapes within 0 and 1, unless the mesh is exactly a head of the model with others.",
    )
    prior: float = mesh_prior_setting()


@dataclass(frozen=True)
class FitMeshInput:
    """A registered mesh in FLAME, HACK or ICT topology, in its own unit and frame.

    exclude : (V,) bool, vertices the fit does not follow, or None. weights : (V,) >= 0, or None.
    """

    mesh: Mesh
    exclude: np.ndarray | None = None
    weights: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class FitResult:
    """A fitted head.

    model, version, label : the model's key ("flame", "hack", "ict"), its version, and its name for messages.
    coefficients : identity (I,), expression (E,); axis-angles in radians, each in its parent's frame: root, neck, jaw,
        left_eye, right_eye (3,), or of the user's HACK model pose (8, 3), larynx_size and larynx_height (1,); and translation (3,) in
        millimetres, after posing.
    expression_names : E names, or empty where they are numbered.
    similarity : from the model's millimetres to the frame and unit of the data. Rotation and translation of the head
        are in the coefficients (root or pose[0], translation), so that here only the scale differs from the identity.
    vertices : (V, 3) the model's head in the frame and unit of the data.
    metrics : JSON-able numbers. notes : what was found or assumed, one sentence each.
    """

    model: str
    version: str
    label: str
    coefficients: dict[str, np.ndarray]
    expression_names: tuple[str, ...]
    similarity: Similarity
    vertices: np.ndarray
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FitLandmarksSettings:
    """Settings of a fit to 3D landmarks."""

    model: str = setting(
        "flame",
        label="Model",
        help="Head model to fit; flame is the user's file where there is one.",
        choices=MODELS,
    )
    model_file: str = fit_model_file_setting()
    identities: str = identities_setting()
    scale: bool = setting(
        False,
        label="Free scale",
        help="Also find the head's scale; without, it follows from the unit, where the points are in a known one.",
    )
    robust: bool = setting(
        True, label="Robust", help="Let points far off the fit count less: for hand-picked points with mistakes."
    )
    contour: bool = setting(
        False,
        label="Jaw contour",
        help="Of 68 points, also use the 17 of the jaw contour, which lie elsewhere on every head model and detector.",
    )
    expression: bool = setting(True, label="Expression", help="Fit expression and jaw; without, the face is at rest.")
    noise: float = setting(
        0.0,
        label="Noise",
        help="How exactly the points were placed (standard deviation); 0 estimates it from the points themselves.",
        unit="mm",
        minimum=0.0,
        maximum=20.0,
    )
    prior: float = scale_setting("Prior", "how firmly coefficients are held near the mean head's.", 1000.0)


@dataclass(frozen=True)
class LandmarkPoints:
    """Landmarks as picked, in their own frame and unit.

    points : (N, 3). names : N names, empty where there are none. active : (N,) bool, the points to use; the others
        keep their place in the order. source : what to call them in messages.
    """

    points: np.ndarray
    names: tuple[str, ...] = ()
    active: np.ndarray | None = None
    source: str = "landmarks"


@dataclass(frozen=True)
class ConvertSettings:
    """Settings of a conversion between heads."""

    to: str = setting(
        "auto",
        label="To",
        help="Topology and model of the result; auto makes a HACK head of a FLAME head and a FLAME head of all others. ict is "
        "the full head, with teeth, tongue, eyes and lashes.",
        choices=("auto", *HEADS),
    )
    model_file: str = model_file_setting(
        "FLAME model file or HACK folder of the result; left out, the one in the model folders or the open head."
    )
    identities: str = mesh_identities_setting()
    device: str = device_setting("a registration computes")
    seed: int = seed_setting("Seed of a registration.")


@dataclass(frozen=True, eq=False)
class ConvertResult:
    """A converted head.

    vertices : (V, 3) the face itself in the other topology, in the input's frame and unit.
    fit : the coefficients nearest to it, and the model's head of these.
    verdict : that of the registration, good where there was none to make.
    """

    vertices: np.ndarray
    fit: FitResult
    verdict: Verdict = Verdict()


def _feature_setting(name: str):
    less, more, _ = FEATURES[name]
    label = name.replace("_", " ").capitalize()
    help = f"Of all people: -1 {less}, 1 {more}, 0 as age, sex and ancestry have it."
    return setting(0.0, label=label, help=help, minimum=-1.0, maximum=1.0)


FeatureSettings = make_dataclass(
    "FeatureSettings", [(name, float, _feature_setting(name)) for name in FEATURES], frozen=True, kw_only=True
)
"""A setting per feature of all people's faces."""


@dataclass(frozen=True, kw_only=True)
class PersonSettings(FeatureSettings):
    """Settings of who random heads are; MakeHuman's artists' ideas of age, sex and ancestry, no measurements."""

    age: str = setting(
        "", label="Age", help="Of all people: years (8), a range (5-12), baby, child, adult or old; empty: any age."
    )
    sex: str = setting("", label="Sex", help="Of all people: 0 (female) to 1 (male); empty: any.")
    ancestry: str = setting(
        "",
        label="Ancestry",
        help="Of all people: african, asian, caucasian, or shares of them (african:0.5,asian:0.5), as MakeHuman's artists "
        "see them; empty: any.",
    )
    weight: str = setting("", label="Weight", help="Of all people: 0 (thin) to 1 (heavy), average 0.5; empty: any.")
    muscle: str = setting("", label="Muscle", help="Of all people: 0 to 1, average 0.5; empty: any.")

    def wanted(self) -> Wanted:
        """Who is wanted; raises `InputError` for what is not understood."""
        features = {name: getattr(self, name) for name in FEATURES}
        return read_wanted(self.age, self.sex, self.ancestry, self.weight, self.muscle, features)


@dataclass(frozen=True, kw_only=True)
class SampleSettings(PersonSettings):
    """Settings of random heads."""

    model: str = setting(
        "flame",
        label="Model",
        help="Head model; flame and hack are the user's files where there are any, else the open heads.",
        choices=MODELS,
    )
    model_file: str = model_file_setting("FLAME model file or HACK folder; left out, the one in the model folders.")
    identities: str = setting(
        "auto",
        label="Identities",
        help="Whose heads the open models make: ict, 100 identities of adults (ICT-FaceKit); people, all ages and "
        "ancestries; auto people where age, sex, ancestry, build or a feature is given. A model file has its own.",
        choices=("auto", "ict", "people"),
    )
    expressions: str = setting(
        "auto",
        label="Expressions",
        help="shared: one adult's blendshapes for everybody; own: transferred to each face, a child's smile being "
        "smaller; auto own for all people. A sequence or neutral heads have no use for it otherwise.",
        choices=("auto", "shared", "own"),
    )
    kind: str = setting(
        "heads",
        label="Kind",
        help="Heads with identity, expression and pose; neutral templates at rest (for VOCA); or a sequence of frames.",
        choices=("heads", "neutral", "sequence"),
    )
    count: int = setting(10, label="Count", help="How many heads, or frames.", minimum=1, maximum=100_000)
    seed: int = seed_setting("Equal seeds give equal heads.")
    format: str = setting(
        "obj",
        label="Format",
        help="Mesh files; neutral templates usually are .ply.",
        choices=("obj", "ply", "glb", "npz"),
    )
    identity: float = scale_setting("Identity", "the standard deviation of identities.", 5.0)
    expression: float = scale_setting("Expression", "the strength of expressions.", 5.0)
    pose: float = scale_setting("Pose", "the turns of head, neck, jaw and eyes.", 5.0)
    limit: float = setting(
        2.5,
        label="Limit",
        help="Identity and expression coefficients stay within this many standard deviations.",
        minimum=0.1,
        maximum=10.0,
    )
    keyframes: int = setting(
        5, label="Keyframes", help="Random expressions and poses a sequence passes through.", minimum=2, maximum=1000
    )
    unit: str = setting(
        "millimetres", label="Unit", help="Unit of the mesh files.", choices=("millimetres", "centimetres", "metres")
    )


@dataclass(frozen=True, eq=False)
class HeadSample:
    """One random head: its name, its coefficients as `FitResult` has them, and (V, 3) millimetres."""

    name: str
    coefficients: dict[str, np.ndarray]
    vertices: np.ndarray
