"""What pip says when it fails, word for word, and the sentence that users read."""

from __future__ import annotations

import pytest

RETRY = (
    "WARNING: Retrying (Retry(total={left}, connect=None, read=None, redirect=None, status=None)) after connection broken "
    "by '{problem}': /simple/torch/\n"
)
NONE_FOUND = (
    "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)\n"
    "ERROR: No matching distribution found for torch==2.13.0\n"
)
CONNECTION = "NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f16>: {why}')"


def gave_up(problem: str) -> str:
    return "".join(RETRY.format(left=left, problem=problem) for left in (4, 3, 2, 1, 0)) + NONE_FOUND


UNKNOWN_HOST = CONNECTION.format(why="Failed to establish a new connection: [Errno -2] Name or service not known")
# PyTorch's own index cannot be reached.
BUILD_LACKS = "".join(
    RETRY.format(left=left, problem=UNKNOWN_HOST).replace("/simple/", "/whl/cpu/") for left in (4, 3, 2, 1, 0)
)
CONFLICT_OF_BUILDS = (
    "ERROR: Cannot install torch==2.13.0+cpu because these package versions have conflicting dependencies.\n\nThe "
    "conflict is caused by:\n    The user requested torch==2.13.0+cpu\n    The user requested (constraint) "
    "torch<=2.14.1\n"
)

