"""Admin of people and staff roles.

People are found by their whole mail address only; their texts stay sealed.
"""

from typing import Any

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _mfa_admin  # noqa: F401 - registers models that are unregistered below
from allauth.mfa.models import Authenticator
from allauth.socialaccount import admin as _social_admin  # noqa: F401
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import activation, roles, time_zones, user_agents
from accounts.forms import UserAdminForm
from accounts.models import User, UserSession, UserSocialAccount
from accounts.role_widgets import PermissionsWidget
from core.admin_base import Records, StaffAdmin
from core.staff import act_names, act_trail, history
from core.templatetags import ui
from core.text_format import facts


@login_not_required
def log_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Redirects to the common login, with its limits and second factor.

    Replaces the admin's login form.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or "/admin/")
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")


def change_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    return redirect("account_change_password")


admin.site.site_header = admin.site.site_title = _("WellnessAI 관리")
admin.site.login = log_in  # type: ignore[method-assign]
admin.site.password_change = change_password  # type: ignore[method-assign, assignment]


# Providers are switched on by the environment; nobody may look at codes, keys and tokens.
for model in (SocialAccount, SocialApp, SocialToken, Authenticator):
    admin.site.unregister(model)


def _lives(user: User) -> str:
    """In which language and where: "한국어 · 서울"."""
    return facts([user.get_language_display(), time_zones.place(user.timezone)])


