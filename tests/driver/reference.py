"""What `sheaf collate --to dir:OUT` must write for the packets in FILE, worked out in the plainest way.

python3 reference.py FILE OUT: complete resources as OUT/<id>.txt; prints the ids of the others.
"""
import json, os, sys

ids = ("resource_id", "primary_resource_id", "primary_id", "resourceId", "primaryResourceId")
indices = ("packet_index", "data_packet_index", "index", "dataPacketIndex")
lasts = ("last_chunk_flag", "last_chunk", "isLastChunk", "IsLastChunk")
payloads = ("payload", "raw_payload")
first_of = lambda packet, names: next((packet[name] for name in names if name in packet), None)

resources = {}
for line in open(sys.argv[1], encoding="utf-8"):
    packet = json.loads(line)
    packet = packet["data"] if packet.get("type") == "packet" else packet
    value = (first_of(packet, payloads), bool(first_of(packet, lasts)))
    resources.setdefault(first_of(packet, ids), {}).setdefault(first_of(packet, indices), value)

os.makedirs(sys.argv[2], exist_ok=True)
first = int(os.environ.get("FIRST_INDEX", "0"))
for id, packets in sorted(resources.items()):
    last = max(packets)
    if packets[last][1] and sorted(packets) == list(range(first, last + 1)):
        with open(f"{sys.argv[2]}/{id}.txt", "w") as out:
            for index in sorted(packets):
                out.writelines(f"{len(word)}\n" for word in packets[index][0].split(" "))
    else:
        print(id)
