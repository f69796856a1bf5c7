"""The key of a test's account at clouds and shops, and how a cloud words its refusal."""

from tests.unit.detectors.keyed import configured

SECRET = "a-secret-of-this-test"
KEYS = configured(
    signing=[{"host": "*", "key_id": "AKID", "secret": SECRET, "token_secret": "t-secret"}]
)
MISMATCH = b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
