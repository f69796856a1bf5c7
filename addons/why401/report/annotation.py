"""What a report adds to one entry of a HAR."""

from __future__ import annotations

import msgspec

from why401.model import Plain


class Annotation(msgspec.Struct, frozen=True):
    """The words and facts that stand beside one exchange in an annotated HAR.

    `comment` begins with the summary on a line of its own; `request_comment` and
    `response_comment` say what each side shows. `diagnosis` is plain JSON as in the diagnosis
    schema; None for an entry that is not flagged but has comments of its user. `page` is the id
    of the group of entries to which this one belongs.
    """

    comment: str = ""
    request_comment: str = ""
    response_comment: str = ""
    diagnosis: dict[str, Plain] | None = None
    page: str = ""
