import django.db.models.deletion
from django.db import migrations, models

from core.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_terminal'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='auditevent',
            name='audit_of_shop',
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(models.F('shop'), models.F('id'), name='audit_of_shop'),
        ),
        migrations.AddIndex(
            model_name='refreshtoken',
            index=models.Index(models.F('expires_at'), name='refresh_token_expiry'),
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('event', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='seal', serialize=False, to='accounts.auditevent')),
                ('chain', models.UUIDField()),
                ('position', models.PositiveBigIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('address_digest', models.CharField(max_length=64)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('chain'), models.F('position'), name='seal_position_unique_in_chain')],
            },
        ),
        migrations.CreateModel(
            name='AuditChain',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('length', models.PositiveBigIntegerField(default=0)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('proof', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField()),
            ],
        ),
        AppendOnly("accounts_auditseal"),
    ]
