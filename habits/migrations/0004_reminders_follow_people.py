"""A person who moves to another zone, or starts the day at another hour, has their reminders planned anew.

The table of people knows nothing of habits, so the trigger comes with habits. `next_reminder_at` set to now makes the
minutely job look; see habits/reminders.py.
"""

from django.db import migrations

FORWARDS = """
    CREATE FUNCTION reminders_follow_people() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE user_habits SET next_reminder_at = now() WHERE user_id = NEW.id AND next_reminder_at IS NOT NULL;
        RETURN NULL;
    END $$;
    CREATE TRIGGER reminders_follow_people AFTER UPDATE OF timezone, day_start ON users FOR EACH ROW
    WHEN (OLD.timezone IS DISTINCT FROM NEW.timezone OR OLD.day_start IS DISTINCT FROM NEW.day_start)
    EXECUTE FUNCTION reminders_follow_people();
"""
BACKWARDS = """
    DROP TRIGGER reminders_follow_people ON users;
    DROP FUNCTION reminders_follow_people();
"""


class Migration(migrations.Migration):
    dependencies = [("habits", "0003_catalogue")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
