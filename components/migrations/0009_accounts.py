"""When a password was changed, where attempts to sign in are counted, and which accounts have the password of the demonstration, which everybody can read."""

from django.contrib.auth.hashers import check_password
from django.core.management import call_command
from django.db import migrations, models

DEMONSTRATION = ("researcher", "editor", "administrator")
PUBLIC_PASSWORD = "demonstration-only"


def mark_public_passwords(apps, _schema_editor):
    """Mark the accounts that the demonstration made before this field was there."""
    User = apps.get_model("components", "User")
    for user in User.objects.filter(username__in=DEMONSTRATION):
        if check_password(PUBLIC_PASSWORD, user.password):
            user.has_public_password = True
            user.save(update_fields=["has_public_password"])


def make_limits(_apps, schema_editor):
    """The table in which all processes count together."""
    call_command("createcachetable", "forensics_limits", database=schema_editor.connection.alias, verbosity=0)


def drop_limits(_apps, schema_editor):
    """Counts are worth nothing an hour later."""
    schema_editor.execute("DROP TABLE IF EXISTS forensics_limits")


class Migration(migrations.Migration):
    dependencies = [("components", "0008_both_coordinates")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="has_public_password",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="The password of the demonstration, which everybody can read.",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="password_set_at",
            field=models.DateTimeField(
                editable=False,
                help_text="Empty while the account has its first password.",
                null=True,
                verbose_name="password changed",
            ),
        ),
        migrations.RunPython(make_limits, drop_limits),
        migrations.RunPython(mark_public_passwords, migrations.RunPython.noop, elidable=True),
    ]
