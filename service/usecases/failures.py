"""Why a use case could not do what was asked; the door renders these once, as problem details (RFC 9457)."""

from service.core.problem import Problem


class Failure(Exception):  # noqa: N818 (it is no error of ours)
    """The request cannot be fulfilled."""

    status = 400

    def __init__(self, code: str, zh: str, en: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.zh = zh
        self.en = en
        self.problems = problems


class Forbidden(Failure):
    """Not with this key."""

    status = 403


class Unknown(Failure):
    """There is no such thing."""

    status = 404


class Clash(Failure):
    """It would contradict what is there."""

    status = 409


class Stale(Failure):
    """Somebody changed it in the meantime."""

    status = 412


class Invalid(Failure):
    """What was sent has problems."""

    status = 422


class Busy(Failure):
    """Come back in a moment."""

    status = 503
    retry_after = 1
