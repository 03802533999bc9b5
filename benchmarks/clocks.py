"""CPU time in nanoseconds: of this process with all its threads, and of other processes from /proc (Linux)."""

from collections.abc import Callable
from pathlib import Path
from time import process_time_ns

from tests.databases import Cluster

PROC = Path("/proc")
Clock = Callable[[], int]


def own() -> int:
    """Of this process."""
    return process_time_ns()


def of(pid: int) -> int:
    """Of another process, with its threads; 0 if it has ended."""
    return sum(_of_task(task) for task in _listed(PROC / str(pid) / "task"))


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


def children(parent: int) -> list[int]:
    """The children of a process."""
    return [int(pid) for pid in _said(PROC / str(parent) / "task" / str(parent) / "children").split()]


def _said(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def of_database(cluster: Cluster | None, url: str) -> Clock:
    """Of the processes that serve the clients of one PostgreSQL database; 0 for SQLite, which has none."""
    if cluster is None or not url.startswith("postgresql"):
        return lambda: 0
    postmaster = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    title = f" {url.rpartition('/')[2]} 127.0.0.1("  # so PostgreSQL names them; no vacuum, which comes when it likes
    seen: dict[int, int] = {}
    others: set[int] = set()

    def read() -> int:
        for pid in children(postmaster):
            if pid not in seen and pid not in others:
                name = _said(PROC / str(pid) / "cmdline")
                if title in name:
                    seen[pid] = 0
                elif name.startswith("postgres:"):  # it has its name already, and it is another
                    others.add(pid)
            if pid in seen:
                seen[pid] = max(of(pid), seen[pid])
        return sum(seen.values())  # what those did that have ended meanwhile stays counted

    return read
