"""HeadBridge: transfers a face from one head topology to another.

Inside this package lengths are millimetres, Y is up, the face looks along +Z and the subject's left is +X.
Conversion from and to files and Blender happens at the border (``headbridge.mesh.io``, ``headbridge.units``, the add-on).

What is public is named here and imported when asked for, so that ``import headbridge`` costs next to nothing.
"""

from .on_demand import on_demand

# As of `typing`, which takes longer to load than all that stands here.
TYPE_CHECKING = False

__version__ = "0.1.0"

# In the order of the jobs. Type checkers and editors read the imports below, which say the same.
_PUBLIC = {
    "errors": ("Cancelled", "DeviceError", "FailedResult", "HeadBridgeError", "InputError"),
    "progress": ("Progress",),
    "verdict": ("Reason", "Verdict"),
    "mesh": ("Mesh",),
    "mesh.io": ("read_mesh", "write_mesh"),
    "mesh.similarity": ("Similarity",),
    "images": ("Image", "Photo", "read_image", "read_photo", "write_image"),
    "topologies": ("Topology", "load_builtin", "load_topology", "recognise"),
    "metrics": ("compute_metrics",),
    "registration.job": ("LandmarkPairs", "RegisterInput", "RegisterResult", "RegisterSettings"),
    "registration.register": ("register",),
    "uv.job": ("UvInput", "UvResult", "UvSettings"),
    "uv.transfer": ("transfer_uvs",),
    "baking.job": ("BakeInput", "BakeResult", "BakeSettings"),
    "baking.bake_texture": ("bake_texture",),
    "texture": ("TextureSpace", "load_texture_space"),
    "texture.completion_job": ("CompleteTextureInput", "CompleteTextureResult", "CompleteTextureSettings"),
    "texture.complete_texture": ("complete_texture",),
    "texture.fit_job": ("FitTextureInput", "FitTextureResult", "FitTextureSettings"),
    "texture.fit_texture": ("fit_texture",),
    "fitting.job": (
        "ConvertResult",
        "ConvertSettings",
        "FitLandmarksSettings",
        "FitMeshInput",
        "FitMeshSettings",
        "FitResult",
        "HeadSample",
        "LandmarkPoints",
        "SampleSettings",
    ),
    "fitting.heads": ("load_head",),
    "fitting.torch_head": ("TorchHead", "TorchShape"),
    "fitting.mesh": ("fit_mesh",),
    "fitting.sequence.fit": ("fit_sequence",),
    "fitting.sequence.job": ("FitSequenceInput", "FitSequenceResult", "FitSequenceSettings"),
    "fitting.video.track": ("track_video",),
    "fitting.video.job": ("TrackVideoResult", "TrackVideoSettings"),
    "fitting.landmark_files": ("read_landmarks",),
    "fitting.landmarks3d": ("fit_landmarks3d",),
    "fitting.convert": ("convert",),
    "fitting.sampling": ("sample_heads",),
    "fitting.scan.job": ("FitScanInput", "FitScanResult", "FitScanSettings"),
    "fitting.scan.fit": ("fit_scan",),
    "fitting.scan.reading": ("read_scan",),
    "fitting.photo.job": (
        "FitPhotoInput",
        "FitPhotoResult",
        "FitPhotoSettings",
        "PhotoCamera",
        "PhotoLandmarks",
        "PhotoView",
    ),
    "fitting.photo.fit": ("fit_photo",),
    "fitting.photo.projection_job": (
        "ProjectedPhoto",
        "ProjectTextureInput",
        "ProjectTextureResult",
        "ProjectTextureSettings",
    ),
    "fitting.photo.project_texture": ("project_texture",),
    "sequences.sequence": ("Sequence",),
    "sequences.file": ("read_sequence", "write_sequence"),
    "sequences.expressions": ("ConvertedExpressions", "convert_expressions"),
    "sequences.job": ("ImportSettings",),
    "sequences.importing": ("ImportedSequence", "import_sequence"),
    "video.opening": ("open_footage",),
}

_MODULES = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = ["__version__", *_MODULES]

__getattr__ = on_demand(__name__, _MODULES)


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from .baking.bake_texture import bake_texture
    from .baking.job import BakeInput, BakeResult, BakeSettings
    from .errors import Cancelled, DeviceError, FailedResult, HeadBridgeError, InputError
    from .fitting.convert import convert
    from .fitting.heads import load_head
    from .fitting.job import (
        ConvertResult,
        ConvertSettings,
        FitLandmarksSettings,
        FitMeshInput,
        FitMeshSettings,
        FitResult,
        HeadSample,
        LandmarkPoints,
        SampleSettings,
    )
    from .fitting.landmark_files import read_landmarks
    from .fitting.landmarks3d import fit_landmarks3d
    from .fitting.mesh import fit_mesh
    from .fitting.photo.fit import fit_photo
    from .fitting.photo.job import (
        FitPhotoInput,
        FitPhotoResult,
        FitPhotoSettings,
        PhotoCamera,
        PhotoLandmarks,
        PhotoView,
    )
    from .fitting.photo.project_texture import project_texture
    from .fitting.photo.projection_job import (
        ProjectedPhoto,
        ProjectTextureInput,
        ProjectTextureResult,
        ProjectTextureSettings,
    )
    from .fitting.sampling import sample_heads
    from .fitting.scan.fit import fit_scan
    from .fitting.scan.job import FitScanInput, FitScanResult, FitScanSettings
    from .fitting.scan.reading import read_scan
    from .fitting.sequence.fit import fit_sequence
    from .fitting.sequence.job import FitSequenceInput, FitSequenceResult, FitSequenceSettings
    from .fitting.torch_head import TorchHead, TorchShape
    from .fitting.video.job import TrackVideoResult, TrackVideoSettings
    from .fitting.video.track import track_video
    from .images import Image, Photo, read_image, read_photo, write_image
    from .mesh import Mesh
    from .mesh.io import read_mesh, write_mesh
    from .mesh.similarity import Similarity
    from .metrics import compute_metrics
    from .progress import Progress
    from .registration.job import LandmarkPairs, RegisterInput, RegisterResult, RegisterSettings
    from .registration.register import register
    from .sequences.expressions import ConvertedExpressions, convert_expressions
    from .sequences.file import read_sequence, write_sequence
    from .sequences.importing import ImportedSequence, import_sequence
    from .sequences.job import ImportSettings
    from .sequences.sequence import Sequence
    from .texture import TextureSpace, load_texture_space
    from .texture.complete_texture import complete_texture
    from .texture.completion_job import CompleteTextureInput, CompleteTextureResult, CompleteTextureSettings
    from .texture.fit_job import FitTextureInput, FitTextureResult, FitTextureSettings
    from .texture.fit_texture import fit_texture
    from .topologies import Topology, load_builtin, load_topology, recognise
    from .uv.job import UvInput, UvResult, UvSettings
    from .uv.transfer import transfer_uvs
    from .verdict import Reason, Verdict
    from .video.opening import open_footage
