from django.db import migrations
from django.db.models import F


def count_from_their_fit(apps, schema_editor) -> None:
    """A scale that was there before scales could be announced has counted since it was fitted."""
    scales = apps.get_model("ratings", "Scale").objects.filter(live_from=None, announced_on=None)
    scales.update(live_from=F("fitted_on"), announced_on=F("fitted_on"))


class Migration(migrations.Migration):
    dependencies = [("ratings", "0004_drift_clearance")]
    operations = [migrations.RunPython(count_from_their_fit, migrations.RunPython.noop)]
