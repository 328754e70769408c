from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evidence", "0003_recount_named_exclusions")]

    operations = [
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                fields=["opened_at"],
                name="complaint_waiting",
                condition=models.Q(first_response_at=None, outcome=None, closed_at=None, retracted=False),
            ),
        ),
    ]
