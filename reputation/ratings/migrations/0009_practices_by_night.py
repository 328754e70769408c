from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ratings", "0008_practices"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="practice", name="one_practice"),
        # The night first: which is the newest is asked for every page.
        migrations.AddConstraint(
            model_name="practice",
            constraint=models.UniqueConstraint(fields=("night", "kind", "subject_id"), name="one_practice"),
        ),
    ]
