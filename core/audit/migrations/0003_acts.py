"""A function that records what staff did, as `audit_logs_read` does what they looked at."""

from django.db import migrations, models

FORWARDS = """
-- Records an act of the signed actor. Without a valid signature the row names nobody.
CREATE FUNCTION audit_logs_act(name_of_table text, record uuid, before jsonb, after jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public.audit_logs
        (table_name, record_id, action, old_values, new_values, user_id, ip_address, why, occurred_at)
    SELECT name_of_table, record, 'ACT', before, after, actor.user_id, actor.address, public.audit_why(), clock_timestamp()
    FROM public.audit_actor() AS actor
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [
        migrations.RunSQL(FORWARDS, "DROP FUNCTION audit_logs_act"),
        migrations.AlterField(
            model_name="auditlog",
            name="action",
            field=models.CharField(
                choices=[("INSERT", "더함"), ("UPDATE", "고침"), ("DELETE", "지움"), ("READ", "봄"), ("ACT", "함")],
                max_length=20,
                verbose_name="한 일",
            ),
        ),
    ]
