# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence that says why a step of the set-up failed, and what to do, from what the step printed."""

from __future__ import annotations

import re

# Each attempt but the last says little: pip goes on, and may succeed.
_TRIED_AGAIN = re.compile(r"^.*Retrying \(Retry\(total=[1-9].*\n?", re.MULTILINE)

_FULL = "The disk is full: make room, then press the button again."
_LONG = (
    "A file's path became longer than Windows allows: enable long paths in Windows, or set the environment variable "
    "HEADBRIDGE_ENVIRONMENTS to a short folder such as C:\\hb."
)
_PROXY = (
    "The proxy could not be used: check the environment variables HTTP_PROXY and HTTPS_PROXY or pip's proxy setting, "
    "also the name and password in them."
)
_CERTIFICATE = (
    "The server's certificate is not trusted, as happens where a company or a virus scanner looks into connections: "
    "let PIP_CERT name the file of its certificates."
)
_NO_SSL = "This Python has no SSL and cannot download: install another Python, from python.org."
_REFUSED = "The package server refused access: check the name and password in pip's index-url."
_OFFLINE = (
    "The package server cannot be reached: check the network connection, and PIP_INDEX_URL when you use a mirror; "
    "without a network use Install from File."
)
_BROKEN = "The connection broke or is too slow: press the button again, as what was downloaded whole is kept."
_DAMAGED = "A package's file is damaged: get it again; behind a proxy it may be the proxy that changes files."
_NO_VENV = "This Python cannot make environments: install its venv module (Debian, Ubuntu: apt install python3-venv)."
_RUNTIME = (
    "Windows' C++ runtime is missing: install the Microsoft Visual C++ Redistributable (x64) from "
    "https://aka.ms/vs/17/release/vc_redist.x64.exe, then press the button again."
)
_DENIED = (
    "A file may not be written: let no other program, such as a virus scanner, hold it, and check its permissions."
)
_MEMORY = (
    "The system ended the step, most likely for want of memory: close other programs, then press the button again."
)
_NO_BUILD = (
    "PyTorch's own server, download.pytorch.org, did not give this build: choose the other one (both compute on the "
    "processor), allow the server in the firewall, name a mirror of it in pip's extra-index-url, or use Install from File."
)
_CONFLICT = (
    "The packages do not go together with the constraint in pip's configuration: remove that constraint, then press the "
    "button again."
)

# The first that is found counts. What stops every download comes before "no such package", which pip says then too.
_CAUSES = [
    (r"No space left on device|Errno 28\b|WinError 112|not enough space on the disk|Disk quota exceeded", _FULL),
    (r"Windows Long Path support|WinError 206|filename or extension is too long|File name too long", _LONG),
    (r"Cannot connect to proxy|ProxyError|407 Proxy Authentication|Tunnel connection failed", _PROXY),
    (r"SSL module is not available|No module named '_ssl'", _NO_SSL),
    (r"CERTIFICATE_VERIFY_FAILED|confirming the ssl certificate|TLS CA certificate bundle|SSLCertVerif", _CERTIFICATE),
    (r"40[13] Client Error|401 Error, Credentials not correct", _REFUSED),
    (
        r"name resolution|Name or service not known|nodename nor servname|getaddrinfo failed|Failed to resolve"
        r"|Network is unreachable|No route to host|Failed to establish a new connection|Connection refused",
        _OFFLINE,
    ),
    (
        r"ConnectTimeoutError|ReadTimeoutError|Read timed out|Connection reset|IncompleteRead|Connection broken"
        r"|Connection aborted|RemoteDisconnected|50[0234] Server Error",
        _BROKEN,
    ),
    (
        r"DO NOT MATCH THE HASHES|has an invalid wheel|BadZipFile|File is not a zip file|Bad CRC-32|Truncated file header|Bad magic number",
        _DAMAGED,
    ),
    (r"ensurepip is not\s+available|No module named '?(venv|ensurepip)|No module named pip\b", _NO_VENV),
    (r"(WinError 126|WinError 1114|DLL load failed)", _RUNTIME),
    (r"Errno 13\b|Permission denied|WinError (5|32)\b|Access is denied", _DENIED),
    (r"The user requested \(constraint\)", _CONFLICT),
]
_NO_WHEEL = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+(?:[=<>!~]=?[^\s;(]+)?)")
# A build of PyTorch that was asked for by name, in either of pip's words; what pip could not get from other servers than
# PyTorch's own, of which all addresses begin so.
_BUILD_LACKS = re.compile(r"torch==[\w.]+\+\w+ (\(from versions: (?!none)|because these package versions)")
_GENERAL_FAILED = re.compile(r"Retry\(total=0.*: /(?!whl/)\S*$", re.MULTILINE)
_NO_LIBRARY = re.compile(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file")


def cause(output: str, status: int, python: str, from_bundle: bool) -> str:
    """One sentence for a failed step.

    output : what it printed; status : its exit status; python : the version, as in "3.11"; from_bundle : whether
    packages come from a file."""
    told = _TRIED_AGAIN.sub("", output)
    if _BUILD_LACKS.search(told) and not _GENERAL_FAILED.search(told):
        return _NO_BUILD
    for pattern, sentence in _CAUSES:
        if re.search(pattern, told):
            return sentence
    if found := _NO_LIBRARY.search(told):
        return f"The system library {found[1]} is missing: install the package of your system that has it."
    if found := _NO_WHEEL.search(told):
        if from_bundle:
            return f"The file lacks {found[1]} for this system and Python {python}: take the file made for them."
        return (
            f"There is no package {found[1]} for Python {python} on this system: Linux, Windows and macOS on 64-bit "
            "processors have one; a mirror may lack it."
        )
    if status == -9:
        return _MEMORY
    # `headbridge doctor` marks what keeps jobs from running.
    if found := re.search(r"^FAIL (.+)$", told, re.MULTILINE):
        return found[1]
    lines = [line.strip() for line in told.splitlines() if line.strip() and not line.startswith("$ ")]
    return lines[-1] if lines else f"It ended with exit code {status}."
