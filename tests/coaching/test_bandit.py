# ruff: noqa: S311 -- repeatable, not secret
"""The bandit's promises and the honesty of its estimates, in short; `make eval` runs the long form."""

import datetime as dt
from random import Random

import pytest

from coaching import bandit, decisions, effect, effect_report, prompt_versions
from coaching.bandit import Arm
from coaching.models import AIPromptTemplate, CoachingDecision, CoachingMessage, ToneTally
from evaluation import simulation
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import CoachingMessageFactory

NOW = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
EVEN = [Arm(tone, 0, 0, 0, 0) for tone in simulation.TONES]


def test_a_decision_is_repeated_bit_for_bit_from_what_was_logged():
    for arms, seed, preference, made in simulation.logged(Random(1), 150):
        assert bandit.choose(arms, seed=seed, preference=preference) == made


def test_every_probability_is_within_its_bounds():
    extreme = [
        Arm(tone, 900.0 * (number == 0), 900.0 * (number > 0), 0, 0) for number, tone in enumerate(simulation.TONES)
    ]
    found = [bandit.choose(extreme, seed=seed) for seed in range(150)]

    assert all(bandit.LOWEST - 1e-9 <= one.probability <= bandit.HIGHEST for one in found)
    assert {one.arm for one in found} == {*simulation.TONES, bandit.SILENT}


def test_a_tenth_of_days_is_silent_with_that_probability():
    found = [bandit.choose(EVEN, seed=seed, preference="gentle") for seed in range(3000)]
    silent = [one for one in found if one.is_silent]

    assert 0.08 < len(silent) / len(found) < 0.12
    assert {one.probability for one in silent} == {0.1}


def test_the_first_messages_keep_the_stated_preference():
    assert {bandit.choose(EVEN, seed=seed, preference="thoughtful").arm for seed in range(60)} == {
        "thoughtful",
        "silence",
    }


def test_against_a_planted_taste_the_bandit_beats_random_choice():
    learned, random = (
        simulation.mean_reward(Random(3), people=12, each=40, learns=learns, liking=0.4) for learns in (True, False)
    )
    assert learned > random + 0.03


def test_worlds_without_an_effect_are_rarely_told_to_have_one():
    assert simulation.found_share(Random(4), worlds=60, decisions=1500, points=0) <= 0.1


def test_a_planted_effect_is_found():
    assert simulation.found_share(Random(5), worlds=15, decisions=4000, points=5) >= 0.7


def test_looking_often_does_not_mislead():
    assert simulation.ever_found_share(Random(6), worlds=15, decisions=1500, every=100) <= 0.07


def test_the_interval_of_a_share_holds_at_every_look():
    rng, missed = Random(6), 0
    for _world in range(200):
        some, out = 0, False
        for number in range(1, 401):
            some += rng.random() < 0.3
            found = effect.share(some, number)
            out = out or (found is not None and not found.low <= 30 <= found.high)
        missed += out
    assert missed <= 200 * 0.05
    # And it says something: far from the half after a few hundred.
    assert effect.share(120, 400).high < 50
    assert effect.share(29, 29) is None


def test_shares_that_are_not_as_set_are_named():
    rng = Random(7)
    fair = [sum(rng.random() < 0.5 for _ in range(4000)) for _ in range(100)]
    skewed = [sum(rng.random() < 0.45 for _ in range(4000)) for _ in range(100)]

    assert sum(effect.share_mismatch([one, 4000 - one], [50, 50]) < effect.MISMATCH for one in fair) <= 2
    assert sum(effect.share_mismatch([one, 4000 - one], [50, 50]) < effect.MISMATCH for one in skewed) >= 95


def test_the_reward_is_the_check_in_first_and_the_reaction_second():
    value = bandit.reward
    assert value(checked_in=True, reaction="not_helpful", silent=False) > value(
        checked_in=False, reaction="love", silent=False
    )
    assert value(checked_in=True, reaction=None, silent=True) > value(checked_in=True, reaction=None, silent=False)
    assert all(
        0 <= value(checked_in=c, reaction=r, silent=s) <= 1
        for c in (0, 1)
        for r in (None, *bandit.REACTIONS)
        for s in (0, 1)
    )


@pytest.mark.django_db
def test_decisions_are_settled_after_a_day_and_feed_the_shared_prior(person, stranger):
    for user, seed in ((person, 1), (stranger, 2)):
        decision = decisions.decide(
            user, "advice", day=NOW.date(), at=NOW, preference="gentle", messages=0, expected=0.5, seed=seed
        )
        decision.save()
    HabitLogFactory(user_habit=UserHabitFactory(user=person), completed_at=NOW + dt.timedelta(hours=5))

    assert decisions.settle(now=NOW + dt.timedelta(hours=23)) == 0
    assert decisions.settle(now=NOW + dt.timedelta(hours=25)) == 2
    assert decisions.settle(now=NOW + dt.timedelta(hours=26)) == 0
    found = {row.user_id: row for row in CoachingDecision.objects.all()}
    assert (found[person.pk].checked_in, found[stranger.pk].checked_in) == (True, False)
    tally = ToneTally.objects.get(message_type="advice", tone="gentle")
    assert (tally.decisions, round(tally.rewards, 2)) == (2, 0.78)


