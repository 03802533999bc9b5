"""Making a YAML text say something else by touching only the lines that say it, so that comments stay."""

from collections.abc import Iterator, Mapping
from typing import cast

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from service.usecases.wording import flow, lines_of

Json = Mapping[str, object]
Member = tuple[Node, Node]  # its key and its value
Edit = tuple[int, int, str]  # from, to, and what stands there instead
LINE = 120
STEP = 2


def spliced(text: str, old: Json, new: Json) -> str:
    """The text, which says `old`, saying `new`. Whoever asks reads it again: where it is unusual it may go wrong."""
    eol = "\r\n" if "\r\n" in text else "\n"
    added = "" if text.endswith("\n") else eol  # so that every line has an end
    ended = text + added
    root = YAML(typ="rt", pure=True).compose(ended)
    if not _is_block(root):
        return text
    page = _Page(ended, root)
    edits = sorted(page.edits(root, old, new), key=lambda edit: edit[:2])
    for first, last, instead in reversed(edits):  # so that places stay true, and what is within stands before
        ended = ended[:first] + instead.replace("\n", eol) + ended[last:]
    return ended.removesuffix(added)


def _is_block(node: Node) -> bool:
    return isinstance(node, MappingNode | SequenceNode) and not node.flow_style and bool(node.value)


def _column(node: Node) -> int:
    return cast("int", node.start_mark.column)


class _Page:
    """A text and where its members stand; every line has its end."""

    def __init__(self, text: str, root: MappingNode) -> None:
        self.text = text
        self.root = root
        inner = [_column(value) for _, value in root.value if _is_block(value) and isinstance(value, MappingNode)]
        self.step = inner[0] if inner else STEP

    def edits(self, node: MappingNode, old: Json, new: Json) -> Iterator[Edit]:
        """What to do to a mapping in block style, so that it says something else."""
        members = dict(zip(old, cast("list[Member]", node.value), strict=True))
        for key, member in members.items():
            if key not in new:
                yield self._start(member), self._end(member), ""
            elif repr(old[key]) != repr(new[key]):
                yield from self._changed(member, old[key], (key, new[key]))
        added = "".join(
            line + "\n"
            for key in new
            if key not in old
            for line in lines_of(key, new[key], _column(node), self.step, LINE)
        )
        last = len(self.text) if node is self.root else self._end(node.value[-1])
        if added:
            yield last, last, added

    def _changed(self, member: Member, old: object, new: tuple[str, object]) -> Iterator[Edit]:
        key, value = member
        start, column = self._start(member), _column(key)
        if isinstance(old, dict) and isinstance(new[1], dict) and _is_block(value) and old.keys() & new[1].keys():
            yield from self.edits(cast("MappingNode", value), old, new[1])
            return
        short = flow(new[1])
        first, last = value.start_mark.index, value.end_mark.index
        if self._is_inline(member) and first - start + len(short) <= LINE:
            yield first, last, short
        else:
            lines = lines_of(new[0], new[1], column, self.step, LINE)
            yield start, self._end(member), "".join(line + "\n" for line in lines)

    def _is_inline(self, member: Member) -> bool:
        """Whether its value can be written over where it stands, and what follows on its line stays."""
        key, value = member
        first, last = value.start_mark.index, value.end_mark.index
        return not _is_block(value) and key.end_mark.index < first < last and "\n" not in self.text[first:last]

    def _start(self, member: Member) -> int:
        """Where its first line begins."""
        return self.text.rfind("\n", 0, member[0].start_mark.index) + 1

    def _end(self, member: Member) -> int:
        """Where the line after it begins. Comments that follow it are its own if they stand further right than it."""
        key, value = member
        end = self._after(self._last(value, key.end_mark.index, _column(key)))
        return self._deeper(end, _column(key), ("#",))

    def _last(self, value: Node, after: int, column: int) -> int:
        """Some place on the last line of a value that follows something; of an alias, which stands elsewhere, there."""
        if value.start_mark.index < after:
            return after
        if isinstance(value, ScalarNode) and value.style in ("|", ">"):
            return self._deeper(self._after(value.start_mark.index), column, ("",)) - 1
        if not _is_block(value):
            return cast("int", value.end_mark.index)
        if isinstance(value, MappingNode):
            key, inner = value.value[-1]
            return self._last(inner, key.end_mark.index, _column(key))
        return self._last(value.value[-1], value.start_mark.index, _column(value))

    def _after(self, place: int) -> int:
        return self.text.index("\n", place) + 1

    def _deeper(self, begin: int, column: int, signs: tuple[str, ...]) -> int:
        """Past the lines further right than a column that begin with one of these signs; empty ones among them."""
        end = begin
        while begin < len(self.text):
            line = self.text[begin : self._after(begin)]
            begin += len(line)
            said = line.strip()
            if said and (len(line) - len(line.lstrip(" ")) <= column or not said.startswith(signs)):
                break
            end = begin if said else end
        return end
