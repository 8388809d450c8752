"""Makes audit_logs append-only.

Two functions, callable by the table's owner only, may still delete old rows and remove addresses. They check the age of
the rows and that the person has left.
"""

from django.db import migrations

FORWARDS = """
-- HMAC-SHA-256 keys, padded for the two hashes. Only the tables' owner reads them; core.audit.actor_signature writes them.
CREATE TABLE audit_signing_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    inner_pad bytea NOT NULL,
    outer_pad bytea NOT NULL
);

-- Who is acting, from the signed setting; nobody where it is missing, too old or not signed with our key.
CREATE FUNCTION audit_actor(OUT user_id uuid, OUT address inet)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    part text[] := string_to_array(current_setting('wellness.actor', true), '|');
    key public.audit_signing_key;
BEGIN
    IF coalesce(array_length(part, 1), 0) <> 4 THEN RETURN; END IF;
    SELECT * INTO key FROM public.audit_signing_key;
    IF NOT FOUND OR part[3] !~ '^[0-9]{1,12}$'
       OR abs(extract(epoch FROM clock_timestamp()) - part[3]::bigint) > 300
       OR part[4] IS DISTINCT FROM encode(
           sha256(key.outer_pad || sha256(key.inner_pad || convert_to(array_to_string(part[1:3], '|'), 'UTF8'))), 'hex')
    THEN RETURN; END IF;
    user_id := NULLIF(part[1], '')::uuid;
    address := NULLIF(part[2], '')::inet;
END $$;

-- The setting counts for roles with the owner's rights only. Inside these functions current_user is always the owner.
CREATE FUNCTION audit_is_resealing() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(current_setting('wellness.resealing', true), '') = 'on'
       AND pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user::text)::name,
                       (SELECT relowner FROM pg_class WHERE oid = 'public.audit_logs'::regclass), 'USAGE')
$$;

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

-- Records that the signed actor has looked at a person's row. Without a valid signature the row names nobody.
CREATE FUNCTION audit_logs_read(name_of_table text, person uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public.audit_logs (table_name, record_id, action, user_id, ip_address, occurred_at)
    SELECT name_of_table, person, 'READ', actor.user_id, actor.address, clock_timestamp()
    FROM public.audit_actor() AS actor
$$;

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

-- Whether somebody who was staff, then or later, acted on something that is not their own: on another person, another
-- person's subscription or payment, or the catalogue. Such addresses are kept, whatever became of the role or the account.
CREATE FUNCTION audit_is_staff_access(entry audit_logs) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF entry.user_id IS NULL OR entry.table_name = 'users' AND entry.record_id = entry.user_id THEN RETURN false; END IF;
    IF entry.table_name = 'user_subscriptions' AND NOT EXISTS (
           SELECT 1 FROM user_subscriptions WHERE id = entry.record_id AND user_id <> entry.user_id)
       OR entry.table_name = 'payment_transactions' AND NOT EXISTS (
           SELECT 1 FROM payment_transactions WHERE id = entry.record_id AND user_id <> entry.user_id)
    THEN RETURN false; END IF;
    RETURN EXISTS (SELECT 1 FROM users WHERE id = entry.user_id AND (is_staff OR is_superuser))
        OR EXISTS (
            SELECT 1 FROM audit_logs role
            WHERE role.table_name = 'users' AND role.record_id = entry.user_id
              AND 'true' IN (role.old_values ->> 'is_staff', role.new_values ->> 'is_staff',
                             role.old_values ->> 'is_superuser', role.new_values ->> 'is_superuser'));
END $$;

-- Removes the addresses of an anonymised person's requests but those of staff access, and the addresses of anonymous requests
-- that changed the person (sign-up, confirmation of an address, reset); returns the number of rows.
CREATE FUNCTION audit_logs_forget(person uuid) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE gone bigint;
BEGIN
    PERFORM set_config('wellness.audit_retention', 'on', true);
    UPDATE audit_logs SET ip_address = NULL
    WHERE (user_id = person AND NOT audit_is_staff_access(audit_logs) OR user_id IS NULL AND record_id = person)
      AND ip_address IS NOT NULL
      AND EXISTS (SELECT 1 FROM users WHERE id = person AND anonymised_at IS NOT NULL);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('wellness.audit_retention', '', true);
    RETURN gone;
END $$;
"""

BACKWARDS = """
DROP TRIGGER audit_logs_stay ON audit_logs;
DROP TRIGGER audit_logs_stay_whole ON audit_logs;
DROP FUNCTION audit_logs_stay, audit_logs_retire, audit_logs_forget, audit_is_staff_access, audit_logs_read, audit_actor, audit_is_resealing;
DROP TABLE audit_signing_key;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    # The triggers on people and everything below them write audit rows from the first one on.
    run_before = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
