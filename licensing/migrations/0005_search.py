from django.db import migrations

from core.searching import SearchIndex


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_search'),
        ('licensing', '0004_fleet_counts'),
    ]

    operations = [
        SearchIndex("site_search", "licensing_site", "name", "owner_name", "contact_email"),
    ]
