"""Compresses texts on the wire, where their length can tell nobody a secret (docs/adr/0033).

Equal texts in a page make its compressed form shorter. An attacker who can add guesses to a page and see the length of each
answer on the network can find out a secret of that page (the BREACH attack). Another site can add guesses only by sending
the browser to an address of its choice. The browser reports that in `Sec-Fetch-Site`: such a request is answered
uncompressed.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

# The values of `Sec-Fetch-Site` for requests from our own pages, and for an address that the person typed or has as a
# bookmark. A redirect through another site has another value. A browser without the header gets everything uncompressed.
OURS = ("same-origin", "none")
TEXTS = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
# A shorter answer is one packet either way.
SHORTEST = 1_400


class CompressionMiddleware(GZipMiddleware):
    """Django's GZipMiddleware, for texts that no other site requested.

    It adds up to 100 random bytes.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or not response.headers.get("Content-Type", "").startswith(TEXTS):
            return response
        patch_vary_headers(response, ["Accept-Encoding", "Sec-Fetch-Site"])
        if request.headers.get("Sec-Fetch-Site") not in OURS or len(response.content) < SHORTEST:
            return response
        return super().process_response(request, response)
