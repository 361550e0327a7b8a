"""The servers this project replaces, at their smallest: a Flask handler that parses each frame and counts it.

Prints its port, then serves until it is killed.
"""
import logging
import socket

from flask import Flask, request

app = Flask(__name__)
logging.getLogger("werkzeug").disabled = True
seen = {"frames": 0, "objects": 0}


@app.post("/<path:path>")
def frame(path):
    message = request.get_json(force=True)
    seen["frames"] += 1
    seen["objects"] += len(message.get("mDetectedObjectMetadatas", []))
    return {}


if __name__ == "__main__":
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    print(port, flush=True)
    app.run(host="127.0.0.1", port=port, threaded=True)
