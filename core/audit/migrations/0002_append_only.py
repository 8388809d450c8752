"""Makes audit_logs append-only.

Two functions, callable by the table's owner only, may still delete old rows and remove addresses. They check the age of
the rows and that the person has left.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION audit_logs_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('wellness.audit_retention', true) = 'on'
       AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'audit_logs is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_logs_stay BEFORE UPDATE OR DELETE ON audit_logs
    FOR EACH ROW EXECUTE FUNCTION audit_logs_stay();
CREATE TRIGGER audit_logs_stay_whole BEFORE TRUNCATE ON audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION audit_logs_stay();

-- Deletes at most `most` rows older than two years by the database's clock; returns their number.
CREATE FUNCTION audit_logs_retire(most integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE gone bigint;
BEGIN
    PERFORM set_config('wellness.audit_retention', 'on', true);
    DELETE FROM audit_logs WHERE id IN (
        SELECT id FROM audit_logs WHERE occurred_at < now() - interval '2 years' ORDER BY occurred_at LIMIT most
    );
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('wellness.audit_retention', '', true);
    RETURN gone;
END $$;

-- Removes the addresses of an anonymised person; returns the number of rows.
CREATE FUNCTION audit_logs_forget(person uuid) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE gone bigint;
BEGIN
    PERFORM set_config('wellness.audit_retention', 'on', true);
    UPDATE audit_logs SET ip_address = NULL
    WHERE user_id = person AND ip_address IS NOT NULL
      AND EXISTS (SELECT 1 FROM users WHERE id = person AND anonymised_at IS NOT NULL);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('wellness.audit_retention', '', true);
    RETURN gone;
END $$;
"""

BACKWARDS = """
DROP TRIGGER audit_logs_stay ON audit_logs;
DROP TRIGGER audit_logs_stay_whole ON audit_logs;
DROP FUNCTION audit_logs_stay, audit_logs_retire, audit_logs_forget;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    # The triggers on people and everything below them write audit rows from the first one on.
    run_before = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
