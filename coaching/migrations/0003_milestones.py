"""A trigger that notes a job for the coach when a streak reaches a round length, in the check-in's own transaction.

The job is due ten minutes later, so that an undo in the meantime leaves nothing to celebrate. People without the coach pay
one comparison.
"""

from django.db import migrations

CREATE = """
    CREATE FUNCTION coaching_note_milestone() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO coaching_jobs (id, user_id, occasion, effect_key, user_habit_id, local_date, due_at)
        SELECT gen_random_uuid(), NEW.user_id, 'milestone',
               'milestone:' || NEW.id || ':' || NEW.current_streak || ':' || NEW.counted_on,
               NEW.id, NEW.counted_on, now() + interval '10 minutes'
        FROM coaching_settings WHERE user_id = NEW.user_id AND is_on
        ON CONFLICT (effect_key) DO NOTHING;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER coaching_milestones AFTER UPDATE OF current_streak ON user_habits FOR EACH ROW
    WHEN (
        NEW.current_streak > OLD.current_streak AND NEW.counted_on IS NOT NULL AND NEW.direction = 'at_least'
        AND NEW.current_streak IN (7, 14, 21, 30, 50, 66, 100, 150, 200, 300, 365, 500, 700, 1000)
    )
    EXECUTE FUNCTION coaching_note_milestone();
"""
DROP = "DROP TRIGGER coaching_milestones ON user_habits; DROP FUNCTION coaching_note_milestone();"


class Migration(migrations.Migration):
    dependencies = [("coaching", "0002_prompt_templates"), ("habits", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
