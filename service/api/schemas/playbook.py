"""The playbook's life: draft, check, preview, publish, versions."""

from pydantic import Field

from service.api.schemas.fields import Asked, Moment, Told
from service.api.schemas.problem import ProblemItem


class PlaybookProblem(ProblemItem):
    """方案里的一处问题。 One thing that is wrong with a playbook."""

    line: int | None = Field(None, description="行，从 1 起 · line, from 1")
    column: int | None = Field(None, description="列，从 1 起 · column, from 1")


class Draft(Told):
    """草稿。 The draft."""

    etag: str = Field(description="版本标记，保存时放在 If-Match · to be sent as If-Match")
    saved_at: Moment = Field(description="何时保存 · when it was saved")
    saved_by: str = Field(description="谁保存 · who saved it")
    playbook: object = Field(description="内容 · its content as a tree")
    source: str = Field(description="原文，含注释 · its text, comments included")
    media_type: str = Field(description="原文格式 · the text's media type")
    problems: list[PlaybookProblem] = Field(description="问题 · its problems")


class DraftSaved(Told):
    """草稿已保存，问题逐处列出。 The draft is kept; its problems are listed."""

    etag: str = Field(description="版本标记 · version tag")
    problems: list[PlaybookProblem] = Field(description="问题，发布前须改好 · problems, to be mended before publishing")
    removed: list[str] = Field(description="比原来少了哪些定义 · definitions that are gone")


class TypeDeclared(DraftSaved):
    """事件类型已加入草稿。 The event type stands in the draft."""

    type: str = Field(description="事件类型 · event type")
    properties: dict[str, str] = Field(description="推断的字段类型 · inferred properties")


class Check(Told):
    """检查结果。 What the check found."""

    ok: bool = Field(description="是否可以发布 · whether it can be published")
    etag: str = Field(description="检查的是草稿的哪一版 · which draft was checked")
    problems: list[PlaybookProblem] = Field(description="问题 · problems")


class PreviewRequest(Asked):
    """预览多少用户。 How many profiles to try it on."""

    sample: int = Field(500, ge=1, le=10_000, description="抽样用户数 · profiles to sample")


class Preview(Told):
    """发布后谁会变。 Who would change."""

    etag: str = Field(description="预览的是草稿的哪一版 · which draft was tried")
    profiles: int = Field(description="看了几个用户 · profiles looked at")
    of: int = Field(description="共有几个用户 · profiles there are")
    complete: bool = Field(description="是否全看了 · whether all were looked at")
    tags: dict[str, object] = Field(
        description="各标签：进入、离开、变值及样例 · by tag: enter, leave, change, samples"
    )
    personas: dict[str, object] = Field(description="各分层的变化 · by scheme")


class PublishRequest(Asked):
    """发布说明。 A note for the version."""

    note: str = Field("", max_length=500, description="为什么改 · why it was changed")


class Version(Told):
    """一个已发布的版本。 A published version."""

    version: int = Field(description="版本号；0 为尚未发布 · version, 0 before the first")
    published_at: Moment | None = Field(description="何时发布 · when it was published")
    published_by: str | None = Field(description="谁发布 · who published it")
    note: str = Field(description="发布说明 · note")
    etag: str = Field(description="版本标记 · version tag")


class Published(Version):
    """已发布的方案。 A published playbook."""

    playbook: object = Field(description="内容 · its content as a tree")
    source: str = Field(description="原文，含注释 · its text, comments included")
    media_type: str = Field(description="原文格式 · the text's media type")


class VersionList(Told):
    """全部版本，最新的在前。 All versions, the newest first."""

    items: list[Version] = Field(description="版本 · versions")
