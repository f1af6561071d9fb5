"""Install hash-locked requirements into the environment this runs in.

    .venv/bin/python bin/install.py requirements.txt

uv does it in seconds. Where uv cannot be had or reaches no package index, pip
does the same, slower. What pip is configured to use on this machine (an index, a
certificate bundle, a proxy) is handed on to uv, which does not read it.
"""

import os
import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).with_name("uv.txt")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]

# pip's setting: the variable that tells uv the same
SETTINGS = {
    "cert": "SSL_CERT_FILE",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "index-url": "UV_DEFAULT_INDEX",
    "proxy": "ALL_PROXY",
}
COMMA_SEPARATED = {"find-links"}


def main(requirements: str) -> int:
    if not Path(requirements).is_file():
        print(f"There is no {requirements}.", file=sys.stderr)
        return 2
    locked = ["--require-hashes", "--requirement", requirements]
    if run([*PIP, "install", "--quiet", "--require-hashes", "--requirement", str(TOOLS)]):
        uv = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable]
        if run([*uv, "--quiet", "--compile-bytecode", *locked], **uv_environment()):
            return 0
        print("uv could not install them; pip tries now.", file=sys.stderr)
    return 0 if run([*PIP, "install", "--quiet", *locked]) else 1


def run(command: list[str], **environment: str) -> bool:
    """Run a command; true if it succeeded."""
    return subprocess.run(command, env=os.environ | environment, check=False).returncode == 0


def uv_environment() -> dict[str, str]:
    """What uv has to be told so that it fetches from where pip would.

    Hashes pin every file, so the best match among several indexes is a safe choice.
    """
    told = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_LINK_MODE": "copy"}
    for setting, values in pip_settings().items():
        variable = SETTINGS.get(setting)
        if variable and variable not in os.environ:
            told[variable] = ("," if setting in COMMA_SEPARATED else " ").join(values)
    return told


def pip_settings() -> dict[str, list[str]]:
    """pip's configuration: ``{setting: values}``, files first, the environment last.

    A line reads ``global.find-links='one two'`` or ``:env:.cert='/a/file'``. Places
    are collected; of any other setting the last one holds, as it does for pip.
    """
    listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True, check=False)
    settings: dict[str, list[str]] = {}
    lines = listed.stdout.splitlines()
    for line in sorted(lines, key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        setting = name.rpartition(".")[2].replace("_", "-")
        values = value.strip("'\"").replace("\\n", " ").split()
        if setting in {"extra-index-url", "find-links"}:
            values = [*dict.fromkeys([*settings.get(setting, []), *values])]
        settings[setting] = values
    return settings


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
