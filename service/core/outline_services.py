"""A service in one sentence: to whom, when, where and why it is offered."""

from collections.abc import Iterable

from service.core.describe import describe, stage_name
from service.core.event import MICRO
from service.core.playbook.definitions import Playbook, Service, StageRef
from service.core.words import Words, as_they_are, exact, listed, names_in, together

LEVELS = {"personalised": "个性化", "standard": "标准"}
_KINDS = {"core": "核心", "related": "相关"}


def service_words(playbook: Playbook, service: Service) -> Words:
    """What a service says of itself."""
    return together([*_worth(service), *_conditions(playbook, service), *_surroundings(playbook, service)])


def _worth(service: Service) -> Iterable[Words]:
    value, chance = exact(service.value), f"{exact(service.prior * 100)}%"
    yield (
        f"{_KINDS[service.kind]}·{LEVELS[service.service_level]}服务，价值 {value}，估计接受率 {chance}",
        f"{service.kind}, {service.service_level}, worth {value}, accepted by an estimated {chance}",
    )
    if service.lever != MICRO:
        yield f"人工系数 {exact(service.lever)}", f"lever {exact(service.lever)}"
    if service.terms is not None:
        reason = "" if service.terms_reason is None else f"（{service.terms_reason}）"
        yield f"涉及价格或条款：{service.terms}{reason}", f"terms: {service.terms}{reason}"
    elif service.terms_reason is not None:
        yield f"条款理由：{service.terms_reason}", f"reason of terms: {service.terms_reason}"


def _conditions(playbook: Playbook, service: Service) -> Iterable[Words]:
    for zh, en, condition in (
        ("准入", "eligible", service.eligible),
        ("适用", "applicable", service.applicable),
        ("适宜", "suitable", service.suitable),
    ):
        if condition is not None:
            held = describe(playbook, condition)
            yield f"{zh}：{held[0]}", f"{en}: {held[1]}"


def _surroundings(playbook: Playbook, service: Service) -> Iterable[Words]:
    if service.channels:
        yield listed(("渠道", "channels"), as_they_are(service.channels))
    if service.places:
        yield listed(("门店", "places"), (names_in(playbook.places, key) for key in service.places))
    if service.scenarios:
        yield listed(("场景", "scenarios"), as_they_are(service.scenarios))
    if service.recovers:
        yield listed(("救场", "recovers"), (_stage(playbook, each) for each in service.recovers))


def _stage(playbook: Playbook, ref: StageRef) -> Words:
    journey, stage = names_in(playbook.journeys, ref.journey), stage_name(playbook, ref.journey, ref.stage)
    return f"“{journey[0]}”的“{stage[0]}”", f"{journey[1]}/{stage[1]}"
