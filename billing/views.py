"""Plans, checkout, the person's subscription, receipts, and what the gateways send."""

import contextlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import DeviceRequest, PersonRequest
from billing import (
    cancellation,
    charges,
    checkout,
    gateways,
    pauses,
    plan_switches,
    plans,
    prices,
    renewals,
    subscriptions,
    webhooks,
    withdrawals,
)
from billing.forms import AmountForm, CardForm, CheckoutForm, SubscriptionPauseForm, SwitchForm
from billing.gateways.base import BadSignature, MethodRefused, Registration, UnknownOutcome
from billing.lifecycle import IllegalTransition
from billing.pages import offers, receipts, return_addresses, subscription
from billing.payment_methods import NoGateway
from core.htmx import page_or_fragment
from core.rate_limits import limited

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
# PortOne's script opens the window of the card company; only the page that runs it may load it.
PORTONE = "https://*.portone.io"
_PORTONE_POLICY: dict[str, Any] = {
    **settings.SECURE_CSP,
    "script-src": [CSP.SELF, PORTONE],
    "connect-src": [CSP.SELF, PORTONE],
    "frame-src": [PORTONE],
    "img-src": [CSP.SELF, PORTONE],
}
# A webhook is a few kilobytes.
WEBHOOK_SIZE = 256 * 1024


@login_not_required
@require_safe
def show_plans(request: DeviceRequest) -> HttpResponse:
    """The plans, for strangers too, who compare them before they sign up."""
    if request.user.is_anonymous:
        return render(request, "billing/plans_for_strangers.html", offers.plans_page())
    context = offers.page(request.user, at=timezone.now(), met=request.GET.get("limit", "")) | {
        "return_url": return_addresses.remember(request.session, request.GET.get("next", ""))
    }
    return render(request, "billing/plans.html", context)


@get_or_post
@never_cache
@limited("checkout", "30/h/user")
def check_out(request: PersonRequest, plan_id: str) -> HttpResponse:
    try:
        plan = plans.for_sale(plan_id)
    except plans.NotForSale as error:
        raise Http404 from error
    plan = plans.in_cycle(plan, request.POST.get("cycle", ""))
    trial = bool(request.POST.get("trial") or request.GET.get("trial")) and checkout.can_try(request.user)
    form = CheckoutForm(request.POST if request.method == "POST" else None, initial={"trial": trial})
    if form.is_valid():
        return _begin(request, lambda: checkout.begin(request.user, plan.pk, trial=trial, at=timezone.now()))
    context = {**offers.checkout_page(request.user, plan, trial=trial, at=timezone.now()), "form": form}
    return render(request, "billing/checkout.html", context, status=422 if form.errors else 200)


def _begin(request: PersonRequest, begin: Callable[[], Registration], *, is_change: bool = False) -> HttpResponse:
    """Goes to where the method is registered, or says why not. `is_change`: it replaces another."""
    try:
        registration = begin()
    except checkout.AlreadySubscribed:
        messages.info(request, _("이미 구독하고 있거나 결제를 확인하고 있어요."))
        return redirect("billing:subscription")
    except (NoGateway, UnknownOutcome):
        messages.error(request, _("지금은 결제를 시작할 수 없어요. 돈은 나가지 않았어요. 조금 뒤에 다시 해 주세요."))
        return redirect("billing:plans")
    except checkout.TrialUsed:
        messages.info(request, _("무료 체험은 한 번만 할 수 있어요."))
        return redirect("billing:plans")
    except subscriptions.NoSubscription:
        return redirect("billing:plans")
    found = {"url": registration.url, "client": dict(registration.client), "is_change": is_change}
    request.session["registration"] = found
    return redirect("billing:register")


def _is_change(request: PersonRequest) -> bool:
    """Whether the method that is being registered replaces another."""
    return request.session.get("registration", {}).get("is_change", False)


def _way_back(request: PersonRequest) -> str:
    """The page that the person came from to register a method."""
    return reverse("billing:subscription" if _is_change(request) else "billing:plans")


@require_safe
@never_cache
def register_method(request: PersonRequest) -> HttpResponse:
    """The step to the gateway.

    A form may not lead to another site, a link may.
    """
    found = request.session.get("registration")
    if not found:
        return redirect("billing:subscription")
    if found["url"].startswith(settings.SITE_URL):
        return redirect(found["url"].removeprefix(settings.SITE_URL))
    if found["client"]:
        return _portone_page(request, found["client"])
    return render(request, "billing/register.html", {"url": found["url"], "back_url": _way_back(request)})


