"""The migrations, run by `db.schema`."""
