"""Tags as a resource of their own; what is done with it is in `tags.py` above."""

from .. import tags
from ..resource import ExtensionType


class Tags(ExtensionType):
    """Always there, with the name `default`, for whatever there is."""

    type = tags.TYPE
    noun = "tags"
    verbs = frozenset(tags.VERBS)


TYPE = Tags()
