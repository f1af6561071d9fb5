"""Why a socket is closed, and what else is refused. The codes are promises to clients."""

from core.errors import Conflict, Expired


class Closed(Exception):
    """The socket may not go on; ``code`` is the close code it ends with."""

    code = 4400


class SessionEnded(Closed):
    """Not signed in, or not any more. Sign in again."""

    code = 4401


class ForeignOrigin(Closed):
    """A page of another site opened it."""

    code = 4403


class Unknown(Closed):
    """No such shop, or not the caller's: both look the same."""

    code = 4404


class TooSlow(Closed):
    """It reads slower than things happen. Come back with the cursor."""

    code = 4408


class TooMuch(Closed):
    """It says too much, or too often."""

    code = 4429


class TooMany(Closed):
    """Its session has too many open already. Close some."""

    code = 4429


class Broken(Closed):
    """Our own fault, logged with a trace. Come back with the cursor.

    Not 1011, which says the same: daphne lets no application use it, and would not close at all.
    """

    code = 4500


class EventsGone(Expired):
    """Events after the asked place are forgotten."""

    code = "resync"
    message = "The oldest event still kept is {oldest}. Read everything anew and go on from there."


class TooManyWebhooks(Conflict):
    """One shop has so many and no more."""

    code = "too_many_webhooks"
    message = "A shop has at most {most} webhooks. Remove one first."


class Behind(Expired):
    """A poll's cursor leads nowhere; ``next`` is where to go on after reading everything anew."""

    code = "resync"
    message = "This cursor is too old or unknown. Read everything anew and go on after {next}."
