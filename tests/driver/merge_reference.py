"""Whether `merged` is what the segments of a stream make: merge_reference.py SEGMENTS MERGED"""

import json
import sys

batches = {}
for line in open(sys.argv[1]):
    segment = json.loads(line)
    batches.setdefault(segment["batch_id"], {})[segment["segment_id"]] = segment["data"]
expected = {batch: sorted(sum(segments.values(), [])) for batch, segments in batches.items()}
merged = {}
for line in open(sys.argv[2]):
    result = json.loads(line)
    if result["batch_id"] in merged:
        sys.exit(f"batch {result['batch_id']} came twice")
    merged[result["batch_id"]] = result["data"]
for batch, data in expected.items():
    if merged.get(batch) != data:
        sys.exit(f"batch {batch} is {merged.get(batch)} instead of {data}")
if len(merged) != len(expected):
    sys.exit(f"{len(merged)} batches instead of {len(expected)}")
