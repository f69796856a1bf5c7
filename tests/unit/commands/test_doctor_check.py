from why401.commands.doctor_check import ADVICE, FAULT, OK, Check


def test_marks_differ_and_a_check_holds_one() -> None:
    assert len({OK, ADVICE, FAULT}) == 3
    assert Check(OK, "a") == Check(OK, "a")
