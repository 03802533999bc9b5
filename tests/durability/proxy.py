"""A wire that is cut after the service has answered and before the client has heard it."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Wire:
    """Hands requests on; drops the answer now and then, with or without its first bytes."""

    host: str
    port: int
    chance: random.Random
    share: float
    cuts: int = 0
    url: str = ""
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(self.host, self.port)
        self.open |= {writer, inner_writer}
        there = asyncio.create_task(self._hand_on(reader, inner_writer))
        try:
            while answer := await inner_reader.read(1 << 20):
                if self.chance.random() < self.share:
                    self.cuts += 1
                    writer.write(answer[: self.chance.choice([0, 20])])
                    break
                writer.write(answer)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            there.cancel()
            for each in (writer, inner_writer):
                each.close()
                self.open.discard(each)

    @staticmethod
    async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while sent := await reader.read(1 << 20):
            writer.write(sent)
            await writer.drain()


@asynccontextmanager
async def cut_wire(url: str, chance: random.Random, share: float) -> AsyncGenerator[Wire]:
    """A wire to the service at this address."""
    place = urlsplit(url)
    wire = Wire(host=str(place.hostname), port=int(place.port or 0), chance=chance, share=share)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    async with server:
        wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield wire
        for each in wire.open:
            each.close()
