"""How personal a message is: `coaching_messages.personalization_score`."""

import re

from coaching import composition
from coaching.composition import WrittenMessage
from coaching.context import Context

_SENTENCE = re.compile(r"[^.?!…]+(?:[.?!…]+|$)")


def score(written: WrittenMessage, context: Context) -> float:
    """From 0.0 to 1.0: the share of sentences that fit this person only, the title included.

    Such a sentence has the token of the person's habit or a value of a fact or of the step: a number, a length, a weekday,
    a time. A message of general sentences has 0.0.
    """
    own = {str(value) for part in context.parts for value in part.params.values()}
    habit = composition.habit_token(context)
    own |= {habit} if habit else set()
    sentences = [written.title, *(found.strip() for found in _SENTENCE.findall(written.body))]
    sentences = [sentence for sentence in sentences if sentence]
    personal = sum(any(value in sentence for value in own) for sentence in sentences)
    return round(personal / len(sentences), 3) if sentences else 0.0
