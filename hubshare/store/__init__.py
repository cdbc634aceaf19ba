"""The database: models, migrations, access decisions and queries."""
