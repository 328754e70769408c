from django.db import migrations, models
from django.db.models.functions import Least

KINDS = ("shipments", "returns", "complaints", "conversations")


def _kept_per_kind(apps, schema_editor) -> None:
    """A date that did not say its kind may be of any kind of the unit's promises: counted once more, it says."""
    tally = apps.get_model("nightly", "Tally")
    waiting = tally.objects.filter(due_on__isnull=False)
    due = models.F("due_on")
    waiting.filter(unit__startswith="o:").update(due_shipments=due, due_returns=due, due_complaints=due)
    waiting.filter(unit__startswith="c:").update(due_complaints=due)
    waiting.filter(unit__startswith="h:").update(due_conversations=due)


def _earliest(apps, schema_editor) -> None:
    columns = [models.F(f"due_{kind}") for kind in KINDS]
    apps.get_model("nightly", "Tally").objects.update(due_on=Least(*columns))


class Migration(migrations.Migration):
    dependencies = (("nightly", "0001_initial"),)

    operations = (
        migrations.RemoveIndex(model_name="tally", name="tally_due"),
        *(
            migrations.AddField(model_name="tally", name=f"due_{kind}", field=models.DateField(null=True))
            for kind in KINDS
        ),
        migrations.RunPython(_kept_per_kind, _earliest),
        migrations.RemoveField(model_name="tally", name="due_on"),
        *(
            migrations.AddIndex(
                model_name="tally",
                index=models.Index(
                    fields=[f"due_{kind}"],
                    name=f"tally_{kind}",
                    condition=models.Q((f"due_{kind}__isnull", False)),
                ),
            )
            for kind in KINDS
        ),
    )
