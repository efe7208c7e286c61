from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('widget', '0008_retention'),
    ]

    operations = [
        migrations.AddField(
            model_name='visitor',
            name='spoken_count',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
