"""The virtual environment: made once, renewed when the requirements change."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .checkout import PYTHON, ROOT, VENV
from .console import DevError, say

REQUIREMENTS = (ROOT / "requirements.txt", ROOT / "requirements-dev.txt")
STAMP = VENV / ".installed"
# Where pip is told to look for packages; uv doesn't read these, so pip does the work then.
PIP_SOURCES = ("index-url", "extra-index-url", "find-links", "no-index", "cert", "client-cert", "proxy")
ASK_VERSION = "import sys; print(sys.version_info >= (3, 11), sys.version.split()[0])"


def install() -> None:
    """Make `.venv` hold exactly what the requirement files say. Raises DevError with what to do."""
    version = _venv_version()
    if version and STAMP.exists() and STAMP.read_text() == _fingerprint(version):
        return
    started = time.monotonic()
    if not version or not _was_made_here():
        _make_venv()
    say("installing dependencies (about half a minute the first time)")
    if _run([*_installer(), "-r", str(REQUIREMENTS[-1])]).returncode:
        raise DevError("installing the dependencies failed, see above")
    STAMP.write_text(_fingerprint(_venv_version()))
    say(f"dependencies installed in {time.monotonic() - started:.0f} s")


def _fingerprint(version: str) -> str:
    content = b"\0".join(path.read_bytes() for path in REQUIREMENTS)
    return f"{VENV}\n{version}\n{hashlib.sha256(content).hexdigest()}\n"


def _was_made_here() -> bool:
    """Whether the scripts in it point to this place: a moved checkout needs a new one."""
    return not STAMP.exists() or STAMP.read_text().startswith(f"{VENV}\n")


def _venv_version() -> str:
    """The version of the Python in `.venv`, empty when it is missing, broken or too old."""
    if not PYTHON.exists():
        return ""
    answer = subprocess.run([str(PYTHON), "-c", ASK_VERSION], capture_output=True, text=True, check=False)
    is_enough, _, version = answer.stdout.strip().partition(" ")
    return version if is_enough == "True" else ""


def _make_venv() -> None:
    say(f"making .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    if _uses_uv() and _run([_uv(), "venv", "-q", "--python", sys.executable, str(VENV)]).returncode == 0:
        return
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode:
        _make_venv_without_ensurepip()


def _make_venv_without_ensurepip() -> None:
    """Debian keeps ensurepip in a package of its own; virtualenv brings its own pip."""
    shutil.rmtree(VENV, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": folder}
        steps = (["pip", "install", "-q", "--target", folder, "virtualenv"], ["virtualenv", "-q", str(VENV)])
        for step in steps:
            if _run([sys.executable, "-m", *step], environment).returncode:
                raise DevError("cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv")


def _installer() -> list[str]:
    if _uses_uv():
        return [_uv(), "pip", "install", "-q", "--python", str(PYTHON)]
    return [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]


def _uv() -> str:
    return shutil.which("uv") or ""


def _uses_uv() -> bool:
    """Whether uv is there and may be used: not where pip was told where packages come from."""
    return bool(_uv()) and not _pip_is_configured()


def _pip_is_configured() -> bool:
    if any(os.environ.get(f"PIP_{name.upper().replace('-', '_')}") for name in PIP_SOURCES):
        return True
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    names = (line.partition("=")[0].rpartition(".")[2] for line in listed.stdout.splitlines())
    return any(name in PIP_SOURCES for name in names)


def _run(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    """Run with the output on stderr, so that stdout stays the command's own."""
    return subprocess.run(command, env=environment, cwd=ROOT, stdout=sys.stderr, check=False)


def installed_package(name: str) -> Path | None:
    """The folder of an installed package, or None."""
    code = f"import importlib.util as u; s = u.find_spec({name!r}); print(s.submodule_search_locations[0] if s else '')"
    found = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=False).stdout.strip()
    return Path(found) if found else None