def _roles(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def _permissions(group: Group) -> list[str]:
    return [*group.permissions.values_list("codename", flat=True)]


history.tell("accounts.user", "groups", lambda names, _user: history.value_text([act_names.role(one) for one in names]))
history.tell(
    "auth.group", "permissions", lambda names, _role: history.value_text([act_names.name(one) for one in names])
)


@admin.register(User)
class UserAdmin(StaffAdmin):
    form = UserAdminForm
    list_display = ["shown_name", "joined", "last_used", "lives", "standing"]
    list_filter = ["is_active", "is_staff", "created_at"]
    ordering = ["-created_at"]
    sortable_by = ()
    list_per_page = 50
    change_list_template = "admin/accounts/user/change_list.html"
    readonly_fields = ["id", "masked_email", "is_verified", "last_login", "created_at", "updated_at"]
    fieldsets = [
        (_("계정"), {"fields": ["id", "masked_email", "is_active", "is_verified", "language", "timezone"]}),
        (_("권한"), {"fields": ["is_staff", "is_superuser", "groups"]}),
        (_("때"), {"fields": ["last_login", "created_at", "updated_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The people, each with `used_at`: when a device of theirs was last used, or they signed in."""
        latest = UserSession.objects.filter(user=OuterRef("pk")).order_by("-last_used_at").values("last_used_at")[:1]
        return super().get_queryset(request).annotate(used_at=Greatest("last_login", Subquery(latest)))

    @admin.display(description=pgettext_lazy("one", "사람"))
    def shown_name(self, user: User) -> str:
        return user.staff_name

    @admin.display(description=_("가입"))
    def joined(self, user: User) -> str:
        return ui.moment(user.created_at)

    @admin.display(description=_("마지막 활동"))
    def last_used(self, user: Any) -> str | None:
        return ui.moment(user.used_at) if user.used_at else None

    @admin.display(description=_("언어와 시간대"))
    def lives(self, user: User) -> str:
        return _lives(user)

    @admin.display(description=_("상태"))
    def standing(self, user: User) -> str:
        """What is unusual about the account; nothing of one that is in use."""
        closed = _("탈퇴 중") if user.is_leaving else _("사용 중지")
        said = [
            _("직원") if user.is_staff else None,
            None if user.is_verified else _("메일 확인 전"),
            None if user.is_active else closed,
        ]
        return facts(str(one) for one in said if one)

    @admin.display(description=_("메일 주소"))
    def masked_email(self, user: User) -> str:
        return user.masked_email

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The few roles as boxes to tick."""
        return super().formfield_for_manytomany(
            db_field, request, **{"widget": forms.CheckboxSelectMultiple, "help_text": "", **kwargs}
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = [*self.readonly_fields]
        return fields if request.user.is_superuser else [*fields, "is_staff", "is_superuser", "groups"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # People create their own accounts; `createsuperuser` creates the first staff account.
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Staff can neither lock each other out nor grant themselves more.
        allowed = super().has_change_permission(request, obj)
        return allowed and (request.user.is_superuser or obj is None or not obj.is_staff)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # People delete their account themselves, or `manage.py erase_user` does: both write the deletion log.
        return False

    def save_model(self, request: HttpRequest, obj: User, form: UserAdminForm, change: bool) -> None:  # noqa: FBT001 - Django's signature
        # Only what the form shows as changed: the row may have changed since the page was opened.
        if "is_staff" in form.changed_data and not obj.is_staff:
            roles.dismiss(obj)
        if columns := [name for name in form.changed_data if name not in ("is_active", "groups")]:
            obj.save(update_fields=columns)
        if "is_active" in form.changed_data:
            self.set_active(obj, active=obj.is_active)

    def save_form(self, request: Any, form: UserAdminForm, change: bool) -> User:  # noqa: FBT001 - Django's signature
        """Keeps the roles of before, which no audited column holds."""
        request.roles_before = _roles(User(pk=form.instance.pk))
        return super().save_form(request, form, change)

    def save_related(self, request: Any, form: UserAdminForm, *args: Any, **kwargs: Any) -> None:
        super().save_related(request, form, *args, **kwargs)
        before, after = request.roles_before, _roles(form.instance)
        if before != after:
            act_trail.note(request, before={"groups": before}, after={"groups": after})

    def set_active(self, user: User, *, active: bool) -> None:
        activation.set_active(user, active=active)

    def get_urls(self) -> list[URLPattern]:
        search = self.admin_site.admin_view(require_POST(self.search))
        return [path("search/", search, name="accounts_user_search"), *super().get_urls()]

    def search(self, request: HttpRequest) -> HttpResponse:
        """Goes to the person with a posted address: none is in a URL, a history or a log."""
        return self.go_to_person(request, request.POST.get("email", ""))

    def go_to_person(self, request: HttpRequest, address: str) -> HttpResponse:
        """Redirects to the person with this whole address. Raises PermissionDenied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = User.objects.filter(email=address).first()
        self.record_read(found)
        if found:
            return redirect("admin:accounts_user_change", found.pk)
        self.message_user(request, gettext("이 메일 주소를 쓰는 사람이 없어요."), messages.WARNING)
        return redirect("admin:accounts_user_changelist")


admin.site.unregister([EmailAddress, Group])
# Django says the name of a row in messages, deletions and its history.
Group.add_to_class("__str__", lambda role: act_names.role(role.name))


@admin.register(Group)
class GroupAdmin(StaffAdmin, DjangoGroupAdmin):
    """Permissions of the staff roles (`manage.py staff_roles`)."""

    list_display = ["role", "rights", "colleagues"]
    filter_horizontal = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        counts = {"right_count": Count("permissions", distinct=True), "colleague_count": Count("user", distinct=True)}
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description=_("역할"), ordering="name")
    def role(self, group: Group) -> str:
        return str(group)

    @admin.display(description=_("권한"))
    def rights(self, group: Any) -> int:
        return group.right_count

    @admin.display(description=pgettext_lazy("number of", "사람"))
    def colleagues(self, group: Any) -> int:
        return group.colleague_count

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_manytomany(
            db_field, request, **{"widget": PermissionsWidget, "help_text": "", **kwargs}
        )
        field.help_text = _("▲ 표시가 있는 일은 2단계 인증을 다시 하고 까닭을 적어야 할 수 있어요.")
        return field

    def save_related(self, request: HttpRequest, form: Any, *args: Any, **kwargs: Any) -> None:
        before = _permissions(form.instance)
        super().save_related(request, form, *args, **kwargs)
        after, name = _permissions(form.instance), form.instance.name
        taken, given = [*{*before} - {*after}], [*{*after} - {*before}]
        act_trail.note(
            request,
            before={"name": form.initial.get("name", ""), "permissions": sorted(taken)},
            after={"name": name, "permissions": sorted(given)},
        )


@admin.register(EmailAddress)
class EmailAddressAdmin(Records, StaffAdmin, AllauthEmailAddressAdmin):
    """Shows whether an address is verified.

    Read-only: a writer could take over any account by a reset.
    """

    list_display = ["user", "joined", "lives", "primary", "verified"]
    list_filter = ()
    ordering = ("-pk",)
    fields = ["person", "primary", "verified"]
    actions = None

    @admin.display(description=_("가입"))
    def joined(self, address: EmailAddress) -> str:
        return ui.moment(address.user.created_at)

    @admin.display(description=_("언어와 시간대"))
    def lives(self, address: EmailAddress) -> str:
        return _lives(address.user)

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        # Only UserAdmin.search finds people by their address.
        return []


@admin.register(UserSession)
class UserSessionAdmin(Records, StaffAdmin):
    """Signed-in devices, without their tokens and addresses."""

    list_display = ["device", "user", "last_used_at", "created_at", "expires_at"]
    list_filter = ["expires_at"]
    ordering = ["-id"]
    fields = ["person", "device", "created_at", "last_used_at", "rotated_at", "expires_at"]

    @admin.display(description=_("기기"))
    def device(self, session: UserSession) -> str:
        return user_agents.name(session.user_agent or "")


@admin.register(UserSocialAccount)
class UserSocialAccountAdmin(Records, StaffAdmin):
    """Which providers people sign in with, without the names and tokens they have there."""

    nothing_said = _("카카오나 네이버 같은 계정을 연결하면 여기에 나와요.")
    list_display = ["provider", "user", "created_at", "expires_at"]
    list_filter = ["provider"]
    ordering = ["-id"]
    fields = ["person", "provider", "created_at", "updated_at", "expires_at"]
