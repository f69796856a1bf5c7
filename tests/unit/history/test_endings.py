"""What ends a token."""

from __future__ import annotations

import pytest
from tests.traffic import Traffic, bearer

from why401.case import Case
from why401.history import History
from why401.history.endings import learn_ending

TOKEN = "opaque-token-1"
ENDINGS = [
    pytest.param("POST /logout", None, bearer(TOKEN), (True, False), id="logout"),
    pytest.param("POST /revoke", {"token": TOKEN}, None, (True, False), id="given back"),
    pytest.param("POST /change-password", {}, bearer(TOKEN), (False, True), id="a new password"),
    pytest.param("GET /change-password", None, bearer(TOKEN), (False, False), id="its page"),
    pytest.param("POST /orders", {"token": TOKEN}, None, (False, False), id="neither"),
    pytest.param("POST /oauth/revoke", {}, bearer(TOKEN), (True, False), id="its own"),
    pytest.param("GET /logout", None, bearer(TOKEN), (True, False), id="logout by a link"),
    pytest.param("GET /users/trevor", None, bearer(TOKEN), (False, False), id="a name"),
    pytest.param("GET /audit/logouts", None, bearer(TOKEN), (False, False), id="a list"),
    pytest.param("POST /revoke", {"token": "b"}, bearer(TOKEN), (False, False), id="another's"),
    pytest.param("POST /admin/sessions/9/revoke", {}, bearer(TOKEN), (False, False), id="by id"),
    pytest.param("POST /devices/7/logout", {}, bearer(TOKEN), (False, False), id="a device's"),
    pytest.param("PUT /users/7/password", {}, bearer(TOKEN), (False, False), id="a user's"),
    pytest.param("POST /login/password", {}, bearer(TOKEN), (False, False), id="a login"),
    pytest.param("POST /reset-password", {}, bearer(TOKEN), (False, False), id="forgotten"),
]


@pytest.mark.parametrize(("line", "form", "sent", "ended"), ENDINGS)
def test_what_a_success_ends(
    line: str,
    form: dict[str, str] | None,
    sent: dict[str, str] | None,
    ended: tuple[bool, bool],
) -> None:
    history = History()
    line = line.replace(" ", " https://a.example")
    case = Case(Traffic()(line, form=form, sent=sent))
    seen, prints = history.seen(case), history.fingerprints
    learn_ending(case, history.carried(case), seen, history.tokens, prints)
    record = history.tokens.record(prints.of(TOKEN))
    revoked = record is not None and record.revoked is not None
    changed = record is not None and record.password_changed is not None
    assert (revoked, changed) == ended
