#!/usr/bin/env python3
# Shows whole frames as they come in, pictures left out: tap.py [endpoint] [topic prefix]
import json, sys, zmq

socket = zmq.Context().socket(zmq.SUB)
socket.connect(sys.argv[1] if len(sys.argv) > 1 else "ipc://data/run/subscribe.sock")
socket.subscribe(sys.argv[2] if len(sys.argv) > 2 else "body/")
while True:
    topic, header, body = socket.recv_multipart()
    frame = json.loads(body, object_hook=lambda o: {k: f"<{len(v)} characters>" if isinstance(v, str) and len(v) > 200 else v for k, v in o.items()})
    print(topic.decode(), int.from_bytes(header[9:17], "big"), json.dumps(frame, ensure_ascii=False), flush=True)
