"""Exact numbers: integers of 10⁻⁶, weights of the decay, and the floor of a binary logarithm."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cache
from math import isqrt

MICRO = 1_000_000
ONE = 1 << 20  # what a score adds when the value doubles


def micro(value: Decimal | float | str, divisor: int = 1) -> int:
    """Turn a decimal into an integer of 10⁻⁶, half-even."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(str(value)) * MICRO / divisor
        return int(exact.to_integral_value(rounding=ROUND_HALF_EVEN))


@cache
def mantissa(j: int) -> int:
    """Find R[j] = round(2^(j/1024)·2^20): ten integer square roots of the doubled value, then halve and round."""
    root = 1 << (j + 21 * 1024)
    for _ in range(10):
        root = isqrt(root)
    return (root + 1) // 2


def weight(t: int, half_life: int) -> int:
    """Weigh an event of instant t (landmark 1970)."""
    u = t * 1024 // half_life
    return mantissa(u % 1024) << (u // 1024)


def _fraction_bits(number: int, precision: int) -> tuple[int, int]:
    """Bound the first twenty bits of the fraction of log2(number) from below and from above by repeated squaring."""
    length = number.bit_length()
    if length <= precision:
        low = high = number << (precision - length)
    else:
        low = number >> (length - precision)
        high = low + 1
    bits_low = bits_high = 0
    top = 1 << precision
    for _ in range(20):
        low = low * low >> (precision - 1)
        high = (high * high >> (precision - 1)) + 1
        bits_low, bits_high = bits_low << 1, bits_high << 1
        if low >= top:
            low, bits_low = low >> 1, bits_low + 1
        if high >= top:
            high, bits_high = (high >> 1) + 1, bits_high + 1
    return bits_low, bits_high


def score_of(value: int) -> int:
    """Find ⌊2^20·log2(value)⌋, 0 below 1; the precision grows until both bounds agree."""
    if value < 1:
        return 0
    whole = value.bit_length() - 1
    if value == 1 << whole:
        return whole * ONE
    precision = 96
    while True:
        low, high = _fraction_bits(value, precision)
        if low == high:
            return whole * ONE + low
        precision *= 2
