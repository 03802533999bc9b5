"""What several commands share: an open service without its HTTP door, and progress on the terminal."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.settings import Settings
from service.usecases.app import App
from service.workers import run as run_workers

T = TypeVar("T")
Clock = Callable[[], int]
COLLECT = (50_000, 20, 20)  # new objects until the youngest are looked through; and how often before the older ones


def settle() -> None:
    """Keep the garbage collector from what stays: all that was imported and built until now, and what an event needs.

    At its own settings it walks over everything several times a second under load, and everybody waits.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


async def with_app(settings: Settings, clock: Clock, work: Callable[[App], Awaitable[T]]) -> T:
    """Open the service, do the work, close it."""
    settle()
    app = await App.open(settings, clock)
    try:
        return await work(app)
    finally:
        await app.close()


async def work(settings: Settings, clock: Clock) -> None:
    """Run the workers until asked to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    async def until_stopped(app: App) -> None:
        async with run_workers(app):
            await stop.wait()

    await with_app(settings, clock, until_stopped)


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Generator[Callable[[int, int], None]]:
    """A progress bar on standard error; answers the function that moves it: (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield step
