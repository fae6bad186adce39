"""Every tunable with its unit and default; the only place for defaults."""

from __future__ import annotations

from .errors import ConfigurationError
from .record import record

KIB = 1024
MIB = 1024 * KIB


@record(frozen=True)
class Settings:
    """Limits and timeouts of one server; immutable, given to ``create_server(settings=...)``.

    Durations are seconds, sizes are bytes. Where a duration may be None, None means "no limit".

    Raises:
        ConfigurationError: a number is negative, or something is of another type.

    """

    # -- connections -----------------------------------------------------------------------------
    backlog: int = 1024  # connections the kernel may queue before we accept them
    max_connections: int = 10_000  # open connections; one more is answered 503 and closed
    max_threads: int = 64  # request worker threads
    thread_idle_timeout: float = 10.0  # an idle worker thread ends after this
    keep_alive_timeout: float | None = 75.0  # an idle persistent connection is closed
    handshake_timeout: float = 10.0  # HTTPS: from the connection to the end of its handshake
    header_timeout: float = 15.0  # from first byte to the end of the header section
    body_timeout: float = 20.0  # of silence in a request body, or of being below the rate, in all
    body_min_rate: float = 4 * KIB  # bytes a second that a body has to reach on the average
    send_timeout: float = 60.0  # of silence of a client that takes an answer, or below the rate
    send_min_rate: float = 1 * KIB  # bytes a second that it has to reach; 0: a byte is enough
    max_slow_streams: int = 256  # clients that generators wait for; the longest wait makes room
    linger_timeout: float = 2.0  # reading away what a client still sends after a final answer
    shutdown_timeout: float = 5.0  # requests under way may finish when the server stops
    restart_grace: float = 1.0  # before a restart, idle connections may send one more request

    # -- request sizes ---------------------------------------------------------------------------
    max_request_line: int = 8 * KIB  # longer: 414
    max_header_bytes: int = 32 * KIB  # the whole header section; larger: 431
    max_header_count: int = 100  # more fields: 431
    max_body_size: int = 100 * MIB  # larger: 413
    body_memory: int = 1 * MIB  # a larger body is spooled to a temporary file

    # -- forms, uploads and JSON; what exceeds one is answered 413, JSON 400 -----------------------
    max_file_size: int = 50 * MIB  # one uploaded file; a server has an attribute of this name
    max_form_parts: int = 1000  # parts of a multipart form, or fields of a URL-encoded one
    max_form_text: int = 1 * MIB  # all text fields of a form together
    max_part_headers: int = 16 * KIB  # the header lines of one part; more: 400
    hash_uploads: bool = False  # compute ``Upload.sha256`` with the form, not when it is asked for
    upload_report_interval: float = 0.1  # between two reports of an upload that is followed
    upload_report_kept: float = 60.0  # how it ended is told to who asks within this
    upload_memory: int = 1 * MIB  # a larger uploaded file is kept in a temporary file
    max_json_size: int = 16 * MIB  # a JSON body, which takes up to 40 times that in memory; 413
    max_json_depth: int = 200  # lists and objects inside of each other
    max_json_digits: int = 1000  # digits of one whole number

    # -- proxied servers -------------------------------------------------------------------------
    proxy_connect_timeout: float = 10.0  # until a connection stands, TLS included; then 504
    proxy_read_timeout: float = 60.0  # without a byte from the other server; then 504
    proxy_stop_silence: float = 1.0  # when our server stops; then it waits for it no longer
    proxy_idle_connections: int = 8  # kept open per target for the next request
    proxy_idle_timeout: float = 10.0  # a kept connection that is older is not used again

    # -- scheduling ------------------------------------------------------------------------------
    inline_limit: float = 0.001  # a target slower than this runs on a worker thread
    watchdog_interval: float = 0.005  # a target blocking the polling thread loses it after this

    # -- several processes on one port, see ``docs/workers.rst`` ----------------------------------
    worker_start_timeout: float | None = 60.0  # one that does not serve after this is killed
    worker_timeout: float | None = 60.0  # one that hangs for so long is replaced; None or 0: never

    # -- websockets, event streams and polls -----------------------------------------------------
    websocket_max_message: int = 1 * MIB  # larger: close code 1009
    websocket_max_queue: int = 4 * MIB  # unsent bytes for one client; more: it is dropped
    websocket_max_backlog: int = 256 * MIB  # ... for all slow ones; the slowest make room; 0: any
    websocket_ping_interval: float = 20.0  # below the 60 s after which proxies cut a silent line
    wsgi_ping_interval: float = 5.0  # the same with WSGI, if that is shorter: a thread waits there
    websocket_max_idle_rate: float = 50.0  # pings and empty frames a second of one client; 0: any
    websocket_ping_timeout: float = 20.0  # without a pong: the connection is dropped

    # -- stores ----------------------------------------------------------------------------------
    max_stored_value: int = 64 * MIB  # JSON text of one value in a store; more is refused

    # -- topics ----------------------------------------------------------------------------------
    max_topic_backlog: int = 1000  # messages that wait for one listener; then the oldest is dropped

    # -- own websockets and events ---------------------------------------------------------------
    max_handler_threads: int = 256  # open at a time, a thread each; one more: 503
    max_handler_tasks: int = 10_000  # ... of ``async`` handlers, which share one thread
    websocket_max_inbox: int = 1 * MIB  # received, not taken by the handler: then the client waits
    websocket_send_timeout: float | None = 30.0  # a handler waits for a slow client; then it raises

    # -- tokens ----------------------------------------------------------------------------------
    max_tokens: int = 100_000  # one more is refused
    issued_tokens_only: bool = False  # True: a token that create_token did not give is refused
    token_lock_timeout: float = 30.0  # waiting for another request with the same token; then 503

    # -- jobs ------------------------------------------------------------------------------------
    max_jobs: int = 20_000  # waiting, running and finished but not fetched; one more: 503
    max_jobs_per_address: int = 2_000  # of clients of one address (IPv6: one /64); one more: 429
    job_threads: int = 16  # jobs that run at once, each on a thread; others wait in line
    job_processes: int | None = None  # the same with executor="processes"; None: one per processor
    job_process_start: float = 30.0  # a process that is not ready after this is given up
    job_process_idle: float = 300.0  # one that has nothing to do ends after this
    job_start_wait: float = 0.05  # "start" waits this long for a job that is done at once ...
    job_waiters: int = 16  # ... in so many requests at a time, a worker each; others do not wait
    job_result_ttl: float = 120.0  # a result nobody has fetched is forgotten after this
    job_store_ttl: float = 24 * 3600.0  # in a store that outlives the process, jobs are kept longer
    job_cargo_ttl: float = 600.0  # and a piece of a long result after this
    max_chunk_size: int = 10 * MIB  # characters; a longer result is fetched in pieces
    max_job_cargo: int = 512 * MIB  # characters of all pieces; beyond, the oldest make room
    max_job_items: int = 100_000  # of one generator; more: it fails
    job_link_host: str = "127.0.0.1"  # jobs in other processes connect to it with their progress

    # -- sessions and GUI instances --------------------------------------------------------------
    max_sessions: int = 10_000  # the longest unused one makes room, of a crowded address first
    session_timeout: float = 24 * 3600.0  # a session unused for this long is forgotten
    session_lifetime: float | None = None  # ... and after this in any case
    session_lock_timeout: float = 30.0  # waiting for a ``with`` block of another request; then 503
    session_cookie: str = ""  # name of the cookie; empty: ``session_`` and the port
    signed_sessions: bool = False  # True: a cookie that was not signed is refused without a look
    max_session_size: int = 1 * MIB  # JSON text of the data of one session; more is refused
    max_instances: int = 2_000  # live GUI instances, one thread each; one more: 503
    max_instances_per_session: int = 16  # one no page shows makes room, else: 503
    max_instances_per_address: int = 256  # of visitors of one address (IPv6: one /64); more: 503
    max_left_behind: int = 64  # threads of ended instances still busy with foreign code; more: 503
    instance_timeout: float = 1800.0  # a GUI instance without a connected page ends after this
    connect_timeout: float = 60.0  # ... and after this when its page never connected at all
    replay_messages: int = 1000  # payloads kept for a page that reconnects ...
    replay_bytes: int = 2 * MIB  # ... and their total size
    download_timeout: float = 60.0  # what an app offers to save must be fetched within this ...
    download_resume: float = 600.0  # ... and, after a broken connection, fetched on within this
    max_downloads: int = 32  # offers of one session; with one more, the oldest is withdrawn
    max_waiting_pages: int = 8  # page requests waiting for one instance, a worker each; more: 503
    max_pending_events: int = 1000  # events of one instance waiting for their turn
    max_event_rate: float = 250.0  # events a second of one page, on average; 0: no limit
    interaction_timeout: float | None = None  # a handler without a sign of life; see bind_htag
    inactivity_timeout: float | None = None  # an instance without an event; see bind_htag
    loop_block_report: float = 1.0  # isolation="loop": a handler that blocks longer is reported
    render_timeout: float = 30.0  # building and rendering a page; longer: 503
    max_processes: int = 100  # isolation="process": one no page has used makes room, else: 503
    spare_processes: int = 1  # ... of each app that have loaded it and wait for a visitor
    fork_processes: bool = True  # ... made as copies of one that has loaded the app; Linux only
    process_start_timeout: float = 30.0  # ... one that is not ready after this is given up
    process_orphan_timeout: float = 20.0  # ... one whose web processes are gone waits for others
    process_memory: int | None = None  # ... bytes one may take beside those of its start; None: any
    process_cpu: float | None = None  # ... seconds of processor time of one, in all; None: any
    desktop_grace: float = 2.0  # a program with a window ends when no page came back for this long

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            kind = str(Settings.__annotations__.get(name, ""))
            number = kind.startswith(("int", "float", "bool"))
            fits = hasattr(value, "__float__") if number else isinstance(value, str)
            if kind and not fits and not (value is None and kind.endswith("None")):
                what = "a number" if number else "a text"
                raise ConfigurationError(f"{name} is {what}, not {value!r}")
            if isinstance(value, (int, float)) and value < 0:
                raise ConfigurationError(f"{name} must not be negative, not {value!r}")


def settings_or_default(settings: Settings | None) -> Settings:
    """What was given as ``settings=``; None: the defaults.

    Raises:
        ConfigurationError: it is something else, as a dict.

    """
    given: object = settings
    if isinstance(given, Settings):
        return given
    if given is None:
        return Settings()
    kind = type(given).__name__
    raise ConfigurationError(
        f"settings= takes a Settings object, not {kind}: settings=Settings(max_connections=100)"
    )
