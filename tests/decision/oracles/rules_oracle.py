#!/usr/bin/env python3
"""Which objects of a recording alarm, worked out from docs/rules.md alone, with exact numbers.

    rules_oracle.py RECORDING RULES

RECORDING holds one frame a line, as a stream process sends it; with .gz at its end it is packed.
RULES is a JSON object (its members: main()). Prints one JSON array a line for each alarm:
[line, frame_id, key, [x, y, width, height], stay_us, away_us, count, area, crossed_line], the last two counted from
1 and 0 for none. Nothing is remembered here from frame to frame: each object's whole history is laid out first and
read from its beginning, which is slow, simple, and not how the product does it.
"""
import gzip
import json
import struct
import sys
from fractions import Fraction as F

YEAR_2000_US = 946684800 * 10**6
DAY_US = 86400 * 10**6
HOUR_US = 3600 * 10**6


class Frame:
    """One frame: its number, its times, and its objects as dicts."""

    def __init__(self, line, message, rules):
        head = message["mFrame"]
        self.line = line
        self.id = head["mFrameId"]
        self.size = (head.get("mWidth", 0), head.get("mHeight", 0))
        self.timestamp = head["mTimestamp"]
        if rules["zero_timestamp_every"] and line % rules["zero_timestamp_every"] == 0:
            self.timestamp = 0
        self.received = rules["first_received_us"] + line * rules["received_step_us"]
        self.objects = list(objects_of(message, rules))


def objects_of(message, rules):
    detections = message.get("mDetectedObjectMetadatas", [])
    tracks = message.get("mTrackedObjectMetadatas", [])
    subs = message.get("mSubObjectMetadatas", [])
    keys = {
        "detections": [str(d["mClassify"]) for d in detections],
        "tracks": [str(t["mTrackId"]) for t in tracks],
        "sub_objects": [label_of(s) for s in subs],
    }[rules["from"]]
    known = len(keys) == len(detections)
    for i, key in enumerate(keys):
        thing = {"index": i, "key": key, "box": None, "class": -1, "score": F(0)}
        if known:
            d = detections[i]
            b = d["mBox"]
            thing["box"] = (b["mX"], b["mY"], b["mWidth"], b["mHeight"])
            thing["class"] = d["mClassify"]
            thing["score"] = as_sent(d["mScores"][0]) if d["mScores"] else F(0)
        yield thing


def label_of(sub):
    recognised = sub.get("mRecognizedObjectMetadatas", [])
    return recognised[0]["mLabelName"] if recognised else ""


