"""A place of one's own to run in: namespaces that end with the process that made them.

The lab runs in a child that is the first process of a new PID namespace, in new mount and network
namespaces too, and in a new user namespace unless it runs as root. When that child ends, for
whatever reason, the kernel kills every process that it has started; with the last of them go the
network namespaces, their links and routes, and the tmpfs that holds every file of the lab. So even
a lab that is killed leaves nothing behind but an empty folder.
"""

import contextlib
import ctypes
import errno
import os
import shutil
import signal
import tempfile
import traceback
from pathlib import Path

from outcome import REFUSALS, Failed, Skipped, say, tell

NEWNS, NEWUSER, NEWPID, NEWNET = 0x00020000, 0x10000000, 0x20000000, 0x40000000
PR_SET_PDEATHSIG = 1
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000

# What a kernel says that gives no namespaces: it has none of a kind, or not to this user, or not any
# more.
NO_NAMESPACES = REFUSALS | {errno.EINVAL, errno.ENOSPC, errno.EUSERS}

# Set in the environment where the lab is in a user namespace of its own.
OWN_USERS = "RTALLOC_LAB_OWN_USERS"

# The exit status of what cannot run here, as test drivers have it.
SKIPPED = 77

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    """Raises what the C library says."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def unshare(flags):
    check(libc.unshare(flags))


def setns(descriptor):
    check(libc.setns(descriptor, NEWNET))


def mount(source, target, kind, flags=0, data=None):
    arguments = (source, str(target), kind)
    source, target, kind = (text.encode() if text else None for text in arguments)
    check(libc.mount(source, target, kind, flags, data.encode() if data else None))


class Interrupted(BaseException):
    """Somebody wants the lab to end."""


def interrupt(*_):
    raise Interrupted


def become_root():
    """Moves into new namespaces, all but that of mounts; in a user namespace of one's own if it
    takes that."""
    user, group = os.getuid(), os.getgid()
    own = NEWPID | NEWNET
    if user == 0:
        with contextlib.suppress(OSError):
            unshare(own)
            return
    try:
        unshare(own | NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
        os.environ[OWN_USERS] = "1"
    except OSError as error:
        outcome = Skipped if error.errno in NO_NAMESPACES else Failed
        raise outcome(f"this kernel gives no namespaces to user {user}: {error.strerror}") from None


def run(work):
    """Runs `work(folder)` isolated, and returns its exit status. The folder is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="rtalloc-lab-"))
    try:
        return status_of(lambda: supervise(work, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def supervise(work, folder):
    become_root()
    child = os.fork()
    if child == 0:
        os._exit(status_of(lambda: begin(work, folder)))
    # A terminal's interrupt comes to this process alone, as the child has a session of its own.
    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in stops:
        signal.signal(number, lambda *_: os.kill(child, signal.SIGTERM))
    while True:
        with contextlib.suppress(InterruptedError):
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def begin(work, folder):
    """The child's life."""
    check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        unshare(NEWNS)
        mount(None, "/", None, MS_REC | MS_PRIVATE)
        mount("lab", folder, "tmpfs", data="mode=700")
    except OSError as error:
        outcome = Skipped if error.errno in REFUSALS else Failed
        raise outcome(f"this kernel mounts no tmpfs for the lab: {error.strerror}") from None
    return work(folder)


def status_of(work):
    """The exit status of what is done, which says why it ended otherwise. Raises nothing."""
    try:
        return work()
    except Skipped as why:
        tell(f"SKIPPED: {why}")
        return SKIPPED
    except Failed as why:
        say(f"FAILED: {why}")
        return why.status
    except (Interrupted, KeyboardInterrupt):
        say("interrupted")
        return 130
    except BaseException:
        say(f"FAILED: {traceback.format_exc()}")
        return 1
