"""`python -m reputation.nightly.guarded PARENT SIGNAL MODULE ARGUMENTS…`: run a module that ends with its parent.

The kernel is asked to signal this process when the one that started it ends: a night that is killed with -9 must not
leave a training run behind that eats both cores while the next attempt starts, nor a supervisor its clusters.
"""

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with(parent: int, number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def command(signal_name: str, module: str, *arguments: str) -> list[str]:
    """The command line that runs a module so, as a child of this process."""
    return [sys.executable, "-m", __name__, str(os.getpid()), signal_name, module, *arguments]


if __name__ == "__main__":
    end_with(int(sys.argv[1]), signal.Signals[sys.argv[2]])
    sys.argv = sys.argv[3:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
