from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("ratings", "0006_repair"),)

    operations = (
        migrations.AlterModelOptions(
            name="rating",
            options={
                "permissions": (("replay_rating", "Can replay a published rating from its archived inputs"),),
            },
        ),
    )
