# SPDX-License-Identifier: GPL-3.0-or-later
"""Which page of docs/ an operator or a setting is told on (F1, *Online Manual* in the context menu), and its file."""

from __future__ import annotations

import os
from urllib.parse import quote

import bpy

from .. import paths
from . import markdown

DOCS_FOLDER = os.path.join(paths.EXTENSION_FOLDER, "docs")
START = "in-blender.md"

# Ends of the names by which Blender knows operators and settings, the first that fits counts.
_PAGES = (
    ("bpy.ops.headbridge.register", "jobs/register.md"),
    ("bpy.ops.headbridge.*pairs", "jobs/register.md"),
    ("bpy.ops.headbridge.match_selected", "jobs/register.md"),
    ("bpy.ops.headbridge.*compare", "in-blender.md"),
    ("bpy.types.headbridge_pg_register_settings.*", "jobs/register.md"),
    ("bpy.ops.headbridge.transfer_uvs", "jobs/uv.md"),
    ("bpy.ops.headbridge.show_uvs", "jobs/uv.md"),
    ("bpy.ops.headbridge.select_uv_problems", "jobs/uv.md"),
    ("bpy.types.headbridge_pg_uv_settings.*", "jobs/uv.md"),
    ("bpy.ops.headbridge.bake_texture", "jobs/bake.md"),
    ("bpy.types.headbridge_pg_bake_settings.*", "jobs/bake.md"),
    ("bpy.ops.headbridge.*photo*", "jobs/photo.md"),
    ("bpy.ops.headbridge.project_texture", "jobs/photo.md"),
    ("bpy.ops.headbridge.restore_render", "jobs/photo.md"),
    ("bpy.types.headbridge_pg_fit_photo*", "jobs/photo.md"),
    ("bpy.types.headbridge_pg_project_texture*", "jobs/photo.md"),
    ("bpy.ops.headbridge.track_video", "jobs/track.md"),
    ("bpy.ops.headbridge.*sequence*", "jobs/import.md"),
    ("bpy.ops.headbridge.*performances", "jobs/import.md"),
    ("bpy.ops.headbridge.add_corrections", "jobs/import.md"),
    ("bpy.ops.headbridge.export_arkit_table", "jobs/import.md"),
    ("bpy.ops.headbridge.read_handles", "jobs/people.md"),
    ("bpy.types.headbridge_pg_handles.*", "jobs/people.md"),
    ("bpy.ops.headbridge.own_expressions", "jobs/people.md"),
    ("bpy.ops.headbridge.*rig*", "jobs/rig.md"),
    ("bpy.ops.headbridge.*keys", "jobs/rig.md"),
    ("bpy.ops.headbridge.transfer_expressions", "jobs/rig.md"),
    ("bpy.ops.headbridge.make_watertight", "jobs/rig.md"),
    ("bpy.ops.headbridge.export_head", "jobs/rig.md"),
    ("bpy.types.headbridge_pg_rig_settings.*", "jobs/rig.md"),
    ("bpy.ops.headbridge.*texture*", "jobs/texture.md"),
    ("bpy.types.headbridge_pg_texture*", "jobs/texture.md"),
    ("bpy.ops.headbridge.fit_*", "jobs/fit.md"),
    ("bpy.ops.headbridge.render_scan_views", "jobs/fit.md"),
    ("bpy.ops.headbridge.load_fit", "jobs/fit.md"),
    ("bpy.ops.headbridge.convert_head", "jobs/fit.md"),
    ("bpy.ops.headbridge.sample_heads", "jobs/fit.md"),
    ("bpy.types.headbridge_pg_fit*", "jobs/fit.md"),
    ("bpy.types.headbridge_pg_convert*", "jobs/fit.md"),
    ("bpy.types.headbridge_pg_sample*", "jobs/fit.md"),
    ("bpy.ops.headbridge.*batch*", "jobs/batch.md"),
    ("bpy.types.headbridge_pg_batch*", "jobs/batch.md"),
    ("bpy.ops.headbridge.setup*", "first-steps.md"),
    ("bpy.ops.headbridge.*", START),
    ("bpy.types.headbridge*", START),
)


def manual_map() -> tuple[str, tuple[tuple[str, str], ...]]:
    """For `bpy.utils.register_manual_map`: the folder of the pages, written now, and pattern and page for every name."""
    folder = write()
    return f"{_url(folder)}/", tuple((pattern, _html(page)) for pattern, page in _PAGES)


def url_of(page: str) -> str:
    """The address of a page of docs/, as HTML."""
    return f"{_url(write())}/{_html(page)}"


def write() -> str:
    """Write all pages as HTML into the extension's own folder of the user; returns it."""
    target = paths.user_folder("manual")
    for folder, _folders, files in os.walk(DOCS_FOLDER):
        below = os.path.relpath(folder, DOCS_FOLDER)
        os.makedirs(os.path.join(target, below), exist_ok=True)
        for name in files:
            if name.endswith(".md"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = markdown.page(file.read(), lambda address, folder=folder: _linked(address, folder))
                with open(os.path.join(target, below, _html(name)), "w", encoding="utf-8") as file:
                    file.write(text)
    return target


def _linked(address: str, folder: str) -> str:
    """A link in a page of a folder: pages are HTML, pictures and other files lie where they were."""
    if ":" in address or address.startswith("#"):
        return address
    page, mark, place = address.partition("#")
    path = os.path.normpath(os.path.join(folder, page))
    if page.endswith(".md") and path.startswith(DOCS_FOLDER):
        return f"{_html(page)}{mark}{place}"
    return _url(path)


def _html(page: str) -> str:
    return f"{page.removesuffix('.md')}.html"


def _url(path: str) -> str:
    return "file:///" + quote(path.replace(os.sep, "/").lstrip("/"), safe="/:")


def register():
    bpy.utils.register_manual_map(manual_map)


def unregister():
    bpy.utils.unregister_manual_map(manual_map)
