"""Why staff do what they do: the reason that is posted with a form or an act.

Every form and list offers a field for it (templates/admin/why.html); a dangerous act needs it (wellness/staff_site.py). It is kept
with everything that the act writes: in the audit trail (core/db/audit_context.py), in the revision of a catalogue row, and
in Django's history of a row (core/staff/log_entries.py).
"""

from django.http import HttpRequest

from core import text_storage

FIELD = "why"
LONGEST = 300


def posted(request: HttpRequest) -> str:
    """The reason in one of the fields for it; empty without one."""
    texts = (text_storage.normalize(text).replace("\0", "").strip() for text in request.POST.getlist(FIELD))
    return next((text[:LONGEST] for text in texts if text), "")
