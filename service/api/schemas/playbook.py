"""The playbook's life: draft, check, preview, publish, versions."""

from typing import Annotated, Literal

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
    approved_by: str | None = Field(description="谁批准；保存后清空 · who approved it; emptied by saving")
    playbook: object = Field(description="内容 · its content as a tree")
    source: str = Field(description="原文，含注释 · its text, comments included")
    media_type: str = Field(description="原文格式 · the text's media type")
    problems: list[PlaybookProblem] = Field(description="问题 · its problems")


class DraftSaved(Told):
    """草稿已保存，问题逐处列出。 The draft is kept; its problems are listed."""

    etag: str = Field(description="版本标记 · version tag")
    problems: list[PlaybookProblem] = Field(description="问题，发布前须改好 · problems, to be mended before publishing")
    removed: list[str] = Field(description="比原来少了哪些定义 · definitions that are gone")


class Discarded(Told):
    """草稿已丢弃。 The draft is thrown away."""

    etag: str = Field(description="丢弃的是哪一版 · which draft it was")
    saved_at: Moment = Field(description="保存时间 · when it was saved")
    saved_by: str = Field(description="保存人 · who saved it")


class TypeDeclared(DraftSaved):
    """事件类型已加入草稿。 The event type stands in the draft."""

    type: str = Field(description="事件类型 · event type")
    properties: dict[str, str] = Field(description="推断的字段类型 · inferred properties")


class Check(Told):
    """检查结果。 What the check found."""

    ok: bool = Field(description="是否可以发布 · whether it can be published")
    etag: str = Field(description="检查的是草稿的哪一版 · which draft was checked")
    problems: list[PlaybookProblem] = Field(description="问题 · problems")


Names = Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=500)]
DEFINITIONS = "只看这些定义，如 tags/frequent_buyer；不填为整份草稿 · only these definitions; the whole draft if absent"
CONFIRM = "预览显示的人数 would_move；改变一成以上用户时必填 · the number shown, if more than a tenth would change"


class PreviewRequest(Asked):
    """预览多少用户。 How many profiles to try it on."""

    sample: int = Field(500, ge=1, le=10_000, description="抽样用户数 · profiles to sample")
    everyone: bool = Field(False, description="在后台看完全部用户 · look at everybody, as a job")
    definitions: Names = Field(default_factory=list, description=DEFINITIONS)


class JobView(Told):
    """一个后台任务。 Long work over all profiles."""

    job_id: str = Field(description="任务编号 · job id", examples=["refold:3.1"])
    kind: Literal["refold", "preview"] = Field(description="重算或预览 · kind")
    status: Literal["running", "paused", "cancelled", "done", "superseded"] = Field(
        description="进行中、已暂停、已取消、已完成、已被取代 · status"
    )
    done: int = Field(description="已处理用户数 · profiles done")
    total: int = Field(description="共多少 · of how many")
    progress: float = Field(description="进度 0–1 · progress")
    eta_seconds: int | None = Field(description="预计还要多少秒 · estimate of what is left, in seconds")
    created_at: Moment = Field(description="何时开始 · when it began")
    created_by: str = Field(description="谁发起 · who began it")
    updated_at: Moment = Field(description="最近一次进展 · when it last moved")


class JobList(Told):
    """最近的任务，最新的在前。 Jobs, the newest first."""

    items: list[JobView] = Field(description="任务 · jobs")


class Preview(JobView):
    """发布后谁会变。 Who would change."""

    etag: str = Field(description="预览的是哪一版内容 · which text was tried")
    playbook_version: int = Field(description="与哪一版比较 · the version that it was held against")
    definitions: list[str] = Field(description="只看了哪些定义 · which definitions only")
    profiles: int = Field(description="看了几个用户 · profiles looked at")
    of: int = Field(description="共有几个用户 · profiles there are")
    moved: int = Field(description="其中会变的 · how many of them would change")
    share: float = Field(description="会变的比例 · their share")
    would_move: int = Field(description="推算全部用户中会变的人数 · estimate for everybody")
    complete: bool = Field(description="是否全看了 · whether all were looked at")
    estimated_seconds: float = Field(description="重算全部用户约需秒数 · seconds to fold everybody anew, about")
    tags: dict[str, object] = Field(
        description="各标签：进入、离开、变值，及样例和原因 · by tag: enter, leave, change, with samples and reasons"
    )
    personas: dict[str, object] = Field(description="各分层的变化 · by scheme")
    journeys: dict[str, object] = Field(description="各旅程的变化 · by journey")


class PublishRequest(Asked):
    """发布说明。 A note for the version."""

    note: str = Field("", max_length=500, description="为什么改 · why it was changed")
    definitions: Names = Field(default_factory=list, description=DEFINITIONS)
    confirm: int | None = Field(None, ge=0, description=CONFIRM)


class RestoreRequest(Asked):
    """恢复说明。 A note for going back."""

    note: str = Field("", max_length=500, description="为什么恢复 · why")
    confirm: int | None = Field(None, ge=0, description=CONFIRM)


class Approval(Told):
    """已批准。 Approved."""

    etag: str = Field(description="批准的是草稿的哪一版 · which draft")
    saved_by: str = Field(description="谁写的 · who wrote it")
    approved_by: str = Field(description="谁批准 · who approved it")


class Sentence(Told):
    """一个定义的大意。 What a definition says."""

    text: str = Field(description="中文 · in Chinese", examples=["高频消费：近 30 天支付订单次数 ≥ 3 次"])
    text_en: str = Field(description="英文 · in English")


class Definition(Sentence):
    """草稿里的一个定义。 One definition of the draft."""

    definition: str = Field(description="哪个定义：section/key · which definition", examples=["tags/frequent_buyer"])
    etag: str = Field(description="版本标记，保存时放在 If-Match · to be sent as If-Match")
    value: object = Field(description="内容 · its content")


class DefinitionSaved(DraftSaved):
    """定义已写入草稿。 The draft with this definition."""

    definition: str = Field(description="哪个定义：section/key · which definition")
    before: Sentence | None = Field(description="原来 · before")
    after: Sentence | None = Field(description="现在 · after")
    own_problems: list[PlaybookProblem] = Field(description="其中属于这个定义的问题 · problems of this definition")


class Difference(Told):
    """一处不同。 One difference."""

    definition: str = Field(description="哪个定义：section/key · which definition", examples=["tags/frequent_buyer"])
    change: Literal["added", "removed", "changed"] = Field(description="新增、删除、修改 · change")
    before: Sentence | None = Field(description="原来 · before")
    after: Sentence | None = Field(description="之后 · after")


class Comparison(Told):
    """两版之间的不同。 What differs between two versions."""

    items: list[Difference] = Field(description="不同之处 · differences")


class DefinitionChange(Difference):
    """某一版里的修改。 A change in one version."""

    version: int = Field(description="版本号 · version")
    at: Moment = Field(description="何时 · when")
    by: str = Field(description="谁 · by whom")
    note: str = Field(description="为什么 · why")


class DefinitionHistory(Told):
    """一个定义的历次修改，最新的在前。 How one definition changed, newest first."""

    definition: str = Field(description="哪个定义：section/key · which definition")
    items: list[DefinitionChange] = Field(description="修改 · changes")


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
