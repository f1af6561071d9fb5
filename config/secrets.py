"""The secrets of a deployment that set none: made once, kept in a file only its owner reads.

``python -m config.secrets`` makes those that are missing, before settings are read.
"""

import fcntl
import os
import secrets
from pathlib import Path

NAMES = ("SECRET_KEY", "JWT_SECRET_KEY", "CREDENTIAL_KEYS", "LICENSE_SIGNING_KEY")
#: How many random bytes each has; a signing key has 32 and no others.
BYTES = {"LICENSE_SIGNING_KEY": 32}
FILE = "secrets.env"


def read(path: Path) -> dict[str, str]:
    """The secrets kept in ``path``, none if there is no such file."""
    return parse(path.read_text()) if path.exists() else {}


def ensure(path: Path) -> dict[str, str]:
    """Every secret of ``NAMES``, made and kept in ``path`` (mode 0600) if it was missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(opened, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two first starts at once keep one set
        text = file.read()
        kept = parse(text)
        made = {
            name: secrets.token_urlsafe(BYTES.get(name, 48)) for name in NAMES if not kept.get(name)
        }
        if made and text and not text.endswith("\n"):
            file.write("\n")
        file.writelines(f"{name}={value}\n" for name, value in made.items())
    return kept | made


def parse(text: str) -> dict[str, str]:
    """``NAME=value`` lines; blank lines and comments do not count."""
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


if __name__ == "__main__":
    ensure(Path(os.environ.get("VAR_DIR") or "var") / FILE)