def number_frames(frames, interval):
    number, last = 0, None
    for frame in frames:
        grown = 1 if last is None or frame.id <= last else max(1, (frame.id - last) // interval)
        number, last = number + grown, frame.id
        frame.number = number


def sane(timestamp, received):
    return timestamp >= YEAR_2000_US and timestamp <= received + DAY_US


def run_clock(frames):
    frames[0].running = 0
    for before, frame in zip(frames, frames[1:]):
        step = None
        if sane(before.timestamp, before.received) and sane(frame.timestamp, frame.received):
            if 0 <= frame.timestamp - before.timestamp <= HOUR_US:
                step = frame.timestamp - before.timestamp
        if step is None:
            step = max(0, frame.received - before.received)
        frame.running = before.running + step


def overlap_of(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if min(a[2], a[3], b[2], b[3]) <= 0 or width <= 0 or height <= 0:
        return F(0)
    both = width * height
    return F(both, a[2] * a[3] + b[2] * b[3] - both)


def identify_by_place(frames, rules):
    """Gives the objects their keys, and says which of them count: who is known still hangs on that."""
    least = F(str(rules["iou_min"]))
    known = {}  # number: [class, box, frame]
    newest = 0
    for position, frame in enumerate(frames):
        turns = {n: turn_of(n, k[2], frames[:position], frame, rules) for n, k in known.items()}
        known = {n: k for n, k in known.items() if turns[n] is not None}
        free_objects, free_boxes = set(known), [i for i, o in enumerate(frame.objects) if o["box"]]
        while True:
            best = None
            for n in sorted(free_objects):
                for i in free_boxes:
                    if frame.objects[i]["class"] != known[n][0]:
                        continue
                    value = overlap_of(known[n][1], frame.objects[i]["box"])
                    rank = (-turns[n], value)
                    if value >= least and (best is None or rank > best[0]):
                        best = (rank, n, i)
            if best is None:
                break
            _, n, i = best
            free_objects.remove(n)
            free_boxes.remove(i)
            known[n] = [known[n][0], frame.objects[i]["box"], frame]
            frame.objects[i]["key"] = str(n)
        for i in free_boxes:
            thing = frame.objects[i]
            if min(thing["box"][2:]) <= 0:
                thing["key"] = ""
                continue
            newest += 1
            known[newest] = [thing["class"], thing["box"], frame]
            thing["key"] = str(newest)
        for thing in frame.objects:
            if thing["box"] is None:
                thing["key"] = ""
        decide_what_counts([frame], rules)


def turn_of(number, last_seen, before, now, rules):
    """When it is an object's turn to find its box in frame `now`, smaller is sooner; None: it is forgotten."""
    if now.number - last_seen.number <= rules["m"]:
        return 0
    key, any_frame_matters = str(number), rules["lines"] or rules["scores"] is not None
    mattered = [f for f in before for o in f.objects if o["key"] == key and (o["counts"] or any_frame_matters)]
    if not mattered:
        return None
    if not left(mattered[-1], now, rules):
        return 1
    if rules["alarm_interval"] > 0 and not rules["lines"]:
        alarms = alarms_of(key, before, rules)
        if alarms and now.number - before[alarms[-1][0]].number < rules["alarm_interval"]:
            return 2
    return None


# ---- where things are ----

def place(box, frame_size, rules):
    """The box cut to the frame and scaled to the drawing, and its anchor."""
    x0, y0, x1, y1 = F(box[0]), F(box[1]), F(box[0] + max(0, box[2])), F(box[1] + max(0, box[3]))
    width, height = frame_size
    if width > 0:
        x0, x1 = min(max(x0, 0), width), min(max(x1, 0), width)
    if height > 0:
        y0, y1 = min(max(y0, 0), height), min(max(y1, 0), height)
    sx = sy = F(1)
    if min(frame_size) > 0 and min(rules["drawn"]) > 0:
        sx, sy = F(rules["drawn"][0], width), F(rules["drawn"][1], height)
    anchor_y = y1 if rules["anchor"] == "bottom_centre" else (y0 + y1) / 2
    return (x0 * sx, y0 * sy, x1 * sx, y1 * sy), ((x0 + x1) / 2 * sx, anchor_y * sy)


def shoelace(points):
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1]))) / F(2)


def inside(ring, p):
    """Is p in the ring or on its border? For rings whose parts are all gone around an odd number of times."""
    odd = False
    for a, b in zip(ring, ring[1:] + ring[:1]):
        turn = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
        if turn == 0 and min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1]):
            return True
        if (a[1] > p[1]) != (b[1] > p[1]) and p[0] < a[0] + F(p[1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1]):
            odd = not odd
    return odd


def cut(points, axis, limit, keep_larger):
    """The ring's part on one side of an upright or level line (for rings that do not cross themselves)."""
    kept = []
    for a, b in zip(points, points[1:] + points[:1]):
        a_in = a[axis] >= limit if keep_larger else a[axis] <= limit
        b_in = b[axis] >= limit if keep_larger else b[axis] <= limit
        if a_in:
            kept.append(a)
        if a_in != b_in:
            t = F(limit - a[axis]) / (b[axis] - a[axis])
            kept.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
    return kept


def share_in(ring, box):
    whole = (box[2] - box[0]) * (box[3] - box[1])
    if whole <= 0:
        return F(0)
    for axis in (0, 1):
        ring = cut(ring, axis, box[axis], True)
        ring = cut(ring, axis, box[axis + 2], False)
    return shoelace(ring) / whole if ring else F(0)


