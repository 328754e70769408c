from django.db import migrations, models

import reputation.base.evidence


class Migration(migrations.Migration):
    dependencies = [
        ("ratings", "0007_replay_permission"),
    ]

    operations = [
        migrations.CreateModel(
            name="Practice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=6)),
                ("subject_id", reputation.base.evidence.Key(db_collation="C")),
                ("night", models.DateField()),
                ("figures", models.JSONField()),
            ],
            options={
                "constraints": (models.UniqueConstraint(fields=("kind", "subject_id", "night"), name="one_practice"),),
            },
        ),
    ]
