"""Comparisons of one value that can never hold together, or never at all for what the value can be."""

from service.core.playbook.conditions import Comparison
from service.core.playbook.mistakes import Found, problem
from service.core.problem import token

UP, DOWN = ("gte", "gt", "eq"), ("lte", "lt", "eq")


def in_bounds(comparisons: tuple[Comparison, ...], pointer: str, least: int | None, most: int | None = None) -> Found:
    """A problem at the first comparison that leaves nothing between the least and the most that the value can be."""
    low, high = (least, False), (most, False)
    for each in comparisons:
        for value in each.values:
            if isinstance(value, bool) or not isinstance(value, int):
                continue
            if each.op in UP and (low[0] is None or (value, each.op == "gt") > low):
                low = value, each.op == "gt"
            if each.op in DOWN and (high[0] is None or (value, each.op != "lt") < (high[0], not high[1])):
                high = value, each.op == "lt"
        if _is_empty(low, high):
            zh, en = (
                "这些比较合起来永远不成立，请核对上下限",
                "these comparisons never hold together; look at the bounds",
            )
            yield problem("never_holds", pointer + token(each.op), zh, en)
            return


def _is_empty(low: tuple[int | None, bool], high: tuple[int | None, bool]) -> bool:
    if low[0] is None or high[0] is None:
        return False
    return low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))
