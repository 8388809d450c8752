"""The coach's effect and reactions by type, tone and version, for staff.

The intervals, of effects and of shares, are anytime-valid: they hold however often somebody looks. People are those that
every figure counts.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q

from accounts.population import of_counted
from coaching import bandit, effect
from coaching.effect import DecisionOutcome, Estimate, Share
from coaching.models import AIPromptTemplate, CoachingDecision, CoachingMessage, MessageType, Tone
from core import small_cells

SILENT = CoachingDecision.SILENCE
HELPFUL = ("like", "love", "helpful")


@dataclass(frozen=True)
class EffectRow:
    """One line of the table. `estimate` is None while there is too little."""

    name: str
    estimate: Estimate | None
    # Of the side that has fewer: those who got a message, or those who got none. A side without anybody tells of no one.
    people: int = 0


@dataclass(frozen=True)
class VersionRow:
    """One active or used version: messages, reactions, effect, and a wrong share of traffic."""

    template: AIPromptTemplate
    messages: int
    reacted: int
    helpful: int
    # Who got the messages, who reacted, and who called one helpful.
    people: int
    people_reacted: int
    people_helped: int
    # As in `EffectRow.people`.
    people_compared: int
    # Of the messages, and of those that were reacted to.
    reacted_share: Share | None
    helpful_share: Share | None
    estimate: Estimate | None
    mismatch: bool

    @property
    def hides_messages(self) -> bool:
        return small_cells.is_small(self.people)

    @property
    def hides_reactions(self) -> bool:
        return small_cells.share_is_hidden(self.people_reacted, self.people)

    @property
    def hides_helpful(self) -> bool:
        return self.hides_reactions or small_cells.share_is_hidden(self.people_helped, self.people_reacted)

    @property
    def hides_effect(self) -> bool:
        return small_cells.is_small(self.people_compared)


def by_kind(*, since: dt.datetime) -> list[EffectRow]:
    """All messages together, each type, and each tone."""
    settled = _settled(since)
    rows = [EffectRow("all", _estimate(settled, _any_message), _people(settled))]
    for message_type in MessageType.values:
        its = [one for one in settled if one.message_type == message_type]
        rows.append(EffectRow(message_type, _estimate(its, _any_message), _people(its)))
    for tone in Tone.values:
        its = [one for one in settled if one.arm in (tone, SILENT)]
        rows.append(EffectRow(tone, _estimate(its, _its_arm, only=tone), _people(its)))
    return rows


def _people(decisions: Iterable[CoachingDecision]) -> int:
    silent, sent = set[UUID](), set[UUID]()
    for one in decisions:
        (silent if one.arm == SILENT else sent).add(one.user_id)
    return min(filter(None, map(len, (silent, sent))), default=0)


def hidden_kinds(people: Mapping[str, int], known: Collection[str]) -> set[str]:
    """The kinds of few people, each with the one that would tell it.

    `known` have an estimate. Types add up to all messages, and so do tones.
    """
    hidden = {"all"} if small_cells.is_small(people.get("all", 0)) else set()
    for kinds in (MessageType.values, Tone.values):
        parts = {kind: people[kind] for kind in kinds if kind in people}
        if any(map(small_cells.is_small, parts.values())):
            # Those without an estimate are not shown either.
            unknown = [kind for kind in parts if kind not in known]
            shown = small_cells.visible_parts(parts, also=unknown)
            hidden |= {kind for kind, number in shown.items() if number is None}
    return hidden


def by_version(*, since: dt.datetime) -> list[VersionRow]:
    settled = _settled(since)
    counted = _counted(since)
    templates = list(
        AIPromptTemplate.objects.filter(Q(is_active=True) | Q(usage_count__gt=0)).order_by("name", "version")
    )
    mismatched = _mismatched(templates, {pk: counts.number for pk, counts in counted.items()})
    return [
        _version_row(one, counted.get(one.pk, _NONE), _of_version(settled, one), mismatch=one.name in mismatched)
        for one in templates
    ]


def _settled(since: dt.datetime) -> list[CoachingDecision]:
    return list(of_counted(CoachingDecision.objects.filter(decided_at__gte=since, reward__isnull=False)))


def _version_row(
    template: AIPromptTemplate, counts: "_Counts", its: list[CoachingDecision], *, mismatch: bool
) -> VersionRow:
    return VersionRow(
        template=template,
        messages=counts.number,
        reacted=counts.reacted,
        helpful=counts.helpful,
        people=counts.people,
        people_reacted=counts.people_reacted,
        people_helped=counts.people_helped,
        people_compared=_people(its),
        reacted_share=effect.share(counts.reacted, counts.number),
        helpful_share=effect.share(counts.helpful, counts.reacted),
        estimate=_estimate(its, _its_arm),
        mismatch=mismatch,
    )


class _Counts(NamedTuple):
    number: int = 0
    reacted: int = 0
    helpful: int = 0
    people: int = 0
    people_reacted: int = 0
    people_helped: int = 0


_NONE = _Counts()


def _counted(since: dt.datetime) -> dict[UUID | None, _Counts]:
    """Messages and reactions by version, and of how many people they are."""
    reacted, helpful = Q(user_reaction__isnull=False), Q(user_reaction__in=HELPFUL)
    rows = of_counted(CoachingMessage.objects.filter(sent_at__gte=since)).values_list("template")
    counted = rows.annotate(
        n=Count("pk"), r=Count("pk", filter=reacted), h=Count("pk", filter=helpful), p=_distinct(),
        pr=_distinct(reacted), ph=_distinct(helpful),
    )  # fmt: skip
    return {template: _Counts(*numbers) for template, *numbers in counted}


def _distinct(those: Q | None = None) -> Count:
    return Count("user", filter=those, distinct=True)


def _of_version(settled: list[CoachingDecision], template: AIPromptTemplate) -> list[CoachingDecision]:
    """Its days, and the silent days of its type."""
    its = [one for one in settled if one.template_id == template.pk]
    silent = [one for one in settled if one.arm == SILENT and one.message_type == template.message_type]
    return [*its, *silent]


def _mismatched(templates: Iterable[AIPromptTemplate], counts: dict[UUID | None, int]) -> set[str]:
    """The names whose active versions were not drawn as their shares say.

    Names with one version cannot be.
    """
    by_name: dict[str, list[AIPromptTemplate]] = {}
    for one in templates:
        if one.is_active:
            by_name.setdefault(one.name, []).append(one)
    return {
        name
        for name, found in by_name.items()
        if effect.share_mismatch([counts.get(one.pk, 0) for one in found], [one.traffic_share for one in found])
        < effect.MISMATCH
    }


def _any_message(decision: CoachingDecision) -> float:
    return bandit.SILENCE if decision.arm == SILENT else 1 - bandit.SILENCE


def _its_arm(decision: CoachingDecision) -> float:
    return decision.probability


def _estimate(
    decisions: Iterable[CoachingDecision], probability: Callable[[CoachingDecision], float], *, only: str | None = None
) -> Estimate | None:
    outcomes = [
        DecisionOutcome(one.arm, probability(one), bool(one.checked_in), float(one.inputs.get("expected", 0.0)))
        for one in decisions
    ]
    return effect.difference(outcomes, {only} if only else set(Tone.values), silence=SILENT, anytime=True)
