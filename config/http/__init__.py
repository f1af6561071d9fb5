"""HTTP in threads that wait in the kernel: ``gunicorn --worker-class config.http.Threads``.

All threads wait in one ``epoll``, which hands a connection that has something to say to exactly one
of them: there is no queue, no thread that polls for the others and no hand-over. A request is read
whole before it takes a thread, so who sends slowly holds none. Plain requests are read by one
expression; whatever is out of the ordinary, errors too, by gunicorn's own parser, which is the
authority.

As with gunicorn's ``gthread``: signals, limits, trusted proxies, the access log (which costs the
short way), ``--threads``, ``--keep-alive``, ``--max-requests``, ``--worker-connections`` and
``--graceful-timeout``. ``--timeout`` is how long a head may take, and how long a client may not
read. Left out: TLS, HTTP/2, PROXY and uwsgi (refused at the start), early hints, ``gunicorn.socket``
and the hooks ``pre_request`` and ``post_request``. Linux only.
"""

from config.http.threads import Threads

__all__ = ["Threads"]