@csp_override(_PORTONE_POLICY)
def _portone_page(request: PersonRequest, client: dict[str, str]) -> HttpResponse:
    response = render(request, "billing/register.html", {"client": client, "back_url": _way_back(request)})
    # PortOne's files carry no permission to be embedded.
    response["Cross-Origin-Embedder-Policy"] = "unsafe-none"
    return response


@get_or_post
@never_cache
def enter_demo_card(request: PersonRequest, reference: str) -> HttpResponse:
    """The demo gateway's own page."""
    demo = gateways.DEMO
    if not demo.is_set_up():
        raise Http404
    form = CardForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            demo.enter_card(reference, number=form.cleaned_data["number"])
            return redirect("billing:return")
        except MethodRefused:
            form.add_error("number", _("카드사가 거절한 카드예요. 다른 카드로 해 주세요."))
    context = {
        **subscription.registering(request.user, at=timezone.now()),
        "form": form,
        "samples": subscription.sample_cards(),
        "back_url": _way_back(request),
    }
    return render(request, "billing/demo.html", context, status=422 if form.errors else 200)


@get_or_post
@never_cache
def come_back(request: PersonRequest) -> HttpResponse:
    """Back from the gateway.

    The address alone gives nothing: the gateway is asked what was registered.
    """
    reference = request.POST.get("billingKey") or request.GET.get("billingKey") or ""
    shows_progress = not _is_change(request)
    try:
        checkout.confirm(request.user, reference=reference, at=timezone.now())
        shows_progress = shows_progress or _pay_with_new_method(request)
    except subscriptions.NoSubscription:
        pass
    except MethodRefused:
        messages.info(request, _("결제 수단을 등록하지 않았어요. 돈은 나가지 않았어요."))
        return redirect(_way_back(request))
    except UnknownOutcome:
        messages.info(request, _("결제 회사의 응답을 기다리고 있어요. 조금 뒤에 다시 열어 주세요."))
    request.session.pop("registration", None)
    return redirect("billing:progress" if shows_progress else "billing:subscription")


def _pay_with_new_method(request: PersonRequest) -> bool:
    """Pays what is unpaid with the method that was just chosen; False if nothing is."""
    messages.success(request, _("결제 수단을 바꿨어요."))
    return renewals.pay_now(request.user, at=timezone.now())


@require_safe
@never_cache
def show_progress(request: PersonRequest) -> HttpResponse:
    context = subscription.outcome(request.user)
    if context["state"] == "nothing":
        return redirect("billing:subscription")
    if context["state"] == "waiting":
        charges.ask_now(request.user, at=timezone.now())
    elif context["state"] == "done":
        context["return_url"] = return_addresses.take(request.session)
    return page_or_fragment(request, "billing/progress.html", context, fragment="outcome")


@require_safe
@never_cache
def show_subscription(request: PersonRequest) -> HttpResponse:
    charges.ask_now(request.user, at=timezone.now())
    context = subscription.page(request.user, at=timezone.now())
    if context["subscription"] is None:
        context |= offers.free_plan()
    return render(request, "billing/subscription.html", context)


@require_safe
@never_cache
def show_receipt(request: PersonRequest, payment_id: UUID) -> HttpResponse:
    context = receipts.page(request.user, payment_id)
    if context is None:
        raise Http404
    return render(request, "billing/receipt.html", context)


@require_safe
@login_not_required
def show_seller(request: HttpRequest) -> HttpResponse:
    is_sample = settings.SELLER is settings.SELLER_SAMPLE
    context = {"seller": settings.SELLER, "is_sample": is_sample, "support_email": settings.SUPPORT_EMAIL}
    return render(request, "billing/seller.html", context)


# ── Changes ─────────────────────────────────────────────────────────────────


