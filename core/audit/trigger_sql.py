"""SQL of the audit triggers, as migrations keep it."""

import pgtrigger.compiler


class GuardedTriggerSql(pgtrigger.compiler.UpsertTriggerSql):
    """A trigger that the role whose statement fires it can neither redirect nor switch off.

    The function runs as its owner and looks names up in `pg_catalog` and `public` before `pg_temp`: a temporary table
    called audit_logs catches nothing, and the role needs no right to insert there. Unlike pgtrigger's own template it does
    not obey the setting `pgtrigger.ignore`.
    """

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}()
            RETURNS TRIGGER AS $$
                {declare}
                BEGIN
                    {func}
                END;
            $$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;

            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid}
                {when} {operation} ON {table}
                {timing}
                {referencing}
                FOR EACH {level} {condition}
                EXECUTE PROCEDURE {execute};

            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """
