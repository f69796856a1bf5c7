import pytest

from why401.report.redaction.pairs import named_beside


def mask(kind: str, secret: str) -> str:
    return f"<{kind}:{len(secret)}>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            '{"name": "password", "value": "ab"}',
            '{"name": "password", "value": "<password:2>"}',
            id="name first",
        ),
        pytest.param(
            '{"value":"ab","name":"X-Api-Key"}',
            '{"value":"<api-key:2>","name":"X-Api-Key"}',
            id="value first",
        ),
        pytest.param(
            '{"key":"token","type":"text","enabled":true,"value":"ab"}',
            '{"key":"token","type":"text","enabled":true,"value":"<token:2>"}',
            id="others between",
        ),
        pytest.param('{"name": "city", "value": "ab"}', None, id="another name"),
        pytest.param(
            '[["Authorization", "Foo abc123def"]]',
            '[["Authorization", "<token:13>"]]',
            id="two in a list",
        ),
        pytest.param('["password", "username"]', None, id="a list of names"),
        pytest.param(
            '<input type="hidden" name="csrf_token" value="ab">',
            '<input type="hidden" name="csrf_token" value="<token:2>">',
            id="form",
        ),
        pytest.param(
            "<input value='ab' type='password' name='p'>",
            "<input value='<password:2>' type='password' name='p'>",
            id="type",
        ),
        pytest.param(
            '<meta name="csrf-token" content="a&amp;b">',
            '<meta name="csrf-token" content="<token:3>">',
            id="meta",
        ),
        pytest.param('<input name="city" value="ab">', None, id="another field"),
        pytest.param(
            "<key>password</key>\n<string>ab</string>",
            "<key>password</key>\n<string><password:2></string>",
            id="plist",
        ),
        pytest.param(
            "<name>token</name><value><string>ab</string></value>",
            "<name>token</name><value><string><token:2></string></value>",
            id="XML-RPC",
        ),
        pytest.param("<key>city</key><string>ab</string>", None, id="another key"),
    ],
)
def test_what_is_named_beside(text: str, expected: str | None) -> None:
    assert named_beside(text, mask) == (text if expected is None else expected)
