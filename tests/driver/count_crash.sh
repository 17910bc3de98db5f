# `sheaf count` is killed at any moment, 200 times, and goes on each time: in the end the counts are those of an uninterrupted run.
. "$(dirname "$0")/support.inc"

"$sheaf" generate frames --frames 12000 --users 3000 --rate 40 --late 0.02 --wild 0.001 --size 400 --seed 21 > one.jsonl
"$sheaf" generate frames --frames 12000 --users 3000 --rate 30 --late 0.02 --wild 0.001 --size 400 --seed 22 > two.jsonl
cat > crash.py << 'END'
import json, os, random, shutil, signal, subprocess, sys, time

sheaf, kills = sys.argv[1], int(sys.argv[2])
seed = int(os.environ.get("SHEAF_CRASH_SEED", random.randrange(1 << 32)))
print("SHEAF_CRASH_SEED=%d" % seed)
chance = random.Random(seed)
command = [sheaf, "count", "--from", "one.jsonl", "two.jsonl", "--summary", "none", "--no-progress"]


def last_lines(path):
    """Of each window, without the number of its revision: that depends on where the runs were cut."""
    last = {}
    for line in open(path):
        result = json.loads(line)
        assert result.pop("revision") >= 0
        last[result["period"], result["ts"]] = result
    return last


begun = time.monotonic()
with open("whole.out", "w") as out:
    subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, check=True)
whole = time.monotonic() - begun
wanted = last_lines("whole.out")
assert len(wanted) > 20, wanted

killed, histories, resumed = 0, 0, 0
while killed < kills:
    histories += 1
    shutil.rmtree("kept", ignore_errors=True)
    if os.path.exists("counts"):
        os.remove("counts")
    while True:
        # Twice as long as it takes, as a snapshot at every block costs some.
        patience = chance.uniform(0, 2 * whole)
        run = subprocess.Popen(
            command + ["--snapshot", "kept", "--snapshot-every", "1ns", "--to", "file:counts", "--threads", str(chance.randint(1, 3))],
            stderr=subprocess.DEVNULL,
        )
        try:
            status = run.wait(patience)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            status = run.wait()
        if status == 0:
            break
        assert status == -signal.SIGKILL, status
        killed += 1
        resumed += os.path.exists("kept/count.snapshot")
    found = last_lines("counts")
    assert found == wanted, (set(found) ^ set(wanted), [w for w in found if found[w] != wanted.get(w)])
print(killed, "kills,", resumed, "with a snapshot to go on from,", histories, "histories")
assert resumed > kills / 10, "hardly any run was killed after its first snapshot"
END
python3 crash.py "$sheaf" 200 || fail "a run that was killed"