def areas_of(rules):
    """Number and ring of those that enclose something."""
    rings = [[(F(x), F(y)) for x, y in ring] for ring in rules["areas"]]
    # A bow tie's lobes cancel in the shoelace; what is asked here only is whether all corners are on a line.
    def encloses(ring):
        return any(shoelace([ring[0], a, b]) >= 1 for a in ring for b in ring) if ring else False
    return [(i + 1, ring) for i, ring in enumerate(rings) if encloses(ring)]


def areas_holding(box, frame_size, areas, rules):
    if box is None:
        return []
    cut_box, anchor = place(box, frame_size, rules)
    if rules["min_overlap"] > 0:
        return [n for n, ring in areas if share_in(ring, cut_box) >= F(str(rules["min_overlap"]))]
    return [n for n, ring in areas if inside(ring, anchor)]


# ---- does it count? ----

def decide_what_counts(frames, rules):
    areas = areas_of(rules)
    for frame in frames:
        for thing in frame.objects:
            thing["passes"] = fits(thing, rules)
            thing["areas"] = areas_holding(thing["box"], frame.size, areas, rules)
        counted = [o for o in frame.objects if o["passes"] and (not areas or o["areas"])]
        for thing in frame.objects:
            thing["counts"] = any(thing is o for o in counted) and thing["key"] != ""
            thing["area"], thing["number"] = 0, len(counted)
            if thing["areas"]:
                numbers = {n: sum(n in o["areas"] for o in counted) for n in thing["areas"]}
                enough = [n for n in thing["areas"] if numbers[n] >= rules["min_count"]]
                thing["area"] = (enough or thing["areas"])[0]
                thing["number"] = numbers[thing["area"]]
            if rules["min_count"] > 1 and thing["number"] < rules["min_count"]:
                thing["counts"] = False


def fits(thing, rules):
    if not rules["size"]:
        return True
    if thing["box"] is None:
        return False
    least, most = rules["size"]
    return min(thing["box"][2:]) >= least and (most == 0 or max(thing["box"][2:]) <= most)


# ---- is it time? ----

def left(before, now, rules):
    """Has an object that was there in frame `before` left when it is back in `now`?"""
    if now.number - before.number <= rules["m"]:
        return False
    return rules["leave_us"] == 0 or now.running - before.running > rules["leave_us"]


def crossings_of(history, rules):
    """{index in history: line number} of crossings in the wanted direction. history: [(frame, thing, alone)]."""
    found = {}
    for number, line in enumerate(rules["lines"], 1):
        a, b, d0, d1 = [(F(x), F(y)) for x, y in line]
        if a == b:
            continue
        square = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2

        def off(p):
            return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])

        points = []  # of the present path: (off, point, index in history)
        previous = None
        for index, (frame, thing, alone) in enumerate(history):
            if not alone or (previous is not None and left(previous, frame, rules)):
                points = []
            previous = frame
            if not alone or thing["box"] is None:
                continue
            p = place(thing["box"], frame.size, rules)[1]
            points.append((off(p), p, index))
            if not is_clear(points[-1][0], square, rules):
                continue
            # The last point before this one that was clear; everything between was too near the line.
            before = next((k for k in range(len(points) - 2, -1, -1) if is_clear(points[k][0], square, rules)), None)
            if before is None or (points[before][0] > 0) == (points[-1][0] > 0):
                continue
            if not passed_between(points[before:], a, b, square):
                continue
            wanted = off(d1) - off(d0)
            if wanted == 0 or (wanted > 0) == (points[-1][0] > 0):
                found.setdefault(index, number)
    return found


def is_clear(off, square, rules):
    return off * off > F(str(rules["hysteresis_px"])) ** 2 * square


def passed_between(points, a, b, square):
    """Where the path last changed sides: was that between the ends?"""
    for k in range(len(points) - 1, 0, -1):
        # A point on the line still is on the side from which it came.
        came_from = next(o for o, _, _ in reversed(points[:k]) if o != 0)
        if points[k][0] == 0 or (came_from > 0) == (points[k][0] > 0):
            continue
        (o0, p0, _), (o1, p1, _) = points[k - 1], points[k]
        t = o0 / (o0 - o1)
        at = (p0[0] + t * (p1[0] - p0[0]), p0[1] + t * (p1[1] - p0[1]))
        along = (at[0] - a[0]) * (b[0] - a[0]) + (at[1] - a[1]) * (b[1] - a[1])
        return 0 <= along <= square
    return False


