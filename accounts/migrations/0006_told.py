from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_people'),
    ]

    operations = [
        migrations.AddField(
            model_name='authsession',
            name='is_told',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name='authsession',
            index=models.Index(models.F('device'), condition=models.Q(('device__isnull', False), models.Q(('revoked_at', None), ('is_told', True), _connector='OR')), name='session_at_device'),
        ),
    ]
