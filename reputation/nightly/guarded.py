"""`python -m reputation.nightly.guarded PARENT MODULE ARGUMENTS…`: run a module that dies with its parent.

The kernel is asked to kill this process when the one that started it ends: a night that is killed with -9 must not
leave a training run behind that eats both cores while the next attempt starts.
"""

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
