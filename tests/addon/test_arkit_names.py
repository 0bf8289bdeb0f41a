"""The add-on knows ARKit's blendshapes by the backend's names."""

from __future__ import annotations

from headbridge.models.arkit import ARKIT_PARTS


def test_names_are_the_backends(plain_addon):
    assert set(ARKIT_PARTS) == plain_addon("rig.arkit_names").ARKIT_NAMES
