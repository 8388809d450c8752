from django.db import migrations

# Each check-in writes its habit's row. With room on its page the new version stays there, and seven indexes need no entry.
FORWARDS = "ALTER TABLE user_habits SET (fillfactor = 70)"
BACKWARDS = "ALTER TABLE user_habits RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies = [("habits", "0004_habits_follow_people")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
