"""The JSON-able side of a result."""

from __future__ import annotations

from typing import Any

from .plain_json import plain_json
from .versions import result_origin


def describe(result: Any, settings: Any, *names: str) -> dict[str, Any]:
    """A result's verdict and reasons, where it has one, what it has under `names`, settings, versions and credits."""
    verdict = getattr(result, "verdict", None)
    judged = {} if verdict is None else verdict.plain()
    listed = {name: getattr(result, name) for name in names}
    return plain_json({**judged, **listed, "settings": settings, **result_origin()})
