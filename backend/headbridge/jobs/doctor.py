"""Is everything here that jobs need? As a job: the findings, each with what mends it."""

from __future__ import annotations

import platform
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..cache import SIZE_LIMIT, Cache
from ..errors import HeadBridgeError
from ..model_files import MODEL_FILES, FoundModel, ModelFile, find_all, model_folders
from ..progress import Progress
from ..topologies import TOPOLOGY_KEYS, load_builtin, load_topology
from ..topologies.builtin import shipped
from .folder import JobFolder
from .protocol import Task
from .versions import has_cholespy, installed_version, installed_versions, pinned_versions

OK, WARNING, PROBLEM = "ok", "warning", "problem"
ENVIRONMENT, FOLDER = "environment", "folder"
"""What mends a finding: another environment of packages; something to be put into, or changed about, a folder."""


_OWN_PACKAGES = {"pytorch3d": "--renderer pytorch3d", "face-alignment": "--detector face-alignment"}


@dataclass(frozen=True)
class DoctorSettings:
    """Looking needs no settings."""


@dataclass(frozen=True)
class Finding:
    """One line of the report; only `problem` keeps jobs from running. group : "models" for files users own. fix : "",
    `ENVIRONMENT` or `FOLDER`, which `folder` names and which need not exist yet."""

    subject: str
    state: str
    text: str
    group: str = ""
    fix: str = ""
    folder: str = ""


def run_doctor(_folder: JobFolder, _settings: DoctorSettings, progress: Progress) -> dict[str, Any]:
    """Answers `findings`, each as `Finding` has it."""
    progress.report(0.0, "Checking packages, devices and model files")
    return {"findings": [asdict(finding) for finding in examine()]}


def examine() -> list[Finding]:
    """All findings, in the order of the report."""
    return [_python(), *_packages(), *_own_packages(), *_devices(), _cache(), *_builtins(), *_models()]


def _python() -> Finding:
    text = f"HeadBridge {__version__} on Python {platform.python_version()} ({sys.executable})"
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("python", PROBLEM, f"{text}; use Python 3.11, 3.12 or 3.13.", fix=ENVIRONMENT)
    return Finding("python", OK, text)


def _packages() -> list[Finding]:
    installed = installed_versions()
    findings = []
    for name, pinned in pinned_versions().items():
        found = installed[name]
        if found is None:
            findings.append(Finding(name, PROBLEM, f"not installed; pip install {name}=={pinned}", fix=ENVIRONMENT))
        # A local label ("+cpu") names a build of the same version.
        elif found.split("+")[0] != pinned:
            text = f"version {found}, made for {pinned}; pip install {name}=={pinned}"
            findings.append(Finding(name, WARNING, text, fix=ENVIRONMENT))
        else:
            findings.append(Finding(name, OK, f"version {found}"))
    if not has_cholespy():
        text = "SciPy's, since cholespy has no packages for this machine; large meshes take longer"
        findings.append(Finding("factorisation", OK, text))
    return findings


def _own_packages() -> list[Finding]:
    """What users may install beside HeadBridge, and what asks for it."""
    return [
        Finding(name, OK, f"not installed; {use} needs it" if found is None else f"version {found}, your own")
        for name, use in _OWN_PACKAGES.items()
        for found in (installed_version(name),)
    ]


def _devices() -> list[Finding]:
    try:
        import warp

        from ..device import available_devices

        devices = available_devices()
        cache = Path(warp.config.kernel_cache_dir)
    except Exception as problem:
        text = f"Warp does not start ({problem}); install the pinned warp-lang again."
        return [Finding("devices", PROBLEM, text, fix=ENVIRONMENT)]
    findings = [Finding("devices", OK, ", ".join(devices) + ("" if "cuda" in devices else " (no CUDA device found)"))]
    try:
        with tempfile.TemporaryFile(dir=cache):
            findings.append(Finding("kernel cache", OK, f"{cache} may be written"))
    except OSError as problem:
        text = f"{cache} may not be written ({problem.strerror}); set WARP_CACHE_PATH to a folder of yours."
        findings.append(Finding("kernel cache", PROBLEM, text, fix=FOLDER, folder=str(cache)))
    return findings


def _cache() -> Finding:
    cache = Cache.of_user()
    if cache.folder is None:
        return Finding("result cache", OK, "switched off by HEADBRIDGE_CACHE")
    text = f"{cache.folder} holds {cache.size() / 1e6:.1f} of at most {SIZE_LIMIT / 1e6:.0f} MB"
    problem = cache.why_not_writable()
    if problem is not None:
        return Finding(
            "result cache",
            WARNING,
            f"{text}, but {problem}; set HEADBRIDGE_CACHE to a folder of yours.",
            fix=FOLDER,
            folder=str(cache.folder),
        )
    return Finding("result cache", OK, text)


def _builtins() -> list[Finding]:
    findings = []
    for key in TOPOLOGY_KEYS:
        if not shipped(key):
            findings.append(
                Finding(f"built-in {key}", WARNING, "not part of this build; all that needs none of it works")
            )
            continue
        try:
            from ..mesh.validate import check_mesh

            mesh = load_builtin(key)
            check_mesh(mesh, "built-in head")
            load_topology(key)
            findings.append(
                Finding(f"built-in {key}", OK, f"{len(mesh.vertices)} vertices, {len(mesh.face_sizes)} faces")
            )
        except Exception as problem:
            findings.append(
                Finding(f"built-in {key}", PROBLEM, f"cannot be loaded ({problem}); install HeadBridge again.")
            )
    return findings


def _models() -> list[Finding]:
    return [replace(finding, group="models") for model in MODEL_FILES for finding in _model(model)]


def _model(model: ModelFile) -> list[Finding]:
    files = find_all(model)
    if not files:
        place = model_folders()[0] / model.folder
        names = " or ".join(model.file_names)
        text = f"not found (optional); get it from {model.source} and put {names} into {place}"
        return [Finding(model.label, WARNING, text, fix=FOLDER, folder=str(place))]
    # The first is the one that is used; the others are told so that nobody wonders.
    first, *others = files
    findings = [_found(first)]
    if others:
        names = ", ".join(str(found.path) for found in others)
        findings.append(Finding(f"{model.label}, not used", OK, f"also found, name the file to use it: {names}"))
    return findings


def _found(found: FoundModel) -> Finding:
    text = f"found, {found.size / 1e6:.1f} MB, {found.path}"
    try:
        from .model_file_contents import describe_model

        description = describe_model(found)
    except HeadBridgeError as problem:
        text = f"{text}, but not valid: {problem}"
        return Finding(found.model.label, WARNING, text, fix=FOLDER, folder=str(found.path.parent))
    return Finding(found.model.label, OK, f"{text}, {description}" if description else text)


DOCTOR = Task(DoctorSettings, run_doctor)
