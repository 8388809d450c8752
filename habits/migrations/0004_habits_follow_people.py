"""A person who moves to another zone, or starts the day at another hour, has reminders and rollovers planned anew.

The table of people knows nothing of habits, so the trigger comes with habits. `next_reminder_at` set to now makes the
minutely job look (habits/reminders.py), and so does `next_rollover_at` set to 1970 (habits/streak_rollover.py).
"""

from django.db import migrations

FORWARDS = """
    CREATE FUNCTION habits_follow_people() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE user_habits SET next_reminder_at = CASE WHEN next_reminder_at IS NOT NULL THEN now() END,
            next_rollover_at = 'epoch'
        WHERE user_id = NEW.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER habits_follow_people AFTER UPDATE OF timezone, day_start ON users FOR EACH ROW
    WHEN (OLD.timezone IS DISTINCT FROM NEW.timezone OR OLD.day_start IS DISTINCT FROM NEW.day_start)
    EXECUTE FUNCTION habits_follow_people();
"""
BACKWARDS = """
    DROP TRIGGER habits_follow_people ON users;
    DROP FUNCTION habits_follow_people();
"""


class Migration(migrations.Migration):
    dependencies = [("habits", "0003_catalogue")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
