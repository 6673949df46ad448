"""Cursor pagination: stable while rows are added, as cheap on page 1,000 as on page 1."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Newest first; `page_size` up to 500. Ids are time-ordered, so they make the order unique."""

    ordering = "-id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500
