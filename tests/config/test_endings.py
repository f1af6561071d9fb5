"""A process that has served ends well."""

import os
import subprocess
import sys
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]

#: A copy of each struct is read once and forgotten, as all are when a process ends.
FORGETTING = """
import gc
import sys

import django

django.setup()

import msgspec
from django.urls import get_resolver

def below(kind):
    return {kind}.union(*map(below, kind.__subclasses__()))

get_resolver().url_patterns
ours = [kind for kind in below(msgspec.Struct) if kind.__module__.split(".")[0] in sys.argv[1:]]
for kind in ours:
    copy = msgspec.defstruct("Copy", [], bases=(kind,))
    try:
        msgspec.convert({}, copy)
    except msgspec.ValidationError:
        pass
del copy
gc.collect()
print(len(ours))
"""


def test_no_struct_of_ours_breaks_the_memory_of_who_read_it():
    """msgspec 0.22 frees what it must not where a text with a pattern may be a list or an object,
    too: mostly that goes well, with this allocator never.
    """
    ours = [one.label for one in apps.get_app_configs() if ROOT in Path(one.path).parents]
    done = subprocess.run(
        [sys.executable, "-c", FORGETTING, *ours],
        cwd=ROOT,
        env=os.environ | {"PYTHONMALLOC": "debug"},
        capture_output=True,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 100
