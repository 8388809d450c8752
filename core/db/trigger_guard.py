"""Keeps database triggers on, whatever a session sets.

Triggers of django-pgtrigger ask a function whether the setting `pgtrigger.ignore` names them, and look tables up in the
search path of their caller. Any role may set both, so a compromised web process could switch off the rules that the
database holds. The question is answered with a constant, which PostgreSQL also runs without the subtransaction that
pgtrigger's own version starts for each row.
"""

from django.db import connections

# Each migration that installs a trigger installs pgtrigger's version again, so this runs after every one.
_GUARD = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS 'SELECT false';

    DO $$
    DECLARE its regprocedure;
    BEGIN
        FOR its IN
            SELECT p.oid FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
                AND p.proowner = current_user::regrole AND p.proconfig IS NULL
        LOOP
            EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, public, pg_temp', its);
        END LOOP;
    END $$;
"""


def install(using: str) -> None:
    """Guards every trigger function in the schema `public` that the connected role owns."""
    with connections[using].cursor() as cursor:
        cursor.execute(_GUARD)
