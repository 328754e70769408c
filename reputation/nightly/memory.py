import resource
from pathlib import Path


def peak_mib() -> int:
    """This process's peak beside the largest child that ended, in MiB: both were there at once while it ran."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, _resident_kib() + children) // 1024 if children else own // 1024


def _resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024
