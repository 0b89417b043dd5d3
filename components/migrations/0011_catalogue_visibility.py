"""Makers, parts and weapon models say who may see them. Those that are there have been public: they stay so."""

from django.db import migrations, models

TABLES = ("manufacturer", "part", "weaponmodel")
SAID = {"manufacturer": "manufacturer", "part": "part", "weaponmodel": "weapon_model"}
CHOICES = [("draft", "Draft"), ("restricted", "Restricted"), ("published", "Published")]


def visibility(default):
    return models.CharField(choices=CHOICES, default=default, editable=False, max_length=10)


class Migration(migrations.Migration):

    dependencies = [("components", "0010_stored_files")]

    operations = [
        operation
        for table in TABLES
        for operation in (
            migrations.AddField(f"historical{table}", "visibility", visibility("published")),
            migrations.AlterField(f"historical{table}", "visibility", visibility("draft")),
            migrations.AddField(table, "visibility", visibility("published")),
            migrations.AlterField(table, "visibility", visibility("draft")),
            migrations.AddIndex(table, models.Index(fields=["visibility", "id"], name=f"{SAID[table]}_visibility")),
            migrations.AddConstraint(
                table,
                models.CheckConstraint(
                    condition=models.Q(("visibility__in", ["draft", "restricted", "published"])),
                    name=f"{SAID[table]}_visibility_known",
                ),
            ),
        )
    ]
