"""What came of it, for people as tables and for programs as JSON. `results.py` keeps it as CSV."""

import json

from outcome import tell

# Of each row what people are shown, under which heading and in which form.
ROUTES = (
    ("routes", "routes", "{:,}"), ("started", "start s", "{:.2f}"), ("seconds", "seconds", "{:.2f}"),
    ("sent", "sent", "{:,}"), ("updates", "followed", "{:,}"),
    ("per_second", "a second", "{:,.0f}"), ("followed_per_second", "followed/s", "{:,.0f}"),
    ("resyncs", "resyncs", "{}"), ("losses_forced", "forced", "{}"),
    ("losses_recovered", "recovered", "{}"),
    ("generation", "generation", "{}"), ("compared", "compared", "{:,}"),
    ("wrong", "wrong", "{}"), ("missed", "missed", "{:,}"), ("p99_9_ns", "p99.9 ns", "{:,}"),
)
PACKETS = (
    ("packets_sent", "packets", "{:,}"), ("packets_received", "received", "{:,}"),
    ("packets_forwarded", "forwarded", "{:,}"),
    ("packets_lost", "lost", "{:,}"), ("packets_misrouted", "misrouted", "{:,}"),
    ("packets_twice", "twice", "{:,}"),
    ("packets_one_way", "one way only", "{:,}"), ("packets_against_kernel", "beside kernel", "{:,}"),
    ("lag_seconds", "lag s", "{:.3f}"),
)
COSTS = (
    ("routes", "routes", "{:,}"), ("packet_ns", "whole path ns", "{:.1f}"),
    ("packet_constant_ns", "without lookups ns", "{:.1f}"),
    ("packet_lookup_ns", "the lookups ns", "{:.1f}"),
)
LEGEND = (
    "start: until the first route came, of what is learned; seconds: from then until the last did, "
    "or of a piece of churn from its first update until everything was in the table. sent: updates "
    "by the speaker; followed: routes told and withdrawn, as the follower counts them, where a daemon "
    "passes over what a later update has made void; a second: of those sent, if any. forced: how often "
    "a full buffer lost notifications; recovered: of those, how many a dump has repaired. compared: "
    "answers held against the kernel's, since the follower began, as the next two. missed: lookups "
    "whose route had been withdrawn within 2 s. p99.9: a burst of 32 lookups. one way only: packets "
    "for which there was one right way; beside kernel: those compared with the kernel's own answers; "
    "forwarded: what the forwarder itself counts, from its first packet on; lag: for how long at most "
    "an update that was sent was not in the follower's table. whole path: of a packet in memory."
)


def tabulated(rows, columns, needed):
    """Lines of a table that has those of the rows that say something in the column `needed`."""
    rows = [row for row in rows if row.get(needed) is not None]
    if not rows:
        return []
    columns = [one for one in columns if any(row.get(one[0]) is not None for row in rows)]
    cells = [["how", "what", *(heading for _, heading, _ in columns)]]
    for row in rows:
        values = ((form, row.get(name)) for name, _, form in columns)
        shown = ["" if value is None else form.format(value) for form, value in values]
        cells.append([row["how"], row["what"], *shown])
    widths = [max(map(len, column)) for column in zip(*cells)]
    return [
        "  ".join(cell.ljust(width) if place < 2 else cell.rjust(width)
                  for place, (cell, width) in enumerate(zip(line, widths))).rstrip()
        for line in cells
    ]


class Report:
    def __init__(self, environment):
        self.environment, self.rows = environment, []

    def add(self, how, what, **found):
        """A row: how the routes came, or who moved the packets, what was done, and what was found."""
        seconds = found.get("seconds")
        for name, of in (("per_second", found.get("sent") or found.get("updates")),
                         ("followed_per_second", found.get("updates"))):
            if of and seconds:
                found[name] = of / seconds
        self.rows.append({"how": how, "what": what, **found})

    def amend(self, **found):
        """Adds to the last row what was found since."""
        self.rows[-1].update(found)

    def skip(self, how, what, why):
        """Notes what could not be done here."""
        self.environment.setdefault("skipped", {})[f"{how} {what}"] = why

    def print(self, as_json):
        if as_json:
            tell(json.dumps({"environment": self.environment, "rows": self.rows}))
            return
        shown = ((ROUTES, "seconds"), (PACKETS, "packets_sent"), (COSTS, "packet_ns"))
        for columns, needed in shown:
            lines = tabulated(self.rows, columns, needed)
            if lines:
                tell("\n".join(lines) + "\n")
        if self.rows:
            tell(LEGEND)
