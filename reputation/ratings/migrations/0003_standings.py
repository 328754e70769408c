from django.db import migrations, models

import reputation.base.evidence


class Migration(migrations.Migration):
    dependencies = [
        ("ratings", "0002_rating_state"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnchorStore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("anchor_id", reputation.base.evidence.Key(db_collation="C")),
                ("store_id", reputation.base.evidence.Key(db_collation="C")),
                ("night", models.DateField()),
                ("orders", models.BigIntegerField()),
                ("defects", models.BigIntegerField()),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(fields=("night", "anchor_id", "store_id"), name="one_anchor_store"),
                ),
            },
        ),
        migrations.CreateModel(
            name="NightPeers",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=6)),
                ("category", reputation.base.evidence.Key(blank=True, db_collation="C")),
                ("night", models.DateField()),
                ("figures", models.JSONField()),
            ],
            options={
                "constraints": (models.UniqueConstraint(fields=("night", "kind", "category"), name="one_peers"),),
            },
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=6)),
                ("subject_id", reputation.base.evidence.Key(db_collation="C")),
                ("night", models.DateField()),
                ("category", reputation.base.evidence.Key(blank=True, db_collation="C")),
                ("packed", models.BinaryField()),
            ],
            options={
                "constraints": (models.UniqueConstraint(fields=("night", "kind", "subject_id"), name="one_standing"),),
            },
        ),
    ]
