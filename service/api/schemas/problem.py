"""Problem details, as the specification publishes them (RFC 9457)."""

from pydantic import Field

from service.api.schemas.fields import Told


class ProblemItem(Told):
    """一处问题：稳定的代码、位置和改法。 One thing that is wrong: a stable code, its place, and the mend."""

    code: str = Field(description="稳定的代码 · stable code", examples=["not_a_string"])
    pointer: str = Field(
        description="位置（RFC 6901 指针） · place in the body (RFC 6901)", examples=["/events/0/event_id"]
    )
    parameter: str | None = Field(None, description="有问题的参数名 · the parameter, if it is about one")
    title: str = Field(description="中文说明与改法 · what is wrong and the mend, in Chinese")
    title_en: str = Field(description="英文说明与改法 · the same in English")


class ItemProblem(ProblemItem):
    """一条数据的问题。 What is wrong with one item."""

    errors: list[ProblemItem] = Field([], description="逐处列出 · every problem of the item")
    quarantine_id: str | None = Field(None, description="待修复数据编号 · where the item waits to be repaired")


class ProblemDetails(Told):
    """错误应答（RFC 9457），不回显输入。 What went wrong (RFC 9457); input is never repeated."""

    type: str = Field(description="问题类型 URI · problem type URI", examples=["urn:lantern:problem:invalid_request"])
    title: str = Field(description="中文标题 · title in Chinese", examples=["请求有误，见 errors"])
    title_en: str = Field(description="英文标题 · title in English", examples=["the request has problems, see errors"])
    status: int = Field(description="HTTP 状态码 · HTTP status", examples=[422])
    code: str = Field(description="稳定的代码 · stable code", examples=["invalid_request"])
    errors: list[ProblemItem] = Field(description="逐处列出的问题 · each thing that is wrong")
    request_id: str = Field(description="请求编号，反馈问题时请附上 · request id, to be quoted in reports")
