"""What keeps the index in step with the trees."""

from mediaclay_search.consumers.follower import following

__all__ = ["following"]
