"""Compresses texts on the wire, where their length can tell nobody a secret (docs/adr/0033).

The length of a compressed page tells whether two of its texts are alike. Who can put a guess into a page again and again
and see its length on the network finds out a secret beside it (BREACH). Another site can put guesses there only by sending
the browser to an address of its choice, and the browser says so: such a request gets its page uncompressed.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

# What `Sec-Fetch-Site` says of our own pages, and of an address that the person typed or kept. Redirects count too. A
# browser that does not send the header gets everything uncompressed.
OURS = ("same-origin", "none")
TEXTS = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
# A shorter answer is one packet either way.
SHORTEST = 1_400


class CompressionMiddleware(GZipMiddleware):
    """Django's own, for texts that no other site asked for. It adds up to 100 random bytes."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or not response.headers.get("Content-Type", "").startswith(TEXTS):
            return response
        patch_vary_headers(response, ["Accept-Encoding", "Sec-Fetch-Site"])
        if request.headers.get("Sec-Fetch-Site") not in OURS or len(response.content) < SHORTEST:
            return response
        return super().process_response(request, response)
