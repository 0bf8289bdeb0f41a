"""The command line as a whole."""

import pytest

import headbridge as package


def test_version(headbridge):
    done = headbridge("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"headbridge {package.__version__}")


@pytest.mark.slow
def test_help_lists_the_commands_and_every_setting(headbridge):
    assert all(name in headbridge("--help").stdout for name in ("register", "uv", "bake", "metrics", "doctor"))
    shown = headbridge("register", "--help").stdout
    for option in (
        "--device {cpu,cuda}",
        "--no-symmetry",
        "--stiffness FLOAT",
        "--hold-out-folds INT",
        "--seed INT",
        "millimetres",
    ):
        assert option in shown


def test_no_or_wrong_command(headbridge):
    for arguments, message in (((), "required: COMMAND"), (("fly",), "invalid choice: 'fly'")):
        done = headbridge(*arguments)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and message in done.stderr
