from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subjects", "0001_initial")]

    operations = [
        migrations.AddField(model, field, models.TextField(null=True))
        for model in ("store", "anchor")
        for field in ("letters", "sounds")
    ]
