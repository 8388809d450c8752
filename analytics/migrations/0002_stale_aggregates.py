"""Triggers that mark whose daily aggregates a later change has made wrong, and from which day on.

A change of the day that is still open marks nothing: that day is filled after it has closed. The first condition of a check-in's
trigger needs no lookup: a day that is today or later at UTC+14 is open or was open an hour ago for everybody.
"""

from django.db import migrations

# Two hours more than the clock: a change just before the day closes may commit after it was filled. The redo leaves out open days.
# A zone that PostgreSQL does not know must refuse no check-in: then every day counts as closed.
MARK = """
    CREATE FUNCTION mark_stale_aggregates(person uuid, first date) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        open_day date;
    BEGIN
        BEGIN
            SELECT ((now() + interval '2 hours') AT TIME ZONE timezone - make_interval(hours => day_start))::date
            INTO open_day FROM users WHERE id = person AND anonymised_at IS NULL;
        EXCEPTION WHEN invalid_parameter_value THEN
            open_day := 'infinity';
        END;
        IF first < open_day THEN
            INSERT INTO stale_aggregates (user_id, begins_on, marked_in)
            VALUES (person, first, pg_current_xact_id()::text::bigint)
            ON CONFLICT (user_id) DO UPDATE
            SET begins_on = LEAST(stale_aggregates.begins_on, EXCLUDED.begins_on), marked_in = EXCLUDED.marked_in
            WHERE stale_aggregates.begins_on > EXCLUDED.begins_on OR stale_aggregates.marked_in <> EXCLUDED.marked_in;
        END IF;
    END $$;
"""

LOGS = """
    CREATE FUNCTION stale_by_log() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        habit uuid := CASE WHEN TG_OP = 'INSERT' THEN NEW.user_habit_id ELSE OLD.user_habit_id END;
        first date := CASE TG_OP WHEN 'INSERT' THEN NEW.local_date WHEN 'DELETE' THEN OLD.local_date
            ELSE LEAST(NEW.local_date, OLD.local_date) END;
    BEGIN
        PERFORM mark_stale_aggregates(user_id, first) FROM user_habits WHERE id = habit;
        RETURN NULL;
    END $$;
    CREATE TRIGGER stale_by_new_log AFTER INSERT ON habit_logs FOR EACH ROW
    WHEN (NEW.local_date < (now() AT TIME ZONE 'Etc/GMT-14')::date) EXECUTE FUNCTION stale_by_log();
    CREATE TRIGGER stale_by_removed_log AFTER DELETE ON habit_logs FOR EACH ROW
    WHEN (OLD.local_date < (now() AT TIME ZONE 'Etc/GMT-14')::date) EXECUTE FUNCTION stale_by_log();
    CREATE TRIGGER stale_by_changed_log
    AFTER UPDATE OF completed_count, local_date, mood_score, energy_level ON habit_logs FOR EACH ROW
    WHEN (LEAST(NEW.local_date, OLD.local_date) < (now() AT TIME ZONE 'Etc/GMT-14')::date) EXECUTE FUNCTION stale_by_log();
"""

HABITS = """
    CREATE FUNCTION stale_by_habit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            PERFORM mark_stale_aggregates(NEW.user_id, NEW.started_on);
        ELSE
            -- Check-ins may lie before its start: all of its days.
            PERFORM mark_stale_aggregates(OLD.user_id, '0001-01-01');
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER stale_by_new_habit AFTER INSERT ON user_habits FOR EACH ROW
    WHEN (NEW.started_on < (now() AT TIME ZONE 'Etc/GMT-14')::date) EXECUTE FUNCTION stale_by_habit();
    CREATE TRIGGER stale_by_removed_habit AFTER DELETE ON user_habits FOR EACH ROW EXECUTE FUNCTION stale_by_habit();
    CREATE TRIGGER stale_by_changed_habit
    AFTER UPDATE OF rules, target_frequency, schedule, target_count, direction, started_on ON user_habits FOR EACH ROW
    WHEN (OLD.rules IS DISTINCT FROM NEW.rules OR OLD.target_frequency <> NEW.target_frequency
        OR OLD.schedule IS DISTINCT FROM NEW.schedule OR OLD.target_count <> NEW.target_count
        OR OLD.direction <> NEW.direction OR OLD.started_on IS DISTINCT FROM NEW.started_on)
    EXECUTE FUNCTION stale_by_habit();
"""

RESTS = """
    CREATE FUNCTION stale_by_rest() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM mark_stale_aggregates(
            CASE WHEN TG_OP = 'INSERT' THEN NEW.user_id ELSE OLD.user_id END,
            CASE TG_OP WHEN 'INSERT' THEN NEW.starts_on WHEN 'DELETE' THEN OLD.starts_on
                ELSE LEAST(NEW.starts_on, OLD.starts_on) END);
        RETURN NULL;
    END $$;
    CREATE TRIGGER stale_by_rest AFTER INSERT OR UPDATE OR DELETE ON habit_rests FOR EACH ROW
    EXECUTE FUNCTION stale_by_rest();
"""

# A move: days that the old zone has not closed are not filled by the new one if it closed them before the move.
PEOPLE = """
    CREATE FUNCTION stale_by_person() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM mark_stale_aggregates(
            NEW.id,
            CASE WHEN OLD.week_start <> NEW.week_start THEN '0001-01-01'::date ELSE current_date - 3 END);
        RETURN NULL;
    END $$;
    CREATE TRIGGER stale_by_person AFTER UPDATE OF timezone, day_start, week_start ON users FOR EACH ROW
    WHEN (OLD.timezone <> NEW.timezone OR OLD.day_start <> NEW.day_start OR OLD.week_start <> NEW.week_start)
    EXECUTE FUNCTION stale_by_person();
"""

BACKWARDS = """
    DROP TRIGGER stale_by_person ON users;
    DROP TRIGGER stale_by_rest ON habit_rests;
    DROP TRIGGER stale_by_changed_habit ON user_habits;
    DROP TRIGGER stale_by_removed_habit ON user_habits;
    DROP TRIGGER stale_by_new_habit ON user_habits;
    DROP TRIGGER stale_by_changed_log ON habit_logs;
    DROP TRIGGER stale_by_removed_log ON habit_logs;
    DROP TRIGGER stale_by_new_log ON habit_logs;
    DROP FUNCTION stale_by_person();
    DROP FUNCTION stale_by_rest();
    DROP FUNCTION stale_by_habit();
    DROP FUNCTION stale_by_log();
    DROP FUNCTION mark_stale_aggregates(uuid, date);
"""


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial"), ("habits", "0005_room_for_updates")]

    operations = [migrations.RunSQL(MARK + LOGS + HABITS + RESTS + PEOPLE, BACKWARDS)]
