"""An index over the days of everybody, which the figures of staff read by the week.

Rows are written by the day, so a summary of each block of pages (BRIN) finds them and costs a fill next to nothing.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("analytics", "0002_stale_aggregates")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX idx_user_analytics_date ON user_analytics USING brin (date) WITH (pages_per_range = 32)",
            "DROP INDEX idx_user_analytics_date",
        )
    ]
