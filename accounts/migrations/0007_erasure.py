from django.db import migrations

from core.append_only import Erasing


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_told'),
    ]

    operations = [
        Erasing("accounts_auditevent", "address", days=30),
    ]
