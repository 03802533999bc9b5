"""Exponential decay in landmark form: what happened has a weight for ever, and time divides all of them alike.

So nothing has to be computed anew while a profile is idle, and the order between two sums never changes by time.
"""

UNIT = 20  # bits after the point
GRID = 1024  # steps within a half-life
_WEIGHTS: tuple[int, ...] = tuple(round(2 ** (step / GRID) * 2**UNIT) for step in range(GRID))


def weight(t: int, half_life: int) -> int:
    """The weight of what happens at `t`: doubles with every half-life since 1970, in units of 2^-20."""
    return _weight(step_of(t, half_life))


def step_of(t: int, half_life: int) -> int:
    """In which step of the grid an instant lies: weights are constant within one."""
    return t * GRID // half_life


def _weight(step: int) -> int:
    return _WEIGHTS[step % GRID] << step // GRID


def crossing(total: int, bound: int, at: int, half_life: int) -> tuple[int, int]:
    """From when on |total| is at most, and is below, |bound| (micro units, not 0) times the weight of now.

    Instants after `at`, or `at` itself where it is so already.
    """
    return (
        _first(abs(total), abs(bound), at, half_life),
        _first(abs(total) + 1, abs(bound), at, half_life),
    )


def _first(total: int, bound: int, at: int, half_life: int) -> int:
    """The first instant from `at` on at which bound times weight reaches total."""
    low = step_of(at, half_life)
    if bound * _weight(low) >= total:
        return at
    high = low + GRID * (total.bit_length() - (bound * _weight(low)).bit_length() + 2)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bound * _weight(middle) >= total else (middle, high)
    return -(-high * half_life // GRID)


def decayed(total: int, at: int, half_life: int) -> tuple[int, int]:
    """What a sum of weights times micro units has come to, as an exact fraction in micro units."""
    return total, weight(at, half_life)
