"""Group commit: whatever waits when a commit is over is committed together next, and acknowledged after that.

No delay is added: under load groups grow by themselves. One bad event never fails its neighbours: a group that cannot
be committed is halved, down to the one request that is at fault. History waits behind everything live.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from service.store import Conflict, Unavailable
from service.usecases.batch import Submission
from service.usecases.failures import Busy

GROUP = 500  # events; beyond it a group only gets slower
HISTORY_GROUP = 100  # a live request waits for at most one of these
TRIES = 4
log = logging.getLogger(__name__)
Commit = Callable[[Sequence[Submission]], Awaitable[None]]


@dataclass(slots=True)
class _Waiting:
    submission: Submission
    done: asyncio.Future[None]

    @property
    def size(self) -> int:
        return len(self.submission.items)


class Committer:
    """A queue, and the task that empties it one group at a time; live submissions before history.

    One at a time is enough: whatever waits meanwhile makes the next group larger, and so cheaper for each event.
    """

    def __init__(self, commit: Commit, *, limit: int) -> None:
        self._commit = commit
        self._limit = limit
        self._waiting = 0
        self._live: deque[_Waiting] = deque()
        self._history: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    async def submit(self, submission: Submission) -> None:
        """Answers once the submission is committed. Busy: too much is waiting; nothing of it was kept."""
        if self._waiting + len(submission.items) > self._limit:
            raise _busy()
        waiting = _Waiting(submission, asyncio.get_running_loop().create_future())
        self._waiting += waiting.size
        (self._history if submission.backfill else self._live).append(waiting)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        await asyncio.shield(waiting.done)

    @property
    def waiting(self) -> int:
        """How many events wait or are being committed."""
        return self._waiting

    async def close(self) -> None:
        """Finish what was accepted."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._live or self._history:
            group = self._next()
            try:
                await self._try(group)
            finally:
                self._waiting -= sum(each.size for each in group)

    def _next(self) -> list[_Waiting]:
        queue, limit = (self._live, GROUP) if self._live else (self._history, HISTORY_GROUP)
        group = [queue.popleft()]
        size = group[0].size
        while queue and size + queue[0].size <= limit:
            group.append(queue.popleft())
            size += group[-1].size
        return group

    async def _try(self, group: Sequence[_Waiting]) -> None:
        for attempt in range(TRIES):
            try:
                await self._commit([each.submission for each in group])
            except Conflict:
                await stand_back(attempt)
            except Unavailable:
                return _fail(group, _busy())
            except Exception as error:
                if len(group) == 1:
                    log.exception("a request could not be recorded")
                    return _fail(group, error)
                break
            else:
                return _succeed(group)
        if len(group) == 1:
            return _fail(group, _busy())
        half = len(group) // 2
        await self._try(group[:half])
        return await self._try(group[half:])


async def stand_back(attempt: int) -> None:
    """Wait a random moment, longer with each attempt, so that two who met do not meet again."""
    await asyncio.sleep(secrets.randbelow(10 * 2**attempt) / 1000)


def _busy() -> Busy:
    return Busy("busy", "系统繁忙，请稍后重试", "busy; try again in a moment")


def _succeed(group: Sequence[_Waiting]) -> None:
    for each in group:
        each.done.set_result(None)


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for each in group:
        each.done.set_exception(error)
        each.done.exception()  # whoever asked may have left: nobody complains that it was not heard
