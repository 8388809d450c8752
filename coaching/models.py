"""Coach messages, prompt templates, and the tables of the coach's work and spending."""

import datetime as dt
from collections.abc import Iterable

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coaching import prompt_templates
from core.audit.triggers import Audit
from core.crypto.fields import SealedJSONField, SealedTextField
from core.db.columns import NamedIndex, Touched, Translated, created, json_array, json_object, uuid_key
from core.db.work import LeasedRow

# `ai_model` of a message that our own sentences wrote.
OFFLINE = "rules"


class MessageType(models.TextChoices):
    MOTIVATION = "motivation", _("응원")
    ADVICE = "advice", _("조언")
    CELEBRATION = "celebration", _("축하")
    CHALLENGE = "challenge", _("도전")
    REMINDER = "reminder", _("알림")


class Tone(models.TextChoices):
    ENCOURAGING = "encouraging", _("북돋우는")
    GENTLE = "gentle", _("다정한")
    ENERGETIC = "energetic", _("활기찬")
    THOUGHTFUL = "thoughtful", _("차분한")


class Occasion(models.TextChoices):
    """Why a message is written."""

    DAILY = "daily", _("매일")
    MILESTONE = "milestone", _("고비")
    ASKED = "asked", _("물어봄")
    LETTER = "letter", _("주간 메시지")


class CoachingMessageQuerySet(models.QuerySet["CoachingMessage"]):
    def shown(self) -> "CoachingMessageQuerySet":
        """The messages that a person sees, newest first."""
        return self.exclude(sent_at=None).order_by("-sent_at", "-id")


