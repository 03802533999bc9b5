"""Finding and exporting profiles."""

from typing import Annotated, Literal

from pydantic import Field

from service.api.schemas.fields import Asked, Moment, Told, Word
from service.api.schemas.operations import NEXT, Cursor

KEY = r"^[a-z][a-z0-9_]{0,63}$"
Key = Annotated[str, Field(pattern=KEY)]
Where = Annotated[
    dict[str, object],
    Field(
        description="条件，写法同方案：tag、persona、journey 与 all、any、not · a condition as in the playbook: "
        "tag, persona, journey, combined by all, any, not",
        examples=[{"tag": "frequent_buyer"}],
    ),
]


class Freshness(Told):
    """截至何时、依据哪一版。 As of when, and by which playbook."""

    as_of: Moment = Field(description="答案截至何时完整 · as of when the answer is complete")
    playbook_version: int = Field(description="所依据的方案版本 · the playbook it was read by")
    complete: bool = Field(
        description="false：发布或校准后还有用户在重算 · false while profiles wait to be folded under new definitions"
    )
    waiting: int = Field(description="还有几人等待重算 · how many wait")


class SearchRequest(Asked):
    """要找的人。 Whom to find."""

    where: Where
    limit: Annotated[int, Field(ge=1, le=500)] = Field(100, description="每页最多几人 · how many at most")
    cursor: Cursor | None = Field(None, description="上一页的 next_cursor · next_cursor of the last page")
    count: bool = Field(False, description="是否同时数出总数 · whether to count all")
    identities: bool = Field(
        False, description="是否带出标识（需要 profiles:export） · with identities; needs profiles:export"
    )


class FoundProfile(Told):
    """找到的一个用户。 A profile that was found."""

    profile_id: str = Field(description="用户编号 · profile id", examples=["0123456789abcdef"])
    version: int = Field(description="版本 · version")
    identities: list[str] | None = Field(None, description="全部标识，要求时才有 · every identity, if asked for")


class SearchPage(Freshness):
    """一页用户，按用户编号排列。 A page of profiles, by id."""

    items: list[FoundProfile] = Field(description="用户 · profiles")
    next_cursor: str | None = Field(description=NEXT)
    total: int | None = Field(None, description="总数，要求时才有 · how many in all, if asked for")


class ExportFields(Asked):
    """每个用户带出什么。 What is told of each profile."""

    identities: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]] = Field(
        [], description="标识的命名空间 · namespaces of identities", max_length=20, examples=[["member"]]
    )
    tags: list[Key] = Field([], description="标签 · tags", max_length=200, examples=[["frequent_buyer"]])
    personas: list[Key] = Field([], description="分层方案 · persona schemes", max_length=20, examples=[["tier"]])
    traits: list[Word] = Field([], description="属性 · traits", max_length=200, examples=[["city"]])


class ExportRequest(Asked):
    """要导出的人和列。 Whom to export, and what of them."""

    where: Where
    format: Literal["csv", "jsonl"] = Field(
        "csv", description="csv 可直接用 Excel 打开；jsonl 每行一个 JSON · a table, or one JSON object a line"
    )
    fields: ExportFields = Field(ExportFields(), description="除用户编号外的列 · columns beside the profile id")


class ExportLine(Told):
    """jsonl 的一行。 One line of jsonl."""

    profile_id: str = Field(description="用户编号 · profile id")
    identities: dict[str, list[str]] = Field(description="标识，按命名空间 · identities by namespace")
    tags: dict[str, str | float | bool | None] = Field(
        description="取值；无取值的为 true，不亮为 null · value; true without one, null while off"
    )
    personas: dict[str, str] = Field(description="所在的层 · classes")
    traits: dict[str, str | float | bool | None] = Field(description="属性 · traits")
