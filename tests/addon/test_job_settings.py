"""addon/job_settings.json says what the backend's settings classes say."""

from __future__ import annotations

import json
from pathlib import Path

from headbridge.jobs.tasks import TASKS
from headbridge.settings import describe

ROOT = Path(__file__).resolve().parent.parent.parent


def test_job_settings_are_up_to_date():
    stored = json.loads((ROOT / "addon" / "job_settings.json").read_text(encoding="utf-8"))
    described = {name: describe(task.settings_class) for name, task in TASKS.items()}
    assert stored == described, "run scripts/build_job_settings.py"
