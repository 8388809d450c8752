"""Forms of staff pages, as a browser posts them."""

from django.test import Client


def seen(client: Client, url: str) -> dict[str, str]:
    """What the form at this address saw when it was opened: without it nothing is saved."""
    return {"seen": client.get(url).context["seen"]}


def filled(client: Client, url: str) -> dict[str, object]:
    """What the form would send as it is."""
    page = client.get(url)
    form = page.context["adminform"].form
    sent = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    found = {name: value for name, value in sent.items() if value not in (None, False)}
    return found | {"seen": page.context["seen"]}
