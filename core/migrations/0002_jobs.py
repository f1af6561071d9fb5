from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Job',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('due_at', models.DateTimeField()),
                ('held_until', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('ran_at', models.DateTimeField(null=True)),
            ],
        ),
    ]
