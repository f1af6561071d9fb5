"""What docs/licensing.md tells the author of a site's backend is so."""

import re
from pathlib import Path

import pytest

from licensing import heartbeats, sites
from licensing.overdue import FEWEST, SHARE

DOCS = (Path(__file__).resolve().parents[3] / "docs/licensing.md").read_text()


@pytest.fixture
def verdict_of():
    (code,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    known = {}
    exec(code, known)
    return known["verdict_of"]


def test_the_example_reads_a_real_verdict_with_the_published_keys(caller, verdict_of):
    site_id = str(caller.site.site_id)
    published = caller.api.get("/licensing/keys").json()["keys"]
    keys = {one["key_id"]: one["public_key"] for one in published}
    about = {"keys": keys, "site_id": site_id, "nonce": "n-1"}

    answer = caller.post({"nonce": "n-1"}).json()

    verdict = verdict_of(answer, **about, last_seq=0)
    assert (verdict["seq"], verdict["licensed"], verdict["locked"]) == (1, True, False)
    sites.lock(caller.site.site_id, reason="Unpaid", actor=None)
    locked = verdict_of(caller.post({"nonce": "n-1"}).json(), **about, last_seq=1)
    assert (locked["locked"], locked["lock_reason"]) == (True, "Unpaid")

    forged = answer | {"verdict": answer["verdict"][:-6] + "AAAAAA"}
    others = {answer["key_id"]: published[0]["public_key"][:-2] + "AA"}
    for bad, changed in (
        (answer, {"last_seq": 1}),
        (answer, {"nonce": "n-2"}),
        (answer, {"site_id": "another"}),
        (answer, {"keys": {}}),
        (answer, {"keys": others}),
        (forged, {}),
    ):
        with pytest.raises(ValueError, match=r"signed|somebody|older"):
            verdict_of(bad, **{**about, "last_seq": 0, **changed})


def test_the_figures_are_those_of_the_code():
    assert (heartbeats.REGULARLY, heartbeats.OFTEN) == (21_600, 900)
    assert (SHARE, FEWEST) == (0.05, 3)
    for said in ("21,600, or 900", "more than 5 %", "at least three sites"):
        assert said in " ".join(DOCS.split())
