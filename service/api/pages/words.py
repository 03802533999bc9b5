"""What the pages say, in Chinese and English, and which of the two somebody reads."""

from collections.abc import Mapping

ZH, EN = "zh", "en"
TAGS = {ZH: "zh-CN", EN: "en"}

SAID: Mapping[str, tuple[str, str]] = {
    "all": ("我的旅程", "My journeys"),
    "shared": ("朋友分享的旅程", "A friend's journey"),
    "progress": ("进度", "Progress"),
    "stages": ("旅程的各个阶段", "The stages of the journey"),
    "key_moment": ("关键时刻", "Key moment"),
    "optional": ("可选", "Optional"),
    "by_user": ("自己点亮", "lit by yourself"),
    "by_user_of_friend": ("本人点亮", "lit by hand"),
    "by_friends": ("好友助力点亮", "lit by friends"),
    "services": ("为你服务", "Here to help"),
    "light": ("点亮", "Light up"),
    "friends": ("好友助力", "Friends who helped"),
    "ask_friends": ("分享给好友，请他们助力", "Share it, and let friends help"),
    "earned": ("已获得的权益", "Benefits earned"),
    "used": ("已使用", "Used"),
    "share": ("分享这段旅程", "Share this journey"),
    "links": ("我分享的链接", "My links"),
    "revoke": ("收回", "Take back"),
    "new_link": ("新链接（只显示这一次）", "Your new link (shown once)"),
    "copy": ("长按或全选后复制，发给朋友", "Select it, copy it, send it to a friend"),
    "visits": ("打开", "Visits"),
    "sign_ups": ("带来朋友", "Friends who joined"),
    "open": ("有效至", "Valid until"),
    "expired": ("已过期", "Expired"),
    "revoked": ("已收回", "Taken back"),
    "ended": ("这段旅程已经结束", "This journey has ended"),
    "completed": ("全部完成", "All done"),
    "none": ("还没有开始的旅程", "No journey has begun yet"),
    "gone": ("这个链接已经失效", "This link is no longer valid"),
    "gone_more": ("它可能已过期或被收回。请让朋友再分享一次。",
                  "It may have expired or been taken back. Ask your friend to share it again."),
    "wait": ("请稍等一会儿再打开", "Please try again in a moment"),
    "refused": ("没有成功", "That did not work"),
    "back": ("返回我的旅程", "Back to my journeys"),
    "only_here": ("分享页只显示进度，不含任何个人信息。", "A shared page shows progress only, and nothing personal."),
}  # fmt: skip


def say(language: str) -> dict[str, str]:
    """All words in one language."""
    place = 0 if language == ZH else 1
    return {name: both[place] for name, both in SAID.items()}


def chosen(told: Mapping[str, object], name: str, language: str) -> str:
    """A text in the reader's language, if there is one in it."""
    english = told.get(f"{name}_en")
    return visible(str((english if language == EN and english else told.get(name)) or ""))


def visible(text: str) -> str:
    """Without what steers a terminal or turns the direction of writing."""
    return "".join(letter for letter in text if letter.isprintable())


def language_of(wanted: str, accepted: str) -> str:
    """`zh` or `en`: as an address asks for it, else as a browser prefers; Chinese if it does not care."""
    if wanted in TAGS:
        return wanted
    best, found = 0.0, ZH
    for part in accepted[:500].split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        language = name.strip().lower().partition("-")[0]
        if language in TAGS and weight > best:
            best, found = weight, language
    return found
