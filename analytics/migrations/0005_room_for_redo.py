from django.db import migrations

# A late check-in changes one row of a page of sixty. With room there the new version needs no entry in the four indexes.
FORWARDS = "ALTER TABLE user_analytics SET (fillfactor = 95)"
BACKWARDS = "ALTER TABLE user_analytics RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies = [("analytics", "0004_experiments")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
