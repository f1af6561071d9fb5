"""A vendor's server for tests: answers what the test wants, signed or not."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.utils import timezone

from licensing import verdicts
from licensing.verdicts import SigningKey, UnlockFile, Verdict

SEED = "A" * 43
OTHER_SEED = "B" * 42 + "A"


class Vendor:
    """What is asked of it is kept in ``asked``; ``answer`` may be replaced.

    ``says`` are the fields of the next verdicts, laid over a licensed site's.
    """

    def __init__(self, site_id):
        self.site_id, self.key, self.seq = site_id, SigningKey.of(SEED), 0
        self.asked, self.says = [], {}
        self.answer = self.verdict
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(size)) if size else None
                vendor.asked.append((self.path, dict(self.headers), body))
                status, headers, said = vendor.answer(body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *said):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def verdict(self, body):
        if body is None:  # asked for its keys
            return 200, {}, json.dumps({"keys": [named(self.key)]}).encode()
        self.seq += 1
        return sent(self.sign(self.said(nonce=body["nonce"])))

    def said(self, **fields):
        now = timezone.now()
        return Verdict(
            **{
                "site_id": self.site_id,
                "seq": self.seq,
                "issued_at": now,
                "valid_until": now + timedelta(days=7),
                "licensed": True,
                "locked": False,
                "lock_reason": "",
                "expires_at": None,
                "nonce": None,
                "next_heartbeat_seconds": 21600,
            }
            | fields
            | self.says
        )

    def sign(self, said, key=None):
        return verdicts.sign(said, key=key or self.key)

    def file(self, *, days=30, key=None, **fields):
        """An unlock file that is newer than all before."""
        self.seq += 1
        now = timezone.now()
        return self.sign(
            UnlockFile(
                **{
                    "kind": "unlock",
                    "site_id": self.site_id,
                    "seq": self.seq,
                    "issued_at": now,
                    "valid_until": now + timedelta(days=days),
                    "licensed": True,
                    "locked": False,
                    "lock_reason": "",
                    "expires_at": None,
                    "nonce": None,
                    "next_heartbeat_seconds": 21600,
                }
                | fields
            ),
            key,
        )


def named(key):
    return {"key_id": key.key_id, "public_key": key.public_key}


def sent(envelope):
    said = {"verdict": envelope.verdict, "signature": envelope.signature}
    unsigned = {"licensed": True, "locked": False, "lock_reason": "", "expires_at": None}
    return 200, {}, json.dumps(unsigned | said | {"key_id": envelope.key_id}).encode()
