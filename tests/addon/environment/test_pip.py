"""How pip is called and how far its lines say it is."""

from __future__ import annotations

import pytest

LISTING = """:env:.cert='/etc/own.pem'
:env:.user='1'
global.cert='/etc/ssl.pem'
global.extra-index-url='\\nhttps://a.example/simple\\nhttps://b.example/simple'
global.index-url='https://pypi.example/simple'
global.no-binary=':all:'
global.target='/somewhere'
install.index-url='https://mirror.example/simple'
install.require-virtualenv='true'
"""


def test_only_the_way_to_the_network_is_the_users(plain_addon):
    assert plain_addon("environment.pip_settings").kept_settings(LISTING) == {
        "cert": "/etc/own.pem",
        "extra-index-url": "https://a.example/simple https://b.example/simple",
        "index-url": "https://mirror.example/simple",
    }


def test_variables(plain_addon):
    variables = {"PIP_TARGET": "/x", "pip_user": "1", "HTTPS_PROXY": "http://proxy:1", "PATH": "/bin"}
    assert plain_addon("environment.pip_settings").pip_variables(variables, {"index-url": "https://m"}, "/s") == {
        "HTTPS_PROXY": "http://proxy:1",
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://m",
        "PIP_CONFIG_FILE": "/dev/null",
        "TMPDIR": "/s",
        "TEMP": "/s",
        "TMP": "/s",
    }


@pytest.mark.parametrize(
    ("platform", "build", "index"),
    [
        ("linux", "cpu", "cpu"),
        ("linux", "nvidia", None),
        ("win32", "cpu", None),
        ("win32", "nvidia", "cu130"),
        ("darwin", "cpu", None),
    ],
)
def test_index_of_a_build(plain_addon, platform, build, index, tmp_path):
    """A build that has an index of its own is asked for by name, so that pip cannot take another in its place."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("numpy==2.4.6\ntorch==2.13.0 # a word\n")
    arguments = plain_addon("environment.pip_settings").from_network(build, str(requirements), platform)
    own = [f"torch==2.13.0+{index}", "--extra-index-url", f"https://download.pytorch.org/whl/{index}"]
    assert arguments == ([] if index is None else own)


# (line, bytes in the scratch folder) and what is shown then, of 100 bytes to be downloaded.
STEPS = [
    (("Collecting numpy==2.4.6 (from -r /x/requirements.txt (line 3))", 0), "Looking for numpy", 0.0),
    (
        ("  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl (17.0 MB)", 20),
        "Downloading numpy (17.0 MB)",
        0.13,
    ),
    (("Collecting sympy>=1.13.3 (from torch==2.13.0->-r /x/requirements.txt (line 7))", 20), "Looking for sympy", 0.13),
    (("  Using cached sympy-1.14.0-py3-none-any.whl (6.3 MB)", 30), "Taking sympy (6.3 MB)", 0.195),
    (
        ("  Downloading https://m.example/whl/cpu/torch-2.13.0%2Bcpu-cp311-cp311-win_amd64.whl (190.1 MB)", 90),
        "Downloading torch (190.1 MB)",
        0.585,
    ),
    (
        ("Processing /wheels/warp_lang-1.19.0-py3-none-win_amd64.whl (from -r /x/requirements.txt (line 5))", 500),
        "Taking warp-lang",
        0.6435,
    ),
    (("Installing collected packages: mpmath, numpy, sympy, torch", 0), "Installing packages (1 of 4)", 0.65),
]


def test_progress_of_pip(plain_addon):
    progress = plain_addon("environment.pip_output").PipProgress(100.0)
    for (line, count), message, fraction in STEPS:
        progress.line(line)
        progress.downloaded(count)
        assert (progress.message, progress.fraction) == (message, pytest.approx(fraction))
    progress.installed(2)
    assert (progress.message, progress.fraction) == ("Installing packages (3 of 4)", pytest.approx(0.825))
    progress.installed(4)
    assert (progress.message, progress.fraction) == ("Installing packages (4 of 4)", 1.0)


def test_bytes_below(plain_addon, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"12345")
    (tmp_path / "a" / "b" / "two").write_bytes(b"123")
    assert plain_addon("environment.pip_output").bytes_below(str(tmp_path)) == 8
