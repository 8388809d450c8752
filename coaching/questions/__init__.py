"""Questions about one's own record, answered by code.

No model is asked, and every number comes from SQL.

`parsed` reads a question: `wishes` finds an act that is asked for, `grammar` what is asked, `habit_names` the habit meant,
`periods`, `future_days` and `day_parts` the days and hours, and `vocabulary` refuses words that nothing knows. `record` asks the database, `answers` and
`plan_answers` put the sentence together with its evidence.
"""
