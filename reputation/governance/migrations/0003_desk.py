import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0002_flags_actions_appeals"),
    ]

    operations = [
        migrations.AddField(
            model_name="workitem",
            name="batch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decided",
                to="governance.batch",
            ),
        ),
    ]
