"""Keys tried at the login form: who guesses has to wait."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from service.core.calendar import MINUTE

MOST, WITHIN = 10, 5 * MINUTE
ROOM = 4_096  # addresses remembered


class Attempts:
    """Wrong keys of each address, in this process. Keys are long and random: this only keeps the noise down."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._wrong: dict[str, list[int]] = {}

    def wait(self, address: str) -> int:
        """Seconds until the address may try again; 0 if it may."""
        now = self._clock()
        recent = [at for at in self._wrong.get(_network(address), ()) if at > now - WITHIN]
        return 0 if len(recent) < MOST else max((recent[-MOST] + WITHIN - now) // 1_000_000, 1)

    def wrong(self, address: str) -> None:
        """A key was none."""
        network = _network(address)
        found = [*self._wrong.pop(network, []), self._clock()][-MOST:]
        if len(self._wrong) >= ROOM:
            del self._wrong[next(iter(self._wrong))]  # the one that tried longest ago
        self._wrong[network] = found


def _network(address: str) -> str:
    """Of IPv6 the half that one subscriber is given: he has all the other half to himself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(int(found) >> 64) if isinstance(found, IPv6Address) else address
