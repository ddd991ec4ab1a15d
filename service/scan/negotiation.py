"""Which form of a code's record a client wants. Pure; whatever the header, there is an answer."""

from __future__ import annotations

HTML, JSON, LINKSET = "html", "json", "linkset"

_FORMS = {
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "text/*": HTML,
    "*/*": HTML,
    "application/json": JSON,
    "application/*": JSON,
    "application/linkset+json": LINKSET,
    "application/linkset": LINKSET,
}


def form_of(accept: str) -> str:
    """The form with the highest weight; HTML where the header is missing, unreadable or asks for something else."""
    best, weight = HTML, 0.0
    for part in accept[:2000].split(","):
        media, _, rest = part.partition(";")
        form = _FORMS.get(media.strip().lower())
        if form is None:
            continue
        q = _weight(rest)
        if q > weight:
            best, weight = form, q
    return best


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                q = float(value.strip())
            except ValueError:
                return 0.0
            return q if 0 <= q <= 1 else 0.0
    return 1.0
