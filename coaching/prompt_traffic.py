"""Draws the version of a template that writes a message, by the shares that staff set.

pick(message_type, tone, seed=…) -> AIPromptTemplate | None
"""

from random import Random

from coaching.models import AIPromptTemplate


def active(message_type: str) -> list[AIPromptTemplate]:
    """The active versions for a type, always in the same order."""
    found = AIPromptTemplate.objects.filter(message_type=message_type, is_active=True)
    return sorted(found, key=lambda one: (one.name, one.version))


def pick(message_type: str, tone: str | None, *, seed: int) -> AIPromptTemplate | None:
    """A version for the tone, drawn by share; for a tone without one, any of the type.

    None if the type has none.
    """
    versions = active(message_type)
    fitting = [one for one in versions if one.tone == tone] or versions
    if not fitting:
        return None
    rng = Random(seed)  # noqa: S311 -- has to be repeatable
    return rng.choices(fitting, weights=[one.traffic_share for one in fitting])[0]
