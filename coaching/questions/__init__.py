"""Questions about one's own record, answered by code.

No model is asked, and every number comes from SQL.

`grammar` reads a question (what is asked, of which habit, about which days), `habit_names` finds the habit meant, `periods`
the days, `record` asks the database, and `answers` puts the sentence together with its evidence.
"""
