"""The jobs by name: a new one adds its line here, and the worker, the files of settings and the command line know it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """Where a job stands, and its command.

    job : module of this package and name in it. command : on the command line, "" for jobs that only the add-on runs; its
    module in `cli` has its name. purpose : for the list of commands."""

    job: str
    command: str = ""
    purpose: str = ""


JOBS = {
    "register": Entry("register.REGISTER", "register", "transfer a source head onto a target"),
    "uv": Entry("uv.UV", "uv", "give a head the UV layout of another"),
    "bake": Entry("bake.BAKE", "bake", "transfer a texture from one head's UV layout to another's"),
    "fit_mesh": Entry("fit_mesh.FIT_MESH", "fit-mesh", "fit a head model to a registered mesh"),
    "fit_landmarks3d": Entry("fit_landmarks3d.FIT_LANDMARKS3D", "fit-landmarks3d", "fit a head model to 3D landmarks"),
    "fit_scan": Entry("fit_scan.FIT_SCAN", "fit-scan", "fit a head to a scan of a head"),
    "render_scan_views": Entry("scan_views.RENDER_SCAN_VIEWS"),
    "fit_sequence": Entry(
        "fit_sequence.FIT_SEQUENCE", "fit-sequence", "fit a head model to the meshes of a performance"
    ),
    "track_video": Entry("track_video.TRACK_VIDEO", "track", "follow the face in a video as a head that moves"),
    "fit_photo": Entry("fit_photo.FIT_PHOTO", "fit-photo", "fit a head to photos of a person"),
    "project_texture": Entry(
        "project_texture.PROJECT_TEXTURE", "project-texture", "project photos on a fitted head as its texture"
    ),
    "convert": Entry("convert.CONVERT", "convert", "convert between FLAME, HACK and ICT heads"),
    "sample": Entry("sample.SAMPLE", "sample", "make random heads of a head model"),
    "sample_texture": Entry("sample_texture.SAMPLE_TEXTURE", "sample-texture", "make textures of a texture space"),
    "build_texture_space": Entry(
        "build_texture_space.BUILD_TEXTURE_SPACE", "build-texture-space", "build a texture space of photos"
    ),
    "find_textures": Entry("texture_basis.FIND_TEXTURES"),
    "texture_basis": Entry("texture_basis.TEXTURE_BASIS"),
    "texture_pictures": Entry("texture_basis.TEXTURE_PICTURES"),
    "fit_texture": Entry(
        "fit_texture.FIT_TEXTURE", "fit-texture", "find a given texture in a texture space or generator"
    ),
    "complete_texture": Entry(
        "complete_texture.COMPLETE_TEXTURE", "complete-texture", "fill in the hidden parts of a texture"
    ),
    "head_model": Entry("head_model.HEAD_MODEL"),
    "fitted_head": Entry("head_model.FITTED_HEAD"),
    "animated_head": Entry("animated_head.ANIMATED_HEAD"),
    "arkit_keys": Entry("expression_keys.ARKIT_KEYS"),
    "transfer_keys": Entry("expression_keys.TRANSFER_KEYS"),
    "doctor": Entry("doctor.DOCTOR"),
    "import_sequence": Entry("import_sequence.IMPORT_SEQUENCE", "import", "read a tracker's results as a sequence"),
    "convert_expressions": Entry(
        "convert_expressions.CONVERT_EXPRESSIONS",
        "convert-expressions",
        "turn FLAME's expressions into ARKit's keys, and back",
    ),
    "export_sequence": Entry(
        "export_sequence.EXPORT_SEQUENCE", "export-sequence", "write a sequence as a tracker's own files"
    ),
}
