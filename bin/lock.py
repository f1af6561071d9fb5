"""Compile the hash-locked requirements from the short files written by hand.

    .venv/bin/python bin/lock.py            what is locked stays where it still fits
    .venv/bin/python bin/lock.py --upgrade  everything anew

Nothing of this machine's package configuration gets into the locks.
"""

import os
import subprocess
import sys

import install

UV = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header"]
EVERYWHERE = ["--universal", "--python-version", "3.11"]
NAMES = ("bin/uv", "requirements", "requirements-dev", "requirements-bench")

for name in NAMES:
    subprocess.run(
        [*UV, *EVERYWHERE, *sys.argv[1:], "--output-file", f"{name}.txt", f"{name}.in"],
        env=os.environ | install.uv_environment(),
        check=True,
    )
    print(f"Locked {name}.txt")
