"""Pages by Django's Paginator: those that are there. What it makes of others is a rule of its own."""

from django.core.paginator import Paginator

import wire


def paginate(queryset, options):
    unknown = set(options) - {"page", "per_page"}
    if unknown:
        raise wire.missing(f"the operands {sorted(unknown)} of paginate")
    page = Paginator(queryset, wire.need(options, "per_page")).page(wire.need(options, "page"))
    return {
        "items": list(page), "page": page.number, "per_page": page.paginator.per_page,
        "total": page.paginator.count, "pages": page.paginator.num_pages,
        "first": page.start_index(), "last": page.end_index(),
        "has_prev": page.has_previous(), "prev_num": page.previous_page_number() if page.has_previous() else None,
        "has_next": page.has_next(), "next_num": page.next_page_number() if page.has_next() else None,
    }
