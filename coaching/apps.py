from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class CoachingConfig(AppConfig):
    name = "coaching"
    verbose_name = _("코치")

    def ready(self) -> None:
        from accounts import backends
        from coaching.checks import check_help_lines
        from coaching.crisis import flags
        from coaching.messages import reaction_times
        from gamification import records
        from notifications import holds

        holds.register(flags.is_raised)
        backends.read_along(**{flags.READ_ALONG: flags.last_raised()})
        records.register_reactions(reaction_times)
        checks.register(check_help_lines)
