"""Write addon/job_settings.json, the add-on's copy of the settings classes' descriptions.

Run with the backend importable: `PYTHONPATH=backend python scripts/build_job_settings.py`. `--check` only compares.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from headbridge.jobs.tasks import TASKS
from headbridge.settings import describe

OUTPUT = Path(__file__).resolve().parent.parent / "addon" / "job_settings.json"


def job_settings_text() -> str:
    """The file's content."""
    return json.dumps({name: describe(task.settings_class) for name, task in TASKS.items()}, indent=2) + "\n"


def main() -> int:
    text = job_settings_text()
    if "--check" in sys.argv[1:]:
        if not OUTPUT.exists() or OUTPUT.read_text(encoding="utf-8") != text:
            print(f"{OUTPUT.name} is out of date: run scripts/build_job_settings.py", file=sys.stderr)
            return 1
        return 0
    OUTPUT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
