from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]

    operations = [
        migrations.AddIndex(model_name="message", index=models.Index(fields=["at"], name="message_at")),
    ]
