from tests.unit.detectors.diagnosed import diagnosed, finding, refused, rules


def test_user_and_password_in_a_redirect() -> None:
    sent = refused(headers={"Referer": "https://alice:s3cret-pw@api.example.com/a"})
    diagnosis = diagnosed(sent, "s3cret-pw")
    assert finding(diagnosis, "auth/url-userinfo").severity == "warning"


def test_an_at_sign_in_the_path_is_no_user_info() -> None:
    sent = refused(headers={"Referer": "https://api.example.com/a@b"})
    assert "auth/url-userinfo" not in rules(diagnosed(sent))
