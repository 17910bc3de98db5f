"""Holds the lines of `sheaf count` against the exact sets of users of each window, worked out in the plainest way.

python3 count_reference.py RESULTS [--zone ZONE] [--exact] FRAMES...

The last line of a window counts. Frames that Python takes for no frame are left out, as are those whose time is more than a
year from the median. `--exact`: all counts must be exact; else an estimate may be off by five of its standard errors.
"""
import datetime, json, statistics, sys, zoneinfo

periods = ("minute", "hour", "day", "week", "month", "year")
keys = ["period", "start", "ts", "count", "error", "exact", "revision", "closed"]


def start(period, time, zone):
    local = datetime.datetime.fromtimestamp(time, zone)
    if period in ("minute", "hour"):
        shown = time + int(local.utcoffset().total_seconds())
        return time - shown % (60 if period == "minute" else 3600)
    local = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "week":
        local -= datetime.timedelta(days=local.weekday())
    elif period == "month":
        local = local.replace(day=1)
    elif period == "year":
        local = local.replace(month=1, day=1)
    return int(local.timestamp())


def root(line):
    members = {}
    for name, value in json.loads(line, object_pairs_hook=lambda pairs: pairs):
        members.setdefault(name, value)
    return str(members["uid"]), int(float(members["ts"]))


arguments = sys.argv[1:]
exact = "--exact" in arguments
if exact:
    arguments.remove("--exact")
zone = zoneinfo.ZoneInfo("UTC")
if "--zone" in arguments:
    at = arguments.index("--zone")
    zone = zoneinfo.ZoneInfo(arguments[at + 1])
    del arguments[at : at + 2]
results, *paths = arguments

frames = []
for path in paths:
    for line in open(path, "rb"):
        try:
            frames.append(root(line))
        except (ValueError, KeyError, TypeError):
            pass
middle = statistics.median(time for user, time in frames)
wanted = {}
for user, time in frames:
    if abs(time - middle) < 366 * 86400:
        for period in periods:
            wanted.setdefault((period, start(period, time, zone)), set()).add(user)

found, revisions = {}, {}
for line in open(results, encoding="ascii"):
    result = json.loads(line)
    assert list(result) == keys, line
    window = (result["period"], result["ts"])
    begin = datetime.datetime.fromisoformat(result["start"].replace("Z", "+00:00"))
    assert int(begin.timestamp()) == result["ts"], line
    assert begin.utcoffset() == datetime.datetime.fromtimestamp(result["ts"], zone).utcoffset(), line
    found[window] = result

assert set(found) == set(wanted), set(found) ^ set(wanted)
for window, result in found.items():
    truth = len(wanted[window])
    assert result["closed"], result
    assert result["exact"] or not exact, result
    bound = 0 if result["exact"] else max(1, 5 * result["error"] * truth)
    assert abs(result["count"] - truth) <= bound, (result, truth)
    assert result["exact"] == (result["error"] == 0), result
print(len(found), "windows,", len(frames), "frames")
