"""Writes the frames of FILE in other forms that say the same: python3 count_variants.py FILE."""
import json, random, re, sys

text = open(sys.argv[1], "rb").read()
lines = text.splitlines(True)


def root(line):
    members = {}
    for name, value in json.loads(line, object_pairs_hook=lambda pairs: pairs):
        members.setdefault(name, value)
    return members["uid"], members["ts"]


def write(name, text):
    open(name + ".jsonl", "wb").write(text)


def replaced(old, new, text):
    text, count = re.subn(old, new, text)
    assert count >= len(lines), count
    return text


shuffled = lines[:]
random.Random(7).shuffle(shuffled)
write("shuffled", b"".join(shuffled))
write("crlf", text.replace(b"\n", b"\r\n"))
write("open", text[:-1])
write("marked", b"\xef\xbb\xbf" + text)
write("blank", text.replace(b"\n", b"\n\n \r\n"))
write("string", replaced(rb'"ts":(146824\d{4})([,}])', rb'"ts":"\1"\2', text))
write("escaped", text.replace(b'"uid"', rb'"\u0075i\u0064"').replace(b'"ts"', rb'"t\u0073"'))
write("renamed", text.replace(b'"uid":', b'"who":').replace(b'"ts":', b'"at":'))
write("reduced", b"".join(b'{"ts":%d,"uid":"%s"}\n' % (ts, uid.encode()) for uid, ts in map(root, lines)))
# Both members as the last ones of the object, and with spaces wherever they may be.
write("last", b"".join(b'{"other":[{"uid":1,"ts":"x"}],"uid":"%s","ts":%d}\n' % (uid.encode(), ts) for uid, ts in map(root, lines)))
write("spaced", b"".join(b' { "ts" : %d.75 , "uid"\t:"%s" } \n' % (ts, uid.encode()) for uid, ts in map(root, lines)))

write("odd", b"".join(lines[::2]))
write("even_early", b"".join(lines[1:400:2]))
write("even_later", b"".join(lines[401::2]))
