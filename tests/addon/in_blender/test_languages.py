"""Panels and buttons in the user's language."""

from __future__ import annotations

import bpy
import pytest


@pytest.fixture
def german():
    view = bpy.context.preferences.view
    if not bpy.app.build_options.international:
        pytest.skip("this bpy is built without translations")
    before = view.language
    for name in ("de", "de_DE"):
        if name in {locale.replace("-", "_") for locale in bpy.app.translations.locales}:
            view.language = name
            break
    view.use_translate_interface = view.use_translate_tooltips = True
    yield
    view.language = before


def test_labels_names_and_tooltips_are_told(german):
    translations = bpy.app.translations
    assert translations.pgettext_iface("UVs from Another Head") == "UVs eines anderen Kopfs"
    assert translations.pgettext_iface("Create Head", "Operator") == "Kopf erstellen"
    # A panel's label, which in other places means how fast something is.
    panel = bpy.types.HEADBRIDGE_PT_motion
    assert translations.pgettext_iface(panel.bl_label, panel.bl_translation_context) == "Bewegung"
    assert translations.pgettext_iface("{count} Pairs").format(count=3) == "3 Paare"
    tooltip = bpy.ops.headbridge.transfer_uvs.get_rna_type().description
    assert translations.pgettext_tip(tooltip).startswith("Dem Ziel eine neue UV-Ebene")
    broken = bpy.ops.headbridge.create_head.get_rna_type().description
    assert translations.pgettext_tip(broken).startswith("Aus den Fotos oder dem aktiven Scan")


def test_a_greyed_out_button_says_why_in_german(german):
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "UI")
    with (
        bpy.context.temp_override(window=window, area=area, region=region),
        pytest.raises(RuntimeError, match="Im Moment wird nichts verglichen"),
    ):
        bpy.ops.headbridge.end_compare()


def test_nothing_is_left_when_the_extension_is_off(german):
    module = "bl_ext.user_default.headbridge"
    bpy.ops.preferences.addon_disable(module=module)
    try:
        assert bpy.app.translations.pgettext_iface("UVs from Another Head") == "UVs from Another Head"
    finally:
        bpy.ops.preferences.addon_enable(module=module)
    assert bpy.app.translations.pgettext_iface("UVs from Another Head") == "UVs eines anderen Kopfs"
