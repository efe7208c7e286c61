"""The environment of a development run: secrets made once, addresses that follow from the port."""

import base64
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from .checkout import ROOT, write_private
from .console import DevError

DEFAULT_PORT = "8000"
ENV_EXAMPLE = ROOT / ".env.example"
ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")


def read_env_file(path: Path) -> dict[str, str]:
    """The assignments of a `.env` file that give a value; comments and everything else are passed over."""
    if not path.exists():
        return {}
    matches = (ASSIGNMENT.match(line) for line in path.read_text().splitlines())
    assigned = {match[1]: _unquoted(match[2]) for match in matches if match}
    return {name: value for name, value in assigned.items() if value}


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return re.sub(r"(^|\s+)#.*", "", value)


def make_secrets() -> dict[str, str]:
    """Fresh secrets of the kinds the settings ask for."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "API_KEY_PEPPER": secrets.token_urlsafe(32),
        # A Fernet key: 32 bytes in URL-safe base64.
        "CREDENTIAL_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        # A key on P-256: any number below its order, which 31 bytes are.
        "VAPID_PRIVATE_KEY": base64.urlsafe_b64encode(b"\0" + secrets.token_bytes(31)).decode().rstrip("="),
    }


def stored_secrets(path: Path) -> dict[str, str]:
    """The secrets of this checkout, made at the first call and kept beside the data they protect."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    missing = {name: value for name, value in make_secrets().items() if name not in kept}
    if missing:
        kept |= missing
        write_private(path, json.dumps(kept, indent=1))
    return kept


def addresses(port: int) -> dict[str, str]:
    """What follows from the port: the site's own address, and the one private address webhooks may go to."""
    return {
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "OUTBOUND_ALLOW": f"127.0.0.1:{port}",
        "DEBUG": "True",
        "DEMO": "True",
    }


def chosen_port(given: Mapping[str, str], env_file: Path = ROOT / ".env") -> int:
    """The port asked for in the environment, else in `.env`, else 8000. Raises DevError when it is none."""
    text = given.get("PORT") or read_env_file(env_file).get("PORT") or DEFAULT_PORT
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise DevError(f"PORT={text} is not a port: take a number up to 65535")
    return int(text)


def development_environment(
    state: Path, *, port: int, given: Mapping[str, str] = os.environ, env_file: Path = ROOT / ".env"
) -> dict[str, str]:
    """The whole environment of a child: what was given wins, then `.env`, then what is made here.

    Something needed that was given empty counts as not given.
    """
    made = {**stored_secrets(state / "secrets.json"), **addresses(port), "PYTHONUNBUFFERED": "1"}
    chosen = {name: value for name, value in given.items() if value or name not in made}
    return {**made, **read_env_file(env_file), **chosen}


def production_environment() -> dict[str, str]:
    """The documented production environment: the example's own values, with secrets where it leaves them out.

    Raises DevError without the example: production would not be documented.
    """
    if not ENV_EXAMPLE.exists():
        raise DevError(f"{ENV_EXAMPLE} is missing: it documents the production environment")
    basics = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**basics, **make_secrets(), **read_env_file(ENV_EXAMPLE)}