MESSAGES = {
    "PyTorch's server, where the general one answers": (
        BUILD_LACKS
        + "ERROR: Could not find a version that satisfies the requirement torch==2.13.0+cpu (from versions: 2.5.0, "
        "2.13.0)\nERROR: No matching distribution found for torch==2.13.0+cpu\n",
        "choose the other one",
    ),
    "PyTorch's server, where a constraint is set": (BUILD_LACKS + CONFLICT_OF_BUILDS, "choose the other one"),
    "no server at all, where a constraint is set": (
        BUILD_LACKS + BUILD_LACKS.replace("/whl/cpu/", "/simple/") + CONFLICT_OF_BUILDS,
        "The package server cannot be reached",
    ),
    "no server at all, where a build is asked for": (
        gave_up(UNKNOWN_HOST).replace("torch==2.13.0", "torch==2.13.0+cpu"),
        "The package server cannot be reached",
    ),
    "disk": (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
        "The disk is full",
    ),
    "disk of Windows": ("OSError: [WinError 112] There is not enough space on the disk\n", "The disk is full"),
    "quota": (
        "ERROR: Could not install packages due to an OSError: [Errno 122] Disk quota exceeded: '/home/a/x'\n",
        "The disk is full",
    ),
    "long paths": (
        "ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory: 'C:\\\\Users\\\\a'\n"
        "HINT: This error might have occurred since this system does not have Windows Long Path support enabled. You "
        "can find information on how to enable this at https://pip.pypa.io/warnings/enable-long-paths\n",
        "HEADBRIDGE_ENVIRONMENTS",
    ),
    "proxy": (
        gave_up(
            "ProxyError('Cannot connect to proxy.', "
            + CONNECTION.format(why="Failed to establish a new connection: [Errno 111] Connection refused")
            + ")"
        ),
        "The proxy could not be used",
    ),
    "password of the proxy": (
        gave_up(
            "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication "
            "Required'))"
        ),
        "name and password",
    ),
    "certificate": (
        "Could not fetch URL https://pypi.org/simple/pip/: There was a problem confirming the ssl certificate: "
        "HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded with url: /simple/pip/ (Caused by "
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed "
        "certificate in certificate chain (_ssl.c:1017)'))) - skipping\n" + NONE_FOUND,
        "PIP_CERT",
    ),
    "certificate file": (
        "ERROR: Could not install packages due to an OSError: Could not find a suitable TLS CA certificate bundle, "
        "invalid path: /nowhere.pem\n",
        "PIP_CERT",
    ),
    "no SSL": (
        "Could not fetch URL https://pypi.org/simple/certifi/: There was a problem confirming the ssl certificate: "
        "HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded with url: /simple/certifi/ (Caused by "
        'SSLError("Can\'t connect to HTTPS URL because the SSL module is not available.")) - skipping\n' + NONE_FOUND,
        "This Python has no SSL",
    ),
    "no network": (
        gave_up(
            CONNECTION.format(
                why="Failed to establish a new connection: [Errno -3] Temporary failure in name resolution"
            )
        ),
        "cannot be reached",
    ),
    "no network on Windows": (
        gave_up(CONNECTION.format(why="Failed to establish a new connection: [Errno 11001] getaddrinfo failed")),
        "Install from File",
    ),
    "slow": (
        "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='files.pythonhosted.org', port=443): "
        "Read timed out.\n",
        "too slow",
    ),
    "cut": ("ConnectionResetError: [Errno 104] Connection reset by peer\n", "too slow"),
    "mirror that refuses": (
        "ERROR: HTTP error 403 while getting https://mirror.example/torch.whl\n"
        "ERROR: Could not install requirement torch==2.13.0 because of HTTP error 403 Client Error: Forbidden for url: "
        "https://mirror.example/torch.whl\n",
        "refused access",
    ),
    "no wheel": (
        "ERROR: Ignored the following versions that require a different python version: 1.21.2 Requires-Python "
        ">=3.7,<3.11\n"
        "ERROR: Could not find a version that satisfies the requirement cholespy==2.2.0 (from versions: none)\n"
        "ERROR: No matching distribution found for cholespy==2.2.0\n",
        "no package cholespy==2.2.0 for Python 3.13",
    ),
    "damaged": (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package "
        "versions, please update the hashes.\n",
        "damaged",
    ),
    "no venv": (
        "The virtual environment was not created successfully because ensurepip is not\navailable. On Debian/Ubuntu "
        "systems, you need to install the python3-venv\npackage using the following command.\n",
        "apt install python3-venv",
    ),
    "no pip": ("/usr/bin/python3.13: No module named pip\n", "apt install python3-venv"),
    "runtime of Windows": (
        "OSError: [WinError 126] The specified module could not be found. Error loading "
        '"C:\\hb\\Lib\\site-packages\\torch\\lib\\c10.dll" or one of its dependencies.\n',
        "Visual C++ Redistributable",
    ),
    "held by another program": (
        "ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied: 'C:\\\\hb\\\\x.pyd'\n",
        "virus scanner",
    ),
    "library of the system": (
        "ImportError: libGL.so.1: cannot open shared object file: No such file or directory\n",
        "system library libGL.so.1",
    ),
    "doctor": (
        "ok   python: HeadBridge 0.1.0 on Python 3.11\nFAIL devices: Warp does not start (no driver); install it.\n"
        "note FLAME 2023: not found (optional)\n",
        "devices: Warp does not start",
    ),
    "unknown": ("$ python -m pip install\nERROR: something nobody has seen\n\n", "ERROR: something nobody has seen"),
}


@pytest.mark.parametrize(("output", "sentence"), MESSAGES.values(), ids=MESSAGES)
def test_cause(plain_addon, output, sentence):
    told = plain_addon("environment.causes").cause(output, 1, "3.13", False)
    assert sentence in told and "\n" not in told


def test_a_try_that_is_repeated_is_no_cause(plain_addon):
    problem = CONNECTION.format(
        why="Failed to establish a new connection: [Errno -3] Temporary failure in name resolution"
    )
    output = RETRY.format(left=4, problem=problem) + "ERROR: No matching distribution found for cholespy==2.2.0\n"
    assert "no package cholespy==2.2.0" in plain_addon("environment.causes").cause(output, 1, "3.13", False)


def test_a_file_that_lacks_a_package(plain_addon):
    told = plain_addon("environment.causes").cause(NONE_FOUND, 1, "3.13", True)
    assert told == "The file lacks torch==2.13.0 for this system and Python 3.13: take the file made for them."


def test_silence(plain_addon):
    cause = plain_addon("environment.causes").cause
    assert "want of memory" in cause("", -9, "3.11", False)
    assert cause("$ python\n", 3, "3.11", False) == "It ended with exit code 3."
