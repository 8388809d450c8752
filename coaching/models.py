"""Coach messages with the facts behind them, and the templates that staff write."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coaching import prompt_templates
from core.audit.triggers import Audit
from core.crypto.fields import SealedJSONField, SealedTextField
from core.db.columns import NamedIndex, created, json_object, uuid_key


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
    # The facts the message is based on, shown to a person who asks why.
    context = SealedJSONField(null=True)
    # 0.0 to 1.0.
    personalization_score = models.FloatField(null=True)
    ai_model = models.CharField(max_length=50, null=True)
    prompt_version = models.CharField(max_length=20, null=True)
    user_reaction = models.CharField(max_length=20, choices=Reaction, null=True)
    user_feedback = SealedTextField(null=True)
    scheduled_for = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    created_at = created()

    class Meta:
        db_table = "coaching_messages"
        constraints = [
            models.CheckConstraint(
                condition=Q(personalization_score__range=(0.0, 1.0)), name="coaching_messages_personalization_score"
            ),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_coaching_messages_user_id"),
            NamedIndex(fields=["sent_at"], name="idx_coaching_messages_sent_at"),
            NamedIndex(fields=["message_type"], name="idx_coaching_messages_message_type"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AIPromptTemplate(models.Model):
    id = uuid_key()
    name = models.CharField(_("이름"), max_length=100)
    message_type = models.CharField(_("종류"), max_length=50, choices=MessageType)
    template = models.TextField(_("템플릿"), help_text=_("Jinja2. 변수만 쓸 수 있어요."))
    variables = models.JSONField(_("변수"), null=True, blank=True)
    version = models.CharField(_("판"), max_length=20)
    is_active = models.BooleanField(_("쓰기"), default=True, db_default=True)
    usage_count = models.IntegerField(_("쓴 횟수"), default=0, db_default=0)
    created_at = created()

    # Beyond the document; docs/schema.md says why.
    tone = models.CharField(_("말투"), max_length=50, choices=Tone, null=True, blank=True)
    rule_template = models.TextField(
        _("규칙으로 쓴 글"), null=True, blank=True, help_text=_("모델 없이 쓸 때의 글이에요.")
    )
    translations = json_object()

    class Meta:
        db_table = "ai_prompt_templates"
        verbose_name = _("프롬프트 템플릿")
        verbose_name_plural = _("프롬프트 템플릿")
        constraints = [
            # Past messages refer to a version, so it is unique.
            models.UniqueConstraint(fields=["name", "version"], name="ai_prompt_templates_name_version"),
        ]
        triggers = [Audit(quiet=["usage_count"])]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def clean(self) -> None:
        translated = [text for texts in (self.translations or {}).values() for text in texts.values()]
        parts: dict[str, list[str | None]] = {
            "template": [self.template],
            "rule_template": [self.rule_template],
            "translations": translated,
        }
        errors = {name: error for name, texts in parts.items() if (error := _refusal(texts))}
        if errors:
            raise ValidationError(errors)


def _refusal(texts: Iterable[str | None]) -> str:
    """Why one of the templates is not allowed; empty if all are."""
    try:
        for text in texts:
            prompt_templates.check(str(text or ""))
    except prompt_templates.Unsafe as error:
        return str(error)
    return ""
