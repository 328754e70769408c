"""The table of the cache that all web processes share: limits of sign-in and used codes must count once for all.

After a crash of the database it is empty, as any cache may be.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("accounts", "0001_first_password"),)

    operations = (
        migrations.RunSQL(
            sql=[
                "CREATE UNLOGGED TABLE accounts_cache (cache_key varchar(255) NOT NULL PRIMARY KEY,"
                " value text NOT NULL, expires timestamptz NOT NULL)",
                "CREATE INDEX accounts_cache_expires ON accounts_cache (expires)",
            ],
            reverse_sql="DROP TABLE accounts_cache",
        ),
    )
