"""Why a socket is closed. The codes are promises to clients."""


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


class Broken(Closed):
    """Our own fault, logged with a trace. Come back with the cursor.

    Not 1011, which says the same: daphne lets no application use it, and would not close at all.
    """

    code = 4500
