"""How Alembic runs: on the connection that service.store.schema hands over, or on -x url=… from the command line."""

from alembic import context
from sqlalchemy import Connection

from service.store.schema import on
from service.store.tables import metadata


def run(connection: Connection) -> None:
    """On SQLite all revisions stand in one outer transaction; on PostgreSQL each has its own."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        transaction_per_migration=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def offline() -> None:
    """The SQL for PostgreSQL as text, for reading and linting."""
    context.configure(dialect_name="postgresql", literal_binds=True, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    offline()
elif connection := context.config.attributes.get("connection"):
    run(connection)
else:
    on(context.get_x_argument(as_dictionary=True).get("url", "sqlite:///lantern.db"), run)
