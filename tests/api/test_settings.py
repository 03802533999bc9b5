import pytest

from service.settings import Settings, SettingsError, describe, known, read_settings


def test_nothing_set_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({how.variable: "" for _, how, _ in known()}) == Settings()
    assert Settings().database_url == "sqlite:///lantern.db"


def test_every_setting_is_read() -> None:
    environ = {
        "LANTERN_DATABASE_URL": "postgresql://u:p@h/d",
        "LANTERN_BOOTSTRAP_KEY": "secret",
        "LANTERN_HOST": "::1",
        "LANTERN_PORT": "80",
        "LANTERN_WORKERS": "no",
        "LANTERN_MAY_LOSE_DATA": "1",
        "LANTERN_QUEUE_LIMIT": "500",
        "LANTERN_SECOND_APPROVER": "yes",
        "LANTERN_LOG_LEVEL": "DEBUG",
        "LANTERN_FONT": "/fonts/cjk.ttc",
        "LANTERN_PAGE_RATE": "60",
        "LANTERN_BENCH": "on",
    }
    assert environ.keys() == {how.variable for _, how, _ in known()}
    assert read_settings(environ) == Settings(
        database_url="postgresql://u:p@h/d", bootstrap_key="secret", host="::1", port=80, workers=False,
        may_lose_data=True, queue_limit=500, second_approver=True, log_level="debug", bench=True,
        font="/fonts/cjk.ttc", page_rate=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LANTERN_DATABASE_URL", "mysql://secret"),
        ("LANTERN_BOOTSTRAP_KEY", "secret with spaces"),
        ("LANTERN_BOOTSTRAP_KEY", "密钥secret"),
        ("LANTERN_PORT", "secret"),
        ("LANTERN_PORT", "0"),
        ("LANTERN_PORT", "70000"),
        ("LANTERN_WORKERS", "secret"),
        ("LANTERN_QUEUE_LIMIT", "-1"),
        ("LANTERN_LOG_LEVEL", "secret"),
        ("LANTERN_PAGE_RATE", "9"),
    ],
)
def test_an_error_names_the_variable_and_not_the_value(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable) as caught:
        read_settings({variable: value})
    assert "secret" not in str(caught.value)


def test_secrets_are_not_printed() -> None:
    assert "secret" not in repr(Settings(database_url="postgresql://u:secret@h/d", bootstrap_key="secret"))


def test_the_table_names_every_variable() -> None:
    assert all(how.variable in describe() for _, how, _ in known())
