from django.db import migrations

from core.searching import SearchIndex


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_erasure'),
    ]

    operations = [
        SearchIndex("shop_search", "accounts_shop", "name"),
    ]
