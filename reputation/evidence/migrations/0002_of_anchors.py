from django.db import migrations, models


class Migration(migrations.Migration):
    """What an anchor may dispute is found by index, as a store's is."""

    dependencies = [("evidence", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("anchor_id__isnull", False)), fields=["anchor_id", "placed_at"], name="order_anchor"
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                condition=models.Q(("live_id__isnull", False)), fields=["live_id"], name="complaint_live"
            ),
        ),
    ]