def _change(
    request: PersonRequest, change: Callable[[], object], said: str, *, to: str = "billing:subscription"
) -> HttpResponse:
    """Makes one change and says so, or says that it is not possible any more."""
    try:
        change()
        messages.success(request, said)
        return redirect(to)
    except (subscriptions.NoSubscription, IllegalTransition, ValueError, prices.ConsentMissing, plans.NotForSale):
        messages.info(request, _("그사이에 바뀌었어요. 지금 상태를 확인해 주세요."))
    except plan_switches.PreviewOutdated:
        messages.info(request, _("금액이 달라졌어요. 다시 확인해 주세요."))
    return redirect("billing:subscription")


@require_POST
@limited("checkout", "30/h/user")
def change_method(request: PersonRequest) -> HttpResponse:
    return _begin(request, lambda: checkout.change_method(request.user, at=timezone.now()), is_change=True)


@require_POST
def pay_now(request: PersonRequest) -> HttpResponse:
    with contextlib.suppress(subscriptions.NoSubscription):
        if renewals.pay_now(request.user, at=timezone.now()):
            return redirect("billing:progress")
    return redirect("billing:subscription")


@require_POST
def cancel(request: PersonRequest) -> HttpResponse:
    return _change(request, lambda: cancellation.cancel(request.user, at=timezone.now()), _("해지했어요."))


@require_POST
def undo_cancel(request: PersonRequest) -> HttpResponse:
    return _change(request, lambda: cancellation.undo(request.user, at=timezone.now()), _("해지를 되돌렸어요."))


@require_POST
def schedule_pause(request: PersonRequest) -> HttpResponse:
    form = SubscriptionPauseForm(request.POST)
    months = form.cleaned_data["months"] if form.is_valid() else 0
    said = _("이번 기간이 끝나면 멈출게요.")
    return _change(request, lambda: pauses.schedule(request.user, months=months, at=timezone.now()), said)


@require_POST
def unschedule_pause(request: PersonRequest) -> HttpResponse:
    return _change(request, lambda: pauses.unschedule(request.user), _("멈추지 않고 계속할게요."))


@require_POST
def resume(request: PersonRequest) -> HttpResponse:
    form = AmountForm(request.POST)
    agreed = form.cleaned_data["amount"] if form.is_valid() else None
    try:
        pauses.resume(request.user, agreed=agreed, at=timezone.now())
    except prices.ConsentMissing:
        messages.info(request, _("멈춘 동안 가격이 올랐어요. 오른 가격을 확인하고 동의해 주세요."))
    except (subscriptions.NoSubscription, IllegalTransition):
        messages.info(request, _("그사이에 바뀌었어요. 지금 상태를 확인해 주세요."))
    else:
        messages.success(request, _("다시 시작할게요."))
        return redirect("billing:progress")
    return redirect("billing:subscription")


@require_POST
def switch(request: PersonRequest, plan_id: str) -> HttpResponse:
    form = SwitchForm(request.POST)
    shown = form.cleaned_data["shown"] if form.is_valid() else -1
    to = "billing:progress" if shown else "billing:subscription"
    return _change(
        request,
        lambda: plan_switches.switch(request.user, plan_id, shown=shown, at=timezone.now()),
        _("요금제를 바꿀게요."),
        to=to,
    )


@require_POST
def unschedule_switch(request: PersonRequest) -> HttpResponse:
    return _change(request, lambda: plan_switches.unschedule(request.user), _("지금 요금제를 계속 쓸게요."))


@require_POST
def agree_to_price(request: PersonRequest) -> HttpResponse:
    form = AmountForm(request.POST)
    amount = form.cleaned_data["amount"] if form.is_valid() else -1
    return _change(request, lambda: prices.agree_now(request.user, amount, at=timezone.now()), _("동의했어요."))


@require_POST
def withdraw(request: PersonRequest) -> HttpResponse:
    said = _("철회했어요. 낸 돈은 결제한 수단으로 돌려드려요.")
    return _change(request, lambda: withdrawals.withdraw(request.user, at=timezone.now()), said)


@require_POST
@login_not_required
@csrf_exempt
def receive_webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """Answers at once; a worker asks the gateway what happened.

    A failing database makes the gateway send it again.
    """
    if gateway not in gateways.GATEWAYS or not gateways.named(gateway).is_set_up():
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > WEBHOOK_SIZE:
        return HttpResponse(status=413)
    try:
        webhooks.receive(gateway, body=request.body, headers=request.headers, at=timezone.now())
    except BadSignature:
        return HttpResponse(status=400)
    return HttpResponse(status=200)
