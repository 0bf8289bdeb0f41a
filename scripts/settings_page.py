"""docs/settings.md: the page of all jobs' settings."""

from __future__ import annotations

from headbridge.jobs.tasks import TASKS
from headbridge.settings import describe

_HEAD = """# Settings

<!-- Written by scripts/build_job_settings.py from the settings classes; change those. -->

Every job's settings mean the same in Blender's panels, on the command line (`stiffness` is `--stiffness`; of a switch
that is on, `--no-symmetry` turns it off) and in Python (the fields of the settings class).
"""


def settings_page() -> str:
    """The page's content."""
    sections = [_section(name, describe(task.settings_class)) for name, task in TASKS.items()]
    return "\n".join([_HEAD, *filter(None, sections)])


def _section(task: str, settings: list[dict]) -> str:
    if not settings:
        return ""
    rows = [f"| `{each['name']}` | {_values(each)} | {_cell(each['help'])} |" for each in settings]
    return "\n".join([f"## {task}\n", "| setting | values (default) | |", "|---|---|---|", *rows, ""])


def _values(each: dict) -> str:
    default = "on" if each["default"] is True else "off" if each["default"] is False else each["default"]
    shown = f"({default})" if default != "" else ""
    if each["choices"]:
        kind = ", ".join(each["choices"])
    elif each["type"] == "bool":
        kind = "on, off"
    elif each["type"] == "str":
        kind = "text"
    elif each["minimum"] is None or each["maximum"] is None:
        kind = "number"
    else:
        kind = f"{each['minimum']} to {each['maximum']}"
    return " ".join(filter(None, [_cell(kind), each["unit"], shown]))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
