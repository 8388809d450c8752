"""The document's materialized view, as it is written there; the unique index lets it refresh while it is read."""

from django.db import migrations

CREATE = """
CREATE MATERIALIZED VIEW user_stats_summary AS
SELECT
    u.id,
    u.name,
    COUNT(uh.id) AS total_habits,
    AVG(uh.current_streak) AS avg_streak,
    SUM(uh.total_completions) AS total_completions
FROM users u
LEFT JOIN user_habits uh ON u.id = uh.user_id
WHERE u.is_active = true
GROUP BY u.id, u.name;
CREATE UNIQUE INDEX idx_user_stats_summary_id ON user_stats_summary(id);
"""


class Migration(migrations.Migration):
    dependencies = [("habits", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP MATERIALIZED VIEW user_stats_summary")]