def as_sent(score):
    """As exactly as a network knows it: with 32 bits."""
    return F(struct.unpack("f", struct.pack("f", score))[0])


def scores_until(history, index, rules):
    """The scores of its present time there, up to and with this one."""
    scores = []
    for k in range(index, -1, -1):
        scores.append(history[k][1]["score"])
        if k > 0 and left(history[k - 1][0], history[k][0], rules):
            break
    return sorted(scores[:31])


def alarms_of(key, frames, rules):
    history = []  # a frame in which the key is: the first object with it, and whether there is no other
    for frame in frames:
        things = [o for o in frame.objects if o["key"] == key]
        if things:
            history.append((frame, things[0], len(things) == 1))
    crossings = crossings_of(history, rules)

    alarms, last_alarm, stay, alarmed, waiting = [], None, [], False, 0
    for index, (frame, first, _) in enumerate(history):
        thing = next((o for o in frame.objects if o["key"] == key and o["counts"]), None)
        if thing is None:
            continue
        if stay and left(stay[-1], frame, rules):
            stay, alarmed, waiting = [], False, 0
        stay.append(frame)
        waiting = crossings.get(index, waiting)
        if len(stay) < rules["n"] or frame.number - stay[0].number + 1 < rules["track_interval"]:
            continue
        if rules["scores"] is not None:
            scores = scores_until(history, index, rules)
            limit = rules["scores"]["by_class"].get(str(thing["class"]), rules["scores"]["others"])
            if scores[(len(scores) - 1) // 2] < as_sent(limit):
                continue
        stayed = frame.running - stay[0].running
        if stayed < rules["stay_us"]:
            continue
        if not waiting if rules["lines"] else alarmed:
            continue
        if last_alarm is not None and frame.number - last_alarm < rules["alarm_interval"]:
            waiting = 0
            continue
        away = sum(b.running - a.running for a, b in zip(stay, stay[1:]) if b.number - a.number > 1)
        alarms.append([frame.line, frame.id, key, list(thing["box"] or (0, 0, 0, 0)), stayed, away, thing["number"], thing["area"],
                       waiting, thing["index"]])
        last_alarm, alarmed, waiting = frame.number, True, 0
    return alarms


def main():
    rules = {
        "from": "tracks", "identity": "key", "iou_min": 0.3, "sample_interval": 1, "n": 3, "m": 5,
        "first_received_us": 1800000000000000, "received_step_us": 40000, "zero_timestamp_every": 0,
        "drawn": [0, 0], "anchor": "bottom_centre", "size": None, "areas": [], "min_overlap": 0, "min_count": 0,
        "track_interval": 0, "scores": None, "stay_us": 0, "leave_us": 0, "lines": [], "hysteresis_px": 5,
        "alarm_interval": 0,
    }
    asked = json.loads(sys.argv[2])
    unknown = set(asked) - set(rules)
    if unknown:
        sys.exit(f"rules_oracle.py: unknown members {sorted(unknown)}")
    rules.update(asked)
    unpack = gzip.open if sys.argv[1].endswith(".gz") else open
    with unpack(sys.argv[1], "rt", encoding="utf-8") as recording:
        frames = [Frame(line, json.loads(text), rules) for line, text in enumerate(recording)]
    number_frames(frames, rules["sample_interval"])
    run_clock(frames)
    if rules["identity"] == "iou":
        identify_by_place(frames, rules)
    else:
        decide_what_counts(frames, rules)
    keys = {o["key"] for frame in frames for o in frame.objects if o["key"]}
    alarms = [alarm for key in keys for alarm in alarms_of(key, frames, rules)]
    for alarm in sorted(alarms, key=lambda a: (a[0], a[-1])):
        print(json.dumps(alarm[:-1]))


main()
