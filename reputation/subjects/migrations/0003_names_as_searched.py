from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reputation.subjects.names import name_letters, name_sounds

BATCH = 2000


def work_out(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The letters and sounds of the names that are there already."""
    for name in ("Store", "Anchor"):
        waiting = apps.get_model("subjects", name).objects.filter(letters=None).order_by("pk")
        last = ""
        while batch := list(waiting.filter(pk__gt=last).only("pk", "name")[:BATCH]):
            for subject in batch:
                subject.letters = name_letters(subject.name or "")
                subject.sounds = name_sounds(subject.letters)
            waiting.model.objects.bulk_update(batch, ["letters", "sounds"])
            last = batch[-1].pk


class Migration(migrations.Migration):
    atomic = False  # each batch is kept: whoever stops it goes on later where it stopped
    dependencies = [("subjects", "0002_letters_and_sounds")]
    operations = [migrations.RunPython(work_out, migrations.RunPython.noop, elidable=True)]
