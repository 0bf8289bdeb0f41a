"""The tasks a worker can run. A later work adds itself by one entry in `TASKS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..baking.job import BakeSettings
from ..building.job import BuildTextureSpaceSettings
from ..fitting.job import ConvertSettings, FitLandmarksSettings, FitMeshSettings, SampleSettings
from ..fitting.photo.job import FitPhotoSettings
from ..fitting.photo.projection_job import ProjectTextureSettings
from ..fitting.scan.job import FitScanSettings
from ..fitting.sequence.job import FitSequenceSettings
from ..fitting.video.job import TrackVideoSettings
from ..progress import Progress
from ..registration.job import RegisterSettings
from ..sequences.job import ConvertExpressionsSettings, ExportSettings, ImportSettings
from ..texture.completion_job import CompleteTextureSettings
from ..texture.fit_job import FitTextureSettings
from ..texture.job import (
    FindTexturesSettings,
    SampleTextureSettings,
    TextureBasisSettings,
    TexturePictureSettings,
)
from ..uv.job import UvSettings
from .animated_head import AnimatedHeadSettings, run_animated_head
from .bake import run_bake
from .build_texture_space import run_build_texture_space
from .complete_texture import run_complete_texture
from .convert import run_convert
from .convert_expressions import run_convert_expressions
from .doctor import DoctorSettings, run_doctor
from .export_sequence import run_export_sequence
from .expression_keys import ExpressionKeysSettings, run_arkit_keys, run_transfer_keys
from .fit_landmarks3d import run_fit_landmarks3d
from .fit_mesh import run_fit_mesh
from .fit_photo import run_fit_photo
from .fit_scan import run_fit_scan
from .fit_sequence import run_fit_sequence
from .fit_texture import run_fit_texture
from .folder import JobFolder
from .head_model import FittedHeadSettings, HeadModelSettings, run_fitted_head, run_head_model
from .import_sequence import run_import_sequence
from .project_texture import run_project_texture
from .register import run_register
from .sample import run_sample
from .sample_texture import run_sample_texture
from .texture_basis import run_find_textures, run_texture_basis, run_texture_pictures
from .track_video import run_track_video
from .uv import run_uv


@dataclass(frozen=True)
class Task:
    """A kind of job.

    settings_class : dataclass of `headbridge.settings.setting` fields.
    run : ``run(folder, settings, progress)`` reads its input from the folder, writes its files there and returns the
        JSON-able answer; compute code is imported inside it, so that naming a task costs nothing.
    """

    settings_class: type
    run: Callable[[JobFolder, Any, Progress], dict[str, Any]]


TASKS: dict[str, Task] = {
    "register": Task(RegisterSettings, run_register),
    "uv": Task(UvSettings, run_uv),
    "bake": Task(BakeSettings, run_bake),
    "fit_mesh": Task(FitMeshSettings, run_fit_mesh),
    "fit_landmarks3d": Task(FitLandmarksSettings, run_fit_landmarks3d),
    "fit_scan": Task(FitScanSettings, run_fit_scan),
    "fit_sequence": Task(FitSequenceSettings, run_fit_sequence),
    "track_video": Task(TrackVideoSettings, run_track_video),
    "fit_photo": Task(FitPhotoSettings, run_fit_photo),
    "project_texture": Task(ProjectTextureSettings, run_project_texture),
    "convert": Task(ConvertSettings, run_convert),
    "sample": Task(SampleSettings, run_sample),
    "sample_texture": Task(SampleTextureSettings, run_sample_texture),
    "build_texture_space": Task(BuildTextureSpaceSettings, run_build_texture_space),
    "find_textures": Task(FindTexturesSettings, run_find_textures),
    "texture_basis": Task(TextureBasisSettings, run_texture_basis),
    "texture_pictures": Task(TexturePictureSettings, run_texture_pictures),
    "fit_texture": Task(FitTextureSettings, run_fit_texture),
    "complete_texture": Task(CompleteTextureSettings, run_complete_texture),
    "head_model": Task(HeadModelSettings, run_head_model),
    "fitted_head": Task(FittedHeadSettings, run_fitted_head),
    "animated_head": Task(AnimatedHeadSettings, run_animated_head),
    "arkit_keys": Task(ExpressionKeysSettings, run_arkit_keys),
    "transfer_keys": Task(ExpressionKeysSettings, run_transfer_keys),
    "doctor": Task(DoctorSettings, run_doctor),
    "import_sequence": Task(ImportSettings, run_import_sequence),
    "convert_expressions": Task(ConvertExpressionsSettings, run_convert_expressions),
    "export_sequence": Task(ExportSettings, run_export_sequence),
}