class CoachingMessage(models.Model):
    class Reaction(models.TextChoices):
        LIKE = "like", _("좋아요")
        LOVE = "love", _("힘이 돼요")
        HELPFUL = "helpful", _("도움 됐어요")
        NOT_HELPFUL = "not_helpful", _("아쉬워요")

    id = uuid_key()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="coaching_messages"
    )
    content = SealedTextField()
    message_type = models.CharField(max_length=50, choices=MessageType)
    tone = models.CharField(max_length=50, choices=Tone, null=True)
    # The context the message was written from (coaching/context.py), shown to a person who asks why.
    context = SealedJSONField(null=True)
    # 0.0 to 1.0 (coaching/personalization.py).
    personalization_score = models.FloatField(null=True)
    ai_model = models.CharField(max_length=50, null=True)
    prompt_version = models.CharField(max_length=20, null=True)
    user_reaction = models.CharField(max_length=20, choices=Reaction, null=True)
    user_feedback = SealedTextField(null=True)
    scheduled_for = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    created_at = created()

    # Beyond the document; docs/schema.md says why.
    occasion = models.CharField(max_length=20, choices=Occasion, default="daily", db_default="daily")
    template = models.ForeignKey(
        "AIPromptTemplate", models.DO_NOTHING, null=True, db_index=False, related_name="messages"
    )
    # What was sent to the provider, word for word; NULL if nothing was.
    prompt = SealedTextField(db_column="sealed_prompt", null=True)
    # Why our own sentences wrote it although a model was asked for: "no_key", "refused", …; NULL otherwise.
    offline_reason = models.CharField(max_length=30, null=True)
    tokens_in = models.IntegerField(null=True)
    tokens_out = models.IntegerField(null=True)
    # Millionths of a US dollar.
    cost = models.BigIntegerField(null=True)
    # One row for each occasion: writing the same key again does nothing.
    effect_key = models.CharField(max_length=200, null=True, unique=True)

    objects = CoachingMessageQuerySet.as_manager()

    class Meta:
        db_table = "coaching_messages"
        verbose_name = pgettext_lazy("one", "코치 메시지")
        verbose_name_plural = pgettext_lazy("several", "코치 메시지")
        constraints = [
            models.CheckConstraint(
                condition=Q(personalization_score__range=(0.0, 1.0)), name="coaching_messages_personalization_score"
            ),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_coaching_messages_user_id"),
            NamedIndex(fields=["sent_at"], name="idx_coaching_messages_sent_at"),
            NamedIndex(fields=["message_type"], name="idx_coaching_messages_message_type"),
            # Effect and helpfulness by version.
            NamedIndex(fields=["template"], name="idx_coaching_messages_template_id"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_by_ai(self) -> bool:
        """Whether a model wrote it: such a message carries the mark wherever it is shown."""
        return bool(self.ai_model) and self.ai_model != OFFLINE

    @property
    def title(self) -> str:
        return self.content.partition("\n")[0]

    @property
    def body(self) -> str:
        return self.content.partition("\n")[2]


class AIPromptTemplate(Translated):
    id = uuid_key()
    name = models.CharField(_("이름"), max_length=100)
    message_type = models.CharField(_("종류"), max_length=50, choices=MessageType)
    template = models.TextField(_("템플릿"), help_text=_("Jinja2. 변수만 쓸 수 있어요."))
    variables = models.JSONField(_("변수"), null=True, blank=True)
    version = models.CharField(_("버전"), max_length=20)
    is_active = models.BooleanField(_("쓰기"), default=True, db_default=True)
    usage_count = models.IntegerField(_("쓴 횟수"), default=0, db_default=0)
    created_at = created()

    # Beyond the document; docs/schema.md says why.
    tone = models.CharField(_("말투"), max_length=50, choices=Tone, null=True, blank=True)
    rule_template = models.TextField(
        _("규칙으로 쓴 글"), null=True, blank=True, help_text=_("모델 없이 쓸 때의 글이에요.")
    )
    translations = json_object()
    # Its weight among the active versions of the same name; at least 1, so that each is tried now and then.
    traffic_share = models.SmallIntegerField(
        _("비중"), default=100, db_default=100, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    # When it was last switched on; a rollback returns to the version that was on before.
    activated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "ai_prompt_templates"
        verbose_name = pgettext_lazy("one", "프롬프트 템플릿")
        verbose_name_plural = pgettext_lazy("several", "프롬프트 템플릿")
        constraints = [
            # Past messages refer to a version, so it is unique.
            models.UniqueConstraint(fields=["name", "version"], name="ai_prompt_templates_name_version"),
            models.CheckConstraint(
                condition=Q(traffic_share__range=(1, 100)), name="ai_prompt_templates_traffic_share"
            ),
        ]
        triggers = [
            Audit(quiet=["usage_count"]),
            pgtrigger.Trigger(
                name="keep_used_versions",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.usage_count > 0"),
                func="""
                    IF (NEW.name, NEW.message_type, NEW.template, NEW.variables, NEW.version, NEW.tone,
                        NEW.rule_template, NEW.translations)
                    IS DISTINCT FROM
                       (OLD.name, OLD.message_type, OLD.template, OLD.variables, OLD.version, OLD.tone,
                        OLD.rule_template, OLD.translations)
                    OR NEW.usage_count < OLD.usage_count
                    THEN
                        RAISE EXCEPTION 'a prompt version in use is not changed: add a new one'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'ai_prompt_templates_used';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                # What two people switched on is not changed by one: it is switched off first, or succeeded.
                name="keep_active_versions",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.is_active AND NEW.is_active"),
                func="""
                    IF (NEW.name, NEW.message_type, NEW.template, NEW.variables, NEW.version, NEW.tone,
                        NEW.rule_template, NEW.translations, NEW.traffic_share)
                    IS DISTINCT FROM
                       (OLD.name, OLD.message_type, OLD.template, OLD.variables, OLD.version, OLD.tone,
                        OLD.rule_template, OLD.translations, OLD.traffic_share)
                    THEN
                        RAISE EXCEPTION 'a prompt version that is on is not changed: switch it off or add a new one'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'ai_prompt_templates_active';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                # A new row has no evaluation: whatever its insert says, it begins switched off.
                name="begin_inactive",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="NEW.is_active = false; RETURN NEW;",
            ),
            pgtrigger.Trigger(
                name="need_an_evaluation",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.is_active AND NOT OLD.is_active"),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM prompt_evaluations
                        WHERE template_id = NEW.id AND failed_safety = 0 AND cases > 0 AND ai_model = 'rules'
                            AND content_hash = md5(concat_ws(chr(31), NEW.message_type, coalesce(NEW.tone, ''), NEW.template,
                                                             NEW.rule_template, NEW.variables::text,
                                                             NEW.translations::text))
                    ) THEN
                        RAISE EXCEPTION 'a prompt version is switched on only after a passed evaluation of its texts'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'ai_prompt_templates_evaluated';
                    END IF;
                    NEW.activated_at = now();
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.text('name')} {self.version}"

    def clean(self) -> None:
        # A form sends other line ends and no last one; unchanged texts have to stay what was evaluated.
        self.template, self.rule_template = _lines(self.template), _lines(self.rule_template or "") or None
        translated = [text for texts in (self.translations or {}).values() for text in texts.values()]
        parts: dict[str, list[str | None]] = {
            "template": [self.template],
            "rule_template": [self.rule_template],
            "translations": translated,
        }
        errors = {name: error for name, texts in parts.items() if (error := _refusal(texts))}
        if errors:
            raise ValidationError(errors)


class PromptEvaluation(models.Model):
    """The stored result of an evaluation of one version (`make eval`).

    Without one it is not switched on.
    """

    id = uuid_key()
    template = models.ForeignKey(AIPromptTemplate, models.DB_CASCADE, db_index=False, related_name="evaluations")
    # md5 of the type, the tone and the texts that were evaluated; what is edited afterwards needs another evaluation.
    content_hash = models.CharField(max_length=32, blank=True, default="", editable=False)
    # "rules", or the model that was asked.
    ai_model = models.CharField(max_length=50)
    rubric_version = models.CharField(max_length=20)
    cases = models.IntegerField()
    passed = models.IntegerField()
    failed_safety = models.IntegerField()
    # The number of failed cases by item of the rubric.
    failures = json_object()
    created_at = created()

    class Meta:
        db_table = "prompt_evaluations"
        verbose_name = pgettext_lazy("one", "프롬프트 평가")
        verbose_name_plural = pgettext_lazy("several", "프롬프트 평가")
        constraints = [
            models.CheckConstraint(
                condition=Q(passed__gte=0, passed__lte=models.F("cases")), name="prompt_evaluations_passed"
            ),
        ]
        indexes = [NamedIndex(fields=["template", "-created_at"], name="idx_prompt_evaluations_template_id")]
        triggers = [
            pgtrigger.Trigger(
                name="hash_texts",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    SELECT md5(concat_ws(chr(31), message_type, coalesce(tone, ''), template, rule_template,
                                         variables::text, translations::text))
                    INTO NEW.content_hash FROM ai_prompt_templates WHERE id = NEW.template_id;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.passed}/{self.cases}"


class CoachingSettings(models.Model):
    """A person's choices about the coach. Without a row the coach is off."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.DB_CASCADE, primary_key=True, related_name="coaching_settings"
    )
    is_on = models.BooleanField(default=False, db_default=False)
    # On the person's clock.
    clock = models.TimeField(default=dt.time(8), db_default=dt.time(8))
    # NULL leaves the tone to the coach.
    tone = models.CharField(max_length=50, choices=Tone, null=True, blank=True)
    weekly_letter = models.BooleanField(default=False, db_default=False)
    # Message types that are not written, and those that are written half as often ("less of this").
    muted = json_array()
    rarer = json_array()
    # Ids of habits that are not spoken of unless the person asks about them.
    muted_habits = json_array()
    updated_at = Touched()

    class Meta:
        db_table = "coaching_settings"

    def __str__(self) -> str:
        return str(self.pk)


class CoachingJob(LeasedRow):
    """A message to write. `effect_key` makes it one for each occasion."""

    class State(models.TextChoices):
        WAITING = "waiting", _("기다림")
        DONE = "done", _("씀")
        # Nothing was to be said, the coach was switched off, or silence was chosen.
        DROPPED = "dropped", _("쓰지 않음")
        # Failed too often; staff may try it again.
        DEAD = "dead", _("멈춤")

    FENCE = ("attempts", "state")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    occasion = models.CharField(max_length=20, choices=Occasion)
    effect_key = models.CharField(max_length=200, unique=True)
    # The habit of a milestone.
    user_habit_id = models.UUIDField(null=True)
    # The person's day that it is for.
    local_date = models.DateField()
    # The day against whose number it counts: set once, so that another attempt after a kill counts nothing. NULL before that,
    # and when it was given back.
    counted_on = models.DateField(null=True)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default="waiting", db_default="waiting")
    # A short code, never a text of the provider or the person.
    outcome = models.CharField(max_length=30, null=True)
    # Calls of the provider so far.
    calls = models.IntegerField(default=0, db_default=0)
    message = models.OneToOneField(CoachingMessage, models.DB_SET_NULL, null=True, related_name="job")

    class Meta:
        db_table = "coaching_jobs"
        verbose_name = pgettext_lazy("one", "코치가 쓸 글")
        verbose_name_plural = pgettext_lazy("several", "코치가 쓸 글")
        indexes = [
            # Read by the workers: only what waits.
            NamedIndex(fields=["due_at"], name="idx_coaching_jobs_due_at", condition=Q(state="waiting")),
            # Read at each claim: those that failed too often.
            NamedIndex(
                fields=["attempts"],
                name="idx_coaching_jobs_attempts",
                condition=Q(state="waiting", attempts__gte=3),
            ),
            NamedIndex(fields=["user"], name="idx_coaching_jobs_user_id"),
            # What staff look for.
            NamedIndex(fields=["created_at"], name="idx_coaching_jobs_state", condition=Q(state="dead")),
            # Read by the daily job that deletes old rows.
            NamedIndex(fields=["created_at"], name="idx_coaching_jobs_created_at"),
        ]

    def __str__(self) -> str:
        return f"{self.occasion} {self.pk}"


class CoachingDecision(models.Model):
    """One choice of the bandit: a tone, or silence.

    With the row alone the choice is computed again (coaching/bandit.py).
    """

    # The arm that sends nothing.
    SILENCE = "silence"

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    local_date = models.DateField()
    decided_at = models.DateTimeField()
    message_type = models.CharField(max_length=50, choices=MessageType)
    # A tone or "silence", and the probability it was chosen with.
    arm = models.CharField(max_length=50)
    probability = models.FloatField()
    # All that the choice was computed from: [[arm, successes, failures], …] and the preference while it held.
    inputs = models.JSONField()
    policy_version = models.CharField(max_length=20)
    seed = models.BigIntegerField()
    message = models.OneToOneField(CoachingMessage, models.DB_SET_NULL, null=True, related_name="decision")
    template = models.ForeignKey(AIPromptTemplate, models.DB_SET_NULL, null=True, db_index=False, related_name="+")
    # When the 24 hours are over.
    settles_at = models.DateTimeField()
    # Whether there was a check-in in those hours, and the reward; NULL until they are over.
    checked_in = models.BooleanField(null=True)
    reward = models.FloatField(null=True)

    class Meta:
        db_table = "coaching_decisions"
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__gt=0, probability__lte=1), name="coaching_decisions_probability"
            ),
            models.UniqueConstraint(fields=["user", "local_date"], name="coaching_decisions_user_id_local_date"),
        ]
        indexes = [
            # Read by the job that settles rewards.
            NamedIndex(
                fields=["settles_at"], name="idx_coaching_decisions_settles_at", condition=Q(reward__isnull=True)
            ),
            NamedIndex(fields=["decided_at"], name="idx_coaching_decisions_decided_at"),
            NamedIndex(fields=["template"], name="idx_coaching_decisions_template_id"),
        ]

    def __str__(self) -> str:
        return f"{self.arm} {self.pk}"


class ToneTally(models.Model):
    """The rewards of one tone for one type over all people: everybody's prior."""

    message_type = models.CharField(max_length=50, choices=MessageType)
    tone = models.CharField(max_length=50, choices=Tone)
    decisions = models.IntegerField(default=0, db_default=0)
    # The sum of rewards from 0 to 1.
    rewards = models.FloatField(default=0, db_default=0.0)

    class Meta:
        db_table = "coaching_tone_tallies"
        constraints = [
            models.UniqueConstraint(fields=["message_type", "tone"], name="coaching_tone_tallies_message_type_tone")
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.tone}"


class CoachingUsage(models.Model):
    """How many messages and answers a person had on one of their days, against the plan's limit."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    local_date = models.DateField()
    used = models.IntegerField(default=0, db_default=0)

    class Meta:
        db_table = "coaching_usage"
        constraints = [
            models.UniqueConstraint(fields=["user", "local_date"], name="coaching_usage_user_id_local_date"),
            models.CheckConstraint(condition=Q(used__gte=0), name="coaching_usage_used"),
        ]

    def __str__(self) -> str:
        return f"{self.local_date} {self.used}"


class CoachingSpend(models.Model):
    """Cost of the provider's calls on a day in UTC, in millionths of a US dollar."""

    spent_on = models.DateField(_("날"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DB_CASCADE, null=True, db_index=False, related_name="+", editable=False
    )
    # The largest possible cost of calls whose real cost is not known yet.
    reserved = models.BigIntegerField(_("잡아 둔 돈"), default=0, db_default=0)
    spent = models.BigIntegerField(_("쓴 돈"), default=0, db_default=0)

    class Meta:
        db_table = "coaching_spend"
        verbose_name = pgettext_lazy("one", "코치가 쓴 돈")
        verbose_name_plural = pgettext_lazy("several", "코치가 쓴 돈")
        constraints = [
            models.UniqueConstraint(
                fields=["spent_on", "user"], name="coaching_spend_spent_on_user_id", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(reserved__gte=0, spent__gte=0), name="coaching_spend_reserved"),
        ]

    def __str__(self) -> str:
        return f"{self.spent_on} {self.spent}"


class CoachingControls(models.Model):
    """The one row with which staff stop the model and cap its spending.

    Read at each call, never cached.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, db_default=1, editable=False)
    uses_model = models.BooleanField(
        _("모델 쓰기"), default=True, db_default=True, help_text=_("끄면 바로 다음 글부터 정해 둔 문장으로 써요.")
    )
    sends_messages = models.BooleanField(
        _("코치 메시지 보내기"), default=True, db_default=True, help_text=_("끄면 아무 메시지도 쓰지 않아요.")
    )
    daily_cap = models.BigIntegerField(
        _("하루에 모두"), default=20_000_000, db_default=20_000_000, help_text=_("백만분의 1달러예요.")
    )
    daily_cap_per_person = models.BigIntegerField(
        _("하루에 한 사람"), default=50_000, db_default=50_000, help_text=_("백만분의 1달러예요.")
    )
    updated_at = Touched()

    class Meta:
        db_table = "coaching_controls"
        verbose_name = pgettext_lazy("one", "코치 스위치")
        verbose_name_plural = pgettext_lazy("several", "코치 스위치")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="coaching_controls_id"),
            models.CheckConstraint(
                condition=Q(daily_cap__gte=0, daily_cap_per_person__gte=0), name="coaching_controls_daily_cap"
            ),
        ]
        triggers = [Audit(quiet=["updated_at"])]

    def __str__(self) -> str:
        return str(capfirst(_("코치 스위치")))

    @classmethod
    def current(cls) -> "CoachingControls":
        """The stored switches; the defaults while nobody has changed any."""
        return cls.objects.filter(pk=1).first() or cls()


class CrisisFlag(models.Model):
    """A person wrote words of danger and was shown the page of help. The words are not kept."""

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    # One of coaching/crisis/words.py:Danger.
    danger = SealedTextField()
    raised_at = models.DateTimeField()

    class Meta:
        db_table = "crisis_flags"
        indexes = [
            NamedIndex(fields=["user", "-raised_at"], name="idx_crisis_flags_user_id"),
            # Read by the daily job that deletes old rows.
            NamedIndex(fields=["raised_at"], name="idx_crisis_flags_raised_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CoachQuestion(models.Model):
    """A question of a person and the answer from their record; part of the coach's memory."""

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    question = SealedTextField()
    # As in coaching/questions/asked.py:Answer.
    answer = SealedJSONField()
    asked_at = models.DateTimeField()
    user_reaction = models.CharField(max_length=20, choices=CoachingMessage.Reaction, null=True)

    class Meta:
        db_table = "coaching_questions"
        indexes = [
            NamedIndex(fields=["user", "-asked_at"], name="idx_coaching_questions_user_id"),
            # Read by the daily job that deletes old rows.
            NamedIndex(fields=["asked_at"], name="idx_coaching_questions_asked_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


def _lines(text: str) -> str:
    """The text with plain line ends and one at its end; an empty one stays empty."""
    plain = text.replace("\r\n", "\n").strip()
    return f"{plain}\n" if plain else ""


def _refusal(texts: Iterable[str | None]) -> str:
    """Why one of the templates is not allowed; empty if all are."""
    try:
        for text in texts:
            prompt_templates.check(str(text or ""))
    except prompt_templates.Unsafe as error:
        return str(error)
    return ""
