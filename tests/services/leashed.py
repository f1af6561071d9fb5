"""``python leashed.py PARENT USER COMMAND …``: become the command, killed when its parent is.

PARENT is the parent's process id; USER is ``uid:gid`` to become first, or ``-`` (first, because
a change of user takes the leash off).

A program of its own, since a child that runs Python between fork and exec can wait forever for
a lock that some other thread of the tests held at the fork.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

parent, user, *command = sys.argv[1:]
if user != "-":
    uid, gid = map(int, user.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
libc = ctypes.CDLL(None)
if hasattr(libc, "prctl"):  # Linux; elsewhere a killed test run leaves its servers behind
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
if os.getppid() == int(parent):  # else it ended before the leash was on
    os.execvp(command[0], command)
