"""Scenes of all kinds, interleaved as a proxy sees them, and what was said that is not so."""

from __future__ import annotations

import base64
import dataclasses
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from tests.negatives.credentials import accounts
from tests.negatives.healthy import HEALTHY
from tests.negatives.planted import PLANTED
from tests.negatives.refused import REFUSED
from tests.negatives.tokens import configured
from tests.negatives.wechat import WECHAT
from tests.negatives.world import Step, World
from tests.unit.signatures.example_keys import merchant_keys

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS, Keys
from why401.knowledge.base import Knowledge
from why401.masking import Masker
from why401.model import Certainty, Diagnosis, Finding, Severity

SCENES = 60
"""Scenes that pass one proxy, between one another."""
KINDS = (HEALTHY, REFUSED, PLANTED, WECHAT)
SHARES = (35, 35, 20, 10)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was said and is not so."""

    step: Step
    said: str
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one round: how many exchanges, and which verdicts were wrong."""

    exchanges: int
    proven: int
    faults: tuple[Fault, ...]


def steps_of(seed: int) -> list[Step]:
    """Return the exchanges of one round in order of time."""
    world = World(random.Random(seed))
    steps: list[Step] = []
    for _ in range(SCENES):
        world.enter()
        (kind,) = world.random.choices(KINDS, SHARES)
        player = world.pick(*kind)
        steps += [dataclasses.replace(step, scene=player.__name__) for step in player(world)]
    return sorted(steps, key=lambda step: step.exchange.at_s or 0.0)


def all_keys() -> Keys:
    """Return the keys of everything that is right in the scenes."""
    return Keys(
        wechatpay=(merchant_keys(),), jwt=configured(), basic=accounts(), verify_accepted=True
    )


def play(seed: int, knowledge: Knowledge) -> Played:
    """Return what is wrong with what is said in the round `seed`; in every other one the keys are
    configured."""
    steps = steps_of(seed)
    diagnoser = Diagnoser(knowledge, all_keys() if seed % 2 else NO_KEYS, Masker(b"negatives"))
    told: dict[str, Diagnosis] = {}
    for step in steps:
        outcome = diagnoser.diagnose(step.exchange)
        said = outcome.deeper() if outcome.deeper else outcome.diagnosis
        told[step.exchange.id] = said
        told |= dict(outcome.revised)
    faults = [fault for step in steps for fault in faults_of(step, told[step.exchange.id])]
    proven = sum(each.certainty is Certainty.PROVEN for each in told.values())
    return Played(len(steps), proven, tuple(faults))


def faults_of(step: Step, diagnosis: Diagnosis) -> Iterator[Fault]:
    """Yield what `diagnosis` claims and the scene denies."""
    for name in diagnosis.faults:
        yield Fault(step, f"{name} failed", diagnosis)
    true = step.planted | absent_claims(step) | slow_clock(step)
    for number, finding in enumerate(diagnosis.findings):
        if finding.rule in true:
            continue
        if step.is_quiet and finding.severity is not Severity.INFO:
            yield Fault(step, f"said of what is well: {finding.rule}", diagnosis)
        elif _is_claimed(finding):
            kind = "verdict" if number == 0 else "further finding"
            yield Fault(
                step,
                f"proven {kind}: {diagnosis.verdict if not number else finding.rule}",
                diagnosis,
            )


def absent_claims(step: Step) -> set[str]:
    """Return the rules that hold where a server asks for a claim: the token is without it."""
    sent = step.exchange.request.headers.text("authorization") or ""
    parts = sent.rpartition(" ")[2].split(".")
    if len(parts) != 3 or not parts[1].startswith("eyJ"):
        return set()
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    absent = {f"jwt/{name}-missing" for name in ("aud", "exp", "iss", "sub") if name not in claims}
    # What Hasura wants in a claim of its own, no token here has.
    return absent | {"jwt/required-claim-missing"}


def slow_clock(step: Step) -> set[str]:
    """Return the rules that hold where the server's clock is behind: a token issued just now was,
    by that clock, issued in the future."""
    exchange = step.exchange
    date = exchange.response.headers.text("date") if exchange.response else None
    if date is None or exchange.at_s is None:
        return set()
    behind_s = exchange.at_s - parsedate_to_datetime(date).timestamp()
    return {"jwt/clock-skew", "jwt/iat-future"} if behind_s > 5 else set()


def _is_claimed(finding: Finding) -> bool:
    """Whether a finding says for sure why the exchange was refused."""
    return (
        finding.severity is not Severity.INFO
        and finding.certainty is Certainty.PROVEN
        and (not finding.causes or finding.causes[0].certainty is Certainty.PROVEN)
    )


def claimed(finding: Finding) -> str:
    """Return a finding in a line, for a person."""
    seen = ", ".join(f"{each.where}={each.seen}" for each in finding.evidence)
    return f"{finding.rule} {finding.certainty}: {seen}"
