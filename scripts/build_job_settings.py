"""Write what is made of the settings classes: addon/job_settings.json, the add-on's copy, and docs/settings.md.

Run with the backend importable: `PYTHONPATH=backend python scripts/build_job_settings.py`. `--check` only compares.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from settings_page import settings_page

from headbridge.jobs.tasks import TASKS
from headbridge.settings import describe

ROOT = Path(__file__).resolve().parent.parent


def job_settings_text() -> str:
    """The content of the add-on's copy."""
    return json.dumps({name: describe(task.settings_class) for name, task in TASKS.items()}, indent=2) + "\n"


def main() -> int:
    stale = []
    for path, text in (
        (ROOT / "addon" / "job_settings.json", job_settings_text()),
        (ROOT / "docs" / "settings.md", settings_page()),
    ):
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
    if stale:
        print(f"{' and '.join(stale)}: out of date, run scripts/build_job_settings.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
