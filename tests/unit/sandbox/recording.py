"""A client of the tour that keeps what was answered."""

from __future__ import annotations

from why401.sandbox.client import Reply, TourClient


class Recording(TourClient):
    """Keeps the replies, which the steps themselves need not look at."""

    replies: list[Reply]

    def send(self, *args, **kwargs) -> Reply:
        reply = super().send(*args, **kwargs)
        self.replies = [*getattr(self, "replies", []), reply]
        return reply
