"""CPU time in nanoseconds: of this process with all its threads, and of other processes from /proc (Linux)."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import process_time_ns

from tests.databases import Cluster

PROC = Path("/proc")
Clock = Callable[[], int]


def own() -> int:
    """Of this process."""
    return process_time_ns()


def of(pids: Iterable[int]) -> int:
    """Of other processes, with their threads; those that have ended are left out."""
    return sum(_of_task(task) for pid in pids for task in _listed(PROC / str(pid) / "task"))


def _of_task(task: Path) -> int:
    try:
        return int((task / "schedstat").read_text().split()[0])
    except OSError:  # it has just ended
        return 0


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def children(parent: int) -> Iterator[int]:
    """The children of a process."""
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == parent:
                yield int(folder.name)


def of_cluster(cluster: Cluster | None) -> Clock:
    """Of a PostgreSQL server with all its processes; 0 where there is none."""
    if cluster is None:
        return lambda: 0
    postmaster = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    return lambda: of([postmaster, *children(postmaster)])
