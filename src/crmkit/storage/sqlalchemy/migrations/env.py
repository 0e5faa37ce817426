"""Alembic's environment: works on the connection that crmkit hands over, never on one of its own."""

from alembic import context

from crmkit.storage.sqlalchemy import metadata
from crmkit.storage.sqlalchemy.schema import VERSION_TABLE

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_schema=context.config.attributes.get("schema"),
    compare_type=True,
    render_as_batch=True,
)
context.run_migrations()