@pytest.mark.django_db
def test_a_stored_decision_is_replayed_from_its_row(person):
    ToneTally.objects.create(message_type="advice", tone="energetic", decisions=50, rewards=40)
    for number in range(12):
        decisions.decide(
            person,
            "advice",
            day=NOW.date() - dt.timedelta(days=number),
            at=NOW,
            preference=None,
            messages=11,
            expected=0.5,
        ).save()

    for row in CoachingDecision.objects.all():
        assert tuple(decisions.replay(row)) == (row.arm, row.probability)
        row.policy_version = "0"
        with pytest.raises(decisions.OtherPolicy):
            decisions.replay(row)


def settled(person, days_ago, *, silent, checked_in, template=None):
    """A decision whose 24 hours are over: silence on purpose, or a gentle advice."""
    CoachingDecision.objects.create(
        user=person,
        local_date=NOW.date() - dt.timedelta(days=days_ago),
        decided_at=NOW,
        settles_at=NOW,
        message_type="advice",
        arm="silence" if silent else "gentle",
        probability=0.1 if silent else 0.9,
        inputs={"expected": 0.5},
        policy_version="1",
        seed=1,
        template=template,
        checked_in=checked_in,
        reward=0.0,
    )


@pytest.mark.django_db
def test_staff_read_the_effect_by_type_tone_and_version(person):
    rng = Random(8)
    for number in range(300):
        silent = number % 5 == 0
        settled(person, number, silent=silent, checked_in=rng.random() < (0.3 if silent else 0.9))
    rows = {row.name: row.estimate for row in effect_report.by_kind(since=NOW - dt.timedelta(days=1))}

    assert rows["all"].low > 20
    assert rows["advice"] == rows["all"]
    assert rows["celebration"] is None
    assert rows["gentle"].with_message == 240
    assert CoachingMessage.objects.count() == 0


def two_versions(person, *, sent):
    """Two versions of one name that are on with equal shares, and so many messages of each."""
    first = AIPromptTemplate.objects.filter(message_type="advice", tone="gentle").get()
    second = prompt_versions.succeed(first)
    prompt_versions.evaluate(second)
    prompt_versions.switch_on(second)
    for template, number in zip((first, second), sent, strict=True):
        for at in range(number):
            reaction = None if at % 2 else "helpful" if at % 3 else "not_helpful"
            CoachingMessageFactory(user=person, template=template, sent_at=NOW, user_reaction=reaction)
    return first, second


@pytest.mark.django_db
def test_staff_read_messages_reactions_and_effect_by_version(person):
    first, second = two_versions(person, sent=(80, 70))
    rng = Random(9)
    for number in range(300):
        silent, template = number % 5 == 0, (first, second)[number % 2]
        # Only the first version helps.
        checked_in = rng.random() < (0.9 if template == first and not silent else 0.3)
        settled(person, number, silent=silent, checked_in=checked_in, template=None if silent else template)
    rows = {row.template: row for row in effect_report.by_version(since=NOW - dt.timedelta(days=1))}
    one, other = rows[first], rows[second]

    assert (one.messages, one.reacted, one.helpful) == (80, 40, 26)
    assert (other.messages, other.reacted, other.helpful) == (70, 35, 23)
    assert one.reacted_share.low < 50 == one.reacted_share.percent < one.reacted_share.high
    assert one.helpful_share.percent == 65
    assert one.estimate.with_message + other.estimate.with_message == 240
    assert one.estimate.low > 20
    assert other.estimate.low < 0 < other.estimate.high
    assert not one.mismatch
    assert not other.mismatch
    unused = next(row for template, row in rows.items() if template not in (first, second))
    assert (unused.messages, unused.reacted_share, unused.estimate) == (0, None, None)


@pytest.mark.django_db
def test_versions_that_were_not_drawn_as_their_shares_say_are_marked(person):
    first, second = two_versions(person, sent=(90, 30))
    rows = {row.template: row.mismatch for row in effect_report.by_version(since=NOW - dt.timedelta(days=1))}

    assert {template for template, is_wrong in rows.items() if is_wrong} == {first, second}
    # With the shares that they were drawn by, nothing is wrong.
    its = AIPromptTemplate.objects.filter(pk=second.pk)
    its.update(is_active=False, traffic_share=33)
    its.update(is_active=True)
    rows = {row.template: row.mismatch for row in effect_report.by_version(since=NOW - dt.timedelta(days=1))}
    assert not any(rows.values())
