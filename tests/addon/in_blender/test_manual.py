"""The manual: a page for every operator and setting, and pages whose links lead somewhere."""

from __future__ import annotations

import functools
import os
import re
from urllib.parse import unquote, urlparse

import bpy
import pytest


@pytest.fixture
def pages(addon):
    return addon("manual.pages")


def page_of(name: str) -> str:
    """The file of the page that F1 opens over something of that name."""
    from bl_operators.wm import WM_OT_doc_view_manual

    found = WM_OT_doc_view_manual._lookup_rna_url(name, verbose=False)
    assert found and found.startswith("file:///"), name
    return "/" + urlparse(found).path.lstrip("/")


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("bpy.ops.headbridge.register", "jobs/register"),
        ("bpy.ops.headbridge.pick_pairs", "jobs/register"),
        ("bpy.ops.headbridge.edit_photo_landmarks", "jobs/photo"),
        ("bpy.ops.headbridge.fit_texture", "jobs/texture"),
        ("bpy.ops.headbridge.fit_scan", "jobs/fit"),
        ("bpy.ops.headbridge.track_video", "jobs/track"),
        ("bpy.types.HEADBRIDGE_PG_register_settings.device", "jobs/register"),
        ("bpy.types.HEADBRIDGE_PG_scene.source", "in-blender"),
    ],
)
def test_f1_opens_the_page_about_it(name, page):
    assert page_of(name).endswith(f"/{page}.html")


def test_every_operator_and_setting_has_a_page(pages, monkeypatch):
    # F1 writes the pages whenever it is pressed.
    monkeypatch.setattr(pages, "write", functools.cache(pages.write))
    names = [f"bpy.ops.headbridge.{name}" for name in dir(bpy.ops.headbridge)]
    for group in bpy.types.PropertyGroup.__subclasses__():
        if group.__name__.startswith("HEADBRIDGE_PG"):
            names += [f"bpy.types.{group.__name__}.{key}" for key in group.bl_rna.properties.keys()]
    assert len(names) > 300
    assert [name for name in names if not os.path.isfile(page_of(name))] == []


def test_all_links_of_all_pages_lead_somewhere(pages):
    folder = pages.write()
    anchors, links = {}, []
    for place, _folders, files in os.walk(folder):
        for name in files:
            path = os.path.join(place, name)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            anchors[path] = set(re.findall(r' id="([^"]+)"', text))
            links += [(path, link) for link in re.findall(r'<a href="([^"]+)"', text)]
    assert len(anchors) > 15 and len(links) > 50
    for page, link in links:
        address, _mark, place = link.partition("#")
        if address.startswith("http"):
            continue
        path = f"/{urlparse(address).path.lstrip('/')}" if address.startswith("file:") else address
        target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if address else page
        if target in anchors:
            assert not place or place in anchors[target], (page, link)
        else:
            # Files of the repository beside the pages.
            assert address.startswith("file:"), (page, link)


def test_all_pictures_of_all_pages_are_there(pages):
    folder, pictures = pages.write(), []
    for place, _folders, files in os.walk(folder):
        for name in files:
            with open(os.path.join(place, name), encoding="utf-8") as file:
                pictures += re.findall(r'<img src="([^"]+)"', file.read())
    assert len(pictures) > 8
    assert [picture for picture in pictures if not os.path.isfile(unquote(urlparse(picture).path))] == []


def test_markdown_becomes_html(addon):
    text = "\n".join(
        [
            "# A & B", "", "One *two* **three** `a < b*c*`", "and [more](x.md#y).", "", "- first", "  goes on", "- second", "",
            "1. one", "", "| a | b |", "|---|---|", "| `c` | d |", "", "```", "x < y", "```",
        ]
    )  # fmt: skip
    found = addon("manual.markdown").page(text, lambda address: f"<{address}>")
    body = found[found.index("<body>") + 7 : found.index("\n</body>")]
    assert body.splitlines() == [
        '<h1 id="a--b">A &amp; B</h1>',
        "<p>One <em>two</em> <strong>three</strong> <code>a &lt; b*c*</code> and "
        '<a href="&lt;x.md#y&gt;">more</a>.</p>',
        "<ul><li>first goes on</li><li>second</li></ul>",
        "<ol><li>one</li></ol>",
        "<table><tr><th>a</th><th>b</th></tr><tr><td><code>c</code></td><td>d</td></tr></table>",
        "<pre>x &lt; y</pre>",
    ]
    assert "<title>A &amp; B</title>" in found
